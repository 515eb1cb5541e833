"""What the board and the counting need from the outside, as Protocols."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ivr.domain.callbacks import CallbackEvent
from ivr.domain.live import LiveQueues
from ivr.domain.live_snapshot import Drift
from ivr.domain.queue_counts import Counts, Key
from ivr.services.ports import Board


class LiveQueuesSource(Board, Protocol):
    """The live queues with all that is known of them. `silent_s`: seconds since Asterisk said anything, None without a
    link; `lag_s`: how long its last event was on the way; `handle_s`: by queue, seconds an operator has with a call."""

    live: LiveQueues
    drift: Drift | None
    lag_s: float
    wrapup_s: int

    @property
    def fresh(self) -> bool: ...

    @property
    def silent_s(self) -> float | None: ...


@dataclass(frozen=True)
class CallbackCounts:
    """Callbacks of one queue that are not over. `due`: waiting, their window has begun; `oldest`: the end of the
    earliest window promised, None when there is none; `states`: how many in each state."""

    states: Mapping[str, int]
    due: int = 0
    oldest: datetime | None = None


class CallbackFigures(Protocol):
    """How callbacks stand. Raises `StorageError` when the database does not answer in time."""

    async def counts(self, at: datetime) -> Mapping[str, CallbackCounts]:
        """By queue, those that are not over."""

    def events(self, since: datetime, until: datetime) -> AsyncIterator[CallbackEvent]:
        """What happened to all callbacks in [since, until), as it was stored."""


@dataclass(frozen=True)
class LogPlace:
    """A place in the queue_log: after `offset` bytes of the file that begins with the line `file`; "": nothing read."""

    file: str = ""
    offset: int = 0


class QueueLog(Protocol):
    """The queue_log as Asterisk writes it, its rotated parts too."""

    def read(self, place: LogPlace) -> tuple[list[str], LogPlace]:
        """Whole lines after `place`, some of them when there are many, and the place after them. Raises `OSError`."""


class CountStore(Protocol):
    """Counts by half hours. Raises `StorageError` when the database does not answer in time."""

    async def place(self) -> tuple[LogPlace, Mapping[str, Any]]:
        """How far the log was read, and the calls that were not over there."""

    async def since(self, moment: datetime) -> Mapping[Key, Counts]:
        """The counts of all half hours that begin at `moment` or later."""

    async def add(
        self, counts: Mapping[Key, Counts], before: LogPlace, after: LogPlace, visits: Mapping[str, Any] | None
    ) -> bool:
        """Add the counts and move the place, all or nothing. False: somebody else has moved it from `before`.

        `visits`: the calls that are not over at `after`; None: those of `before`."""
