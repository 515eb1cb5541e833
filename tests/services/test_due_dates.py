"""Due moments stay in step with what happens to tickets and with the calendars."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.datafiles import data_reader, read_data
from ivr.domain.calendar_load import Calendars, Week, load_calendars
from ivr.domain.deadlines import Deadlines
from ivr.domain.holidays import Yearly
from ivr.domain.regions import load_regions
from ivr.domain.tickets import IllegalMove, Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.services.due_dates import DueDates, Recomputed
from ivr.services.tickets import Opened, TicketDesk
from ivr.testing import MemoryTickets

REGIONS = load_regions(read_data("regions.csv", None))
# a Monday; 10:00 in Moscow, 17:00 in Vladivostok
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def deadlines(old: str = "", new: str = "", default: str = "77") -> Deadlines:
    """The shipped ones, or with something in calendars.toml exchanged."""

    def read(name: str) -> str | None:
        text = data_reader(None)(name)
        return text.replace(old, new) if text and old and name == "calendars.toml" else text

    return Deadlines(load_calendars(read), REGIONS, default)


SHIPPED = deadlines()
LATER_HOURS = deadlines("14:00-18:00", "14:00-16:00")
_CLOSED = Week(((),) * 7)
NEVER = Deadlines(
    Calendars({"office": _CLOSED, "always": _CLOSED}, Yearly(), {}, load_calendars(data_reader(None)).terms, "never"),
    REGIONS,
    "77",
)


class Desk:
    def __init__(self, known: Deadlines | None = SHIPPED) -> None:
        self.tickets = MemoryTickets()
        self.drawn = 1000
        self.use(known)

    def use(self, known: Deadlines | None) -> None:
        """Start again with these calendars."""
        self.desk = TicketDesk(self.tickets, self._random, deadlines=known)
        self.due_dates = DueDates(self.tickets, known)

    def _random(self, below: int) -> int:
        self.drawn += 1
        return self.drawn

    async def open(self, region: str = "77", call_id: str = "c1", at: datetime = MONDAY) -> Opened:
        return await self.desk.open_for_call(
            call_id=call_id,
            category="signin",
            purpose="operator",
            language="ru",
            caller="+79161234567",
            at=at,
            region=region,
        )


async def test_a_caller_is_told_until_when_in_the_working_hours_of_his_region() -> None:
    d = Desk()
    moscow, vladivostok = await d.open(), await d.open("25", "c2")
    assert moscow.due == MONDAY + 5 * HOUR  # 15:00 after lunch
    assert vladivostok.due == MONDAY + 19 * HOUR  # 12:00 on Tuesday there: three hours and lunch remain
    assert d.tickets.tickets[vladivostok.number].region == "25"


async def test_asked_again_the_same_call_hears_the_same() -> None:
    d = Desk()
    assert await d.open(at=MONDAY + HOUR) == await d.open(at=MONDAY + 9 * HOUR)


async def test_without_a_region_the_ticket_has_none_and_is_due_by_the_default_region() -> None:
    d = Desk()
    opened = await d.open("")
    assert d.tickets.tickets[opened.number].region is None
    assert opened.due == MONDAY + 5 * HOUR


async def test_without_a_database_there_is_no_ticket_and_nothing_due() -> None:
    d = Desk()
    d.tickets.away = True
    assert await d.open() == Opened("", None)


async def test_a_ticket_is_opened_even_if_its_calendar_is_of_no_use(caplog: pytest.LogCaptureFixture) -> None:
    d = Desk(NEVER)
    opened = await d.open()
    assert opened.number
    assert opened.due is None
    assert "never open" in caplog.text
    d.use(SHIPPED)
    assert await d.due_dates.recompute() == Recomputed(1, 1)
    assert d.tickets.tickets[opened.number].due_at == MONDAY + 5 * HOUR


async def test_a_question_to_the_citizen_stops_the_clock_and_his_answer_starts_it() -> None:
    d = Desk()
    number = (await d.open()).number
    waiting = await d.desk.move(number, "ask_citizen", MONDAY + HOUR)
    assert waiting is not None
    assert waiting.due_at is None
    going = await d.desk.move(number, "citizen_answered", MONDAY + 24 * HOUR)
    assert going is not None
    assert going.due_at == MONDAY + 27 * HOUR  # from 10:00 on Tuesday three hours to 13:00
    assert d.tickets.tickets[number] == going


async def test_a_high_priority_is_due_in_half_an_hour() -> None:
    d = Desk()
    number = (await d.open()).number
    high = await d.desk.prioritise(number, "high", MONDAY + HOUR, "urgent")
    assert high is not None
    assert (high.priority, high.due_at) == ("high", MONDAY + 1.5 * HOUR)
    assert d.tickets.events[-1].note == "ordinary -> high: urgent"
    assert await d.desk.prioritise("00000000", "high", MONDAY) is None
    with pytest.raises(IllegalMove, match="already"):
        await d.desk.prioritise(number, "high", MONDAY + HOUR)


async def test_other_calendars_move_what_is_not_answered_yet_and_nothing_else() -> None:
    d = Desk()
    open_, waiting, answered = [(await d.open(call_id=f"c{n}")).number for n in range(3)]
    await d.desk.move(waiting, "ask_citizen", MONDAY + HOUR)
    await d.desk.move(answered, "resolve", MONDAY + HOUR)
    d.use(LATER_HOURS)
    late = (await d.open(call_id="c9", at=MONDAY + 4 * HOUR)).number
    assert await d.due_dates.recompute() == Recomputed(2, 0)  # opened at 10:00 it is still due at 15:00
    tickets = d.tickets.tickets
    assert [tickets[n].due_digest for n in (open_, waiting, late)] == [LATER_HOURS.digest] * 3
    assert tickets[answered].due_digest == SHIPPED.digest
    assert tickets[late].due_at == MONDAY + 25 * HOUR  # 14:00 to 16:00, then 9:00 to 11:00
    d.use(SHIPPED)
    assert await d.due_dates.recompute() == Recomputed(3, 1)
    assert tickets[late].due_at == MONDAY + 8 * HOUR
    assert await d.due_dates.recompute() == Recomputed(0, 0)


async def test_tickets_from_before_get_their_due_moment_whatever_their_status() -> None:
    d = Desk(None)
    numbers = [(await d.open(call_id=f"c{n}")).number for n in range(450)]
    assert {ticket.due_at for ticket in d.tickets.tickets.values()} == {None}
    await d.desk.move(numbers[0], "close", MONDAY + HOUR)
    d.use(SHIPPED)
    told: list[int] = []
    assert await d.due_dates.recompute(told.append) == Recomputed(450, 450)
    assert told == [100, 200, 300, 400, 450]
    assert {ticket.due_at for ticket in d.tickets.tickets.values()} == {MONDAY + 5 * HOUR}


async def test_one_ticket_that_cannot_be_worked_out_does_not_hold_up_the_others() -> None:
    d = Desk(None)
    await d.open()
    d.use(NEVER)
    assert await d.due_dates.recompute() == Recomputed(1, 0)
    assert await d.due_dates.recompute() == Recomputed(1, 0)  # tried again each time


async def test_a_ticket_moved_while_all_are_recomputed_is_left_to_its_mover() -> None:
    class Busy(MemoryTickets):
        async def histories(self, numbers: Sequence[str]) -> dict[str, list[TicketEvent]]:
            found = await super().histories(numbers)
            for number in numbers:
                ticket: Ticket = self.tickets[number]
                self.tickets[number] = replace(ticket, version=ticket.version + 1)
            return found

    d = Desk(None)
    d.tickets = Busy()
    d.use(None)
    number = (await d.open()).number
    d.use(SHIPPED)
    await d.due_dates.recompute()
    assert d.tickets.tickets[number].due_at is None


async def test_a_database_that_is_away_is_told_to_who_recomputes() -> None:
    d = Desk()
    d.tickets.away = True
    with pytest.raises(StorageError):
        await d.due_dates.recompute()
