"""The promise ledger: what callers were told (a wait, a window for the call back) against what happened. Pure.

A wait is kept when an operator took the call no later than it and a little more (`LEEWAY_S`, or `LEEWAY` of it). A
window is kept when the citizen's phone rang, or an operator was connected, within it. Who hung up, or took his wish
back, before the promise could be judged is counted apart: neither kept nor broken.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from ivr.domain.callbacks import FINAL, CallbackEvent
from ivr.domain.calls import CallStep
from ivr.domain.readout import spoken_seconds

LEEWAY_S, LEEWAY = 60.0, 0.2

Kind = Literal["wait", "window"]
#: kept and broken are judged. abandoned: he hung up while he waited; withdrawn: he took a callback instead, or
#: cancelled or moved his; unreachable: dialled in the window, but the phone could not be reached; open: not over yet.
Outcome = Literal["kept", "broken", "abandoned", "withdrawn", "unreachable", "open"]
OUTCOMES: tuple[Outcome, ...] = ("kept", "broken", "abandoned", "withdrawn", "unreachable", "open")

#: Steps of the dialogue after which the way to an operator is asked for without a word about the wait.
_SILENT = frozenset(("callback", "callback/key", "moved"))
_OFFER = "callback/offer"
#: Results of a dial by which the citizen's phone is known to have rung, or to have been in use.
_RANG = frozenset(("human", "connect", "busy", "no_answer", "machine", "rejected", "later", "caller_gone", "no_agent"))


@dataclass(frozen=True)
class Promise:
    """One promise: `said` aware. `error_s`: seconds by which it was missed either way; None when nothing happened
    that could be compared. `queue`: the one that was spoken of."""

    kind: Kind
    queue: str
    said: datetime
    outcome: Outcome
    error_s: float | None = None


@dataclass(frozen=True)
class Window:
    """A window as it was promised at `said`. All aware."""

    said: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True)
class CallbackTold:
    """A callback as far as promises go. `start`, `end`: its window now; `events`: its history, oldest first."""

    queue: str
    state: str
    start: datetime
    end: datetime
    events: tuple[CallbackEvent, ...]


def waits(steps: Sequence[CallStep]) -> list[Promise]:
    """What one call (its events, oldest first) was told about its wait, and what came of it.

    Told is what the way to the queue or the offer of a callback said, and every announcement (kind "told").
    """
    return [_wait(queue, said, seconds, steps) for queue, said, seconds in _told(steps)]


def windows(callback: CallbackTold, at: datetime) -> list[Promise]:
    """Each window that was promised, judged as things are `at` (aware). A note of a missed one (SMS) is no new one."""
    promised = _promised(callback)
    found = [_window(callback, window, after.said, at) for window, after in pairwise(promised)]
    return found + [_window(callback, window, None, at) for window in promised[-1:]]


class Ledger:
    """Counts promises by kind and queue; of each judged one it keeps eight bytes."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._errors: dict[tuple[str, str], array[float]] = {}

    def add(self, promise: Promise) -> None:
        key = (promise.kind, promise.queue)
        self._counts.setdefault(key, Counter())[promise.outcome] += 1
        if promise.error_s is not None:
            self._errors.setdefault(key, array("d")).append(promise.error_s)

    def lines(self) -> list["Line"]:
        """By kind and queue."""
        return [_line(*key, counts, self._errors.get(key, ())) for key, counts in sorted(self._counts.items())]

    def totals(self) -> list["Line"]:
        """By kind; `queue` is ""."""
        found = []
        for kind in sorted({kind for kind, _ in self._counts}):
            counts: Counter[str] = Counter()
            for key, some in self._counts.items():
                counts.update(some if key[0] == kind else {})
            errors = [error for key, some in self._errors.items() if key[0] == kind for error in some]
            found.append(_line(kind, "", counts, errors))
        return found


@dataclass(frozen=True)
class Line:
    """`kept_percent` of those judged, None when none is; `error_p50_s`, `error_p90_s`: seconds either way (late or
    early), None when nothing could be compared; a quantile is the smallest error that so many are not above."""

    kind: str
    queue: str
    told: int
    kept: int
    broken: int
    abandoned: int
    withdrawn: int
    unreachable: int
    open: int
    kept_percent: float | None
    error_p50_s: float | None
    error_p90_s: float | None


def _told(steps: Sequence[CallStep]) -> Iterator[tuple[str, datetime, int]]:
    """(queue, when, seconds as spoken). An answer of the router is told once the dialogue has come to its words."""
    step_name, asked, ours = "", None, False
    for step in steps:
        data = step.data
        match step.kind:
            case "start":
                # whom we called hears that he is connected, not how long it takes
                ours = ours or bool(data.get("callback"))
            case "step":
                step_name = str(data.get("step", ""))
                if asked is not None and step_name == _OFFER and asked[2]:
                    yield asked[0], asked[1], spoken_seconds(asked[2])
                asked = None
            case "route":
                wait, queue = _number(data.get("wait_s")), str(data.get("queue", ""))
                silent = ours or step_name in _SILENT or data.get("leaving") or wait is None or not queue
                asked = None if silent else (queue, step.at, wait or 0, _number(data.get("position")) or 0)
            case "enqueue":
                if asked is not None and (asked[2] or asked[3] > 1):
                    yield asked[0], asked[1], spoken_seconds(asked[2])
                asked = None
            case "told":
                wait = _number(data.get("wait_s"))
                if wait is not None:
                    yield str(data.get("queue", "")), step.at, spoken_seconds(wait)


def _wait(queue: str, said: datetime, seconds: int, steps: Sequence[CallStep]) -> Promise:
    promise = Promise("wait", queue, said, "open")
    ended: Outcome | None = None
    for step in steps:
        if step.at < said:
            continue
        if step.kind == "answered":
            late = (step.at - said).total_seconds() - seconds
            kept = late <= max(LEEWAY_S, LEEWAY * seconds)
            return replace(promise, outcome="kept" if kept else "broken", error_s=abs(late))
        if step.kind == "callback" and step.data.get("event") in ("taken", "hung_up"):
            ended = "withdrawn"
        elif step.kind == "callback" and step.data.get("event") == "dropped":
            ended = None
        elif step.kind in ("end", "abandoned"):
            ended = ended or "abandoned"
    return replace(promise, outcome=ended or "open")


def _promised(callback: CallbackTold) -> list[Window]:
    """Backwards from the window it has now: the history tells what each change replaced."""
    found: list[Window] = []
    start, end = callback.start, callback.end
    for event in reversed(callback.events):
        before_end = event.data.get("window_to")
        if event.event == "missed" and before_end:
            end = datetime.fromisoformat(str(before_end))
        elif event.event == "moved" and "window_from" in event.data:
            found.append(Window(event.at, start, end))
            start = datetime.fromisoformat(str(event.data["window_from"]))
            end = datetime.fromisoformat(str(before_end)) if before_end else end
        elif event.event == "confirm":
            found.append(Window(event.at, start, end))
    return found[::-1]


def _window(callback: CallbackTold, window: Window, until: datetime | None, at: datetime) -> Promise:
    """`until`: when another window took its place; None: it is the last one."""
    promise = Promise("window", callback.queue, window.said, "open")
    dials = [each for each in _dials(callback.events) if window.said <= each[0] and (not until or each[0] < until)]
    rung = next((dialled for dialled, rang in dials if rang), None)
    if rung is not None:
        missed = max(window.start - rung, rung - window.end, timedelta())
        return replace(promise, outcome="broken" if missed else "kept", error_s=missed.total_seconds())
    over = until
    if over is None and callback.state in FINAL and callback.events:
        over = callback.events[-1].at
    if over is not None and over <= window.end and (until is not None or callback.state == "cancelled"):
        return replace(promise, outcome="withdrawn")
    if any(dialled <= window.end for dialled, _ in dials) and (over is not None or at > window.end):
        return replace(promise, outcome="unreachable")
    if over is not None or at > window.end:
        return replace(promise, outcome="broken")
    return promise


def _dials(events: Iterable[CallbackEvent]) -> list[tuple[datetime, bool]]:
    """(when it was dialled, did the phone ring?) of each dial that reached the network and has a result."""
    found: dict[str, tuple[datetime, bool]] = {}
    for event in events:
        if event.event == "dial":
            found[event.attempt] = (event.at, False)
        elif event.event in ("trunk", "recover_unseen"):
            # ours, not his: nobody was called
            found.pop(event.attempt, None)
        elif event.event in _RANG and event.attempt in found:
            found[event.attempt] = (found[event.attempt][0], True)
    return list(found.values())


def _line(kind: str, queue: str, counts: Counter[str], errors: Iterable[float]) -> Line:
    judged, known = counts["kept"] + counts["broken"], sorted(errors)
    half, most = (known[-(-len(known) * share // 100) - 1] if known else None for share in (50, 90))
    percent = 100 * counts["kept"] / judged if judged else None
    each = {outcome: counts[outcome] for outcome in OUTCOMES}
    return Line(kind, queue, counts.total(), **each, kept_percent=percent, error_p50_s=half, error_p90_s=most)


def _number(value: object) -> int | None:
    """Seconds, or a place, as they were written down; None for anything else."""
    return int(value) if isinstance(value, int | float) and value >= 0 else None
