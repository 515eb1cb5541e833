"""The operator's desk: a conversation is begun, written down as it goes, closed or passed on; its ticket with it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.calls import CallRecord
from ivr.domain.contacts import Contact, close, write
from ivr.domain.departments import Department
from ivr.domain.forms import Form
from ivr.domain.tickets import MOVES, NOTE, IllegalMove, Ticket
from ivr.errors import HotlineError
from ivr.services.ports import Contacts, Tickets
from ivr.services.tickets import TicketDesk

log = logging.getLogger(__name__)


class ContactUnknown(HotlineError):
    """This operator has no such conversation."""


class ContactConflict(HotlineError):
    """It was changed in another window meanwhile: look at it again."""


@dataclass(frozen=True)
class Closed:
    """A conversation that is over; `ticket` as it is now, None when there is none."""

    contact: Contact
    ticket: Ticket | None


class OperatorDesk:
    """Raises `StorageError` when the database is away, `ContactFault` for what cannot be kept."""

    def __init__(
        self,
        contacts: Contacts,
        tickets: Tickets,
        desk: TicketDesk,
        forms: Mapping[str, Form],
        departments: Mapping[str, Department],
    ) -> None:
        self._contacts, self._tickets, self._desk = contacts, tickets, desk
        self.forms, self.departments = forms, departments

    async def begin(self, record: CallRecord, caller: str, operator: str, at: datetime) -> Contact:
        """The conversation of this call with this operator, begun now unless it was before; a call without a ticket
        gets one. `caller`: E.164 or "". Asked again, what was not done for want of the database is done."""
        known = await self._contacts.get(record.call_id, operator)
        if known is not None:
            if known.closed_at is None:
                await self._take(known, at)
            return known
        category, language = record.category or "other", record.language or "ru"
        ticket = record.ticket
        if not ticket:
            opened = await self._desk.open_or_raise(
                call_id=record.call_id, category=category, purpose="operator", language=language, caller=caller, at=at
            )
            ticket = opened.number
        begun = await self._contacts.begin(Contact(record.call_id, operator, ticket, category, language, at))
        await self._take(begun, at)
        return begun

    async def write(self, call_id: str, operator: str, version: int, changes: Mapping[str, object]) -> Contact:
        """Keep what was written. `version`: of the contact that the page showed. Raises `ContactConflict`,
        `ContactUnknown`, `ContactClosed`."""
        contact = await self._known(call_id, operator)
        if contact.version != version:
            raise ContactConflict
        written = write(contact, changes, self.forms, self.departments)
        if not await self._contacts.save(written):
            raise ContactConflict
        return written

    async def talked(self, call_id: str, operator: str, at: datetime) -> None:
        """The call is over; the operator still writes."""
        await self._contacts.talked(call_id, operator, at)

    async def close(self, call_id: str, operator: str, version: int, at: datetime) -> Closed:
        """Close it: the ticket is resolved, or passed on with a note. Raises as `write`, and `ContactFault` for what
        is lacking. Asked again by the page that has closed it, the ticket gets what it did not get for want of the
        database."""
        contact = await self._known(call_id, operator)
        again = contact.closed_at is not None and version in (contact.version, contact.version - 1)
        if contact.version != version and not again:
            raise ContactConflict
        closed = contact if again else close(contact, at, self.forms)
        if not again and not await self._contacts.save(closed):
            raise ContactConflict
        since = closed.closed_at or at
        if closed.solved == "yes":
            await self._once(closed, "resolve", at, closed.purpose, since)
        else:
            await self._once(closed, NOTE, at, f"passed on to {closed.passed_to}: {closed.purpose}", since)
        return Closed(closed, await self._tickets.get(closed.ticket) if closed.ticket else None)

    async def contact(self, call_id: str, operator: str) -> Contact:
        """The conversation; raises `ContactUnknown`."""
        return await self._known(call_id, operator)

    async def has(self, call_id: str, operator: str) -> bool:
        """Has this operator written anything down of the call?"""
        return await self._contacts.get(call_id, operator) is not None

    async def open(self, call_id: str, operator: str) -> bool:
        """Is this operator's conversation begun and not closed?"""
        contact = await self._contacts.get(call_id, operator)
        return contact is not None and contact.closed_at is None

    async def talked_last(self, operator: str) -> str:
        """The call of his newest conversation, if that is not closed and its talk is not known to be over; else ""."""
        for contact in await self._contacts.of_operator(operator, 1):
            if contact.closed_at is None and contact.talked_until is None:
                return contact.call_id
        return ""

    async def of_operator(self, operator: str, limit: int = 50) -> list[Contact]:
        """The operator's conversations, newest first."""
        return await self._contacts.of_operator(operator, limit)

    async def _known(self, call_id: str, operator: str) -> Contact:
        contact = await self._contacts.get(call_id, operator)
        if contact is None:
            raise ContactUnknown
        return contact

    async def _take(self, contact: Contact, at: datetime) -> None:
        await self._once(contact, "take", at, f"operator {contact.operator}", contact.began_at)

    async def _once(self, contact: Contact, event: str, at: datetime, note: str, since: datetime) -> None:
        """Move the ticket unless that was done `since` then; if it cannot make this move now, only a note is left."""
        ticket = await self._tickets.get(contact.ticket) if contact.ticket else None
        if ticket is None:
            return
        history = (await self._tickets.histories([ticket.number])).get(ticket.number, [])
        if any((each.call_id, each.note) == (contact.call_id, note) and each.at >= since for each in history):
            return
        try:
            if event in MOVES[ticket.status]:
                await self._desk.move(ticket.number, event, at, note, contact.call_id)
                return
        except IllegalMove:
            log.info("ticket was moved by somebody else", extra={"action": "ticket_moved_elsewhere"})
        await self._desk.note_or_raise(ticket.number, note, call_id=contact.call_id, at=at)
