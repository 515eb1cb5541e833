"""Callbacks for the board: how they stand, asked every few seconds, and what the last day made of them."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from ivr.domain.callback_funnel import funnel
from ivr.domain.metrics import METRICS
from ivr.domain.pace import due
from ivr.errors import StorageError
from ivr.services.board_rows import iso
from ivr.services.board_state import CallbackRow, CallbacksNow
from ivr.services.live_ports import CallbackCounts, CallbackFigures
from ivr.services.ports import Clock

log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_COUNT_EVERY, _FUNNEL_EVERY = timedelta(seconds=5), timedelta(minutes=2)


class CallbackWatch:
    """`look` is called often and asks the database as seldom as it may."""

    def __init__(self, figures: CallbackFigures, clock: Clock) -> None:
        self._figures, self._clock = figures, clock
        self.now = CallbacksNow()
        #: by queue, those whose window has begun
        self.due: Mapping[str, int] = {}
        self._counts: Mapping[str, CallbackCounts] = {}
        self._day: Mapping[str, float] = {}
        self._counted: datetime | None = None
        self._folded: datetime | None = None

    async def look(self) -> None:
        """Ask anew when it is time. Never raises: while the database is away the last answer stands."""
        at = self._clock.now()
        try:
            if due(self._counted, at, _COUNT_EVERY):
                self._counted = at
                self._counts = await self._figures.counts(at)
            if due(self._folded, at, _FUNNEL_EVERY):
                self._folded = at
                found = funnel([event async for event in self._figures.events(at - _DAY, at)], at)
                self._day = {
                    "accepted": found.accepted, "dialled": found.dialled, "human": found.human,
                    "connected": found.connected, "done": found.done, "kept": found.kept, "broken": found.broken,
                    "failed": found.ends.get("failed", 0), "expired": found.ends.get("expired", 0),
                }  # fmt: skip
        except StorageError as error:
            log.warning("callbacks are not counted: %s", error, extra={"action": "callbacks_not_counted"})
            return
        rows = tuple(
            CallbackRow(queue, dict(counts.states), counts.due, iso(counts.oldest))
            for queue, counts in sorted(self._counts.items())
        )
        reached, kept = METRICS["callbacks_reached"].of(self._day), METRICS["callbacks_kept"].of(self._day)
        self.due = {queue: counts.due for queue, counts in self._counts.items()}
        self.now = CallbacksNow(True, rows, self._day, reached, kept)

    def overdue(self, at: datetime) -> datetime | None:
        """When the oldest promise that is not kept yet ended; None: none has."""
        oldest = min((counts.oldest for counts in self._counts.values() if counts.oldest), default=None)
        return oldest if oldest is not None and oldest < at else None
