"""Processor time of processes, as Linux counts it."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_s(pids: Iterable[int]) -> float:
    """Seconds that the processes used so far, with the children that they have waited for."""
    return sum(sum(int(value) for value in _stat(pid)[11:15]) for pid in pids) / _TICKS


def family(pid: int) -> tuple[int, ...]:
    """The process and everything that descends from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
            except OSError:
                continue
    found, new = [], [pid]
    while new:
        one = new.pop()
        found.append(one)
        new += parents.get(one, [])
    return tuple(found)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
