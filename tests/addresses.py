"""Addresses and ports that only this test process uses, so that real Asterisks can run side by side."""

import os
import socket


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def loopback(last: int) -> str:
    """A loopback address of this process alone; `last` is its last number."""
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 250 + 1}.{last}"
