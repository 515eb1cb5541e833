"""Who waits in a call of his own is not called meanwhile, however his callback stands; after it he is as before."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ivr.domain.callback_timers import overdue_event
from ivr.domain.callbacks import Callback, CallbackEvent, apply
from ivr.domain.queues import QueueView, Waiting
from ivr.errors import StorageError
from ivr.flow.callback_commands import FindCallback
from ivr.flow.commands import Ask, Caller, End, Ending, Enqueue, Flow
from ivr.services.callback_desk import CallbackDesk
from ivr.services.flows import Flows
from ivr.services.reception import Reception
from ivr.testing import NOON, MemoryCallbacks, ScriptedChannel
from tests.services.house import CALLER, LANGUAGES, NOWHERE, House, staffed

MINUTE = timedelta(minutes=1)
WISH = Callback(
    id="", number=CALLER.number, service="88005553535", category="signin", queue="moscow", language="ru", region="77",
    zone="Europe/Moscow", ticket="", source="queue", virtual_start=NOON - 20 * MINUTE, created_at=NOON,
    window_from=NOON, window_to=NOON + 60 * MINUTE, expires_at=NOON + 480 * MINUTE,
)  # fmt: skip


async def promised(house: House, *events: str, until: datetime | None = None) -> Callback:
    """One to which these events have happened."""
    asked = await house.desk.request(WISH)
    assert asked.callback is not None
    callback = asked.callback
    for event in events:
        moved, told = apply(callback, event, NOON, attempt="cb1", owner="d", until=until)
        assert await house.callbacks.move(moved, told)
        callback = moved
    return callback


async def now(house: House) -> Callback:
    callback = await house.callbacks.get("id1")
    assert callback is not None
    return callback


async def stands(house: House) -> tuple[str, float | None]:
    """His state, and in how many minutes after noon something happens to him; None: now."""
    callback = await now(house)
    return callback.state, None if callback.not_before is None else (callback.not_before - NOON) / MINUTE


async def held_and_let_go(house: House) -> tuple[tuple[str, float | None], tuple[str, float | None]]:
    await house.desk.hold("id1")
    held = await stands(house)
    await house.desk.let_go("id1")
    return held, await stands(house)


async def test_in_line_he_is_in_line_again_after() -> None:
    house = House()
    await promised(house)
    assert await held_and_let_go(house) == (("parked", 15), ("waiting", None))


async def test_before_a_dial_anew_he_is_dialled_at_its_time_after() -> None:
    house = House()
    callback = await promised(house, "dial", "busy")
    assert await held_and_let_go(house) == (("retry_wait", 15), ("retry_wait", 5))
    after = await now(house)
    assert (after.attempts, after.virtual_start) == (callback.attempts, callback.virtual_start)
    assert overdue_event(after, NOON + 5 * MINUTE) == "retry"


async def test_put_aside_until_soon_he_is_put_aside_until_then_after() -> None:
    house = House()
    await promised(house, "park", until=NOON + 3 * MINUTE)
    assert await held_and_let_go(house) == (("parked", 15), ("parked", 3))
    assert overdue_event(await now(house), NOON + 3 * MINUTE) == "open"


async def test_a_time_that_has_come_meanwhile_is_now() -> None:
    house = House()
    await promised(house, "park", until=NOON + 3 * MINUTE)
    await house.desk.hold("id1")
    house.clock.pass_(240)
    await house.desk.let_go("id1")
    assert await stands(house) == ("waiting", None)


@pytest.mark.parametrize("events", [("park",), ("dial", "machine")])
async def test_who_is_not_called_so_soon_need_not_be_held(events: tuple[str, ...]) -> None:
    house = House()
    before = await promised(house, *events, until=NOON + 30 * MINUTE)
    assert await house.desk.hold("id1") is None and await house.desk.let_go("id1") is None
    assert await now(house) == before


async def test_held_again_and_again_he_keeps_his_own_time() -> None:
    house = House()
    await promised(house, "dial", "busy")
    for _ in range(2):
        await house.desk.hold("id1")
        house.clock.pass_(240)
    # news that leave him held
    for event in ("soon", "language"):
        moved, told = apply(await now(house), event, house.clock.now())
        assert await house.callbacks.move(moved, told)
    await house.desk.hold("id1")
    assert await stands(house) == ("retry_wait", 23)
    await house.desk.let_go("id1")
    assert await stands(house) == ("retry_wait", 5)


async def test_whose_hold_ran_out_or_who_was_moved_is_not_let_go() -> None:
    for event in ("open", "moved", "cancel"):
        house = House()
        await promised(house)
        await house.desk.hold("id1")
        moved, told = apply(await now(house), event, NOON)
        assert await house.callbacks.move(moved, told)
        assert await house.desk.let_go("id1") is None
        assert await now(house) == moved


async def test_somebody_else_is_faster() -> None:
    class Raced(MemoryCallbacks):
        first = ""

        async def move(self, moved: Callback, event: CallbackEvent) -> bool:
            first, self.first = self.first, ""
            if first:
                assert await super().move(*apply(self.callbacks["id1"], first, NOON, attempt="cb1", owner="d"))
            return await super().move(moved, event)

    house = House()
    house.callbacks = raced = Raced()
    house.desk = CallbackDesk(raced, house.clock, lambda: "id1")
    await promised(house)
    raced.first = "park"
    held = await house.desk.hold("id1")
    assert held is not None and held.state == "parked"
    raced.first = "soon"
    assert await house.desk.let_go("id1") is not None
    raced.first = "dial"
    assert await house.desk.hold("id1") is None
    assert (await now(house)).state == "dialling"


def reception(house: House, flow: Callable[..., Flow]) -> Reception:
    return Reception(
        house.services, Flows(*[flow] * 9), lambda number: Caller(number, True), LANGUAGES, NOWHERE, house.orders,
        house.guests,
    )  # fmt: skip


def ending(end: Ending, *, finds: bool = False) -> Callable[..., Flow]:
    def flow(*_: object) -> Flow:
        if finds:
            yield FindCallback()
        return end

    return flow


QUEUED = {"IVR_CALLBACK": "id1", "IVR_QUEUE": "moscow", "IVR_CATEGORY": "signin"}
ENQUEUE = Enqueue("moscow", "", "signin")


@pytest.mark.parametrize("finds", [True, False])
@pytest.mark.parametrize("route", ["offer", "moved", "unanswered", "steered"])
async def test_a_call_that_ends_without_an_operator_lets_him_go(route: str, finds: bool) -> None:
    house = House()
    await promised(house)
    await house.desk.hold("id1")
    channel = ScriptedChannel(caller=CALLER.number, variables=QUEUED)
    await getattr(reception(house, ending(End("callback_kept"), finds=finds)), route)(channel)
    assert await stands(house) == ("waiting", None)


@pytest.mark.parametrize("route", ["offer", "moved", "steered"])
async def test_who_goes_on_to_another_queue_is_held_on(route: str) -> None:
    house = House()
    await promised(house)
    await house.desk.hold("id1")
    house.clock.pass_(600)
    channel = ScriptedChannel(caller=CALLER.number, variables=QUEUED)
    await getattr(reception(house, ending(ENQUEUE)), route)(channel)
    assert await stands(house) == ("parked", 25)
    # the queues tell of him by his callback as before
    assert channel.handover is not None and channel.handover.callback == "id1"


async def test_who_hangs_up_in_the_talk_about_his_callback_is_let_go() -> None:
    house = House()
    await promised(house)
    await house.desk.hold("id1")
    channel = ScriptedChannel(caller=CALLER.number, variables=QUEUED)

    def flow(*_: object) -> Flow:
        yield FindCallback()
        yield Ask(("callback/pending",), "callback/pending")
        raise AssertionError("he is gone")

    await reception(house, flow).offer(channel)
    assert await stands(house) == ("waiting", None)


async def test_without_the_database_the_call_ends_all_the_same() -> None:
    house = House()
    await promised(house)
    await house.desk.hold("id1")
    house.callbacks.away = True
    channel = ScriptedChannel(caller=CALLER.number, variables=QUEUED)
    await reception(house, ending(End("nobody"))).unanswered(channel)
    assert channel.ended == "nobody"


async def test_as_long_as_he_waits_his_callback_is_held_anew() -> None:
    house = House()
    await promised(house, "dial", "busy")
    channel = ScriptedChannel(caller=CALLER.number, variables=QUEUED)
    await reception(house, ending(ENQUEUE)).moved(channel)
    view = staffed(moscow=QueueView("moscow", 1, 0, (Waiting("a", 1, NOON, "call-1"), Waiting("b", 2, NOON, "x"))))
    for _ in range(20):
        house.clock.pass_(60)
        await house.waiting.hold(view, house.clock.now(), house.desk.hold)
        assert ((await now(house)).not_before or NOON) >= house.clock.now() + 9 * MINUTE
    assert len([event for event in house.callbacks.events if event.event == "hold"]) < 6
    house.waiting.leave("call-1")
    await house.waiting.hold(view, house.clock.now() + 60 * MINUTE, house.desk.hold)
    assert (await stands(house))[1] == 31
    await house.desk.let_go("id1")
    assert await stands(house) == ("retry_wait", 5)


async def test_what_cannot_be_held_now_is_tried_again_soon() -> None:
    house = House()
    await promised(house)
    house.waiting.expect("call-1", "ru", False, "id1")
    view = staffed(moscow=QueueView("moscow", 1, 0, (Waiting("a", 1, NOON, "call-1"),)))
    await house.waiting.hold(view, NOON, house.desk.hold)
    house.clock.pass_(300)
    house.callbacks.away = True
    with pytest.raises(StorageError):
        await house.waiting.hold(view, house.clock.now(), house.desk.hold)
    house.callbacks.away = False
    await house.waiting.hold(view, house.clock.now(), house.desk.hold)
    assert await stands(house) == ("parked", 20)


async def test_another_callers_queue_key_lets_nobody_go() -> None:
    house = House()
    await promised(house)
    await house.desk.hold("id1")
    other = ScriptedChannel(caller="+74012123456", variables={**QUEUED, "IVR_CALLBACK": ""})
    await reception(house, ending(End("callback_kept"), finds=True)).offer(other)
    assert await stands(house) == ("parked", 15)
