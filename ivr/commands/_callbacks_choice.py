"""Whom to dial now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ivr.config import Config
from ivr.domain.callbacks import Callback
from ivr.domain.queues import BoardView


def chooser(config: Config) -> Callable[[Sequence[Callback], Mapping[str, int], BoardView, datetime], list[Callback]]:
    """The rule of `ivr.domain` over the settings of this deployment."""

    def choose(due: Sequence[Callback], in_flight: Mapping[str, int], board: BoardView, at: datetime) -> list[Callback]:
        free = {name: queue.ready - in_flight.get(name, 0) for name, queue in board.queues.items()}
        chosen = []
        for callback in due:
            queue = board.queues.get(callback.queue)
            if queue is None or free[callback.queue] <= 0:
                continue
            if any(caller.joined < callback.virtual_start for caller in queue.waiting):
                continue
            free[callback.queue] -= 1
            chosen.append(callback)
        return chosen

    return choose
