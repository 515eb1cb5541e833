"""Addresses and ports that only this test process uses, so that real Asterisks can run side by side."""

import fcntl
import itertools
import os
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import TextIO

#: Ports of one process, one after the other: below those that the kernel gives to outgoing connections, and to whatever
#: asks it for any.
_OURS, _PROCESSES, _FIRST = 600, 16, 20_000
_ports = itertools.cycle(range(_OURS))


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now, and that is given to nobody else for a long while."""
    for each in itertools.islice(_ports, _OURS):
        port = _FIRST + _place(os.getpid()) * _OURS + each
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of {_OURS} ports is free")


@cache
def _place(pid: int) -> int:
    """Which of the ranges is this process's, as long as it lives."""
    for place in range(_PROCESSES):
        file = (Path(tempfile.gettempdir()) / f"ivr-test-ports-{os.getuid()}.{place}").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
        else:
            _held.append(file)
            return place
    raise RuntimeError(f"{_PROCESSES} processes have ranges of ports of their own")


_held: list[TextIO] = []


#: Hotlines that may run at once in one process, each with addresses of its own: those of tests/dialplan and
#: tests/telephony, and the ones that browsers call (one after the other, each its own).
DIALPLAN, TELEPHONY, BROWSERS = 0, 1, range(2, 10)


def loopback(last: int, house: int) -> str:
    """A loopback address of this process alone; `last` is its last number, `house` whose hotline it belongs to."""
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 25 * 10 + house + 1}.{last}"
