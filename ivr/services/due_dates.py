"""Keeps the due moments of tickets in step with their histories and with the calendars."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ivr.domain.deadlines import Deadlines
from ivr.domain.tickets import Ticket, TicketEvent
from ivr.errors import HotlineError
from ivr.services.ports import Tickets

log = logging.getLogger(__name__)

#: Worked out in one go, some ten milliseconds: calls run meanwhile.
_BATCH = 100


@dataclass(frozen=True)
class Recomputed:
    """`looked`: tickets of other calendars; `changed`: those of them that are due at another moment now."""

    looked: int
    changed: int


class DueDates:
    """Works out due moments; without `deadlines` all are left for later."""

    def __init__(self, tickets: Tickets, deadlines: Deadlines | None) -> None:
        self._tickets = tickets
        self._deadlines = deadlines

    def with_due(self, ticket: Ticket, events: Sequence[TicketEvent]) -> Ticket:
        """The ticket with its due moment; with none, and marked for later, when that cannot be worked out."""
        if self._deadlines is None:
            return replace(ticket, due_digest="")
        try:
            return replace(ticket, due_at=self._deadlines.due(ticket, events), due_digest=self._deadlines.digest)
        except HotlineError as error:
            log.error("ticket without a due moment: %s", error, extra={"action": "ticket_not_due"})
            return replace(ticket, due_at=None, due_digest="")

    async def recompute(self, progress: Callable[[int], None] = lambda looked: None) -> Recomputed:
        """Work out anew what was worked out by other calendars, and what never was.

        Tickets that were resolved or closed keep what held when they were. Those moved meanwhile are left to their
        mover. `progress` is told from time to time how many were looked at. Raises `StorageError`.
        """
        looked = changed = 0
        after = ""
        while self._deadlines is not None:
            batch = await self._tickets.stale(self._deadlines.digest, after, _BATCH)
            if not batch:
                break
            histories = await self._tickets.histories([ticket.number for ticket in batch])
            known = [self.with_due(ticket, histories.get(ticket.number, [])) for ticket in batch]
            await self._tickets.set_due(known)
            looked += len(batch)
            changed += sum(new.due_at != old.due_at for new, old in zip(known, batch, strict=True))
            after = batch[-1].number
            progress(looked)
        if looked:
            log.info("%d due moments worked out, %d changed", looked, changed, extra={"action": "due_recomputed"})
        return Recomputed(looked, changed)
