"""The promise ledger: what callers were told (a wait, a place, a window for the call back) against what happened. Pure.

A wait is kept when an operator took the call no later than it and a little more (`LEEWAY_S`, or `LEEWAY` of it). A
window is kept when the citizen's phone rang, or an operator was connected, within it. A place is kept when no more were
answered in that queue until he was than those he was told to stand behind. Who hung up, or took his wish
back, before the promise could be judged is counted apart: neither kept nor broken.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from ivr.domain.callbacks import FINAL, CallbackEvent
from ivr.domain.calls import CallStep
from ivr.domain.readout import spoken_seconds

LEEWAY_S, LEEWAY = 60.0, 0.2

Kind = Literal["wait", "place", "window"]
#: kept and broken are judged. abandoned: he hung up while he waited; withdrawn: he took a callback instead, or
#: cancelled or moved his, or (a place) was answered in another queue; unreachable: dialled in the window, but the phone
#: could not be reached; open: not over yet.
Outcome = Literal["kept", "broken", "abandoned", "withdrawn", "unreachable", "open"]
OUTCOMES: tuple[Outcome, ...] = ("kept", "broken", "abandoned", "withdrawn", "unreachable", "open")

#: Steps of the dialogue after which the way to an operator is asked for without a word about the wait.
_SILENT = frozenset(("callback", "callback/key", "moved"))
_OFFER = "callback/offer"
#: Results of a dial by which the citizen's phone is known to have rung, or to have been in use.
_RANG = frozenset(("human", "connect", "busy", "no_answer", "machine", "rejected", "later", "caller_gone", "no_agent"))


@dataclass(frozen=True)
class Promise:
    """One promise: `said` aware. `error`: by how much it was missed either way, seconds, or places for a place; None
    when nothing happened that could be compared. `queue`: the one that was spoken of."""

    kind: Kind
    queue: str
    said: datetime
    outcome: Outcome
    error: float | None = None


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
    return [_wait(told.queue, told.said, told.wait_s, steps) for told in _told(steps) if told.wait_s is not None]


class Turns:
    """When calls were answered, by queue: eight bytes for each."""

    def __init__(self) -> None:
        self._answered: dict[str, array[float]] = {}
        self._sorted = True

    def add(self, queue: str, at: datetime) -> None:
        """An answer in `queue`; in any order."""
        self._answered.setdefault(queue, array("d")).append(at.timestamp())
        self._sorted = False

    def between(self, queue: str, after: datetime, until: datetime) -> int:
        """How many were answered later than `after`, `until` included."""
        if not self._sorted:
            self._answered = {name: array("d", sorted(moments)) for name, moments in self._answered.items()}
            self._sorted = True
        moments = self._answered.get(queue, array("d"))
        return bisect_right(moments, until.timestamp()) - bisect_right(moments, after.timestamp())


def places(steps: Sequence[CallStep], turns: Turns) -> list[Promise]:
    """What one call was told about its place in the queue, and whose turn came first. `turns`: of all calls, its own
    among them."""
    return [_place(told.queue, told.said, told.position, steps, turns) for told in _told(steps) if told.position]


def windows(callback: CallbackTold, at: datetime) -> list[Promise]:
    """Each window that was promised, judged as things are `at` (aware). A note of a missed one (SMS) is no new one."""
    promised = _promised(callback)
    found = [_window(callback, window, after.said, at) for window, after in pairwise(promised)]
    return found + [_window(callback, window, None, at) for window in promised[-1:]]


def windows_of(events: Sequence[CallbackEvent], at: datetime) -> list[Promise]:
    """The same from the history of one callback alone, oldest first; [] when its beginning is not there. The queue is
    not told."""
    first = next((each for each in events if each.event == "confirm" and "window_to" in each.data), None)
    if first is None:
        return []
    start, end = (datetime.fromisoformat(str(first.data[name])) for name in ("window_from", "window_to"))
    for event in events:
        if event.event == "moved" and "begins" in event.data and "ends" in event.data:
            start, end = (datetime.fromisoformat(str(event.data[name])) for name in ("begins", "ends"))
    return windows(CallbackTold("", events[-1].after, start, end, tuple(events)), at)


@dataclass(frozen=True)
class _Told:
    """`wait_s`: as spoken, None: nothing; `position` 0: nothing."""

    queue: str
    said: datetime
    wait_s: int | None
    position: int


def _told(steps: Sequence[CallStep]) -> Iterator[_Told]:
    """An answer of the router is told once the dialogue has come to its words."""
    step_name, ours = "", False
    asked: _Told | None = None
    for step in steps:
        data = step.data
        match step.kind:
            case "start":
                # whom we called hears that he is connected, not how long it takes
                ours = ours or bool(data.get("callback"))
            case "step":
                step_name = str(data.get("step", ""))
                if step_name != _OFFER:
                    asked = None
                elif asked is not None and asked.wait_s:
                    yield replace(asked, position=0)
                    asked = replace(asked, wait_s=None)
            case "route":
                silent = ours or step_name in _SILENT or data.get("leaving") or not data.get("queue")
                asked = None if silent else _numbers(step)
            case "enqueue":
                if asked is not None:
                    yield asked
                asked = None
            case "told":
                if (told := _numbers(step)) is not None:
                    yield told


def _wait(queue: str, said: datetime, seconds: int, steps: Sequence[CallStep]) -> Promise:
    answer, outcome = _ending(said, steps)
    if answer is None:
        return Promise("wait", queue, said, outcome)
    late = (answer.at - said).total_seconds() - seconds
    kept = late <= max(LEEWAY_S, LEEWAY * seconds)
    return Promise("wait", queue, said, "kept" if kept else "broken", abs(late))


def _place(queue: str, said: datetime, position: int, steps: Sequence[CallStep], turns: Turns) -> Promise:
    answer, outcome = _ending(said, steps)
    if answer is None:
        return Promise("place", queue, said, outcome)
    if answer.data.get("queue") != queue:
        return Promise("place", queue, said, "withdrawn")
    turn = turns.between(queue, said, answer.at)
    return Promise("place", queue, said, "kept" if turn <= position else "broken", abs(turn - position))


def _ending(said: datetime, steps: Sequence[CallStep]) -> tuple[CallStep | None, Outcome]:
    """The answer after `said`, or None and what came instead."""
    ended: Outcome | None = None
    for step in steps:
        if step.at < said:
            continue
        if step.kind == "answered":
            return step, "kept"
        if step.kind == "callback" and step.data.get("event") in ("taken", "hung_up"):
            ended = "withdrawn"
        elif step.kind == "callback" and step.data.get("event") == "dropped":
            ended = None
        elif step.kind in ("end", "abandoned"):
            ended = ended or "abandoned"
    return None, ended or "open"


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
        return replace(promise, outcome="broken" if missed else "kept", error=missed.total_seconds())
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
        elif event.event in ("trunk", "no_operator", "silent", "recover_unseen"):
            # ours, not his: nobody was called, or to hear nothing
            found.pop(event.attempt, None)
        elif event.event in _RANG and event.attempt in found:
            found[event.attempt] = (found[event.attempt][0], True)
    return list(found.values())


def _numbers(step: CallStep) -> _Told | None:
    """What is said of such a place and wait; None: nothing."""
    wait, position = (_number(step.data.get(name)) for name in ("wait_s", "position"))
    if step.kind == "route" and not wait and (position or 0) < 2:
        # "you are being connected"
        return None
    said = None if wait is None else spoken_seconds(wait)
    return _Told(str(step.data.get("queue", "")), step.at, said, position or 0)


def _number(value: object) -> int | None:
    """Seconds, or a place, as they were written down; None for anything else."""
    return int(value) if isinstance(value, int | float) and value >= 0 else None
