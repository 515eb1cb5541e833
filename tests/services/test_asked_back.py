"""Callbacks asked for in a call: what is stored, wherever the caller hangs up."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.callback_timers import overdue_event
from ivr.domain.callbacks import Callback, apply
from ivr.domain.queues import QueueView, Waiting
from ivr.domain.readout import Reader, load_reader
from ivr.domain.whereabouts import Place, Reason
from ivr.flow import engine
from ivr.flow.callback_offer import asked, from_queue
from ivr.flow.commands import Caller, End, Ending, Enqueue, Flow, FlowSettings
from ivr.flow.operator import operator
from ivr.flow.talk import OperatorWanted, Talk
from ivr.services.conversation import Known
from ivr.services.flows import Flows, MovedCall
from ivr.services.reception import Reception
from ivr.testing import ScriptedChannel
from tests.services.house import CALLER, LANGUAGES, NOWHERE, House, staffed

DATA = Path(engine.__file__).parent.parent / "data"
READERS: Mapping[str, Reader] = {"ru": load_reader("ru", (DATA / "readout.ru.toml").read_text("utf-8"))}
SERVICE = "88005553535"
#: Kaliningrad: noon UTC is 14:00 there on a Monday.
PLACE = Place("39", "Europe/Kaliningrad", "fixed", Reason("place-fixed"))
WINDOW_TO = datetime(2026, 3, 2, 12, 40, tzinfo=UTC)
OTHER = "4012554433"


def busy(minutes: int = 20) -> House:
    """One operator, and so many minutes of callers before one."""
    house = House()
    waiting = tuple(Waiting(f"c{n}", n, house.clock.now(), f"c{n}") for n in range(1, minutes // 3))
    house.board.now = staffed(moscow=QueueView("moscow", 1, 0, waiting))
    return house


def on_the_way(caller: Caller) -> Flow:
    talk = Talk(caller, FlowSettings(), READERS, numbers=CallbackNumbers([SERVICE]), welcome=())
    return operator(talk, "signin")


def from_menu(caller: Caller) -> Flow:
    talk = Talk(caller, FlowSettings(), READERS, numbers=CallbackNumbers([SERVICE]), welcome=())
    try:
        ending: Ending | None = yield from asked(talk)
    except OperatorWanted:
        return Enqueue("moscow", "", "other")
    return ending or End("menu")


async def call(house: House, flow: Flow, *keys: str, caller: Caller = CALLER) -> ScriptedChannel:
    """The caller presses these keys and hangs up after them."""
    channel = ScriptedChannel(keys)
    known = Known(caller, house.place(PLACE, caller.number), "ru", service=SERVICE)
    await house.talk(flow, channel, known)
    return channel


async def stored(house: House) -> list[Callback]:
    every = [await house.callbacks.get(f"id{n}") for n in range(1, 9)]
    return [one for one in every if one is not None]


TEMPLATE = Callback(
    id="", number="+79035554435", service=SERVICE, category="other", queue="moscow", language="ru", region="77",
    zone="Europe/Moscow", ticket="", source="menu", virtual_start=WINDOW_TO, created_at=WINDOW_TO,
    window_from=WINDOW_TO, window_to=WINDOW_TO + timedelta(hours=1), expires_at=WINDOW_TO + timedelta(hours=8),
)  # fmt: skip
#: place, ticket, the offer, the number
YES = ("", "", "1", "1", "", "")


async def test_a_promise_carries_all_that_is_known_of_the_caller() -> None:
    house = busy()
    await call(house, on_the_way(CALLER), *YES)
    (callback,) = await stored(house)
    ticket = next(iter(house.tickets.tickets))
    assert callback == Callback(
        id="id1", number=CALLER.number, service=SERVICE, category="signin", queue="moscow", language="ru",
        region="39", zone="Europe/Kaliningrad", zones=("Europe/Kaliningrad",), ticket=ticket, source="queue",
        virtual_start=house.clock.now(), created_at=house.clock.now(), window_from=house.clock.now(),
        window_to=WINDOW_TO, expires_at=callback.expires_at, state="waiting", origin_call="call-1", version=1,
        asked_by=CALLER.number,
    )  # fmt: skip
    # the end of the next working day there, 20:00
    assert callback.expires_at == datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
    assert house.told("route")[0]["callback"] == 1
    assert [data["event"] for data in house.told("callback")] == ["taken", "promise", "asked"]


@pytest.mark.parametrize("pressed", range(len(YES)))
async def test_a_hang_up_at_any_step_leads_where_the_rules_say(pressed: int) -> None:
    house = busy()
    await call(house, on_the_way(CALLER), *YES[:pressed])
    found = await stored(house)
    # before the key: an ordinary hang-up; from it on: called back at the own number
    assert [(one.state, one.number) for one in found] == ([] if pressed < 3 else [("waiting", CALLER.number)])
    if pressed == 3:
        assert house.told("callback")[-1] == {"event": "hung_up", "outcome": "waiting"}


#: the same from the menu, with another number; there is no place and no ticket before
MENU = ("2", "123", OTHER, "2", OTHER, "1", "", "", "")


@pytest.mark.parametrize("pressed", range(len(MENU)))
@pytest.mark.parametrize("number", [CALLER.number, "", "+77011234567"], ids=["own", "withheld", "foreign"])
async def test_a_hang_up_while_another_number_is_keyed_in(pressed: int, number: str) -> None:
    house = busy()
    keys = MENU if number == CALLER.number else MENU[1:]
    caller = Caller(number, number == CALLER.number)
    await call(house, from_menu(caller), *keys[:pressed], caller=caller)
    (found,) = await stored(house)
    confirmed = pressed >= keys.index("1") + 1
    if confirmed:
        assert (found.state, found.number) == ("waiting", "+74012554433")
    elif number == CALLER.number:
        assert (found.state, found.number) == ("waiting", CALLER.number)
    else:
        assert (found.state, found.number) == ("abandoned_offer", "")
    assert found.source == "menu" and found.ticket in house.tickets.tickets


async def test_who_changes_his_mind_and_waits_is_promised_nothing() -> None:
    house = busy()
    channel = await call(house, on_the_way(CALLER), "", "", "1", "*", "")
    assert channel.queued is not None and [one.state for one in await stored(house)] == ["declined"]
    assert [data["event"] for data in house.told("callback")] == ["taken", "dropped"]


async def killed(house: House, flow: Flow, *keys: str) -> None:
    """The controller dies while the caller is asked after these keys: nothing more is written down."""
    channel = ScriptedChannel((*keys, ""))
    pressed, ask = iter(range(len(keys))), channel.ask

    async def dying(*args: Any) -> str:
        if next(pressed, None) is None:
            raise asyncio.CancelledError
        return await ask(*args)

    channel.ask = dying  # type: ignore[method-assign, assignment]
    known = Known(CALLER, house.place(PLACE, CALLER.number), "ru", service=SERVICE)
    with pytest.raises(asyncio.CancelledError):
        await house.talk(flow, channel, known)


@pytest.mark.parametrize(
    "keys", [("2",), ("2", "903"), ("2", OTHER), ()], ids=["other", "wrong", "unconfirmed", "none"]
)
async def test_an_offer_that_was_taken_survives_a_controller_that_was_killed(keys: tuple[str, ...]) -> None:
    house = busy()
    await killed(house, on_the_way(CALLER), "", "", "1", *keys)
    (found,) = await stored(house)
    assert (found.state, found.number, found.source, found.queue) == ("provisional", CALLER.number, "queue", "moscow")
    house.clock.pass_(299)
    assert await house.callbacks.timers(house.clock.now(), 9) == []
    house.clock.pass_(1)
    assert [one.id for one in await house.callbacks.timers(house.clock.now(), 9)] == [found.id]
    assert overdue_event(found, house.clock.now()) == "confirm"
    # he rings again: what he wished is known, and is no second wish
    assert await house.desk.pending(CALLER.number, SERVICE) == found
    assert (await house.desk.request(replace(TEMPLATE, number=CALLER.number))).outcome == "exists"


async def test_an_offer_that_could_not_be_ended_is_known_to_the_queue() -> None:
    house = busy()
    channel = ScriptedChannel(("", "", "1", "*", ""))
    ask = channel.ask

    async def asking(sounds: tuple[str, ...], *more: Any) -> str:
        house.callbacks.away = "callback/your-number" in sounds
        return await ask(sounds, *more)

    channel.ask = asking  # type: ignore[method-assign, assignment]
    await house.talk(on_the_way(CALLER), channel, Known(CALLER, house.place(PLACE), "ru", service=SERVICE))
    house.callbacks.away = False
    (left,) = await stored(house)
    # whoever hears that an operator talks to him takes it back
    assert left.state == "provisional"
    assert channel.handover is not None and channel.handover.callback == left.id


async def test_before_the_key_nothing_is_kept() -> None:
    house = busy()
    await killed(house, on_the_way(CALLER), "", "")
    assert await stored(house) == []


async def test_a_caller_who_takes_longer_than_an_offer_lasts_gets_what_he_wishes_in_the_end() -> None:
    house, wish = busy(), replace(TEMPLATE, number=CALLER.number, zone="Europe/Moscow")
    await house.desk.begin("slow", wish)
    assert await house.desk.event("slow", "confirm") is not None
    asked_for = await house.desk.request(replace(wish, number="+74012554433"), "slow")
    assert (asked_for.outcome, asked_for.callback and asked_for.callback.number) == ("made", "+74012554433")
    assert len(house.callbacks.callbacks) == 1
    await house.desk.decline("slow")
    assert house.callbacks.callbacks["slow"].state == "cancelled"


async def test_offers_not_gone_through_with_are_no_requests() -> None:
    house = busy()
    for _ in range(7):
        await call(house, from_menu(CALLER), "*", "")
    await call(house, from_menu(CALLER), "1", "", "", "")
    assert [one.state for one in await stored(house)] == ["declined"] * 7 + ["waiting"]


async def test_an_offer_over_the_day_s_limit_is_not_kept() -> None:
    house = busy()
    for number in range(6):
        await house.desk.request(replace(TEMPLATE, number=CALLER.number))
        await house.desk.cancel(f"id{number + 1}", "caller")
    await killed(house, on_the_way(CALLER), "", "", "1")
    assert len(house.callbacks.callbacks) == 6


async def test_no_offer_is_made_where_the_wait_is_short() -> None:
    house = busy(6)
    channel = await call(house, on_the_way(CALLER), "", "", "")
    assert channel.queued is not None and "callback" not in house.told("route")[0]


async def test_callbacks_before_a_caller_count_in_his_place_and_his_wait() -> None:
    house = busy(9)
    for number in ("+74012554433", "+79035554434"):
        now = house.clock.now()
        await house.desk.request(replace(TEMPLATE, number=number, created_at=now, virtual_start=now, window_from=now))
    # those who are called tomorrow do not stand before anybody, nor do those who came later
    await house.desk.request(replace(TEMPLATE, number="+79035554436", virtual_start=now))
    await house.desk.request(replace(TEMPLATE, virtual_start=house.clock.now() + timedelta(hours=1)))
    house.clock.pass_(60)
    channel = await call(house, on_the_way(CALLER), "", "")
    told = house.told("route")[0]
    # two live callers and two callbacks; one operator, three minutes a call
    assert (told["position"], told["wait_s"], told["callbacks_ahead"]) == (5, 15 * 60, 2)
    assert "callback/offer" in channel.heard[-1]
    house.callbacks.away = True
    await call(house, on_the_way(CALLER), "", "")
    assert house.told("route")[1]["position"] == 3


async def test_another_number_is_called_by_its_own_clock() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "2", "4012123456", "1", "", "", "")
    (found,) = await stored(house)
    assert (found.number, found.region, found.zones) == ("+74012123456", "39", ("Europe/Kaliningrad",))


async def test_the_caller_s_own_number_is_promised_once() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    assert len(await stored(house)) == 1
    channel = await call(house, from_menu(CALLER), "3", "")
    assert "callback/pending" in channel.heard[0]
    (found,) = await stored(house)
    assert (found.state, found.reason) == ("cancelled", "caller")


async def test_a_stranger_cannot_reach_the_promise_of_another_number() -> None:
    house, owner, stranger = busy(), Caller("+74012554433"), Caller("+74012123456")
    await call(house, from_menu(owner), "1", "", "", "", caller=owner)
    channel = await call(house, from_menu(stranger), "2", OTHER, "1", "", caller=stranger)
    assert channel.heard[-1] == ("callback/exists",)
    assert channel.ended == "menu"
    found, own = await stored(house)
    assert (found.number, found.state, own.state) == (owner.number, "waiting", "declined")


async def test_the_time_is_moved_to_one_of_the_slots_that_were_offered() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    await call(house, from_menu(CALLER), "5", "2", "")
    (found,) = await stored(house)
    # the first begins half an hour from now; three hours lie between those that are offered
    start = house.clock.now() + timedelta(hours=3, minutes=30)
    assert (found.window_from, found.window_to) == (start, start + timedelta(minutes=30))
    assert (found.virtual_start, found.asap) == (start, False)


@pytest.mark.parametrize("keys", [("1",), ("2", OTHER, "1")], ids=["own", "other"])
async def test_another_time_is_chosen_at_the_first_request(keys: tuple[str, ...]) -> None:
    house = busy()
    await call(house, from_menu(CALLER), *keys, "2", "2", "", "", "")
    (found,) = await stored(house)
    start = house.clock.now() + timedelta(hours=3, minutes=30)
    assert (found.window_from, found.window_to, found.asap) == (start, start + timedelta(minutes=30), False)
    assert found.number == (CALLER.number if keys == ("1",) else f"+7{OTHER}")
    # before nobody until then
    assert (found.state, found.virtual_start) == ("waiting", start)
    assert [data["event"] for data in house.told("callback")][-3:] == ["asked", "slots", "changed"]


@pytest.mark.parametrize("keys", [("2",), ("2", ""), ("2", "*")])
async def test_what_is_promised_stays_promised_when_no_other_time_is_chosen(keys: tuple[str, ...]) -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", *keys)
    (found,) = await stored(house)
    assert (found.state, found.window_to, found.asap) == ("waiting", WINDOW_TO, True)


async def test_another_time_is_a_wish_too_and_after_the_last_one_of_the_day_the_promise_stays() -> None:
    house = busy()
    for _ in range(5):
        await call(house, from_menu(CALLER), "1")
        await call(house, from_menu(CALLER), "3")
    channel = await call(house, from_menu(CALLER), "1", "2", "2", "")
    assert any("callback/not-changed" in heard for heard in channel.heard)
    kept = (await stored(house))[-1]
    assert (kept.state, kept.asap) == ("waiting", True)


async def test_half_hours_that_are_full_are_not_offered() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    (mine,) = await stored(house)
    first = house.clock.now() + timedelta(minutes=30)
    for number, start in enumerate((first, first, first + timedelta(minutes=30)), 1):
        taken = replace(TEMPLATE, id=f"t{number}", number=f"+7903555443{number}", queue=mine.queue, state="waiting")
        taken = replace(taken, window_from=start, window_to=start + timedelta(minutes=30), asap=False)
        assert await house.callbacks.add(taken, apply(replace(taken, state="provisional"), "confirm", first)[1])
    house.room[mine.queue] = 2
    await call(house, from_menu(CALLER), "5", "1", "")
    (moved,) = await stored(house)
    # two have the first, one has the second
    assert moved.window_from == first + timedelta(minutes=30)


async def test_a_half_hour_that_fills_while_he_listens_is_not_taken() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    (before,) = await stored(house)
    channel = ScriptedChannel(("5", "1", "", ""))
    ask = channel.ask

    async def asking(sounds: tuple[str, ...], *more: Any) -> str:
        house.room[before.queue] = 0 if "callback/slots" in sounds else 9
        return await ask(sounds, *more)

    channel.ask = asking  # type: ignore[method-assign, assignment]
    known = Known(CALLER, house.place(PLACE, CALLER.number), "ru", service=SERVICE)
    await house.talk(from_menu(CALLER), channel, known)
    assert await stored(house) == [before]
    assert "callback/not-changed" in channel.heard[-1]


async def test_where_no_half_hour_has_room_none_is_offered() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    (before,) = await stored(house)
    house.room[before.queue] = 0
    await call(house, from_menu(CALLER), "5", "1", "")
    assert await stored(house) == [before]


async def test_with_the_database_away_the_caller_is_told_and_waits() -> None:
    house = busy()
    house.callbacks.away = True
    channel = await call(house, on_the_way(CALLER), "", "", "1", "1", "", "")
    assert ("callback/failed",) in channel.heard and channel.queued is not None
    await call(house, on_the_way(CALLER), "", "", "1")
    assert house.told("callback")[-1]["event"] == "taken"


def reception(house: House, got: list[object]) -> Reception:
    def inbound(caller: Caller, promised: object) -> Flow:
        got.append(promised)
        if False:
            yield
        return Enqueue("moscow", "", "other")

    def none(*_: object) -> Flow:
        raise AssertionError("another flow was started")

    flows = Flows(inbound, none, none, none, none, none, none, none, none)
    return Reception(
        house.services, flows, lambda number: Caller(number, True), LANGUAGES, NOWHERE, house.orders, house.guests
    )


async def test_who_rings_in_is_recognised_and_waits_at_the_promised_place() -> None:
    house, got = busy(), []  # type: tuple[House, list[object]]
    await call(house, from_menu(CALLER), "1", "", "", "")
    house.clock.pass_(600)
    channel = ScriptedChannel(caller=CALLER.number)
    await reception(house, got).inbound(channel)
    (promised,) = await stored(house)
    assert promised.state == "parked"  # his phone is busy with this call
    assert getattr(got[0], "there", False)
    assert channel.handover is not None
    assert (channel.handover.callback, channel.handover.arrived) == (promised.id, promised.virtual_start)


async def test_nobody_else_is_recognised() -> None:
    house, got = busy(), []  # type: tuple[House, list[object]]
    await call(house, from_menu(CALLER), "1", "", "", "")
    for caller, did in ((CALLER.number, "74951234567"), ("+74012123456", SERVICE), ("", SERVICE)):
        channel = ScriptedChannel(caller=caller, did=did)
        await reception(house, got).inbound(channel)
        assert channel.handover is not None and channel.handover.callback == ""
    house.callbacks.away = True
    await reception(house, got).inbound(ScriptedChannel(caller=CALLER.number))
    assert got == [None] * 4


async def test_at_night_only_his_own_wish_opens_the_quiet_hours() -> None:
    for key, tonight in (("1", False), ("2", True)):
        house = busy()
        house.clock.at = house.clock.at.replace(hour=20, minute=40)
        await call(house, from_menu(CALLER), "1", key, "", "", "")
        (found,) = await stored(house)
        morning = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
        assert (found.window_from == morning) is not tonight
        # his wish holds for ninety minutes, whatever wait he was told
        assert found.tonight_until == (house.clock.at + timedelta(minutes=90) if tonight else None)
        assert found.state == ("waiting" if tonight else "parked")


async def test_another_number_is_not_a_way_around_the_limit_of_a_day() -> None:
    house, rung = busy(), []
    for _ in range(9):
        # asked for at the own number, then moved to a stranger's; an operator is done with it
        await call(house, from_menu(CALLER), "1", "", "", "")
        if [one for one in await stored(house) if one.active]:
            await call(house, from_menu(CALLER), "4", OTHER, "1", "")
        for one in [one for one in await stored(house) if one.active]:
            rung.append(one.number)
            await house.desk.cancel(one.id, "agent")
    assert rung == ["+74012554433"] * 3


async def test_one_phone_does_not_have_the_whole_town_rung() -> None:
    house = busy()
    for number in range(9):
        await call(house, from_menu(CALLER), "2", f"401255443{number}", "1", "", "", "")
    asked_for = [one for one in house.callbacks.callbacks.values() if one.active]
    assert len(asked_for) == 6 and {one.asked_by for one in asked_for} == {CALLER.number}
    # whoever did not ask is not held back by it
    await call(house, from_menu(Caller("+74012000001")), "1", "", "", "", caller=Caller("+74012000001"))
    assert len([one for one in house.callbacks.callbacks.values() if one.active]) == 7


async def test_another_number_that_may_not_be_rung_in_the_promised_window_has_one_of_its_own() -> None:
    house = busy()
    house.clock.at = house.clock.at.replace(hour=20, minute=40)
    await call(house, from_menu(CALLER), "1", "2", "", "", "")
    (tonight,) = await stored(house)
    assert tonight.tonight_until is not None
    await call(house, from_menu(CALLER), "4", OTHER, "1", "")
    (moved,) = await stored(house)
    morning = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    assert (moved.number, moved.tonight_until, moved.window_from) == ("+74012554433", None, morning)
    assert (moved.virtual_start, moved.soon_at) == (tonight.virtual_start, morning - timedelta(minutes=5))
    assert moved.expires_at > moved.window_to


async def test_moving_a_callback_again_and_again_ends() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    for _ in range(9):
        await call(house, from_menu(CALLER), "5", "1", "")
    assert len([told for told in house.callbacks.events if told.notice]) == 6


@pytest.mark.parametrize("caller", [Caller("", False), Caller("+74952201234", False)], ids=["withheld", "presented"])
async def test_nobody_can_open_the_quiet_hours_of_another_s_phone(caller: Caller) -> None:
    house = busy()
    house.clock.at = house.clock.at.replace(hour=20, minute=40)
    keys = (OTHER, "1") if not caller.number else ("2", OTHER, "1")
    # the key for tonight is not there
    await call(house, from_menu(caller), *keys, "2", "1", "", "", "", caller=caller)
    (found,) = await stored(house)
    assert (found.number, found.tonight_until) == ("+74012554433", None)
    assert found.window_from == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


async def test_the_caller_s_own_clock_says_nothing_of_another_s_mobile_phone() -> None:
    house = busy()
    place = house.place(Place("41", "Asia/Kamchatka", "chosen", Reason("place-chosen")), CALLER.number)
    channel = ScriptedChannel(("2", "9035554434", "1", "1", "", "", ""))
    # one in the night in Moscow, ten in the morning in Kamchatka
    house.clock.at = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    await house.talk(from_menu(CALLER), channel, Known(CALLER, place, "ru", service=SERVICE))
    (found,) = await stored(house)
    assert set(found.zones) == {"Asia/Kamchatka", "Europe/Moscow", "Europe/Kaliningrad"}
    assert found.window_from == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


#: from the queue by its key: the number, what was done, goodbye
QUEUE_KEYS = ("1", "", "")


async def key_pressed(house: House, *keys: str) -> ScriptedChannel:
    """A caller who waits for ten minutes presses the key."""

    def none(*_: object) -> Flow:
        raise AssertionError("another flow was started")

    def pressed(told: MovedCall) -> Flow:
        talk = Talk(told.caller, FlowSettings(), READERS, "ru", ticket=told.ticket, leaving=told.leaving)
        talk.category, talk.legs = told.category, told.legs
        return from_queue(talk)

    arrived = str(int(house.clock.now().timestamp()) - 600)
    variables = {
        "IVR_TICKET": "48215512", "IVR_CATEGORY": "signin", "IVR_QUEUE": "moscow", "IVR_SECONDS": "90",
        "IVR_LEGS": "common:0", "IVR_ARRIVED": arrived,
    }  # fmt: skip
    flows = Flows(none, none, none, none, none, pressed, none, none, none)
    desk = Reception(
        house.services, flows, lambda number: Caller(number, True), LANGUAGES, NOWHERE, house.orders, house.guests
    )
    channel = ScriptedChannel(keys, caller="+74012123456", variables=variables)
    await desk.offer(channel)
    return channel


@pytest.mark.parametrize("pressed", range(len(QUEUE_KEYS)))
async def test_from_the_queue_a_hang_up_at_any_step_keeps_the_place_that_was_waited_for(pressed: int) -> None:
    house = busy()
    await key_pressed(house, *QUEUE_KEYS[:pressed])
    (found,) = await stored(house)
    assert (found.state, found.number, found.source) == ("waiting", "+74012123456", "queue")
    assert found.virtual_start == house.clock.now() - timedelta(minutes=10)
    assert (found.ticket, found.category) == ("48215512", "signin")


async def test_who_declines_after_the_key_goes_back_to_his_place() -> None:
    house = busy()
    channel = await key_pressed(house, "*", "")
    assert [one.state for one in await stored(house)] == ["declined"]
    assert channel.queued is not None and channel.handover is not None
    assert channel.queued.legs == (("moscow", 90), ("common", 0))
    assert channel.handover.arrived == house.clock.now() - timedelta(minutes=10)
    # before all who came later
    assert channel.queued.position == 1
