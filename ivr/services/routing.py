"""Which queue takes a call now (first form: by category; the general queue where the category's has nobody)."""

from collections.abc import Mapping

from ivr.domain.queue_plan import GENERAL
from ivr.domain.queues import QueueView, estimated_wait, position_for_newcomer
from ivr.flow.commands import RouteFound
from ivr.services.ports import Board


class CategoryRouter:
    """Category to queue name; never fails and never answers with nothing."""

    def __init__(self, board: Board, queue_of: Mapping[str, str], general: str = GENERAL) -> None:
        self._board = board
        self._queue_of = queue_of
        self._general = general

    def __call__(self, category: str, language: str) -> RouteFound:
        """The category's own queue if somebody is logged in there, else the general one, else not staffed.

        With no fresh picture of the queues the call is sent on: Queue() itself knows whether somebody is there.
        """
        own = self._queue_of.get(category, self._general)
        view = self._board.view()
        if not view.fresh:
            return RouteFound(own, staffed=True)
        for name in dict.fromkeys((own, self._general)):
            queue = view.queues.get(name, QueueView(name))
            if queue.logged_in:
                place = position_for_newcomer(queue)
                return RouteFound(name, True, place, estimated_wait(queue, place))
        return RouteFound(self._general, staffed=False)
