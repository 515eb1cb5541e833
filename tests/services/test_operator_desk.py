"""The operator's desk: conversations are begun, written down and closed, and their tickets move with them."""

from datetime import timedelta
from typing import Any

import pytest

from ivr.domain.calls import CallRecord
from ivr.domain.contacts import Contact, ContactFault
from ivr.domain.departments import Department
from ivr.domain.forms import Form, FormField
from ivr.domain.tickets import Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.services.operator_desk import ContactConflict, ContactUnknown, OperatorDesk
from ivr.services.tickets import TicketDesk
from ivr.testing import NOON, MemoryContacts, MemoryTickets

WORDS = {"ru": "Имя", "en": "Name"}
CALLER = "+79161234567"


class Room:
    def __init__(self, tickets: Any = None) -> None:
        self.contacts = MemoryContacts()
        self.tickets: Any = tickets or MemoryTickets()
        numbers = iter(range(1000, 1100))
        self.tickets_desk = TicketDesk(self.tickets, lambda n: next(numbers))
        forms = {"payment": Form("payment", WORDS, (FormField("why", "text", WORDS, True),))}
        departments = {"technical": Department("technical", "department", WORDS, WORDS)}
        self.desk = OperatorDesk(self.contacts, self.tickets, self.tickets_desk, forms, departments)

    async def ticket(self) -> str:
        opened = await self.tickets_desk.open_for_call(
            call_id="1x1", category="signin", purpose="operator", language="ru", caller=CALLER, at=NOON
        )
        return opened.number

    async def begun(self, operator: str = "101") -> Contact:
        record = CallRecord("1x1", CALLER, language="en", category="signin", ticket=await self.ticket())
        return await self.desk.begin(record, CALLER, operator, NOON)

    async def filled(self, **more: object) -> Contact:
        begun = await self.begun()
        written = {"purpose": "cannot sign in", "protocol_said": True, **more}
        return await self.desk.write("1x1", "101", begun.version, written)


async def test_who_answers_takes_the_ticket() -> None:
    room = Room()
    begun = await room.begun()
    assert (begun.category, begun.language) == ("signin", "en")
    assert room.tickets.tickets[begun.ticket].status == "in_progress"


async def test_a_call_without_a_ticket_gets_one() -> None:
    room = Room()
    begun = await room.desk.begin(CallRecord("2x2"), "", "101", NOON)
    assert room.tickets.tickets[begun.ticket].call_id == "2x2"
    assert begun.category == "other"


async def test_begun_again_it_is_the_same_conversation() -> None:
    room = Room()
    begun = await room.begun()
    await room.desk.write("1x1", "101", begun.version, {"purpose": "вход"})
    assert (await room.begun()).purpose == "вход"


async def test_solved_resolves_the_ticket() -> None:
    room = Room()
    contact = await room.filled(solved="yes")
    closed = await room.desk.close("1x1", "101", contact.version, NOON + timedelta(minutes=4))
    assert closed.ticket is not None and closed.ticket.status == "resolved"
    assert closed.contact.closed_at == NOON + timedelta(minutes=4)


async def test_passed_on_leaves_a_note_and_the_ticket_open() -> None:
    room = Room()
    contact = await room.filled(solved="no", passed_to="technical")
    closed = await room.desk.close("1x1", "101", contact.version, NOON)
    assert closed.ticket is not None and closed.ticket.status == "in_progress"
    assert room.tickets.events[-1].note == "passed on to technical: cannot sign in"


async def test_what_is_lacking_keeps_it_open() -> None:
    room = Room()
    contact = await room.filled()
    with pytest.raises(ContactFault) as told:
        await room.desk.close("1x1", "101", contact.version, NOON)
    assert told.value.faults == {"solved": "missing"}
    assert (await room.begun()).closed_at is None


async def test_two_windows_do_not_overwrite_one_another() -> None:
    room = Room()
    begun = await room.begun()
    await room.desk.write("1x1", "101", begun.version, {"note": "a"})
    with pytest.raises(ContactConflict):
        await room.desk.write("1x1", "101", begun.version, {"note": "b"})
    with pytest.raises(ContactConflict):
        await room.desk.close("1x1", "101", begun.version, NOON)


async def test_anothers_conversation_is_not_his() -> None:
    room = Room()
    begun = await room.begun()
    with pytest.raises(ContactUnknown):
        await room.desk.write("1x1", "102", begun.version, {"note": "a"})


async def test_the_end_of_the_call_is_kept_once_and_what_is_being_written_goes_on() -> None:
    room = Room()
    begun = await room.begun()
    await room.desk.talked("1x1", "101", NOON + timedelta(minutes=1))
    await room.desk.talked("1x1", "101", NOON + timedelta(minutes=9))
    await room.desk.write("1x1", "101", begun.version, {"note": "a"})
    stored = await room.contacts.get("1x1", "101")
    assert stored is not None and stored.talked_until == NOON + timedelta(minutes=1)


async def test_a_ticket_that_is_closed_already_gets_a_note_only() -> None:
    room = Room()
    contact = await room.filled(solved="yes")
    await room.tickets_desk.close(contact.ticket, NOON)
    closed = await room.desk.close("1x1", "101", contact.version, NOON)
    assert closed.ticket is not None and closed.ticket.status == "closed"
    assert room.tickets.events[-1].event == "note"


async def test_without_the_database_it_is_said_and_nothing_begun() -> None:
    room = Room()
    room.contacts.away = True
    with pytest.raises(StorageError):
        await room.begun()


class _Lost(MemoryTickets):
    """Tickets of which the next changes are lost; what is asked is answered."""

    lost = 0

    async def append(self, event: TicketEvent, ticket: Ticket | None = None) -> bool:
        if self.lost:
            self.lost -= 1
            raise StorageError("the database is away")
        return await super().append(event, ticket)


async def test_begun_again_the_ticket_is_taken_that_was_not() -> None:
    room = Room(_Lost())
    number = await room.ticket()
    room.tickets.lost = 1
    with pytest.raises(StorageError):
        await room.begun()
    assert room.tickets.tickets[number].status == "open"
    for _ in range(2):
        await room.begun()
    assert room.tickets.tickets[number].status == "in_progress"
    assert [(each.event, each.note) for each in room.tickets.events[1:]] == [("take", "operator 101")]


@pytest.mark.parametrize(
    ("written", "event", "status"),
    [({"solved": "yes"}, "resolve", "resolved"),
     ({"solved": "no", "passed_to": "technical"}, "note", "in_progress")],
)  # fmt: skip
async def test_closed_again_the_ticket_gets_what_it_did_not_get_and_once(
    written: dict[str, str], event: str, status: str
) -> None:
    room = Room(_Lost())
    contact = await room.filled(**written)
    room.tickets.lost = 1
    with pytest.raises(StorageError):
        await room.desk.close("1x1", "101", contact.version, NOON)
    for minutes in (1, 2):
        again = await room.desk.close("1x1", "101", contact.version, NOON + timedelta(minutes=minutes))
        assert again.contact.closed_at == NOON
        assert again.ticket is not None and again.ticket.status == status
    assert [each.event for each in room.tickets.events] == ["opened", "take", event]


async def test_closed_by_another_window_of_something_older_it_is_told() -> None:
    room = Room()
    begun = await room.begun()
    contact = await room.filled(solved="yes")
    await room.desk.close("1x1", "101", contact.version, NOON)
    with pytest.raises(ContactConflict):
        await room.desk.close("1x1", "101", begun.version, NOON)


async def test_a_conversation_that_is_closed_takes_no_ticket_anew() -> None:
    room = Room()
    contact = await room.filled(solved="yes")
    await room.desk.close("1x1", "101", contact.version, NOON)
    await room.tickets_desk.move(contact.ticket, "reopen", NOON + timedelta(minutes=1))
    await room.tickets_desk.move(contact.ticket, "release", NOON + timedelta(minutes=1))
    await room.begun()
    assert room.tickets.tickets[contact.ticket].status == "open"
