"""Tests of the suite in a process of their own, heard line by line."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

#: Seconds in which tests that are ended put away what they started: two hotlines, a database.
_PUT_AWAY_S = 60


class Suite:
    """`async for line in suite.lines(): …`; afterwards `code` is the exit code of pytest. Everything that the tests in
    `path` write is in `folder`, which pytest empties first."""

    code: int | None = None

    def __init__(self, path: str, variables: dict[str, str], folder: Path) -> None:
        self._path, self._variables, self._folder = path, variables, folder

    async def lines(self) -> AsyncIterator[str]:
        """What the tests print, as they print it. Whoever stops listening ends them."""
        process = await asyncio.create_subprocess_exec(
            # whoever starts us in the background lets us ignore Ctrl-C, and so the tests
            "env", "--default-signal=INT", sys.executable, "-m", "pytest", "-q", "-s",
            "-p", "no:cacheprovider", f"--basetemp={self._folder}", self._path,
            cwd=Path(__file__).parents[3], env={**os.environ, **self._variables, "PYTHONUNBUFFERED": "1"},
            # a group of its own: Ctrl-C would reach it twice, and the second one breaks the putting away
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, process_group=0,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async for raw in process.stdout:
                yield raw.decode(errors="replace").rstrip()
            self.code = await process.wait()
        finally:
            if process.returncode is None:
                await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    # as by Ctrl-C, after which pytest takes its fixtures down; a SIGTERM would leave their hotlines running
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PUT_AWAY_S):
            # read on: nobody else does, and a full pipe would hold it
            await process.communicate()
    if process.returncode is None:
        process.kill()
        await process.wait()
