"""The ticket desk: one ticket per call, found only by number and phone together."""

from datetime import timedelta

import pytest

from ivr.domain.tickets import IllegalMove, valid_number
from ivr.errors import StorageError
from ivr.services.tickets import Throttle, TicketDesk
from ivr.testing import NOON, MemoryTickets

CALLER = "+79161234567"


class Desk:
    def __init__(self, *bodies: int) -> None:
        self.tickets = MemoryTickets()
        numbers = iter(bodies or range(1000, 1100))
        self.desk = TicketDesk(self.tickets, lambda n: next(numbers))

    async def open(self, call_id: str = "c1", caller: str = CALLER, purpose: str = "operator") -> str:
        opened = await self.desk.open_for_call(
            call_id=call_id, category="signin", purpose=purpose, language="ru", caller=caller, at=NOON
        )
        return opened.number

    async def find(self, number: str, caller: str = "", last_four: str = "", hours: float = 0) -> str:
        at = NOON + timedelta(hours=hours)
        return await self.desk.find(number=number, caller=caller, last_four=last_four, at=at)


async def test_a_call_gets_one_ticket_and_further_wishes_become_notes() -> None:
    d = Desk()
    number = await d.open()
    assert valid_number(number)
    assert await d.open() == number
    assert await d.open(purpose="sms") == number
    assert [(e.event, e.note) for e in d.tickets.events] == [("opened", ""), ("note", "also asked for: sms, signin")]


async def test_another_controller_finds_the_same_ticket_of_the_call() -> None:
    d = Desk()
    number = await d.open()
    d.desk = TicketDesk(d.tickets, lambda n: 4242)
    assert await d.open() == number


async def test_a_taken_number_is_drawn_again() -> None:
    d = Desk(5, 5, 5, 6)
    first, second = await d.open("c1"), await d.open("c2")
    assert first != second


async def test_without_any_free_number_there_is_none() -> None:
    d = Desk(*[5] * 20)
    assert await d.open("c1")
    assert await d.open("c2") == ""


async def test_a_database_that_is_away_gives_no_number_and_no_error() -> None:
    d = Desk()
    d.tickets.away = True
    assert await d.open() == ""
    assert not await d.desk.note("00000000", "x", at=NOON)
    d.tickets.away = False
    assert await d.open()


async def test_a_look_up_while_the_database_is_away_is_said_to_fail() -> None:
    d = Desk()
    d.tickets.away = True
    with pytest.raises(StorageError):
        await d.find("00000000", CALLER)


async def test_status_is_told_to_the_own_phone_or_for_its_last_four_digits() -> None:
    d = Desk()
    number = await d.open()
    assert await d.find(number, CALLER) == "open"
    assert await d.find(number, "", "4567") == "open"
    assert await d.find(number, "+79990000000", "4567") == "open"


@pytest.mark.parametrize("last_four", ["", "0000", "567", "34567", "+4567", "٤٥٦٧"])
async def test_a_wrong_pair_and_an_unknown_number_are_answered_alike(last_four: str) -> None:
    d = Desk()
    number = await d.open()
    assert await d.find(number, "+79990000000", last_four) == ""
    assert await d.find("00000000", CALLER, last_four) == ""


@pytest.mark.parametrize(("caller", "last_four"), [("", ""), ("", "0000"), (CALLER, "4567")])
async def test_a_ticket_of_a_withheld_number_is_told_to_nobody(caller: str, last_four: str) -> None:
    d = Desk()
    number = await d.open(caller="")
    assert await d.find(number, caller, last_four) == ""


async def test_guessing_is_stopped_for_an_hour_but_never_for_the_own_phone() -> None:
    d = Desk()
    number = await d.open()
    for i in range(10):
        assert await d.find(number, "", f"{i:04}") == ""
    assert await d.find(number, "", "4567") == ""
    assert await d.find(number, CALLER) == "open"
    assert await d.find(number, "", "4567", hours=1.1) == "open"


async def test_one_phone_cannot_try_many_tickets() -> None:
    d = Desk()
    number = await d.open()
    for i in range(10):
        assert await d.find(f"{i:08}", "+79990000000", "1111") == ""
    assert await d.find(number, "+79990000000", "4567") == ""
    assert await d.find(number, "+79991111111", "4567") == "open"


def test_throttle_forgets_the_oldest_keys_and_never_blocks_the_unnamed() -> None:
    throttle = Throttle(1, most=3)
    for key in ("", "a", "b", "c", "d"):
        throttle.count(key, NOON)
    assert [throttle.blocked(key, NOON) for key in ("", "a", "b", "d")] == [False, False, True, True]


def test_throttle_blocks_nobody_longer_because_the_clock_was_put_back() -> None:
    throttle, minute = Throttle(2), timedelta(minutes=1)
    for at in (NOON, NOON + minute):
        throttle.count("a", at)
    # a small step forgives nothing
    assert throttle.blocked("a", NOON + 2 * minute) and throttle.blocked("a", NOON + minute / 2)
    assert not throttle.blocked("a", NOON - timedelta(hours=2))


async def test_moves_are_checked_and_an_unknown_ticket_is_none() -> None:
    d = Desk()
    number = await d.open()
    closed = await d.desk.close(number, NOON, "done")
    assert closed is not None and closed.status == "closed"
    assert d.tickets.events[-1].note == "done"
    with pytest.raises(IllegalMove, match="closed"):
        await d.desk.move(number, "take", NOON)
    assert await d.desk.close("00000000", NOON) is None


async def test_who_loses_the_race_is_told() -> None:
    d = Desk()
    number = await d.open()

    async def lost(*_: object) -> bool:
        return False

    d.tickets.append = lost  # type: ignore[method-assign]
    with pytest.raises(IllegalMove, match="somebody else"):
        await d.desk.move(number, "take", NOON)
