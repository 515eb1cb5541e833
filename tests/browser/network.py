"""An address that sound can be sent to: browsers and Asterisk do without loopback, so a machine that has nothing else
gets one for the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.doctor.browsers import outer_addresses

_MINE, _ITS = "hotline-test0", "hotline-test1"


@contextmanager
def outer_address() -> Iterator[None]:
    """Nothing to do where there is one; else a pair of virtual cards (root alone may make them)."""
    if outer_addresses():
        yield
        return
    assert os.geteuid() == 0, "this machine has loopback only; as root: ip link add …; see `ivr doctor`"
    try:
        _ip("link set lo up")
        _ip(f"link add {_MINE} type veth peer name {_ITS}")
        for name, address in ((_MINE, "10.99.0.1/24"), (_ITS, "10.99.0.2/24")):
            _ip(f"addr add {address} dev {name}")
            _ip(f"link set {name} up")
        # without one a browser that may not use the microphone looks for no address at all
        _ip(f"route add default via 10.99.0.2 dev {_MINE}")
        assert outer_addresses()
        yield
    finally:
        subprocess.run(["ip", "link", "del", _MINE], check=False, capture_output=True)


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split(" ")], check=True, capture_output=True, text=True)
