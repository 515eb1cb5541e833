"""What the supervisor's board shows, as plain data: times are ISO texts in UTC, everything can be JSON.

Nothing in it runs by itself: what a clock shows is worked out where it is looked at, so that a board at which nothing
happens is not sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

Words = Mapping[str, str]


@dataclass(frozen=True)
class ShiftNow:
    """Of the shifts at work now: begin of the first and end of the last by the site's clock, operators planned."""

    start: str
    end: str
    planned: int


@dataclass(frozen=True)
class SiteRow:
    """One call centre. `until`: when it closes, or opens; "" never. The 24/7 queue has a row with the id ""."""

    id: str
    names: Words
    zone: str
    open: bool
    until: str
    shift: ShiftNow | None
    queues: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """What a newcomer waits, seconds, as a range to say in minutes, and what it was worked out from."""

    seconds: int
    minutes: tuple[int, int]
    handle_s: int
    capacity: float
    callbacks: int


@dataclass(frozen=True)
class QueueRow:
    """One queue. `oldest`: since when its first caller waits, "" nobody; `expected`: None when nobody is there.

    `counts` and `figures` of the queue's own day so far; see `ivr.domain.metrics`.
    """

    name: str
    site: str
    zone: str
    waiting: int
    oldest: str
    logged_in: int
    ready: int
    talking: int
    paused: int
    expected: Expected | None
    answer_in_s: int
    counts: Mapping[str, float]
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Told:
    """What a caller was told last: place, seconds ("" wait: none was told)."""

    at: str
    position: int
    wait_s: int | None


@dataclass(frozen=True)
class CallerRow:
    """One waiting caller. `since`: in line at all, `joined`: this queue; `number`: the last four digits.

    `callback`: we called him; `ringing`: logins of the operators whose phones ring for him. Without the controller's
    word of him (it was down) language, category and region are "" and None.
    """

    call: str
    queue: str
    place: int
    since: str
    joined: str
    number: str
    region: Words | None
    zone: str
    category: str
    language: str
    ticket: str
    told: Told | None
    callback: bool
    ringing: tuple[str, ...]


@dataclass(frozen=True)
class TalkRow:
    """The call an operator is on."""

    call: str
    queue: str
    since: str
    number: str
    category: str
    language: str
    region: Words | None


@dataclass(frozen=True)
class OperatorRow:
    """One person. `state`: see `ivr.domain.live_people.STATES`; the counts are of his day so far."""

    login: str
    name: str
    state: str
    since: str
    reason: str
    queues: tuple[str, ...]
    logged_in: str
    call: TalkRow | None
    answered: int
    missed: int


@dataclass(frozen=True)
class CallbackRow:
    """Callbacks of one queue, those that are not over."""

    queue: str
    states: Mapping[str, int]
    due: int
    oldest: str


@dataclass(frozen=True)
class CallbacksNow:
    """All of them, and of the last 24 hours the funnel's counts (`dialled`, `human`, `connected`, `failed`, `expired`,
    `kept`, `broken`) with their shares; `known` False: the database has not told yet."""

    known: bool = False
    queues: tuple[CallbackRow, ...] = ()
    day: Mapping[str, float] = field(default_factory=dict)
    reached: float | None = None
    kept: float | None = None


@dataclass(frozen=True)
class AlertRow:
    id: str
    kind: str
    subject: str
    since: str
    value: float
    limit: float
    seen_by: str
    seen_at: str


@dataclass(frozen=True)
class Health:
    """How good the data are. `known`: when the live queues were right last; `heard`: when Asterisk said something last,
    "" no link; `lag_s`: how long its last event
    was on the way; `differences`: of the last comparison with it, at `compared`; `trouble`: why counts stand still."""

    fresh: bool
    known: str
    heard: str
    lag_s: float
    compared: str
    differences: tuple[str, ...]
    trouble: str
    open_calls: int


@dataclass(frozen=True)
class BoardState:
    """The whole board at `at`."""

    at: str
    health: Health
    alerts: tuple[AlertRow, ...]
    sites: tuple[SiteRow, ...]
    queues: tuple[QueueRow, ...]
    callers: tuple[CallerRow, ...]
    operators: tuple[OperatorRow, ...]
    callbacks: CallbacksNow


def jsonable(value: Any) -> Any:
    """Dataclasses, mappings and tuples as dictionaries and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: jsonable(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: jsonable(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [jsonable(each) for each in value]
    return value
