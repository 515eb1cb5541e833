"""A round of calling back, on fakes: whatever breaks, nobody is lost and no attempt is sent twice."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ivr.domain.callbacks import ATTEMPTS, FINAL, Callback, CallbackEvent
from ivr.domain.dispatching import Choice, Held
from ivr.domain.queues import BoardView
from ivr.services.callback_desk import CallbackDesk
from ivr.services.dispatch import (
    FOREIGN,
    LINE,
    STALE,
    VOID,
    DialOrder,
    DialRefused,
    DialUnsure,
    Dispatcher,
    Result,
    Trace,
)
from ivr.tasks import spawn
from ivr.testing import NOON, FixedClock, MemoryCallbacks

WISH = Callback(
    id="", number="+79161234567", service="88005553535", category="signin", queue="moscow", language="tt", region="77",
    zone="Europe/Moscow", ticket="48215512", source="queue", virtual_start=NOON - timedelta(minutes=20),
    created_at=NOON, window_from=NOON, window_to=NOON + timedelta(hours=8), expires_at=NOON + timedelta(hours=8),
)  # fmt: skip
BUSY = (17, "BUSY", False)


class FakeAsterisk:
    """What was asked of it; `answers`: results by number, given as soon as it is dialled."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.sent: list[DialOrder] = []
        self.dialled: asyncio.Queue[DialOrder] = asyncio.Queue()
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.traces: dict[str, Trace] = {}
        self.channels: set[str] = set()
        self.started = "node-1 2026-03-02 06:00:00"
        self.answers: dict[str, tuple[int, str, bool]] = {}
        self.fault: Exception | None = None
        self.fresh = True

    async def boot(self) -> str:
        return self.started

    async def board(self, at: datetime) -> BoardView:
        return BoardView({}, self.fresh)

    async def alive(self) -> frozenset[str]:
        return frozenset(self.channels)

    async def trace(self, attempt: str) -> Trace | None:
        return self.traces.get(attempt)

    async def void(self, attempt: str) -> None:
        self.traces.setdefault(attempt, Trace(True, VOID))

    async def dial(self, order: DialOrder) -> None:
        self.sent.append(order)
        self.dialled.put_nowait(order)
        if self.fault is not None:
            raise self.fault
        if order.number in self.answers:
            self.results.put_nowait(Result(order.attempt, *self.answers[order.number]))


class World:
    def __init__(self, owner: str = "node-1:1", book: MemoryCallbacks | None = None) -> None:
        self.clock, self.book = FixedClock(), book or MemoryCallbacks()
        self.asterisk = FakeAsterisk(self.clock)
        self.ids = itertools.count(1)
        self.desk = CallbackDesk(self.book, self.clock, lambda: f"id{next(self.ids)}")
        self.held: tuple[Held, ...] = ()
        self.agent_first: frozenset[str] = frozenset()
        self.dispatcher = Dispatcher(
            self.book, self.desk, self.asterisk, self.clock, self.choose, lambda at: f"{owner}-a{next(self.ids)}", owner
        )

    def choose(self, due: Sequence[Callback], in_flight: Mapping[str, int], board: BoardView, at: datetime) -> Choice:
        held = {each.callback.id for each in self.held}
        return Choice(tuple(each for each in due if each.id not in held), self.held, self.agent_first)

    async def promised(self, number: str = WISH.number) -> Callback:
        asked = await self.desk.request(replace(WISH, number=number))
        assert asked.callback is not None
        return asked.callback

    async def now(self, callback: Callback) -> Callback:
        found = await self.book.get(callback.id)
        assert found is not None
        return found

    def told(self) -> list[str]:
        return [event.event for event in self.book.events]

    async def killed_after_the_compare_and_set(self, sent: bool) -> Callback:
        """A dispatcher was killed: before it sent the dial, or right after."""
        callback = await self.promised()
        self.asterisk.fault = DialUnsure()
        await self.dispatcher.round(0)
        self.asterisk.fault = None
        if not sent:
            self.asterisk.sent.clear()
        return await self.now(callback)


async def test_who_is_due_is_written_down_before_he_is_dialled_and_the_result_is_stored() -> None:
    world = World()
    callback = await world.promised()
    world.asterisk.answers[callback.number] = BUSY
    done = await world.dispatcher.round()
    assert done.dialled == [callback.id]
    assert world.told() == ["confirm", "dial", "busy"]
    order = world.asterisk.sent[0]
    assert (order.number, order.did, order.language, order.ticket) == (WISH.number, "88005553535", "tt", "48215512")
    assert order.virtual_start == WISH.virtual_start
    assert world.book.events[1].attempt == order.attempt
    assert (await world.now(callback)).not_before == NOON + timedelta(minutes=5)


async def test_an_operator_of_his_queue_is_called_first_where_that_was_chosen() -> None:
    world = World()
    first, second = await world.promised("+79161234501"), await world.promised("+79161234502")
    world.agent_first = frozenset({second.id})
    await world.dispatcher.round(0)
    assert {order.number: order.operators for order in world.asterisk.sent} == {
        first.number: "", second.number: "moscow",
    }  # fmt: skip


async def test_with_no_operator_who_takes_the_call_the_attempt_is_not_charged() -> None:
    world = World()
    callback = await world.promised()
    world.asterisk.answers[callback.number] = (0, "no-operator", False)
    await world.dispatcher.round()
    assert world.told() == ["confirm", "dial", "no_operator"]
    assert ((await world.now(callback)).attempts, (await world.now(callback)).uncharged) == (0, 1)


@pytest.mark.parametrize(("rung", "event"), [(True, "recover"), (False, "recover_unseen")])
async def test_an_asterisk_that_died_before_the_citizens_phone_rang_charges_nothing(rung: bool, event: str) -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    world.asterisk.started = "node-1 2026-03-02 12:00:30"
    world.asterisk.traces[callback.attempt] = Trace(False, rung=rung)
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert world.told()[2] == event


async def test_he_is_dialled_again_when_the_delay_is_over_and_given_up_after_the_last_attempt() -> None:
    world = World()
    callback = await world.promised()
    world.asterisk.answers[callback.number] = BUSY
    for _ in range(ATTEMPTS):
        await world.dispatcher.round()
        await world.dispatcher.round()
        world.clock.pass_(5 * 60)
    assert len(world.asterisk.sent) == ATTEMPTS
    assert (await world.now(callback)).state == "failed"
    assert len({order.attempt for order in world.asterisk.sent}) == ATTEMPTS


async def test_a_dial_that_asterisk_refused_is_not_charged_and_ends_the_dialling_of_this_round() -> None:
    world = World()
    first, second = await world.promised("+79161234501"), await world.promised("+79161234502")
    world.asterisk.fault = DialRefused()
    done = await world.dispatcher.round()
    assert (done.refused, len(world.asterisk.sent)) == (1, 1)
    assert [(await world.now(each)).state for each in (first, second)] == ["waiting", "waiting"]
    assert (await world.now(first)).attempts == 0


async def test_a_link_lost_after_the_dial_was_sent_sends_nothing_again() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    assert callback.state == "dialling"
    await world.dispatcher.round(0)
    assert (len(world.asterisk.sent), (await world.now(callback)).state) == (1, "dialling")


async def test_a_lease_that_ran_out_with_nothing_known_to_the_same_asterisk_is_not_charged() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=False)
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert world.told() == ["confirm", "dial", "recover_unseen", "dial"]
    assert (await world.now(callback)).attempts == 0
    assert world.asterisk.sent[0].attempt != callback.attempt


async def test_a_dial_that_comes_while_it_is_made_void_is_believed() -> None:
    """The dispatcher was not dead but late: what Asterisk served counts."""
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=False)

    async def void(attempt: str) -> None:
        world.asterisk.traces[attempt] = Trace(True, "BUSY", 17)

    world.asterisk.void = void  # type: ignore[method-assign]
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert world.told() == ["confirm", "dial", "busy"]
    assert (await world.now(callback)).attempts == 1


async def test_a_dial_that_comes_while_its_lease_is_looked_at_is_left_alone() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=False)
    world.clock.pass_(61)

    async def trace(attempt: str) -> Trace:
        world.asterisk.channels.add(attempt)
        return Trace(False)

    world.asterisk.trace = trace  # type: ignore[method-assign]
    await world.dispatcher.round(0)
    assert (await world.now(callback)).state == "dialling"


async def test_an_attempt_older_than_the_dialplan_serves_is_taken_back_at_once() -> None:
    world = World()
    await world.killed_after_the_compare_and_set(sent=False)

    async def void(attempt: str) -> None:
        """Refused by the dialplan: nothing is written down."""

    world.asterisk.void = void  # type: ignore[method-assign]
    world.clock.pass_(60 + STALE.total_seconds())
    await world.dispatcher.round(0)
    assert world.told() == ["confirm", "dial"]
    world.clock.pass_(1)
    await world.dispatcher.round(0)
    assert world.told()[2] == "recover_unseen"


async def test_a_lease_that_ran_out_after_asterisk_was_restarted_is_charged() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    world.asterisk.started = "node-1 2026-03-02 12:00:30"
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert world.told()[-1] == "recover"
    assert ((await world.now(callback)).attempts, len(world.asterisk.sent)) == (1, 1)


async def test_a_result_that_nobody_heard_is_taken_from_what_asterisk_wrote_down() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    world.asterisk.traces[callback.attempt] = Trace(True, "BUSY", 21)
    world.clock.pass_(61)
    assert (await world.dispatcher.round(0)).settled == 1
    assert world.told()[-1] == "rejected"


async def test_a_call_that_still_goes_on_is_left_alone_and_looked_at_later() -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    world.asterisk.channels.add(callback.attempt)
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert ((await world.now(callback)).state, len(world.asterisk.sent)) == ("dialling", 1)
    assert (await world.now(callback)).lease_until == world.clock.now() + timedelta(seconds=60)
    world.asterisk.channels.clear()
    world.asterisk.traces[callback.attempt] = Trace(True, "ANSWER", 16, True)
    world.clock.pass_(61)
    await world.dispatcher.round(0)
    assert (await world.now(callback)).state == "done"


async def test_a_dispatcher_on_another_node_leaves_the_call_alone_as_long_as_a_call_may_last() -> None:
    here = World()
    callback = await here.killed_after_the_compare_and_set(sent=True)
    there = World("node-2:1", here.book)
    there.asterisk.started = "node-2 2026-03-02 06:00:00"
    there.clock.pass_(60 + FOREIGN.total_seconds() - 1)
    await there.dispatcher.round(0)
    assert (await here.now(callback)).state == "dialling"
    there.clock.pass_(1)
    await there.dispatcher.round(0)
    assert (await here.now(callback)).attempts == 1
    assert there.asterisk.sent == []


@pytest.mark.parametrize(("state", "after"), [("rejoining", "retry_wait"), ("connected", "done")])
async def test_a_call_lost_with_its_asterisk_is_settled_by_where_it_was(state: str, after: str) -> None:
    world = World()
    callback = await world.killed_after_the_compare_and_set(sent=True)
    for event in {"rejoining": ["human"], "connected": ["human", "connect"]}[state]:
        await world.desk.event(callback.attempt, event)
    world.asterisk.started = "node-1 2026-03-02 12:00:30"
    world.clock.pass_(4 * 3600)
    await world.dispatcher.round(0)
    assert (await world.now(callback)).state == after


async def test_two_dispatchers_at_once_dial_each_callback_once() -> None:
    one = World("node-1:1")
    other = World("node-1:2", one.book)
    other.asterisk = one.asterisk
    other.dispatcher._dialler = one.asterisk
    for last in range(20):
        await one.promised(f"+791612345{last:02}")
    await asyncio.gather(*(each.dispatcher.round(0) for each in (one, other, one, other)))
    numbers = [order.number for order in one.asterisk.sent]
    assert (len(numbers), len(set(numbers))) == (20, 20)


async def test_who_may_not_be_rung_now_is_parked_until_he_may() -> None:
    world = World()
    callback = await world.promised()
    morning = NOON + timedelta(hours=3)
    world.held = (Held(callback, "quiet", morning),)
    assert (await world.dispatcher.round()).parked == 1
    assert ((await world.now(callback)).state, world.asterisk.sent) == ("parked", [])
    world.held = ()
    await world.dispatcher.round(0)
    assert world.asterisk.sent == []
    world.clock.at = morning
    await world.dispatcher.round(0)
    assert [order.number for order in world.asterisk.sent] == [callback.number]


async def test_all_whose_night_is_over_are_in_line_after_one_round_the_first_of_them_in_front() -> None:
    world = World()
    world.clock.at = NOON - timedelta(hours=9)
    for number in range(1200):
        callback = await world.promised(f"+7916{number:07}")
        later = timedelta(seconds=-number)
        world.book.callbacks[callback.id] = replace(
            callback, state="parked", not_before=NOON, virtual_start=WISH.virtual_start + later
        )
    world.clock.at = NOON
    seen: list[Sequence[Callback]] = []

    def choose(due: Sequence[Callback], in_flight: Mapping[str, int], board: BoardView, at: datetime) -> Choice:
        seen.append(due)
        return Choice()

    world.dispatcher._choose = choose
    assert (await world.dispatcher.round(0)).timers == 1200
    assert [each.number for each in seen[0][:2]] == ["+79160001199", "+79160001198"]


async def test_where_opening_takes_long_those_in_front_are_dialled_before_the_rest_is_opened() -> None:
    class Slow(MemoryCallbacks):
        async def move_all(self, moves: Sequence[tuple[Callback, CallbackEvent]]) -> list[Callback]:
            world.clock.pass_(2)
            return await super().move_all(moves)

    world = World(book=Slow())
    for number in range(700):
        callback = await world.promised(f"+7916{number:07}")
        place = WISH.virtual_start - timedelta(seconds=number)
        world.book.callbacks[callback.id] = replace(callback, state="parked", not_before=NOON, virtual_start=place)
    seen: list[Sequence[Callback]] = []

    def choose(due: Sequence[Callback], in_flight: Mapping[str, int], board: BoardView, at: datetime) -> Choice:
        seen.append(due)
        return Choice()

    world.dispatcher._choose = choose
    # five seconds are over with the third hundred
    assert [(await world.dispatcher.round(0)).timers for _ in range(3)] == [300, 300, 100]
    assert [each.number for each in seen[0][:2]] == ["+79160000699", "+79160000698"]


async def test_a_callback_that_cannot_be_seen_to_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    class Unfit(MemoryCallbacks):
        async def move(self, moved: Callback, event: CallbackEvent) -> bool:
            if moved.id == "id1":
                raise KeyError("no such clock")
            return await super().move(moved, event)

    world = World(book=Unfit())
    unfit, other, third = [await world.promised(f"+7916123450{number}") for number in range(3)]
    for each in (unfit, other):
        world.book.callbacks[each.id] = replace(each, state="parked", not_before=NOON)
    world.held = (Held(third, "operators"),)
    assert (await world.dispatcher.round(0)).timers == 1
    assert [order.number for order in world.asterisk.sent] == [other.number]
    assert "id1" in caplog.text


async def test_a_silent_controller_is_not_taken_for_a_machine_nor_charged_to_the_citizen() -> None:
    world = World()
    callback = await world.promised()
    world.asterisk.answers[callback.number] = (16, "SILENT", False)
    await world.dispatcher.round()
    assert world.told()[-1] == "silent"
    now = await world.now(callback)
    assert (now.state, now.attempts, now.uncharged) == ("retry_wait", 0, 1)


async def test_a_round_does_not_wait_for_who_is_on_his_way_to_an_operator() -> None:
    world = World()
    callback = await world.promised()
    listening = spawn(world.dispatcher.round(), "round")
    async with asyncio.timeout(20):
        order = await world.asterisk.dialled.get()
        await world.desk.event(order.attempt, "human")
        await listening
    assert (await world.now(callback)).state == "rejoining"


async def test_while_a_phone_rings_the_next_one_is_dialled_as_soon_as_he_may_be() -> None:
    world = World()
    first = await world.promised("+79161234501")
    listening = spawn(world.dispatcher.round(pace=0), "round")
    async with asyncio.timeout(20):
        ringing = await world.asterisk.dialled.get()
        second = await world.promised("+79161234502")
        world.asterisk.answers[second.number] = BUSY
        assert (await world.asterisk.dialled.get()).number == second.number
        world.asterisk.results.put_nowait(Result(ringing.attempt, *BUSY))
        done = await listening
    assert (done.dialled, done.heard) == ([first.id, second.id], 2)


async def test_after_a_refusal_nobody_else_is_dialled_in_this_round() -> None:
    world = World()
    await world.promised("+79161234501")
    listening = spawn(world.dispatcher.round(pace=0), "round")
    async with asyncio.timeout(20):
        ringing = await world.asterisk.dialled.get()
        world.asterisk.fault = DialRefused()
        await world.promised("+79161234502")
        while len(world.asterisk.sent) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # a third one would come at once
        world.asterisk.results.put_nowait(Result(ringing.attempt, *BUSY))
        done = await listening
    assert (done.refused, len(world.asterisk.sent)) == (1, 2)


async def test_nobody_is_dialled_while_the_queues_are_not_known() -> None:
    world = World()
    await world.promised()
    world.asterisk.fresh = False
    done = await world.dispatcher.round()
    assert (world.asterisk.sent, done.held) == ([], {"board": 1})


async def test_why_those_who_are_due_are_not_dialled_is_told() -> None:
    world = World()
    first, second, third = [await world.promised(f"+7916123456{digit}") for digit in range(3)]
    world.held = (Held(first, "turn"), Held(second, "operators"), Held(third, "operators"))
    assert (await world.dispatcher.round()).held == {"turn": 1, "operators": 2}


async def test_who_was_promised_until_now_is_not_dialled_but_told() -> None:
    world = World()
    callback = await world.promised()
    world.clock.at = WISH.expires_at
    await world.dispatcher.round()
    assert (await world.now(callback)).state == "expired"
    assert (await world.now(callback)).state in FINAL
    assert world.book.events[-1].notice == "callback-expired"
    assert world.asterisk.sent == []


async def test_whoever_sleeps_at_the_head_of_the_line_holds_up_nobody_behind() -> None:
    world = World()
    sleepers = [await world.promised(f"+7415220{n:04}") for n in range(LINE + 5)]
    awake = await world.promised()
    asleep = {each.id for each in sleepers}

    def choose(due: Sequence[Callback], in_flight: Mapping[str, int], board: BoardView, at: datetime) -> Choice:
        opening = at + timedelta(hours=9)
        held = tuple(Held(each, "quiet", opening) for each in due if each.id in asleep)
        return Choice(tuple(each for each in due if each.id not in asleep), held)

    world.dispatcher._choose = choose
    done = await world.dispatcher.round(0)
    assert (done.parked, done.dialled) == (LINE + 5, [awake.id])
    assert (await world.now(sleepers[-1])).not_before == NOON + timedelta(hours=9)
