"""The order of callers who change queues: by arrival, also when many move at once (the end of a shift)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.domain.queues import BoardView, QueueView, place_by_arrival

#: By then the board shows who was handed over, or an event told that he is gone.
_UNSEEN = timedelta(seconds=15)
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Move:
    """To `queue`, `at` this moment, of one who waits since `arrived` and was still shown in `origin`, "": nowhere."""

    queue: str
    arrived: datetime
    at: datetime
    origin: str


class Moving:
    """Callers handed over to a queue that the board does not show there yet."""

    def __init__(self) -> None:
        self._under_way: dict[str, _Move] = {}

    def hand_over(self, call_id: str, queue: str, arrived: datetime, view: BoardView, at: datetime) -> int:
        """The place (1-based) in `queue` of one who waits since `arrived` and goes there now; 0: unknown.

        Of those who arrived in the same second, who is there first stays in front.
        """
        if not view.fresh:
            return 0
        shown = {caller.call_id: name for name, each in view.queues.items() for caller in each.waiting}
        self._under_way = {
            other: move
            for other, move in self._under_way.items()
            if other != call_id and at - move.at < _UNSEEN and shown.get(other, move.origin) == move.origin
        }
        before = sum(move.queue == queue and move.arrived <= arrived for move in self._under_way.values())
        if len(self._under_way) < _MOST:
            self._under_way[call_id] = _Move(queue, arrived, at, shown.get(call_id, ""))
        there = view.queues.get(queue, QueueView(queue))
        others = tuple(caller for caller in there.waiting if caller.call_id != call_id)
        return place_by_arrival(replace(there, waiting=others), arrived) + before

    def out(self, call_id: str, queue: str) -> None:
        """The caller no longer waits in `queue` ("": in none): answered, gone or moved on."""
        move = self._under_way.get(call_id)
        # what is told of the queue that he comes from may come late
        if move is not None and queue in ("", move.queue):
            del self._under_way[call_id]
