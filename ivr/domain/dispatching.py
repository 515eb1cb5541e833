"""Whom to dial now: a pure decision over those due, the calls under way and the board of the queues.

Rules 1 to 4 and 15 of the callbacks. The place in the line is `virtual_start` and nothing else; a later one is dialled
before an earlier one only where the earlier one may not be rung now, or stands in another queue's line.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivr.domain.callback_hours import CallbackHours, Person
from ivr.domain.callbacks import Callback
from ivr.domain.queue_plan import GENERAL
from ivr.domain.queues import BoardView, QueueView
from ivr.errors import DataError

#: board: nothing is known of the queues; over: expired; window: not begun; quiet: not by his clock; clock: his clock is
#: not known (any more); closed: the queue does not work now; turn: a live caller of the queue came earlier; operators:
#: as many calls are under way as people are idle; lines: as many as the trunk takes.
Reason = Literal["board", "over", "window", "quiet", "clock", "closed", "turn", "operators", "lines"]
#: For so long is put aside whose clock is not known.
_ASIDE = timedelta(hours=1)
#: So few at work that no moment is better than another to call who is first in line.
_FEW = 2


@dataclass(frozen=True)
class Held:
    """Not dialled now. `until`: park it until then (for quiet: when he may be rung again); None: look again."""

    callback: Callback
    reason: Reason
    until: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """`dial`: in this order. `agent_first`: ids of those for whom an operator is rung first. `held`: the others."""

    dial: tuple[Callback, ...] = ()
    held: tuple[Held, ...] = ()
    agent_first: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pacing:
    """How much is dialled at once.

    `lines`: most calls under way in all queues together. `agent_first`: queues whose operator is rung before the
    citizen. `head_of_line`: with nobody idle, the one whom no live caller is before is dialled all the same, one a
    queue, when the next operator is expected free within `patience_s`: callers who came later take every operator the
    moment one is free, and as long as they come a callback would never be made.

    Rule 3 (no more calls than people are idle) gives way there to rule 1 (nobody starves): the place in the line is
    his, and rule 13 bears the cost, for who waits in vain hears an apology and is called again, uncharged and each time
    later. Fewer than two at work are never expected free so soon; to wait for a better moment would be to wait for
    ever, so they are called for too. Where nobody is at work (all pause) none will come.
    """

    lines: int = 30
    agent_first: Collection[str] = ()
    head_of_line: bool = True
    patience_s: float = 90.0


def choose(
    due: Sequence[Callback],
    in_flight: Mapping[str, int],
    board: BoardView,
    at: datetime,
    hours: CallbackHours,
    works: Callable[[str, datetime], bool] = lambda queue, at: True,
    pacing: Pacing = Pacing(),
) -> Choice:
    """`due`: those waiting; `in_flight`: queue -> calls under way; `works`: does this queue work at that moment?

    Every one of `due` is either in `dial` or in `held`.
    """
    dial: list[Callback] = []
    held: list[Held] = []
    lines, clocks = _Lines(board, in_flight, pacing), _Clocks(hours, at)
    for callback in sorted(due, key=lambda each: (each.virtual_start, each.id)):
        reason = _forbidden(callback, at, clocks, works)
        if reason is None:
            reason = lines.take(callback)
        if reason is None:
            dial.append(callback)
        else:
            until = clocks.opens(Person.of(callback)) if reason == "quiet" else None
            until = at + _ASIDE if reason == "clock" else until
            held.append(Held(callback, reason, until))
    first = frozenset(callback.id for callback in dial if callback.queue in pacing.agent_first)
    return Choice(tuple(dial), tuple(held), first)


def _forbidden(
    callback: Callback, at: datetime, clocks: "_Clocks", works: Callable[[str, datetime], bool]
) -> Reason | None:
    if callback.expires_at <= at:
        return "over"
    if callback.window_from > at or (callback.not_before is not None and callback.not_before > at):
        return "window"
    try:
        if not clocks.allowed(Person.of(callback)):
            return "quiet"
    except DataError:
        return "clock"
    return None if works(callback.queue, at) else "closed"


class _Clocks:
    """The hours at one moment: thousands of citizens, a few clocks."""

    def __init__(self, hours: CallbackHours, at: datetime) -> None:
        self._hours, self._at = hours, at
        self._allowed: dict[Person, bool] = {}
        self._opens: dict[Person, datetime | None] = {}

    def allowed(self, person: Person) -> bool:
        if person not in self._allowed:
            self._allowed[person] = self._hours.allowed(person, self._at)
        return self._allowed[person]

    def opens(self, person: Person) -> datetime | None:
        if person not in self._opens:
            self._opens[person] = self._hours.opens(person, self._at)
        return self._opens[person]


class _Lines:
    """What is left to be dialled in each queue, and in all of them.

    Where the operator is rung first he is on the call already: of those under way there, none waits for an idle one.
    """

    def __init__(self, board: BoardView, in_flight: Mapping[str, int], pacing: Pacing) -> None:
        self._board, self._pacing = board, pacing
        self._under_way = dict(in_flight)
        self._total = sum(in_flight.values())
        self._served = {name: count for name, count in in_flight.items() if name in pacing.agent_first}
        everybody = board.queues.get(GENERAL)
        # Everybody is in the 24/7 queue too: one idle person stands in several lines and takes one call.
        self._idle = None if everybody is None else everybody.ready
        self._first = {
            name: min((caller.joined for caller in queue.waiting), default=None) for name, queue in board.queues.items()
        }

    def take(self, callback: Callback) -> Reason | None:
        """Take one call for him; the reason why not."""
        if not self._board.fresh:
            return "board"
        # a queue that is no more: everybody's line; who answers him in the end is decided in the call
        name = callback.queue if callback.queue in self._board.queues else GENERAL
        queue = self._board.queues.get(name)
        if queue is None or queue.logged_in <= 0:
            return "operators"
        first = self._first[name]
        if first is not None and first < callback.virtual_start:
            return "turn"
        if self._total >= self._pacing.lines:
            return "lines"
        under_way = self._under_way.get(name, 0)
        here, everywhere = self._served.get(name, 0), sum(self._served.values())
        idle = under_way - here < queue.ready and (self._idle is None or self._total - everywhere < self._idle)
        if not idle and not self._head(queue, under_way):
            return "operators"
        self._under_way[name] = under_way + 1
        self._total += 1
        return None

    def _head(self, queue: QueueView, under_way: int) -> bool:
        """Is he the one to be called though nobody is idle?"""
        pacing = self._pacing
        return (
            pacing.head_of_line
            and queue.name not in pacing.agent_first
            and under_way == 0
            and queue.ready == 0
            and bool(queue.waiting)
            # those who pause free nobody, and who works for several queues comes to this one in part
            and queue.capacity > 0
            and (queue.capacity < _FEW or queue.handle_s / queue.capacity <= pacing.patience_s)
        )
