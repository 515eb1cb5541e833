"""The callback desk: one promise a number, each event once, attempts that end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callback_results import CAUSES
from ivr.domain.callbacks import FINAL, Callback, CallbackEvent, apply
from ivr.errors import StorageError
from ivr.services.callback_desk import CallbackDesk
from ivr.testing import NOON, FixedClock, MemoryCallbacks

NUMBER = "+79161234567"
WISH = Callback(
    id="", number=NUMBER, service="88005553535", category="signin", queue="moscow", language="tt", region="16",
    zone="Europe/Moscow", ticket="48215512", source="queue", virtual_start=NOON - timedelta(minutes=20),
    created_at=NOON, window_from=NOON, window_to=NOON + timedelta(hours=1), expires_at=NOON + timedelta(hours=8),
    origin_call="c1",
)  # fmt: skip


class Raced(MemoryCallbacks):
    """Before each of the next moves, somebody else is faster with `event`."""

    def __init__(self, *events: str) -> None:
        super().__init__()
        self.others = list(events)

    async def move(self, moved: Callback, event: CallbackEvent) -> bool:
        if self.others:
            now = await self.get(moved.id)
            assert now is not None
            await super().move(*apply(now, self.others.pop(0), NOON))
        return await super().move(moved, event)


class Desk:
    def __init__(self, book: MemoryCallbacks | None = None) -> None:
        self.book, self.clock = book or MemoryCallbacks(), FixedClock()
        self.made = 0
        self.desk = CallbackDesk(self.book, self.clock, self.new_id)

    def new_id(self) -> str:
        self.made += 1
        return f"id{self.made}"

    async def promised(self, number: str = NUMBER) -> Callback:
        requested = await self.desk.request(replace(WISH, number=number))
        assert requested.callback is not None
        return requested.callback

    async def dialled(self, attempt: str = "a1") -> Callback:
        """One that is being dialled now."""
        callback = await self.desk.pending(NUMBER, WISH.service) or await self.promised()
        moved, told = apply(callback, "dial", self.clock.now(), attempt=attempt, owner="d")
        assert await self.book.move(moved, told)
        return moved

    async def now(self, id: str = "id1") -> Callback:
        found = await self.book.get(id)
        assert found is not None
        return found


async def test_a_wish_is_promised_with_all_that_it_carries() -> None:
    d = Desk()
    asked = await d.desk.request(WISH)
    assert asked.outcome == "made"
    assert asked.callback == replace(WISH, id="id1", state="waiting", version=1) == await d.now()
    assert [(e.event, e.notice) for e in await d.book.history("id1")] == [("confirm", "callback-created")]


async def test_who_is_to_be_called_later_stands_in_no_line_until_then() -> None:
    d = Desk()
    morning = NOON + timedelta(hours=9)
    asked = await d.desk.request(replace(WISH, window_from=morning, window_to=morning + timedelta(hours=1)))
    assert asked.callback == await d.now()
    assert ((await d.now()).state, (await d.now()).not_before) == ("parked", morning)
    assert [(e.event, e.notice) for e in await d.book.history("id1")] == [("confirm", "callback-created"), ("park", "")]
    assert await d.desk.pending(NUMBER, WISH.service) == asked.callback


async def test_a_second_wish_of_the_same_number_brings_back_the_first() -> None:
    d = Desk()
    first = await d.promised()
    asked = await d.desk.request(replace(WISH, virtual_start=NOON, category="other"))
    assert (asked.outcome, asked.callback) == ("exists", first)
    assert (await d.desk.request(replace(WISH, service="74951234567"))).outcome == "made"
    assert await d.desk.pending("", WISH.service) is None


async def test_six_wishes_in_a_day_are_enough() -> None:
    d = Desk()
    for _ in range(6):
        asked = await d.desk.request(WISH)
        assert asked.outcome == "made" and asked.callback is not None
        await d.desk.cancel(asked.callback.id, "caller")
    d.clock.pass_(23 * 3600)
    assert (await d.desk.request(WISH)).outcome == "refused"
    assert (await d.desk.request(replace(WISH, number="+79035554433"))).outcome == "made"
    d.clock.pass_(3601)
    assert (await d.desk.request(WISH)).outcome == "made"


async def test_who_pressed_the_key_for_no_call_is_rung_that_day_only_at_a_wish_from_his_own_phone() -> None:
    d = Desk()
    stranger, owner = replace(WISH, asked_by="+79035554433"), replace(WISH, asked_by=NUMBER)
    await d.desk.request(stranger)
    await d.dialled()
    assert await d.desk.event("a1", "cancel") is not None
    for asked_by in ("+79035554433", "+79035554434", ""):
        assert (await d.desk.request(replace(WISH, asked_by=asked_by))).outcome == "refused"
    other = await d.promised("+79035554435")
    assert await d.desk.reschedule(other.id, {"number": NUMBER}, "caller", limited=True) is None
    assert (await d.desk.request(owner)).outcome == "made"
    await d.desk.cancel("id3", "caller")
    d.clock.pass_(24 * 3600 + 1)
    assert (await d.desk.request(stranger)).outcome == "made"


async def test_an_offer_without_a_number_is_kept_but_promises_nothing() -> None:
    d = Desk()
    lost = [await d.desk.abandon_offer(replace(WISH, number="")) for _ in range(2)]
    assert [one.state for one in lost] == ["abandoned_offer"] * 2
    assert (await d.now("id2")).reason == "hang_up"


@pytest.mark.parametrize(
    ("cause", "status", "event", "attempts"),
    [
        (17, "BUSY", "busy", 1),
        (19, "NOANSWER", "no_answer", 1),
        (0, "NOANSWER", "no_answer", 1),
        (16, "NOANSWER", "no_answer", 1),
        (18, "CHANUNAVAIL", "no_answer", 1),
        (20, "CHANUNAVAIL", "unreachable", 1),
        (21, "BUSY", "rejected", 1),
        (34, "CONGESTION", "trunk", 0),
        (38, "CONGESTION", "trunk", 0),
        (41, "CONGESTION", "trunk", 0),
        (42, "CONGESTION", "trunk", 0),
        (0, "CHANUNAVAIL", "trunk", 0),
        (38, "no-trunk", "trunk", 0),
        (0, "CONGESTION", "unreachable", 1),
        (127, "CONGESTION", "unreachable", 1),
        (0, "", "no_answer", 1),
        (16, "ANSWER", "machine", 1),
    ],
)
async def test_the_cause_decides_what_a_dial_came_to(cause: int, status: str, event: str, attempts: int) -> None:
    d = Desk()
    await d.dialled()
    callback = await d.desk.result("a1", cause, status)
    assert callback is not None
    assert (callback.state, callback.attempts, callback.uncharged) == ("retry_wait", attempts, 1 - attempts)
    assert (await d.book.history("id1"))[-1].event == event


@pytest.mark.parametrize(("cause", "status"), [(1, "CHANUNAVAIL"), (28, "invalid"), (28, "CONGESTION")])
async def test_a_number_that_does_not_exist_is_not_rung_again(cause: int, status: str) -> None:
    d = Desk()
    await d.dialled()
    callback = await d.desk.result("a1", cause, status)
    assert callback is not None and callback.state == "failed"
    assert (await d.book.history("id1"))[-1].notice == "callback-failed"


async def test_a_result_told_twice_counts_once() -> None:
    d = Desk()
    await d.dialled()
    assert await d.desk.result("a1", 17, "BUSY")
    assert await d.desk.result("a1", 17, "BUSY") is None
    assert (await d.now()).attempts == 1


async def test_late_news_of_an_earlier_dial_do_not_touch_the_next_one() -> None:
    d = Desk()
    await d.dialled("a1")
    await d.desk.result("a1", 17, "BUSY")
    await d.desk.event("id1", "retry")
    await d.dialled("a2")
    assert await d.desk.result("a1", 21, "BUSY") is None
    assert await d.desk.event("a1", "human") is None
    assert ((await d.now()).state, (await d.now()).attempt) == ("dialling", "a2")


async def test_the_third_dial_in_vain_is_the_last() -> None:
    d = Desk()
    for number in range(1, 4):
        await d.dialled(f"a{number}")
        callback = await d.desk.result(f"a{number}", 19, "NOANSWER")
        assert callback is not None
        if number < 3:
            assert callback.state == "retry_wait"
            await d.desk.event("id1", "retry")
    assert (await d.now()).state == "failed" and (await d.now()).reason == "no_answer"
    assert [e.notice for e in await d.book.history("id1") if e.notice] == ["callback-created", "callback-failed"]


async def test_the_way_of_a_call_that_succeeds() -> None:
    d = Desk()
    await d.dialled()
    states = []
    for event in ("human", "connect", "complete"):
        callback = await d.desk.event("a1", event)
        assert callback is not None
        states.append(callback.state)
    assert states == ["rejoining", "connected", "done"]
    assert await d.desk.result("a1", 16, "ANSWER") is None


async def test_what_nobody_could_write_down_is_made_up_for() -> None:
    d = Desk()
    await d.dialled()
    callback = await d.desk.event("a1", "complete")
    assert callback is not None and callback.state == "done"
    assert [e.event for e in await d.book.history("id1")][-3:] == ["human", "connect", "complete"]


@pytest.mark.parametrize(
    ("events", "talked", "state"),
    [
        ((), False, "retry_wait"),
        ((), True, "done"),
        (("human",), False, "retry_wait"),
        (("human",), True, "done"),
        (("human", "connect"), False, "done"),
    ],
)
async def test_the_end_of_an_answered_call_means_what_it_meant_at_that_moment(
    events: tuple[str, ...], talked: bool, state: str
) -> None:
    d = Desk()
    await d.dialled()
    for event in events:
        await d.desk.event("a1", event)
    callback = await d.desk.result("a1", 16, "ANSWER", talked)
    assert callback is not None and callback.state == state


async def test_who_was_slower_looks_again() -> None:
    d = Desk(Raced("park"))
    await d.promised()
    callback = await d.desk.cancel("id1", "caller")
    assert callback is not None
    assert (callback.state, callback.reason) == ("cancelled", "caller")


async def test_who_was_slower_than_the_end_does_nothing() -> None:
    d = Desk(Raced("expire"))
    await d.promised()
    assert await d.desk.cancel("id1", "caller") is None
    assert (await d.now()).state == "expired"


async def test_a_window_is_moved_and_the_promise_stays_one() -> None:
    d = Desk(Raced("park"))
    await d.promised()
    tomorrow = NOON + timedelta(days=1)
    moved = await d.desk.reschedule("id1", {"window_from": tomorrow, "window_to": tomorrow, "asap": False})
    assert moved is not None and (moved.window_from, moved.asap) == (tomorrow, False)
    assert moved.state == "waiting"


async def test_a_window_is_not_moved_while_the_phone_rings_nor_after_the_end() -> None:
    d = Desk()
    await d.dialled()
    assert await d.desk.reschedule("id1", {"asap": False}) is None
    assert await d.desk.reschedule("nobody", {"asap": False}) is None


async def test_a_database_that_is_away_is_said_so() -> None:
    d = Desk()
    d.book.away = True
    with pytest.raises(StorageError):
        await d.desk.request(WISH)
    with pytest.raises(StorageError):
        await d.desk.event("a1", "human")


_NEWS = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(["human", "connect", "complete", "caller_gone", "no_agent", "later"])),
    st.tuples(st.just("result"), st.sampled_from([*sorted(CAUSES), 0, 16])),
    st.tuples(st.just("dial"), st.just("")),
    st.tuples(st.just("cancel"), st.just("")),
)


@given(st.lists(st.tuples(_NEWS, st.sampled_from(["ANSWER", "NOANSWER", "CHANUNAVAIL"])), max_size=40))
async def test_whatever_is_heard_in_whatever_order_is_legal_and_ends(
    news: list[tuple[tuple[str, str | int], str]],
) -> None:
    d = Desk()
    await d.promised()
    dials = 0
    for (kind, what), status in news:
        now = await d.now()
        if kind == "dial":
            if now.state == "retry_wait":
                await d.desk.event("id1", "retry")
            if (await d.now()).state == "waiting":
                dials += 1
                await d.dialled(f"a{dials}")
        elif kind == "result":
            await d.desk.result(f"a{dials}", int(what), status)
        elif kind == "event":
            await d.desk.event(f"a{dials}", str(what))
        else:
            await d.desk.cancel("id1", "caller")
        after = await d.now()
        assert after.version >= now.version
        assert not (now.state in FINAL and after != now)
        assert after.attempts <= 3 and after.uncharged <= 10
        assert not (after.state == "retry_wait" and after.attempts == 3)
