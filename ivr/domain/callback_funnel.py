"""What became of callbacks, from their events: how many came how far, how long they waited, which promises were kept.

A request for a callback is neither an abandoned nor an answered call: it is counted here only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivr.domain.callbacks import CallbackEvent
from ivr.domain.promises import windows_of

#: Result of a dial that no person took.
_RESULTS = frozenset(
    ("busy", "no_answer", "machine", "rejected", "unreachable", "trunk", "invalid", "no_operator", "silent",
     "recover", "recover_unseen")
)  # fmt: skip


@dataclass
class _One:
    """One callback as far as its events tell."""

    confirmed: datetime | None = None
    #: when its window begins; None: as soon as it was promised
    begins: datetime | None = None
    over: datetime | None = None
    first_dial: datetime | None = None
    dials: int = 0
    human: bool = False
    connected: datetime | None = None
    end: str = ""
    events: list[CallbackEvent] = field(default_factory=list)


@dataclass(frozen=True)
class Funnel:
    """Counts of callbacks. `accepted`: promised; then of those: due (the window has begun while it was still promised),
    dialled, taken by a person, connected to an operator, done. `ends`: by final state; `results`: dials that no person
    took, by event; `attempts`: how many callbacks that are over were dialled so often. Seconds from the promise
    (`to_dial`: to the first dial, `to_connect`: to the operator) as (P50, P90), None when there are none. Of the
    windows promised, judged as in the ledger of promises: `kept` (the phone rang within), `broken` (later or never),
    `unreachable` (dialled within, but the network could not reach the phone).
    """

    accepted: int = 0
    due: int = 0
    dialled: int = 0
    human: int = 0
    connected: int = 0
    done: int = 0
    ends: Mapping[str, int] = field(default_factory=dict)
    results: Mapping[str, int] = field(default_factory=dict)
    attempts: Mapping[int, int] = field(default_factory=dict)
    to_dial: tuple[float, float] | None = None
    to_connect: tuple[float, float] | None = None
    kept: int = 0
    broken: int = 0
    unreachable: int = 0


def funnel(events: Iterable[CallbackEvent], at: datetime) -> Funnel:
    """`events` before `at` in the order in which they were stored. Memory: the events of these callbacks."""
    found: dict[str, _One] = {}
    results: Counter[str] = Counter()
    for event in events:
        one = found.setdefault(event.callback, _One())
        one.events.append(event)
        results[event.event] += event.event in _RESULTS
        match event.event:
            case "confirm":
                one.confirmed, one.begins = event.at, _begins(event, "window_from")
            case "moved":
                one.begins = _begins(event, "begins") or one.begins
            case "dial":
                one.dials += 1
                one.first_dial = one.first_dial or event.at
            case "human":
                one.human = True
            case "connect":
                one.connected = one.connected or event.at
        one.end = event.after
        if one.end in _ENDS:
            one.over = event.at
    every = list(found.values())
    promises = Counter(promise.outcome for one in every for promise in windows_of(one.events, at))
    return Funnel(
        accepted=sum(one.confirmed is not None for one in every),
        due=sum(_due(one, at) for one in every),
        dialled=sum(one.dials > 0 for one in every),
        human=sum(one.human for one in every),
        connected=sum(one.connected is not None for one in every),
        done=sum(one.end == "done" for one in every),
        ends=dict(Counter(one.end for one in every if one.end in _ENDS)),
        results={event: count for event, count in results.items() if count},
        attempts=dict(Counter(one.dials for one in every if one.end in _ENDS)),
        to_dial=_quantiles([_seconds(one.confirmed, one.first_dial) for one in every]),
        to_connect=_quantiles([_seconds(one.confirmed, one.connected) for one in every]),
        kept=promises["kept"],
        broken=promises["broken"],
        unreachable=promises["unreachable"],
    )


_ENDS = frozenset(("done", "failed", "cancelled", "expired", "declined", "abandoned_offer"))


def _due(one: _One, at: datetime) -> bool:
    if one.dials:
        return True
    until = one.over or at
    return one.confirmed is not None and (one.begins or one.confirmed) <= until


def _begins(event: CallbackEvent, name: str) -> datetime | None:
    told = event.data.get(name)
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def _quantiles(values: list[float | None]) -> tuple[float, float] | None:
    """P50 and P90: the smallest value that so many are not above."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return tuple(known[-(-len(known) * share // 100) - 1] for share in (50, 90))  # type: ignore[return-value]
