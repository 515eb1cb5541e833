"""Ports: is one free, and if not, who has it."""

import errno
import socket
from dataclasses import dataclass
from pathlib import Path


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


def _reason(error: OSError, port: Port) -> str:
    flag = "--" + port.setting.replace("_", "-")
    change = f"set {port.setting} (IVR_{port.setting.upper()}, {flag})"
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        return f"is taken{f' by {holder}' if holder else ''}; stop that or {change}"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is not an address of this machine; set sip_bind, agi_host or web_host"
    if error.errno == errno.EACCES:
        return f"may only be used by root; {change} to 1024 or more"
    return f"cannot be used: {error.strerror}"


def holder_of(port: Port) -> str:
    """ "name (process 123)", or "" when it cannot be seen."""
    inodes = set()
    for table in ("udp", "udp6") if port.udp else ("tcp", "tcp6"):
        for row in _lines(Path("/proc/net") / table)[1:]:
            columns = row.split()
            # 0A is LISTEN
            if int(columns[1].rsplit(":", 1)[1], 16) == port.number and (port.udp or columns[3] == "0A"):
                inodes.add(f"socket:[{columns[9]}]")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in inodes:
                process = link.parents[1]
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
