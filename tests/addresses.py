"""Addresses and ports that only this test process uses, so that real Asterisks can run side by side."""

import os
import socket

_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now, and that was given to nobody else."""
    while True:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = int(sock.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


#: Hotlines that may run at once in one process, each with addresses of its own: those of tests/dialplan and
#: tests/telephony, and the ones that browsers call (one after the other, each its own).
DIALPLAN, TELEPHONY, BROWSERS = 0, 1, range(2, 10)


def loopback(last: int, house: int) -> str:
    """A loopback address of this process alone; `last` is its last number, `house` whose hotline it belongs to."""
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 25 * 10 + house + 1}.{last}"
