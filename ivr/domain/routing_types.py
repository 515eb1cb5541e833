"""The question to the router and its answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ivr.domain.queues import BoardView
from ivr.domain.whereabouts import Place, Reason

#: queue: waits in one queue; overflow: waits in the first for a time, then in the next; callback: nobody can take
#: the call, it is called back at `opens`; announcement: as callback, but there is no number to call.
Kind = Literal["queue", "overflow", "callback", "announcement"]


@dataclass(frozen=True)
class RouteRequest:
    """Everything that decides a route. `at` is aware UTC.

    `priority` 0 normal, 1 high. `reachable`: the caller's number is known, so a call back is possible.
    `leaving`: the queue that the caller is taken from, "" for a new call.
    """

    place: Place
    category: str
    language: str
    at: datetime
    board: BoardView = field(default_factory=BoardView)
    priority: int = 0
    reachable: bool = True
    leaving: str = ""


@dataclass(frozen=True)
class Leg:
    """Wait in `queue` for `seconds`, then go on with the next leg; 0: no limit (the last leg only)."""

    queue: str
    seconds: int = 0


@dataclass(frozen=True)
class Candidate:
    """One queue as it was judged, best first. `taken` False: passed over, for the reasons given."""

    queue: str
    taken: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Decision:
    """Where the call goes. `legs` is empty for callback and announcement only; never is all of it empty.

    `opens` (aware UTC): when the work goes on, for callback and announcement. `reasons`: of the whole decision.
    `digest`: of the request and of the plan behind it; equal digests mean equal decisions. "" when the request made
    no sense.
    """

    kind: Kind
    legs: tuple[Leg, ...]
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...]
    opens: datetime | None = None
    digest: str = ""
