"""Ports: is one free, and if not, who has it."""

import errno
import socket
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Port:
    """A socket the hotline needs; `setting` is the name in the configuration. `udp`: else TCP."""

    setting: str
    host: str
    number: int
    udp: bool = False

    @property
    def words(self) -> str:
        return f"port {self.number} ({'UDP' if self.udp else 'TCP'}, {self.host})"


def fault_of(port: Port) -> str | None:
    """Why the port cannot be used, with what to do; None when it is free."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if port.udp else socket.SOCK_STREAM) as probe:
        if not port.udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            return f"{port.words} {_reason(error, port)}"
    return None


def is_here(address: str) -> bool:
    """Is it an address of this machine (of this container)? A wildcard is."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _reason(error: OSError, port: Port) -> str:
    flag = "--" + port.setting.replace("_", "-")
    change = f"set {port.setting} (IVR_{port.setting.upper()}, {flag})"
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        return f"is taken{f' by {holder}' if holder else ''}; stop that or {change}"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is not an address of this machine; set sip_bind, asterisk_host, agi_host or web_host"
    if error.errno == errno.EACCES:
        return f"may only be used by root; {change} to 1024 or more"
    return f"cannot be used: {error.strerror}"


def holder_of(port: Port) -> str:
    """ "name (process 123)", or "" when it cannot be seen."""
    inodes = set()
    for table in ("udp", "udp6") if port.udp else ("tcp", "tcp6"):
        for row in _lines(Path("/proc/net") / table)[1:]:
            columns = row.split()
            address, _, number = columns[1].rpartition(":")
            # 0A is LISTEN
            listens = int(number, 16) == port.number and (port.udp or columns[3] == "0A")
            if listens and _clash(_address(address), ip_address(port.host)):
                inodes.add(f"socket:[{columns[9]}]")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in inodes:
                process = link.parents[1]
                return f"{_name(process)} (process {process.name})"
        except OSError:
            continue
    return ""


def _address(text: str) -> Address:
    """An address as /proc/net writes it: 32-bit words in hexadecimal, each in the machine's byte order."""
    words = [int(text[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(text), 8)]
    return ip_address(b"".join(words))


def _clash(one: Address, other: Address) -> bool:
    """Can a socket of `one` be in the way of a socket of `other`? :: takes IPv4 in as well."""
    one, other = (getattr(a, "ipv4_mapped", None) or a for a in (one, other))
    return one == other or one.is_unspecified or other.is_unspecified


def _name(process: Path) -> str:
    """The program; a provisioned Asterisk is run by a loader and still called asterisk."""
    arguments = (process / "cmdline").read_bytes().split(b"\0")
    if any(argument.rpartition(b"/")[2] == b"asterisk" for argument in arguments):
        return "asterisk"
    return (process / "comm").read_text().strip()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
