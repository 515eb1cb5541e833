"""A call in one line, for searching: its journal's events folded as they come. Pure.

Says the same of a call as `ivr.domain.calls.fold` where both speak of it; what was said last counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ivr.domain.calls import END, START, CallStep, Data

_TEXTS = ("did", "language", "category", "ticket", "queue")
_LONGEST_S = 7 * 24 * 3600


@dataclass(frozen=True)
class CallSummary:
    """Texts are "" while unknown. `operator`: who answered last; `waited_s`, `talked_s`: whole seconds in queues until
    he did (or until the caller hung up), and with him. `reason`: why the menu, or the call, ended."""

    did: str = ""
    language: str = ""
    category: str = ""
    ticket: str = ""
    queue: str = ""
    region: str = ""
    operator: str = ""
    source: str = ""
    reason: str = ""
    waited_s: int | None = None
    talked_s: int | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class CallLine:
    """A call as it was found. `caller`: E.164 or "" (whole: for who may see it); `score`: 1 to 5."""

    call_id: str
    caller: str
    started_at: datetime
    summary: CallSummary
    score: int | None = None


@dataclass(frozen=True)
class CallSearch:
    """Which calls; "" and None: any. `number`: E.164; `since` (included), `until` (not): aware. `after`: start and id
    of the last call of the page before."""

    number: str = ""
    ticket: str = ""
    operator: str = ""
    queue: str = ""
    category: str = ""
    region: str = ""
    language: str = ""
    source: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None
    limit: int = 100


def advance(summary: CallSummary, kind: str, data: Data, at: datetime) -> CallSummary:
    """The line after one more event (`at` aware)."""
    new: dict[str, Any] = {}
    for name in _TEXTS:
        value = data.get(name)
        if value not in (None, "") and not (name == "queue" and kind == "route"):
            new[name] = str(value)
    if kind == START:
        new["source"] = str(data.get("source") or ("callback" if data.get("callback") else summary.source or "phone"))
    elif kind == "place":
        new["region"] = str(data.get("region") or "")
    elif kind == "answered":
        new |= {"operator": str(data.get("operator") or ""), "answered_at": at, "waited_s": _seconds(data, "waited_s")}
    elif kind == "talked":
        new["talked_s"] = _seconds(data, "seconds")
    elif kind == "abandoned":
        new["waited_s"] = _seconds(data, "waited_s")
    elif kind == END:
        new["ended_at"] = at
        new["reason"] = summary.reason or str(data.get("reason") or "")
    return replace(summary, **new) if new else summary


def summary_of(steps: Iterable[CallStep]) -> CallSummary:
    """The line of a call with these events."""
    summary = CallSummary()
    for step in steps:
        summary = advance(summary, step.kind, step.data, step.at)
    return summary


def _seconds(data: Data, name: str) -> int | None:
    try:
        seconds = int(str(data.get(name)))
    except ValueError:
        return None
    return min(max(0, seconds), _LONGEST_S)
