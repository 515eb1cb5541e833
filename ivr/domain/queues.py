"""Queues as seen from outside Asterisk: who is logged in, who waits, and how long a new caller would wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """One caller in a queue; `position` is 1-based; `call_id` may be unknown ("").

    `joined` (aware UTC): since when the caller waits, in whatever queue; a move to another does not change it.
    """

    channel: str
    position: int
    joined: datetime
    call_id: str = ""


@dataclass(frozen=True)
class QueueView:
    """One queue at one moment. `logged_in` counts people who could be rung, `ready` those who are free now.

    `capacity`: how many people's work this queue has, those shared with other queues in part; 0: not known.
    """

    name: str
    logged_in: int = 0
    ready: int = 0
    waiting: tuple[Waiting, ...] = ()
    handle_s: float = 180.0
    capacity: float = 0.0


@dataclass(frozen=True)
class BoardView:
    """All queues; `fresh` is False while the link to Asterisk is down (then figures must not be spoken)."""

    queues: Mapping[str, QueueView] = field(default_factory=dict)
    fresh: bool = False


def position_for_newcomer(queue: QueueView) -> int:
    """The place a caller joining now would get (1-based)."""
    return len(queue.waiting) + 1


def place_by_arrival(queue: QueueView, arrived: datetime) -> int:
    """The place (1-based) of a caller from another queue who waits since `arrived`: behind all who came before, or in
    the same second; also behind one who came later and was put before one of them."""
    return max((place + 1 for place, caller in enumerate(queue.waiting, 1) if caller.joined <= arrived), default=1)


def estimated_wait(queue: QueueView, position: int) -> int | None:
    """Seconds until the caller at `position` is answered, or None when nobody is logged in.

    Handle time x max(0, ahead + 1 - free operators) / operators, those of several queues in part; a free operator
    means no wait (0). Who pauses is reckoned to come back when all pause.
    """
    if queue.logged_in <= 0:
        return None
    return round(queue.handle_s * max(0, position - queue.ready) / (queue.capacity or queue.logged_in))


def wait_range(seconds: int) -> tuple[int, int]:
    """An expected wait as whole minutes from, to, the way it may be said: never 0, wider the longer it is."""
    minutes = seconds / 60
    low = max(1, int(minutes * 0.8))
    return low, max(low + 1, -int(-minutes * 1.25 // 1))
