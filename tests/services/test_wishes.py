"""Wishes left while the menu was away: a ticket each, and a call back promised where one can be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ivr.domain.callbacks import Callback, apply
from ivr.errors import StorageError
from ivr.services.tickets import TicketDesk
from ivr.services.wish_callbacks import WishCallbacks
from ivr.services.wishes import Wish, WishDesk, WishSpool
from ivr.testing import NOON
from tests.services.house import House

SERVICE = "88005553535"
LEFT = NOON - timedelta(minutes=10)
NUMBER = "+74954441234"
WISH = Wish("1767x12", NUMBER, "tt", LEFT, SERVICE)


class Spool(WishSpool):
    """Wishes in a list; with `stuck` they stay there whatever is done."""

    def __init__(self, *wishes: Wish) -> None:
        self.wishes, self.stuck = list(wishes), False

    def read(self, at: datetime) -> Sequence[Wish]:
        return list(self.wishes)

    def done(self, wish: Wish) -> None:
        if not self.stuck:
            self.wishes.remove(wish)


def desk(house: House, spool: WishSpool) -> WishDesk:
    promise = WishCallbacks(house.services, SERVICE, ("ru", "en", "tt")).promise
    return WishDesk(spool, TicketDesk(house.tickets, lambda n: len(house.tickets.tickets) + 7), promise)


async def picked_up(house: House, *wishes: Wish) -> list[Callback]:
    assert await desk(house, Spool(*wishes)).pick_up(NOON) == len(wishes)
    return list(house.callbacks.callbacks.values())


async def test_a_wish_is_a_ticket_and_a_promised_call_in_the_place_of_its_moment() -> None:
    house = House()
    (callback,) = await picked_up(house, WISH)
    (ticket,) = house.tickets.tickets.values()
    assert (ticket.caller, ticket.purpose, ticket.call_id) == (NUMBER, "callback", WISH.call_id)
    assert callback.active and (callback.number, callback.service, callback.ticket) == (
        NUMBER, SERVICE, ticket.number,
    )  # fmt: skip
    assert (callback.virtual_start, callback.language, callback.queue) == (LEFT, "tt", "moscow")
    assert (callback.source, callback.origin_call, callback.asked_by) == ("closed", WISH.call_id, NUMBER)
    assert callback.window_from >= NOON and callback.expires_at > callback.window_to > callback.window_from
    assert [event.notice for event in house.callbacks.events if event.notice] == ["callback-created"]
    assert [event.event for event in house.tickets.events] == ["opened", "note"]


async def test_quiet_hours_are_kept_though_he_wished_for_the_call() -> None:
    house = House()
    house.clock.at = night = datetime.fromisoformat("2026-03-03T01:00:00+03:00")
    assert await desk(house, Spool(replace(WISH, at=night))).pick_up(night) == 1
    (callback,) = house.callbacks.callbacks.values()
    assert callback.window_from == datetime.fromisoformat("2026-03-03T09:00:00+03:00")
    assert (callback.state, callback.tonight_until) == ("parked", None)


@pytest.mark.parametrize(
    "wish",
    [
        replace(WISH, caller=""),
        replace(WISH, caller="+77011234567"),
        replace(WISH, caller="112"),
        replace(WISH, caller=f"+7{SERVICE[1:]}"),
        replace(WISH, at=NOON - timedelta(hours=49)),
        replace(WISH, at=NOON + timedelta(hours=49)),
    ],
    ids=["withheld", "foreign", "short", "our own", "long ago", "of a strange clock"],
)
async def test_where_no_call_can_be_promised_the_ticket_keeps_the_wish(wish: Wish) -> None:
    house = House()
    assert await picked_up(house, wish) == []
    assert [event.event for event in house.tickets.events] == ["opened", "note"]


async def test_a_number_has_one_promise_whatever_it_wishes() -> None:
    house = House()
    (callback,) = await picked_up(house, WISH, replace(WISH, call_id="1767x13"))
    assert callback.origin_call == WISH.call_id and len(house.tickets.tickets) == 2


async def test_who_has_wished_too_often_today_has_his_ticket_alone() -> None:
    house = House()
    for wishes in range(7):
        made = await picked_up(house, replace(WISH, call_id=f"1767x{wishes}"))
        for callback in made:
            await house.desk.cancel(callback.id, "caller")
    assert (len(made), len(house.tickets.tickets)) == (6, 7)


async def test_a_wish_read_again_after_its_call_is_over_makes_no_other() -> None:
    house, spool = House(), Spool(WISH)
    spool.stuck = True
    assert await desk(house, spool).pick_up(NOON) == 1
    (callback,) = house.callbacks.callbacks.values()
    for event in ("dial", "human", "connect", "complete"):
        callback, told = apply(callback, event, NOON, attempt="cb1", owner="d")
        assert await house.callbacks.move(callback, told)
    # the file could not be removed, and the next start reads it again
    assert await desk(house, spool).pick_up(NOON) == 1
    assert [each.state for each in house.callbacks.callbacks.values()] == ["done"]
    assert [event.event for event in house.tickets.events] == ["opened", "note"]


async def test_while_the_database_is_away_the_wish_waits_and_gets_both_in_the_end() -> None:
    house, spool = House(), Spool(WISH)
    house.callbacks.away = True
    wishes = desk(house, spool)
    assert await wishes.pick_up(NOON) == 0
    assert spool.wishes == [WISH]
    house.callbacks.away = False
    assert await wishes.pick_up(NOON) == 1
    assert len(house.callbacks.callbacks) == len(house.tickets.tickets) == 1
    assert [event.event for event in house.tickets.events] == ["opened", "note"]


@pytest.mark.parametrize("language", ["tt", "ba"])
async def test_he_is_called_in_a_language_that_we_speak(language: str) -> None:
    (callback,) = await picked_up(House(), replace(WISH, language=language))
    assert callback.language == ("tt" if language == "tt" else "ru")


async def test_any_other_fault_of_the_promise_leaves_him_his_ticket(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(wish: Wish, ticket: str) -> bool:
        raise ValueError("no such calendar")

    house, spool = House(), Spool(WISH)
    assert await WishDesk(spool, house.services.tickets, broken).pick_up(NOON) == 1
    assert len(house.tickets.tickets) == 1 and spool.wishes == []
    assert "the ticket alone" in caplog.text


async def test_a_promise_that_the_database_refuses_is_asked_for_again() -> None:
    async def away(wish: Wish, ticket: str) -> bool:
        raise StorageError("away")

    house, spool = House(), Spool(WISH)
    assert await WishDesk(spool, house.services.tickets, away).pick_up(NOON) == 0
    assert spool.wishes == [WISH]
