"""A child process that is watched through a pidfd, so that one we did not start can be watched as well."""

import asyncio
import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ivr.errors import PbxError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """A running process. `started` children give their exit code, adopted ones None."""

    def __init__(self, pid: int, started: "subprocess.Popen[bytes] | None" = None) -> None:
        self.pid = pid
        self._started = started
        self._fd = os.pidfd_open(pid)

    @property
    def ended(self) -> bool:
        """Has it ended?"""
        return bool(select.select([self._fd], [], [], 0)[0])

    async def wait(self) -> int | None:
        """Wait until it ends; its exit code (negative: the signal), None when it is not ours."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        if not self.ended:
            fd = os.dup(self._fd)  # of our own, so that two may wait at once
            try:
                loop.add_reader(fd, done.set)
                await done.wait()
            finally:
                loop.remove_reader(fd)
                os.close(fd)
        return self._started.wait() if self._started else None

    async def ends_within(self, seconds: float) -> bool:
        """Wait at most `seconds`; did it end?"""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), seconds)
        return self.ended

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, number)

    async def stop(self, patience: float) -> None:
        """SIGTERM, and SIGKILL when it is still there after `patience` seconds."""
        self.send(signal.SIGTERM)
        if not await self.ends_within(patience):
            self.send(signal.SIGKILL)
        await self.wait()

    def __del__(self) -> None:
        os.close(self._fd)


def start(
    argv: Sequence[str], output: Path | IO[bytes] | None = None, env: Mapping[str, str] | None = None,
    die_with_us: bool = False,
) -> Child:
    """Start a process in a session of its own: Ctrl-C reaches only the supervisor.

    `output`: a file for both streams, None for ours. `die_with_us`: the kernel kills it when we die.
    """
    raise_open_files()
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(output.open("ab")) if isinstance(output, Path) else output
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT if stream else None,
                env=env, start_new_session=True, umask=0o077, preexec_fn=tie if die_with_us else None,
            )
        except OSError as error:
            raise PbxError(f"{argv[0]}: cannot be started: {error.strerror}") from None
    return Child(process.pid, process)


def raise_open_files(wanted: int = 65536) -> int:
    """Allow this process, and those it starts, more open files (a call takes about six); returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


def running(pid_file: Path, mark: str) -> Child | None:
    """The process of `pid_file` when it lives and has `mark` among its arguments."""
    try:
        pid = int(pid_file.read_text().strip())
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return Child(pid) if mark.encode() in arguments else None
    except (OSError, ValueError):
        return None
