"""The order of callers who change queues: by arrival, also when many move at once (the end of a shift)."""

from datetime import datetime, timedelta

from ivr.domain.queues import BoardView, QueueView, place_by_arrival

#: By then the board shows who was handed over, or the caller has hung up.
_UNSEEN = timedelta(seconds=15)
_MOST = 10_000


class Moving:
    """Callers handed over to a queue that the board does not show there yet."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[str, datetime, datetime]] = {}

    def hand_over(self, call_id: str, queue: str, arrived: datetime, view: BoardView, at: datetime) -> int:
        """The place (1-based) in `queue` of one who waits since `arrived` and goes there now; 0: unknown."""
        if not view.fresh:
            return 0
        there = view.queues.get(queue, QueueView(queue))
        seen = {caller.call_id for caller in there.waiting}
        self._under_way = {
            other: entry
            for other, entry in self._under_way.items()
            if at - entry[2] < _UNSEEN and not (entry[0] == queue and other in seen)
        }
        before = sum(
            where == queue and since < arrived
            for other, (where, since, _) in self._under_way.items()
            if other != call_id
        )
        if len(self._under_way) < _MOST:
            self._under_way[call_id] = (queue, arrived, at)
        return place_by_arrival(there, arrived) + before
