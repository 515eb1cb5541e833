"""The queues judged by the live board: who is there, how long it takes, and in which order they are tried."""

from dataclasses import dataclass

from ivr.domain.queue_plan import GENERAL, QueueRule
from ivr.domain.queues import QueueView, estimated_wait, position_for_newcomer
from ivr.domain.routing_sites import Entry, View
from ivr.domain.routing_types import Candidate, RouteRequest
from ivr.domain.whereabouts import Reason

_NEVER = 10**9


@dataclass(slots=True)
class Verdict:
    """A queue for this caller. `passed`: why not, None when it can take the call. `wait`: expected, seconds.

    `hopeless`: it is passed over for its wait alone.
    """

    entry: Entry
    passed: Candidate | None
    said: tuple[Reason, ...] = ()
    wait: int = 0
    ready: int = 0
    hopeless: bool = False

    def verdict(self, *more: Reason) -> Candidate:
        """As a candidate that is passed over."""
        return self.passed or Candidate(self.entry.name, False, (*self.entry.base, *self.said, *more))


@dataclass(slots=True)
class Judged:
    """Every site's queue in the order in which it is tried; `before_common`: how many of them come before the 24/7
    queue; `staffed`: somebody is logged in there, or the board does not say."""

    sites: list[Verdict]
    before_common: int
    staffed: bool
    common: tuple[Reason, ...]


def judge(view: View, common: QueueRule, request: RouteRequest) -> Judged:
    """All queues for the caller of `request`, best first."""
    board = request.board
    verdicts = [Verdict(entry, entry.passed) for entry in view.entries]
    if request.leaving:
        _leave(verdicts, request)
    if not board.fresh:
        return Judged(verdicts, len(verdicts), True, (Reason("federal"),))
    for verdict in verdicts:
        if verdict.passed is None:
            _look(verdict, board.queues.get(verdict.entry.name))
    own = board.queues.get(GENERAL) or QueueView(GENERAL)
    wait = estimated_wait(own, position_for_newcomer(own))
    said = Reason("nobody-logged-in", {"queue": GENERAL}) if wait is None else _wait(wait, own)
    before = len(verdicts)
    if request.priority > 0:
        verdicts.sort(key=_soonest)
        limit = _NEVER if wait is None else wait
        before = sum(verdict.passed is None and verdict.wait <= limit for verdict in verdicts)
    elif view.ties:
        verdicts.sort(key=_nearest)
    return Judged(verdicts, before, wait is not None, (Reason("federal"), said))


def _leave(verdicts: list[Verdict], request: RouteRequest) -> None:
    """The queue the caller comes from is not taken again.

    While its site works he has waited there long enough and only goes on to those behind it: whoever is moved again
    and again reaches the 24/7 queue. At the end of a shift nothing was wrong with the others.
    """
    left = next((v for v in verdicts if v.entry.name == request.leaving), None)
    if left is None:
        return
    works = left.passed is None
    for verdict in verdicts:
        if verdict is left:
            verdict.passed = Candidate(left.entry.name, False, (Reason("just-left", {"queue": left.entry.name}),))
        elif works and verdict.passed is None and verdict.entry.rank < left.entry.rank:
            data: dict[str, str | int] = {"queue": verdict.entry.name, "left": left.entry.name}
            verdict.passed = Candidate(verdict.entry.name, False, (Reason("behind-only", data),))


def _look(verdict: Verdict, queue: QueueView | None) -> None:
    """What the board says of a queue that is at work."""
    entry, rule = verdict.entry, verdict.entry.rule
    wait = None if queue is None else estimated_wait(queue, position_for_newcomer(queue))
    if queue is None or wait is None:
        verdict.passed = Candidate(entry.name, False, (*entry.base, Reason("nobody-logged-in", {"queue": entry.name})))
        return
    verdict.wait, verdict.ready, waiting = wait, queue.ready, len(queue.waiting)
    if rule.capacity and waiting >= rule.capacity:
        data: dict[str, str | int] = {"queue": entry.name, "waiting": waiting, "capacity": rule.capacity}
        verdict.passed = Candidate(entry.name, False, (*entry.base, Reason("queue-full", data)))
    elif wait > rule.hopeless_s:
        data = {"queue": entry.name, "wait_s": wait, "limit_s": rule.hopeless_s}
        verdict.passed = Candidate(entry.name, False, (*entry.base, Reason("wait-hopeless", data)))
        verdict.hopeless = True
    else:
        verdict.said = (_wait(wait, queue),)


def _wait(wait: int, queue: QueueView) -> Reason:
    return Reason("wait", {"wait_s": wait, "ready": queue.ready, "waiting": len(queue.waiting)})


def _nearest(verdict: Verdict) -> tuple[int, int, bool, int, int, int]:
    nearness, apart, index = verdict.entry.rank
    return nearness, apart, verdict.passed is not None, verdict.wait, -verdict.ready, index


def _soonest(verdict: Verdict) -> tuple[bool, int, tuple[int, int, int], int]:
    return verdict.passed is not None, verdict.wait, verdict.entry.rank, -verdict.ready
