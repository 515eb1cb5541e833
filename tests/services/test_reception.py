"""The ways a call comes to the controller, and what is known of it each time."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.queues import QueueView, Waiting
from ivr.domain.whereabouts import KnownPlace
from ivr.flow.commands import (
    AskPlace,
    AskRoute,
    Caller,
    ChoosePlace,
    Done,
    End,
    Enqueue,
    Flow,
    ForgetPlace,
    NoteTicket,
    OpenTicket,
    PlaceFound,
    RememberPlace,
    Step,
)
from ivr.services.flows import Flows, MovedCall
from ivr.services.reception import Reception
from ivr.testing import NOON, ScriptedChannel
from tests.services.house import CALLER, LANGUAGES, NOWHERE, House, staffed

FIXED = "+74012123456"


def reception(house: House, flow: Callable[..., Flow]) -> Reception:
    def identify(number: str) -> Caller:
        return Caller(number) if number.startswith("+") else CALLER if number else Caller()

    flows = Flows(*[flow] * 9)
    return Reception(house.services, flows, identify, LANGUAGES, NOWHERE, house.orders, house.guests)


async def called(house: House, flow: Callable[..., Flow], **channel: object) -> ScriptedChannel:
    made = ScriptedChannel(**channel)  # type: ignore[arg-type]
    await reception(house, flow).inbound(made)
    return made


def asking(*commands: object) -> tuple[list[object], Callable[..., Flow]]:
    """A flow that yields these, and the list of what it got."""
    got: list[object] = []

    def flow(*_: object) -> Flow:
        for command in commands:
            got.append((yield command))  # type: ignore[misc]
        return End("done")

    return got, flow


async def test_a_new_call_is_journalled_with_caller_did_and_trunk() -> None:
    house, seen = House(), []

    def flow(caller: Caller, *_: object) -> Flow:
        seen.append(caller)
        yield Step("greeting")
        return End("done")

    await called(house, flow, caller="89161234567")
    assert seen == [CALLER]
    assert house.told("start") == [{"caller": "+79161234567", "did": "88005553535", "trunk": "local"}]


async def test_the_place_of_a_new_call_is_journalled_without_the_number() -> None:
    house = House()
    _, flow = asking()
    await called(house, flow, caller=FIXED)
    assert house.journal.kinds("call-1")[:2] == ["start", "place"]
    assert house.told("place") == [
        {"region": "39", "zone": "Europe/Kaliningrad", "confidence": "fixed", "reason": "place-fixed"}
    ]


async def test_the_flow_is_told_the_local_time_of_the_routing_clock() -> None:
    house = House()
    house.local.at = datetime(2026, 1, 15, 6, 30, tzinfo=UTC)
    got, flow = asking(AskPlace())
    await called(house, flow, caller=FIXED)
    (found,) = got
    assert isinstance(found, PlaceFound)
    assert (found.region, found.now.isoformat(), found.sure, found.kept) == (
        "39",
        "2026-01-15T08:30:00+02:00",
        True,
        False,
    )


async def test_an_unknown_place_is_assumed_and_not_sure() -> None:
    house = House()
    house.local.at = datetime(2026, 1, 15, 6, 30, tzinfo=UTC)
    got, flow = asking(AskPlace())
    await called(house, flow, caller="")
    (found,) = got
    assert isinstance(found, PlaceFound)
    assert (found.region, found.now.isoformat(), found.sure) == ("", "2026-01-15T09:30:00+03:00", False)


async def test_a_chosen_region_counts_for_this_call_and_is_kept_only_when_asked_to() -> None:
    house = House()
    got, flow = asking(ChoosePlace("41"), AskPlace(), OpenTicket("signin", "operator"), AskRoute("signin"))
    await called(house, flow, caller="89161234567")
    assert [(p.region, p.sure, p.kept) for p in got if isinstance(p, PlaceFound)] == [("41", True, False)] * 2
    assert house.router.asked[0].place.zone == "Asia/Kamchatka"
    (ticket,) = house.tickets.tickets.values()
    assert ticket.region == "41"
    assert house.places.places == {}
    assert [p["confidence"] for p in house.told("place")] == ["none", "chosen"]


async def test_a_region_is_remembered_and_wins_at_the_next_call_and_can_be_forgotten() -> None:
    house = House()
    got, flow = asking(ChoosePlace("41"), RememberPlace(), AskPlace())
    await called(house, flow, caller="89161234567")
    assert got[1] == Done(True)
    assert isinstance(got[2], PlaceFound) and got[2].kept
    assert house.places.places[CALLER.number] == KnownPlace("41", "chosen", house.clock.now())

    got, flow = asking(AskPlace(), ForgetPlace(), AskPlace())
    await called(house, flow, caller="89161234567")
    before, done, after = got
    assert isinstance(before, PlaceFound) and isinstance(after, PlaceFound)
    assert (before.region, before.sure, before.kept, done) == ("41", True, True, Done(True))
    assert (after.region, after.sure, after.kept) == ("", False, False)
    assert house.told("place_kept") == house.told("place_forgotten") == [{"done": 1}]


@pytest.mark.parametrize(("caller", "commands"), [
    ("", (ChoosePlace("41"), RememberPlace())),
    ("89161234567", (RememberPlace(),)),
], ids=["no number", "no choice"])  # fmt: skip
async def test_nothing_is_remembered_without_a_number_or_a_choice(caller: str, commands: tuple[object, ...]) -> None:
    house = House()
    got, flow = asking(*commands)
    await called(house, flow, caller=caller)
    assert got[-1] == Done(False)
    assert house.places.places == {}


async def test_with_the_database_away_the_number_alone_says_where_the_caller_is() -> None:
    house = House()
    house.places.away = True
    got, flow = asking(AskPlace(), ForgetPlace(), ChoosePlace("41"), RememberPlace())
    await called(house, flow, caller=FIXED)
    assert isinstance(got[0], PlaceFound) and got[0].region == "39"
    assert got[1] == got[3] == Done(False)


async def test_a_fault_of_the_look_up_costs_no_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()

    async def broken(number: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.whereabouts, "of", broken)
    got, flow = asking(AskPlace())
    with caplog.at_level(logging.ERROR):
        channel = await called(house, flow, caller=FIXED)
    assert isinstance(got[0], PlaceFound) and got[0].region == ""
    assert channel.ended == "done"
    assert "place is not known" in caplog.text and FIXED[2:] not in caplog.text


async def test_an_unanswered_call_keeps_its_ticket() -> None:
    house, seen = House(), []
    opened = await house.services.tickets.open_for_call(
        call_id="call-1", category="signin", purpose="operator", language="ru", caller="", at=NOON
    )

    def flow(language: str, slow: bool, ticket: str) -> Flow:
        seen.append((language, slow, ticket))
        assert (yield NoteTicket("call back")) == Done()
        return End("nobody")

    channel = ScriptedChannel(language="en", variables={"IVR_TICKET": opened.number, "IVR_SLOW": "1"})
    await reception(house, flow).unanswered(channel)
    assert seen == [("en", True, opened.number)]
    assert channel.ended == "nobody"
    assert "call back" in {event.note for event in house.tickets.events}


MOVED = {"IVR_TICKET": "48215513", "IVR_SLOW": "1", "IVR_CATEGORY": "signin", "IVR_QUEUE": "ural"}


def moving(seen: list[MovedCall]) -> Callable[..., Flow]:
    def flow(call: MovedCall) -> Flow:
        seen.append(call)
        route = yield AskRoute(call.category, call.leaving)
        return Enqueue(route.queue, call.ticket, call.category, "moved", legs=route.legs, position=route.position)

    return flow


async def test_a_moved_call_comes_with_all_that_the_dialplan_kept() -> None:
    house, seen = House(), list[MovedCall]()
    channel = ScriptedChannel(caller=FIXED, language="en", variables=MOVED)
    await reception(house, moving(seen)).moved(channel)
    assert seen == [MovedCall(Caller(FIXED), "en", True, "48215513", "signin", "ural")]
    assert house.told("moved") == [{"from": "ural"}]
    assert (house.router.asked[0].leaving, house.router.asked[0].place.region) == ("ural", "39")
    assert channel.queued is not None and channel.queued.legs == (("moscow", 0),)


async def test_the_region_chosen_in_the_call_goes_with_it_from_queue_to_queue() -> None:
    house = House()

    def flow(*_: object) -> Flow:
        yield ChoosePlace("41")
        return Enqueue("kamchatka", "", "signin")

    first = await called(house, flow, caller="89161234567")
    assert first.region == "41"
    channel = ScriptedChannel(caller="89161234567", variables={**MOVED, "IVR_REGION": first.region})
    await reception(house, moving([])).moved(channel)
    assert house.router.asked[0].place.region == "41"
    assert channel.region == "41"


async def test_a_region_that_no_longer_exists_is_left_to_the_number() -> None:
    house = House()
    channel = ScriptedChannel(caller=FIXED, variables={**MOVED, "IVR_REGION": "xx"})
    await reception(house, moving([])).moved(channel)
    assert house.router.asked[0].place.region == "39"
    assert channel.queued is not None


async def test_the_place_in_the_new_queue_is_that_of_the_arrival_when_the_caller_gets_there() -> None:
    def queue(*minutes_ago: int) -> QueueView:
        return QueueView(
            "moscow", 1, 0, tuple(Waiting(str(m), n, NOON - timedelta(minutes=m)) for n, m in enumerate(minutes_ago, 1))
        )

    house = House(staffed(moscow=queue(9, 8, 2)))

    def flow(call: MovedCall) -> Flow:
        route = yield AskRoute(call.category, call.leaving)
        assert route.position == 3
        house.board.now = staffed(moscow=queue(8, 2))  # one was answered while the flow spoke
        return Enqueue(route.queue, "", "signin", legs=route.legs, position=route.position)

    arrived = str(int((NOON - timedelta(minutes=5)).timestamp()))
    channel = ScriptedChannel(caller=FIXED, variables={**MOVED, "IVR_ARRIVED": arrived})
    await reception(house, flow).moved(channel)
    assert channel.queued is not None and channel.queued.position == 2


@pytest.mark.parametrize("arrived", ["", "x", "-5", "٣", "9" * 40])
async def test_a_strange_time_of_arrival_is_none(arrived: str) -> None:
    house = House(staffed(moscow=QueueView("moscow", 1, 0, (Waiting("a", 1, NOON),))))
    channel = ScriptedChannel(caller=FIXED, variables={**MOVED, "IVR_ARRIVED": arrived})
    await reception(house, moving([])).moved(channel)
    # as a newcomer
    assert channel.queued is not None and channel.queued.position == 2


@pytest.mark.parametrize(("spoken", "told"), [("en", "en"), ("", "ru"), ("xx", "ru"), ("../ru", "ru")])
async def test_who_waited_in_a_language_that_is_not_spoken_any_more_hears_the_usual_one(spoken: str, told: str) -> None:
    house, seen = House(), []

    def flow(language: str, *_: object) -> Flow:
        seen.append(language)
        yield Step("rating")
        return End("done")

    await reception(house, flow).rating(ScriptedChannel(language=spoken))
    assert seen == [told]
