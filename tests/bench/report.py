"""What was measured, on what, as a table and as JSON."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.bench.measure import Figure, Gaps, slope

METHOD = (
    "Medians of the rounds after one that warms up, garbage collected between them. Rates and seconds are processor "
    "time of one core (wall clock beside them, which other programs on the machine lengthen); delays, and what a "
    "database answers, are wall clock. The import runs in a process of its own each time. Data is made up, always the "
    "same for one size. Growth: the exponent with which the time grows with the size (0 not at all, 1 as the size, 2 "
    "as its square)."
)
#: Two runs of the same code on the same machine differ by as much; with so many rounds they tell it themselves.
_ALIKE, _ROUNDS = 0.05, 3
#: What makes two runs comparable.
_SAME = ("processor", "cores", "memory_mb", "python")
_PACKAGES = ("panoramisk", "phonenumbers", "pyst2", "pytz", "sqlalchemy")


def machine() -> dict[str, Any]:
    """The machine and the versions; no host name."""
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_mb": int((_line("/proc/meminfo", "MemTotal") or "0").split()[0]) // 1024,
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "node": _node(),
        **{name: version(name) for name in _PACKAGES},
    }


def plain(
    figures: Sequence[Figure], at: datetime, rounds: int, scale: float, hardware: dict[str, Any],
    cases: Mapping[str, str] | None = None, gaps: Gaps | None = None,
) -> dict[str, Any]:
    """All of it as JSON values. `cases`: what each part of the bench is, in a sentence."""
    gaps = gaps or Gaps()
    return {
        "at": at.isoformat(timespec="seconds"),
        "method": METHOD,
        "rounds": rounds,
        "scale": scale,
        "machine": hardware,
        "cases": dict(cases or {}),
        "failed": gaps.failed,
        "not_measured": gaps.left,
        "gaps": gaps.words,
        "figures": [
            {
                "case": each.case, "name": each.name, "unit": each.unit, "value": each.value, "wall": each.wall,
                "rounds": list(each.rounds), "spread": round(each.spread, 4), "size": each.size, "of": each.of,
                "goal": str(each.goal) if each.goal else None, "goal_value": each.goal.value if each.goal else None,
                "kept": each.goal.kept(each.value) if each.goal else None,
            }
            for each in figures
        ],
        "growth": {name: round(found, 3) for name, found in growth(figures).items()},
    }  # fmt: skip


def compare(told: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Put into `told` how it stands against an earlier run: `against` of a figure is so many times as good (2: twice as
    fast, half as much memory). Returns lines for the terminal.

    What is within the spread of both runs is said to be the same; where there were too few rounds to know it, what is
    within a twentieth.
    """
    def key(each: dict[str, Any]) -> tuple[Any, ...]:
        return each["name"], each["unit"], each["size"], each["of"]

    then = {key(each): each for each in before["figures"]}
    other = [name for name in _SAME if told["machine"].get(name) != before["machine"].get(name)]
    note = f"another machine ({', '.join(other)} differ): the ratios say little" if other else "the same machine"
    if told["scale"] != before["scale"]:
        note += f"; sizes differ: {told['scale']:g} and {before['scale']:g} of the full ones"
    told["against"] = {"at": before["at"], "note": note}
    rows = []
    for each in told["figures"]:
        old = then.get(key(each))
        if old is None or not old["value"] or not each["value"]:
            continue
        better = each["value"] / old["value"]
        each["against"] = better if each["unit"].endswith("/s") else 1 / better
        few = min(len(each["rounds"]), len(old["rounds"])) < _ROUNDS
        within = abs(better - 1) <= max(each["spread"] + old["spread"], _ALIKE if few else 0)
        word = "same" if within else "better" if each["against"] > 1 else "WORSE"
        size = f"{each['size']:,} {each['of']}" if each["size"] else ""
        rows.append((each["name"], size, _number(old["value"]), _number(each["value"]), each["unit"],
                     f"x {each['against']:.2f}", word))  # fmt: skip
    return [f"against {before['at']}: {note}", *_aligned(("WHAT", "SIZE", "THEN", "NOW", "UNIT", "RATIO", ""), rows)]


def growth(figures: Sequence[Figure]) -> dict[str, float]:
    """Name -> exponent, for what was measured at several sizes; memory and rates that say the same are left out."""
    found = {}
    for name, group in groupby(sorted(figures, key=lambda each: each.name), key=lambda each: each.name):
        exponent = slope(list(group))
        if exponent is not None and not name.endswith(", rate"):
            found[name] = exponent
    return found


def table(figures: Sequence[Figure], gaps: Gaps | None = None) -> list[str]:
    """Lines for the terminal."""
    head = ("WHAT", "SIZE", "MEDIAN", "UNIT", "+-", "WALL", "GOAL", "KEPT")
    rows = [
        (
            each.name, f"{each.size:,} {each.of}" if each.size else "", _number(each.value), each.unit,
            f"{each.spread:.0%}", "" if each.wall is None else _number(each.wall), str(each.goal or ""),
            "" if each.goal is None else "yes" if each.goal.kept(each.value) else "NO",
        )
        for each in figures
    ]  # fmt: skip
    grown = [f"growth of {name}: size ^ {exponent:.2f}" for name, exponent in growth(figures).items()]
    return [*_aligned(head, rows), "", *grown, *(gaps.words if gaps else ())]


def missed(figures: Sequence[Figure]) -> list[str]:
    """A line for each goal that is not kept."""
    return [
        f"goal missed: {each.name}{f', {each.size:,} {each.of}' if each.size else ''}: "
        f"{_number(each.value)} {each.unit}, not {each.goal}"
        for each in figures
        if each.goal is not None and not each.goal.kept(each.value)
    ]


def _aligned(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if column in (1, 2, 4, 5) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _node() -> str:
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _line(file: str, key: str) -> str:
    """The value of a line "key : value" of a file of Linux; "" when there is none."""
    try:
        lines = Path(file).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
