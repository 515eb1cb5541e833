"""What was found, as a table for the terminal and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from tests.chaos.case import Options, Result

METHOD = (
    "Real processes: the hotline as `ivr run` starts it, a second Asterisk as the telephone network, callers whose "
    "programs hear the words and press keys. When a fault strikes, one caller each hears the greeting, a menu, the "
    "guidance, his ticket's number, waits in a queue, talks with the operator, asks to be called back, and keys in "
    "the number of a document, which may be kept nowhere; others call until the menu answers again. Then everybody "
    "must come to the operator. Dropped: a call that ended, or never came "
    "to the operator, though the fault did not take it along. Wrong: a ticket number heard that is not the one stored. "
    "Lost: a ticket or promise that was told and is not stored, or is stored twice. Recovery: from the fault, or from "
    "its end where it lasts, until a new caller hears the menu's greeting."
)
HEAD = (
    "CASE", "TOOK", "ROUNDS", "CALLS", "DROPPED", "WRONG", "LOST/DOUBLED", "OTHER", "BACK p50", "BACK max", "VERDICT",
)  # fmt: skip


def table(results: Sequence[Result]) -> list[str]:
    """Lines for the terminal."""
    rows = [
        (
            each.case, f"{each.took:.0f} s", str(each.rounds), str(each.calls), str(len(each.dropped)),
            str(len(each.wrong)), str(len(each.lost)), str(len(each.other)), *_recovery(each), each.verdict,
        )
        for each in results
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (HEAD, *rows)
    ]
    for each in results:
        lines += [f"{each.case}: {words}" for words in each.notes]
        lines += [f"{each.case}: FAULT {words}" for words in each.faults]
    return lines


def _recovery(result: Result) -> tuple[str, str]:
    if not result.recovery:
        return "", ""
    return f"{median(result.recovery):.1f} s", f"{max(result.recovery):.1f} s"


def plain(results: Sequence[Result], at: datetime, options: Options, hardware: dict[str, Any]) -> dict[str, Any]:
    """All of it as JSON values."""
    return {
        "at": at.isoformat(timespec="seconds"),
        "method": METHOD,
        "rounds": options.rounds,
        "minutes": options.minutes,
        "seed": options.seed,
        "machine": hardware,
        "cases": [
            {
                "case": each.case, "about": each.about, "took_s": round(each.took, 1), "rounds": each.rounds,
                "calls": each.calls, "dropped": each.dropped, "wrong": each.wrong,
                "lost_or_doubled": each.lost, "other": each.other,
                "recovery_s": [round(s, 2) for s in each.recovery],
                "operator_back_s": [round(s, 2) for s in each.served],
                "notes": each.notes, "figures": each.figures, "verdict": each.verdict,
                "series": {name: [[round(t, 1), v] for t, v in points] for name, points in each.series.items()},
            }
            for each in results
        ],
    }  # fmt: skip
