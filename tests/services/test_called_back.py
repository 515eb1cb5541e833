"""Calls that the hotline made: what the controller writes down of them, and what the queues tell."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.domain.callbacks import Callback, apply
from ivr.domain.queues import QueueView, Waiting
from ivr.flow.callback_commands import CallCame, CallSettled
from ivr.flow.commands import Caller, End, Enqueue, Flow
from ivr.services.callback_desk import CallbackDesk
from ivr.services.callback_ear import CallbackEar
from ivr.services.flows import CalledPerson, Flows
from ivr.services.reception import Reception
from ivr.tasks import spawn
from ivr.testing import NOON, ScriptedChannel
from tests.services.house import CALLER, LANGUAGES, NOWHERE, House, staffed

WISH = Callback(
    id="", number=CALLER.number, service="88005553535", category="signin", queue="moscow", language="tt", region="41",
    zone="Asia/Kamchatka", ticket="48215512", source="queue", virtual_start=NOON - timedelta(minutes=20),
    created_at=NOON, window_from=NOON, window_to=NOON + timedelta(hours=1), expires_at=NOON + timedelta(hours=8),
)  # fmt: skip
ENQUEUE = Enqueue("moscow", "48215512", "signin", "callback", legs=(("moscow", 90),))


async def dialled(house: House, attempt: str = "cb1") -> Callback:
    asked = await house.desk.request(WISH)
    assert asked.callback is not None
    moved, told = apply(asked.callback, "dial", NOON, attempt=attempt, owner="d")
    assert await house.callbacks.move(moved, told)
    return moved


def reception(house: House, *commands: CallCame, ending: End | Enqueue = ENQUEUE) -> tuple[Reception, list[object]]:
    got: list[object] = []

    def flow(person: CalledPerson) -> Flow:
        got.append(person)
        for command in commands:
            got.append((yield command))
        return ending

    def none(*_: object) -> Flow:
        raise AssertionError("another flow was started")

    flows = Flows(none, none, none, none, flow, none, flow, none, none)
    made = Reception(
        house.services, flows, lambda number: Caller(number, True), LANGUAGES, NOWHERE, house.orders, house.guests
    )
    return made, got


def channel(**variables: str) -> ScriptedChannel:
    return ScriptedChannel(caller=CALLER.number, language="tt", variables=variables)


async def state(house: House) -> str:
    callback = await house.callbacks.get("id1")
    assert callback is not None
    return callback.state


async def test_the_called_person_goes_to_the_queue_with_his_ticket_and_his_place() -> None:
    house = House()
    await dialled(house)
    desk, got = reception(house, CallCame("human"))
    call = channel(IVR_ATTEMPT="cb1")
    await desk.callback(call)
    assert got == [CalledPerson(CALLER, "tt", "48215512", "signin"), CallSettled(again=True)]
    assert call.handover is not None
    assert (call.handover.callback, call.handover.arrived) == ("cb1", WISH.virtual_start)
    assert call.region == "41"
    assert await state(house) == "rejoining"
    assert house.told("start")[0]["callback"] == "id1"


async def test_an_operator_who_was_called_first_is_known_to_wait() -> None:
    house = House()
    await dialled(house)
    desk, got = reception(house, ending=End("callback_machine"))
    await desk.callback(channel(IVR_ATTEMPT="cb1", IVR_HELD="Local/cb1@callback-first-00000001;1"))
    assert got == [CalledPerson(CALLER, "tt", "48215512", "signin", awaited=True)]


async def test_a_dial_that_is_over_is_not_wanted() -> None:
    house = House()
    await dialled(house)
    await house.desk.cancel("id1", "caller")
    desk, got = reception(house, ending=End("callback_over"))
    for attempt in ("cb1", "cb0", ""):
        await desk.callback(channel(IVR_ATTEMPT=attempt))
    assert [person.wanted for person in got if isinstance(person, CalledPerson)] == [False] * 3


async def test_without_the_database_the_person_is_connected_all_the_same() -> None:
    house = House()
    await dialled(house)
    house.callbacks.away = True
    desk, got = reception(house, CallCame("human"))
    call = channel(IVR_ATTEMPT="cb1")
    await desk.callback(call)
    assert got == [CalledPerson(CALLER, "tt", "", "other"), CallSettled(False, again=True)]
    assert call.queued == ENQUEUE and call.handover is not None and call.handover.callback == "cb1"


async def test_without_the_database_nobody_is_told_that_no_call_comes() -> None:
    """It does come: the dispatcher finds a call that was taken and came to nothing."""
    house = House()
    await dialled(house)
    desk, got = reception(house, CallCame("later"), ending=End("callback_later"))
    house.callbacks.away = True
    await desk.callback(channel(IVR_ATTEMPT="cb1"))
    house.callbacks.away = False
    await house.desk.result("cb1", 16, "ANSWER")
    assert (got[-1], await state(house)) == (CallSettled(False, again=True), "retry_wait")


@pytest.mark.parametrize("route", ["moved", "unanswered"], ids=["too long", "the last operator is gone"])
async def test_who_waited_in_vain_is_told_so_and_called_again(route: str) -> None:
    house = House()
    await dialled(house)
    await house.desk.event("cb1", "human")
    desk, got = reception(house, CallCame("no_agent"), ending=End("callback_no_agent"))
    await getattr(desk, route)(channel(IVR_ATTEMPT="cb1", IVR_TICKET="48215512", IVR_CATEGORY="signin"))
    assert got == [CalledPerson(CALLER, "tt", "48215512", "signin"), CallSettled(again=True)]
    callback = await house.callbacks.get("id1")
    assert callback is not None
    assert (callback.state, callback.attempts, callback.uncharged) == ("retry_wait", 0, 1)


async def test_who_was_called_and_presses_the_key_once_more_goes_back_to_his_place_unasked() -> None:
    house = House()
    await dialled(house)
    await house.desk.event("cb1", "human")
    desk, _ = reception(house)  # any flow that asks or says something fails here
    arrived = str(int(WISH.virtual_start.timestamp()))
    house.board.now = staffed(moscow=QueueView("moscow", 1, 0, (Waiting("a", 1, NOON), Waiting("b", 2, NOON))))
    call = channel(
        IVR_ATTEMPT="cb1", IVR_TICKET="48215512", IVR_CATEGORY="signin", IVR_QUEUE="moscow", IVR_SECONDS="90",
        IVR_ARRIVED=arrived,
    )  # fmt: skip
    await desk.offer(call)
    assert call.queued == replace(ENQUEUE, position=1) and call.handover is not None
    assert (call.handover.callback, call.handover.arrived) == ("cb1", WISH.virtual_start)
    assert await state(house) == "rejoining"


async def heard(house: House, *told: tuple[str, str]) -> None:
    ear = CallbackEar(house.desk, pause=0)
    for token, event in told:
        ear.hear(token, event)
    task = spawn(ear.run(), "ear")
    await ear.silence()
    task.cancel()


@pytest.mark.parametrize(
    ("events", "after"),
    [(["connect"], "connected"), (["connect", "complete"], "done"), (["caller_gone"], "retry_wait")],
)
async def test_what_the_queues_tell_of_a_dial_is_written_down(events: list[str], after: str) -> None:
    house = House()
    await dialled(house)
    await house.desk.event("cb1", "human")
    await heard(house, *(("cb1", event) for event in events))
    assert await state(house) == after


async def test_an_operator_called_before_the_citizen_is_written_down_when_he_takes_the_call() -> None:
    house = House()
    await dialled(house)
    ear = CallbackEar(house.desk, pause=0)
    house.queue_journal.on_operator.append(ear.operator)
    house.queue_journal.on_callback.append(ear.hear)
    half = {"uniqueid": "cb1;2", "channel": "Local/cb1@callback-first-00000001;2", "queue": "moscow"}
    for event in ("QueueCallerJoin", "AgentConnect", "AgentComplete"):
        house.queue_journal.event({**half, "event": event, "ringtime": "7"})
    task = spawn(ear.run(), "ear")
    await ear.silence()
    task.cancel()
    last = house.callbacks.events[-1]
    assert (last.event, last.after, last.attempt, last.data) == ("operator", "dialling", "cb1", {"rang_s": 7})
    # that half of the call is nobody's call
    assert house.journal.kinds("cb1;2") == [] and await state(house) == "dialling"


@pytest.mark.parametrize(("agent_first", "ahead"), [((), 1), (("moscow",), 0)])
async def test_who_is_dialled_after_an_operator_is_not_counted_beside_his_place_in_the_queue(
    agent_first: tuple[str, ...], ahead: int
) -> None:
    house = House()
    await dialled(house)
    desk = CallbackDesk(house.callbacks, house.clock, str, agent_first=agent_first)
    assert await desk.ahead("moscow", NOON + timedelta(seconds=1)) == ahead


async def test_who_waits_in_a_call_of_his_own_is_called_as_promised_when_it_comes_to_nothing() -> None:
    house = House()
    await house.desk.request(WISH)
    held = await house.desk.hold("id1")
    assert held is not None and (held.state, held.not_before) == ("parked", NOON + timedelta(minutes=15))
    assert await house.callbacks.due(NOON, 9) == []
    # nobody waits behind his callback while he stands in the queue himself
    assert await house.callbacks.ahead("moscow", NOON, NOON) == 0
    await heard(house, ("id1", "caller_gone"))
    assert [each.id for each in await house.callbacks.due(NOON, 9)] == ["id1"]
    await house.desk.hold("id1")
    await heard(house, ("id1", "connect"))
    assert await state(house) == "cancelled"
    assert await house.desk.hold("id1") is None


async def test_a_call_by_night_does_not_bring_a_callback_of_the_morning_into_the_line() -> None:
    house, morning = House(), NOON + timedelta(hours=9)
    await house.desk.request(replace(WISH, window_from=morning, window_to=morning, expires_at=morning))
    assert await house.desk.hold("id1") is None
    await heard(house, ("id1", "caller_gone"))
    callback = await house.callbacks.get("id1")
    assert callback is not None and (callback.state, callback.not_before) == ("parked", morning)


async def test_who_speaks_to_an_operator_need_not_be_called_any_more() -> None:
    house = House()
    await house.desk.request(WISH)
    await heard(house, ("id1", "caller_gone"))
    assert await state(house) == "waiting"
    await heard(house, ("nobody", "connect"), ("id1", "connect"))
    callback = await house.callbacks.get("id1")
    assert callback is not None
    assert (callback.state, callback.reason) == ("cancelled", "served_live")


async def test_who_has_spoken_to_an_operator_need_not_be_called_though_only_the_end_of_it_was_heard() -> None:
    house = House()
    await house.desk.request(WISH)
    await house.desk.hold("id1")
    await heard(house, ("id1", "complete"))
    callback = await house.callbacks.get("id1")
    assert callback is not None
    assert (callback.state, callback.reason) == ("cancelled", "served_live")


async def test_what_is_heard_waits_for_the_database() -> None:
    house = House()
    await dialled(house)
    await house.desk.event("cb1", "human")
    house.callbacks.away = True
    ear = CallbackEar(house.desk, pause=0)
    ear.hear("cb1", "connect")
    task = spawn(ear.run(), "ear")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ear.silence(), 0.02)
    house.callbacks.away = False
    await ear.silence()
    task.cancel()
    assert await state(house) == "connected"


def of_queue(house: House, listener: Callable[[str, str], None], *events: str, token: str = "cb1") -> None:
    house.queue_journal.on_callback.append(listener)
    for event in events:
        told = {"event": event, "uniqueid": "1.5", "queue": "moscow", "chanvariable:ivr_callback": token}
        house.queue_journal.event(told)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (("QueueCallerJoin", "AgentConnect", "AgentComplete", "Hangup"), ["connect", "complete"]),
        (("QueueCallerJoin", "QueueCallerAbandon", "Hangup"), ["caller_gone"]),
        (("QueueCallerJoin", "QueueCallerAbandon", "QueueCallerJoin", "Hangup"), []),
    ],
)
def test_the_events_of_a_called_person_are_told_with_his_dial(events: tuple[str, ...], told: list[str]) -> None:
    heard: list[tuple[str, str]] = []
    of_queue(House(), lambda token, event: heard.append((token, event)), *events)
    assert heard == [("cb1", event) for event in told]


def test_with_an_operator_called_first_the_bridge_is_the_talk() -> None:
    house = House()
    heard: list[tuple[str, str]] = []
    of_queue(
        house, lambda *told: heard.append(told), "BridgeEnter", "BridgeLeave", "Hangup", token="bridge:cb1"
    )
    assert heard == [("cb1", "connect"), ("cb1", "complete")]
    assert house.journal.kinds("1x5") == ["answered", "talked", "end"]


def test_the_bridges_of_a_queue_tell_nothing_more() -> None:
    house = House()
    heard: list[tuple[str, str]] = []
    of_queue(house, lambda *told: heard.append(told), "BridgeEnter", "BridgeLeave")
    assert (heard, house.journal.kinds("1x5")) == ([], [])


def test_the_half_that_waits_for_an_operator_is_nobodys_call() -> None:
    house = House()
    for event in ("QueueCallerJoin", "QueueCallerAbandon", "AgentConnect", "AgentComplete", "Hangup"):
        half = {"channel": "Local/cb1@callback-first-00000001;2", "uniqueid": "cb1", "queue": "moscow"}
        house.queue_journal.event({"event": event, **half})
    assert house.journal.kinds("cb1") == []


def test_other_callers_tell_nothing_of_callbacks() -> None:
    heard: list[tuple[str, str]] = []
    of_queue(House(), lambda *told: heard.append(told), "QueueCallerJoin", "AgentConnect", "AgentComplete", token="")
    assert heard == []


async def test_an_ordinary_caller_has_no_callback_and_arrives_now() -> None:
    house = House()
    call = ScriptedChannel()

    def flow() -> Flow:
        if False:
            yield
        return replace(ENQUEUE, reason="operator")

    await house.talk(flow(), call)
    assert call.handover is not None and (call.handover.callback, call.handover.arrived) == ("", None)
