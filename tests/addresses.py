"""Addresses and ports that only this test process uses, so that real Asterisks can run side by side."""

import itertools
import os
import socket

#: Ports of this process, one after the other: below those that the kernel gives to outgoing connections, and to
#: whatever asks it for any.
_OURS, _FIRST = 600, 20_000
_ports = itertools.cycle(range(_OURS))


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now, and that is given to nobody else for a long while."""
    for each in itertools.islice(_ports, _OURS):
        port = _FIRST + os.getpid() % 16 * _OURS + each
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of {_OURS} ports is free")


#: Hotlines that may run at once in one process, each with addresses of its own: those of tests/dialplan and
#: tests/telephony, and the ones that browsers call (one after the other, each its own).
DIALPLAN, TELEPHONY, BROWSERS = 0, 1, range(2, 10)


def loopback(last: int, house: int) -> str:
    """A loopback address of this process alone; `last` is its last number, `house` whose hotline it belongs to."""
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 25 * 10 + house + 1}.{last}"
