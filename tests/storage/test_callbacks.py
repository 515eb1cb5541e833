"""Callbacks on both databases, and the fake the same: one active of a number, one winner of a race, quick questions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from ivr.domain.callback_timers import wake_at
from ivr.domain.callbacks import ACTIVE, Callback, CallbackEvent, apply, reschedule
from ivr.errors import StorageError
from ivr.services import ports
from ivr.storage.callbacks import SqlCallbacks
from ivr.storage.store import Storage, open_storage
from ivr.testing import MemoryCallbacks

AT = datetime(2026, 11, 25, 9, 0, 0, 654321, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DID = "88005553535"


def made(id: str = "c1", **changes: object) -> Callback:
    plain = Callback(
        id=id, number=f"+7423220{sum(map(ord, id)):04}", service=DID, category="signin", queue="vladivostok",
        language="ru", region="25", zone="Asia/Vladivostok", ticket="48215513", source="queue", virtual_start=AT,
        created_at=AT, window_from=AT, window_to=AT + 8 * 60 * MINUTE, expires_at=AT + 8 * 60 * MINUTE,
        zones=("Asia/Vladivostok", "Asia/Kamchatka"), origin_call="1732525200.7",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def event(callback: Callback, name: str = "request") -> CallbackEvent:
    return CallbackEvent(callback.id, callback.created_at, name, "", callback.state)


async def kept(callbacks: ports.Callbacks, id: str = "c1", state: str = "waiting", **changes: object) -> Callback:
    callback = made(id, state=state, **changes)
    assert await callbacks.add(callback, event(callback))
    return callback


async def moved(callbacks: ports.Callbacks, callback: Callback, name: str, **more: str) -> Callback:
    after, told = apply(callback, name, AT, **more)  # type: ignore[arg-type]
    assert await callbacks.move(after, told)
    return after


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def address(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def callbacks(address: str) -> AsyncIterator[ports.Callbacks]:
    if not address:
        yield MemoryCallbacks()
        return
    async with open_storage(address, 30) as opened:
        yield opened.callbacks


async def test_what_is_stored_comes_back_whole_and_in_utc(callbacks: ports.Callbacks) -> None:
    moscow = timezone(timedelta(hours=3))
    callback = await kept(callbacks, tonight_until=AT.astimezone(moscow), soon_at=AT, not_before=AT + MINUTE)
    back = await callbacks.get("c1")
    assert back == callback and back.zones == ("Asia/Vladivostok", "Asia/Kamchatka")
    assert await callbacks.active(callback.number, DID) == callback
    assert await callbacks.history("c1") == [event(callback)]
    assert (await callbacks.get("c2"), await callbacks.active("+7", DID), await callbacks.history("c2")) == (
        None,
        None,
        [],
    )


async def test_a_number_has_one_active_callback_of_a_service_and_may_ask_again_when_it_is_over(
    callbacks: ports.Callbacks,
) -> None:
    first = await kept(callbacks, number="+74232201234")
    second = made("c2", number="+74232201234", state="provisional")
    assert not await callbacks.add(second, event(second))
    assert await callbacks.get("c2") is None and await callbacks.history("c2") == []
    assert await callbacks.add(elsewhere := replace(second, id="c3", service="88001000000"), event(elsewhere))
    await moved(callbacks, first, "cancel")
    assert await callbacks.active("+74232201234", DID) is None
    assert await callbacks.add(second, event(second))


async def test_each_wish_counts_for_the_number_and_for_the_phone_that_asked_whatever_it_is_moved_to(
    callbacks: ports.Callbacks,
) -> None:
    async def counted() -> list[int]:
        return [await callbacks.requests_since(number, AT) for number in ("+74232200001", "+74232200002", asker)]

    asker = "+79161234567"
    offer = await kept(callbacks, state="provisional", number="+74232200001", asked_by=asker)
    assert await counted() == [0, 0, 0]
    promised = await moved(callbacks, offer, "confirm")
    assert await counted() == [1, 0, 1]
    assert await callbacks.move(*reschedule(promised, AT, {"number": "+74232200002"}))
    assert await counted() == [1, 1, 2]
    assert await callbacks.requests_since("+74232200001", AT + MINUTE) == 0
    own = made("c2", state="waiting", number=asker, asked_by=asker)
    assert await callbacks.add(own, event(own, "confirm"))
    assert await counted() == [1, 1, 3]


async def test_a_called_person_who_wants_no_call_is_known(callbacks: ports.Callbacks) -> None:
    number = "+74232201234"
    for id, note in (("c1", "caller"), ("c2", "")):
        assert not await callbacks.unwanted_since(number, AT)
        dialled = await moved(callbacks, await kept(callbacks, id, number=number), "dial", attempt=id, owner="d")
        await moved(callbacks, dialled, "cancel", note=note)
    assert await callbacks.unwanted_since(number, AT)
    assert not await callbacks.unwanted_since(number, AT + MINUTE)
    assert not await callbacks.unwanted_since("+74232205678", AT)


async def test_offers_to_callers_without_a_number_do_not_stand_in_each_other_s_way(callbacks: ports.Callbacks) -> None:
    await kept(callbacks, "c1", "provisional", number="")
    await kept(callbacks, "c2", "provisional", number="")
    assert await callbacks.active("", DID) is None


async def test_another_number_is_taken_over_unless_it_has_an_active_one(callbacks: ports.Callbacks) -> None:
    callback = await kept(callbacks, "c1", number="+74232201234")
    await kept(callbacks, "c2", number="+74232205678")
    after, told = reschedule(callback, AT, {"number": "+74232205678"})
    assert not await callbacks.move(after, told)
    assert await callbacks.get("c1") == callback and len(await callbacks.history("c1")) == 1
    after, told = reschedule(callback, AT, {"number": "+74232200000", "window_to": AT + MINUTE})
    assert await callbacks.move(after, told)
    assert await callbacks.active("+74232200000", DID) == after
    assert (await callbacks.history("c1"))[1].data == {
        "window_to": "2026-11-25T17:00:00.654321+00:00",
        "ends": "2026-11-25T09:01:00.654321+00:00",
    }


async def test_who_saw_an_older_version_loses_though_the_state_is_the_same_again(callbacks: ports.Callbacks) -> None:
    callback = await kept(callbacks)
    late = apply(callback, "cancel", AT)
    dialled = await moved(callbacks, callback, "dial", attempt="a1", owner="d1")
    assert await callbacks.of_attempt("a1") == dialled
    waiting = await moved(callbacks, dialled, "recover_unseen")
    assert (waiting.state, waiting.version) == ("waiting", 3)
    assert not await callbacks.move(*late)
    assert (await callbacks.get("c1"), await callbacks.of_attempt("a1"), await callbacks.of_attempt("")) == (
        waiting,
        None,
        None,
    )
    assert [told.event for told in await callbacks.history("c1")] == ["request", "dial", "recover_unseen"]


async def test_many_are_moved_at_once_each_with_its_event_but_those_that_somebody_else_moved(
    callbacks: ports.Callbacks,
) -> None:
    every = [
        await kept(callbacks, id=f"c{n}", number=f"+79161234{n:03}", state="parked", not_before=AT) for n in range(7)
    ]
    moves = [apply(each, "open", AT) for each in every]
    # one is moved, one cancelled, one never was there
    assert await callbacks.move(*moves[1]) and await callbacks.move(*apply(every[2], "cancel", AT))
    gone = apply(made("c9", state="parked"), "open", AT)
    done = await callbacks.move_all([*moves, gone])
    assert [each.id for each in done] == ["c0", "c3", "c4", "c5", "c6"]
    for each, (opened, told) in zip(every, moves, strict=True):
        events = [seen.event for seen in await callbacks.history(each.id)]
        if each.id != "c2":
            assert await callbacks.get(each.id) == opened
            assert (events.count("open"), (await callbacks.history(each.id))[-1]) == (1, told)
        else:
            assert "open" not in events
    assert await callbacks.move_all([]) == [] == await callbacks.move_all(moves)


async def test_a_renewed_lease_is_later_and_who_saw_the_old_one_loses(callbacks: ports.Callbacks) -> None:
    dialled = await moved(callbacks, await kept(callbacks), "dial", attempt="a1", owner="d1")
    assert await callbacks.timers(AT + MINUTE, 9) == [dialled]
    recovered = apply(dialled, "recover", AT + MINUTE)
    assert await callbacks.renew(dialled, AT + 3 * MINUTE)
    assert await callbacks.timers(AT + 2 * MINUTE, 9) == []
    assert not await callbacks.move(*recovered) and not await callbacks.renew(dialled, AT + 9 * MINUTE)
    renewed = await callbacks.of_attempt("a1")
    assert renewed == replace(dialled, lease_until=AT + 3 * MINUTE, version=dialled.version + 1)
    done = await moved(callbacks, renewed, "busy")
    assert not await callbacks.renew(done, AT + 9 * MINUTE)  # nobody holds it


async def test_due_are_those_whose_time_has_begun_by_their_place_so_many_of_each_queue(
    callbacks: ports.Callbacks,
) -> None:
    for id, queue, place in (("a", "ural", 3), ("b", "ural", 1), ("c", "common", 2), ("d", "ural", 2)):
        await kept(callbacks, id, queue=queue, virtual_start=AT - place * MINUTE)
    await kept(callbacks, "later", queue="ural", window_from=AT + MINUTE)
    await kept(callbacks, "again", queue="ural", not_before=AT + MINUTE)
    await kept(callbacks, "over", queue="ural", expires_at=AT)
    for state in ("provisional", "parked", "retry_wait", "cancelled"):
        await kept(callbacks, state, state, queue="kazan")
    assert [each.id for each in await callbacks.due(AT, 9)] == ["a", "c", "d", "b"]
    assert [each.id for each in await callbacks.due(AT, 2)] == ["a", "c", "d"]
    assert {each.id for each in await callbacks.due(AT + MINUTE, 9)} == {"a", "b", "c", "d", "later", "again"}


async def test_timers_are_those_that_something_is_to_be_done_with_the_longest_overdue_first(
    callbacks: ports.Callbacks,
) -> None:
    await kept(callbacks, "lease", "dialling", attempt="a1", lease_until=AT + 3 * MINUTE)
    await kept(callbacks, "retry", "retry_wait", not_before=AT + 2 * MINUTE)
    await kept(callbacks, "open", "parked", not_before=AT + MINUTE)
    await kept(callbacks, "expire", "waiting", expires_at=AT + 4 * MINUTE)
    await kept(callbacks, "offer", "provisional", created_at=AT)  # an offer lasts 5 minutes
    await kept(callbacks, "done", "done", expires_at=AT)
    every = ["open", "retry", "lease", "expire", "offer"]
    assert [each.id for each in await callbacks.timers(AT + 5 * MINUTE, 9)] == every
    assert [each.id for each in await callbacks.timers(AT + 5 * MINUTE, 2)] == every[:2]
    assert [each.id for each in await callbacks.timers(AT + 2 * MINUTE, 9)] == every[:2]


async def test_of_all_who_are_to_be_looked_at_at_one_moment_the_first_in_line_come_first(
    callbacks: ports.Callbacks,
) -> None:
    places = [7, 3, 9, 1, 8, 2, 6, 5, 4]
    for place in places:
        await kept(callbacks, f"p{place}", "parked", not_before=AT, virtual_start=AT - 60 * MINUTE + place * MINUTE)
    assert [each.id for each in await callbacks.timers(AT, 4)] == ["p1", "p2", "p3", "p4"]


async def test_ahead_and_in_flight_count_each_caller_once(callbacks: ports.Callbacks) -> None:
    for state in ("provisional", "waiting", "dialling", "rejoining", "connected", "retry_wait", "parked", "done"):
        await kept(callbacks, state, state, queue="ural", virtual_start=AT - MINUTE)
    await kept(callbacks, "same", queue="ural", virtual_start=AT)
    await kept(callbacks, "elsewhere", "dialling", queue="common", virtual_start=AT - MINUTE)
    await kept(callbacks, "morning", queue="ural", virtual_start=AT - MINUTE, window_from=AT + 60 * MINUTE)
    await kept(callbacks, "offered", "provisional", queue="ural", virtual_start=AT - MINUTE, window_from=AT + MINUTE)
    # who rejoins stands in the queue itself; who waits for a retry, or for the morning, is not called now
    assert await callbacks.ahead("ural", AT, AT) == 3
    assert await callbacks.ahead("ural", AT + MINUTE, AT) == 4
    assert await callbacks.ahead("ural", AT - MINUTE, AT) == 0
    assert await callbacks.ahead("ural", AT, AT + 60 * MINUTE) == 5
    assert await callbacks.ahead("ural", AT, AT, dialled=False) == 2
    assert dict(await callbacks.in_flight()) == {"ural": 2, "common": 1}


async def test_those_that_are_not_over_are_counted_by_state(storage: Storage) -> None:
    for number, state in enumerate(("waiting", "waiting", "dialling", "done", "expired")):
        await kept(storage.callbacks, f"c{number}", state)
    counted = await storage.callbacks.by_state()
    # a state that nobody is in is told, too: a monitor would not know it from a figure that is missing
    assert counted == {**dict.fromkeys(ACTIVE, 0), "waiting": 2, "dialling": 1}


async def test_booked_counts_those_promised_for_each_window(callbacks: ports.Callbacks) -> None:
    slots = {"a": 0, "b": 0, "c": 30, "over": 60}
    for id, minutes in slots.items():
        await kept(callbacks, id, queue="ural", asap=False, window_from=AT + minutes * MINUTE)
    await kept(callbacks, "soon", queue="ural", window_from=AT)
    await kept(callbacks, "gone", "cancelled", queue="ural", asap=False, window_from=AT)
    await kept(callbacks, "elsewhere", queue="common", asap=False, window_from=AT)
    assert dict(await callbacks.booked("ural", AT, AT + 60 * MINUTE)) == {AT: 2, AT + 30 * MINUTE: 1}


@pytest.fixture
async def pair(url: str) -> AsyncIterator[tuple[Storage, Storage]]:
    async with open_storage(url, 30) as one, open_storage(url, 30) as other:
        yield one, other


async def test_of_two_dispatchers_on_two_connections_exactly_one_takes_a_callback(
    pair: tuple[Storage, Storage],
) -> None:
    one, other = pair
    for number in range(20):
        callback = await kept(one.callbacks, f"c{number}")
        dials = [apply(callback, "dial", AT, attempt=f"{owner}{number}", owner=owner) for owner in ("d1", "d2")]
        won = await asyncio.gather(
            one.callbacks.move(*dials[0]), other.callbacks.move(*dials[1]), other.callbacks.move(*dials[1])
        )
        assert sum(won) == 1
        winner, told = dials[0] if won[0] else dials[1]
        assert await other.callbacks.get(callback.id) == winner
        assert await one.callbacks.history(callback.id) == [event(callback), told]


async def test_of_two_requests_on_two_connections_exactly_one_is_stored(pair: tuple[Storage, Storage]) -> None:
    one, other = pair
    for turn in range(10):
        asked = [made(f"{who}{turn}", number=f"+742322012{turn:02}", state="waiting") for who in ("a", "b")]
        stored = await asyncio.gather(
            *(side.callbacks.add(each, event(each, "confirm")) for side, each in zip(pair, asked, strict=True))
        )
        assert sum(stored) == 1
        assert await one.callbacks.requests_since(asked[0].number, AT) == 1
        assert await other.callbacks.active(asked[0].number, DID) == asked[stored.index(True)]


async def test_the_notice_is_in_the_outbox_with_the_move_that_it_tells_of_and_only_then(storage: Storage) -> None:
    callback = await kept(storage.callbacks, state="provisional")
    assert await storage.outbox.queued() == []
    confirmed, told = apply(callback, "confirm", AT)
    assert await storage.callbacks.move(confirmed, told)
    assert not await storage.callbacks.move(confirmed, told)
    (message,) = await storage.outbox.queued()
    assert (message.kind, message.template, message.number) == ("sms", "callback-created", callback.number)
    assert (message.ticket, message.callback, message.language) == ("48215513", "c1", "ru")
    assert message.data is not None and message.data["number"] == callback.number[-4:]
    # noon in Moscow, +7 there
    assert (message.data["from"], message.data["to"], message.data["offset"]) == ("19:00", "03:00 26.11", "+7")


async def test_who_is_not_to_be_called_any_more_is_told_where_the_call_goes(storage: Storage) -> None:
    callback = await kept(storage.callbacks, number="+79161234567")
    after, told = reschedule(callback, AT, {"number": "+79035554433"})
    assert await storage.callbacks.move(after, told)
    messages = {message.number: message for message in await storage.outbox.queued()}
    assert {message.template for message in messages.values()} == {"callback-moved"}
    # the end of the new number, no more, to both
    assert {number: (m.data or {})["number"] for number, m in messages.items()} == {
        "+79161234567": "4433",
        "+79035554433": "4433",
    }
    later, told = reschedule(after, AT, {"window_from": AT, "window_to": AT + MINUTE})
    assert await storage.callbacks.move(later, told)
    # who was to be called before is still told, the other hears of the new time alone
    assert [message.number for message in await storage.outbox.queued()] == ["+79161234567", "+79035554433"]


async def test_what_was_to_be_told_of_a_callback_is_not_told_once_it_is_taken_back(storage: Storage) -> None:
    callback = await kept(storage.callbacks, state="provisional")
    other = await kept(storage.callbacks, id="c2", number="+79035554433", state="provisional")
    confirmed = [apply(each, "confirm", AT) for each in (callback, other)]
    assert [await storage.callbacks.move(*each) for each in confirmed] == [True, True]
    first, second = await storage.outbox.queued()
    assert await storage.callbacks.move(*apply(confirmed[0][0], "cancel", AT))
    assert await storage.outbox.queued() == [second]
    # whoever had read it before finds that it is not to be sent
    assert not await storage.outbox.settle(first.id, "sent")


async def test_of_a_callback_that_is_moved_the_time_that_counts_is_told_alone(storage: Storage) -> None:
    callback = await kept(storage.callbacks, state="provisional")
    confirmed, told = apply(callback, "confirm", AT)
    assert await storage.callbacks.move(confirmed, told)
    later, told = reschedule(confirmed, AT, {"window_from": AT, "window_to": AT + MINUTE})
    assert await storage.callbacks.move(later, told)
    assert [each.template for each in await storage.outbox.queued()] == ["callback-moved"]
    # what has been sent stays as it was
    (message,) = await storage.outbox.queued()
    assert await storage.outbox.settle(message.id, "sent")
    again, told = reschedule(later, AT, {"window_from": AT, "window_to": AT + 2 * MINUTE})
    assert await storage.callbacks.move(again, told)
    assert [each.id > message.id for each in await storage.outbox.queued()] == [True]


async def test_history_cannot_be_rewritten(storage: Storage) -> None:
    await kept(storage.callbacks)
    with pytest.raises((IntegrityError, StorageError), match="append-only"):
        await storage.database.write(lambda c: c.execute(text("UPDATE callback_events SET note = 'forged'")))


async def test_events_of_all_are_read_in_pages(storage: Storage) -> None:
    for number in range(3):
        await kept(storage.callbacks, f"c{number}", created_at=AT + number * MINUTE)
    first = await storage.callbacks.events(AT, AT + 2 * MINUTE, 0, 1)
    rest = await storage.callbacks.events(AT, AT + 2 * MINUTE, first[-1][0], 9)
    assert [told.callback for _, told in (*first, *rest)] == ["c0", "c1"]


async def test_list_and_counts(storage: Storage) -> None:
    for number, state in enumerate(("waiting", "waiting", "failed")):
        await kept(storage.callbacks, f"c{number}", state, created_at=AT + number * MINUTE, queue=f"q{number}")
    assert [each.id for each in await storage.callbacks.list()] == ["c2", "c1", "c0"]
    assert [each.id for each in await storage.callbacks.list(states=["waiting"], limit=1)] == ["c1"]
    assert [each.id for each in await storage.callbacks.list(queue="q0")] == ["c0"]
    assert [each.id for each in await storage.callbacks.list(number=made("c2").number)] == ["c2"]
    assert await storage.callbacks.counts() == {"waiting": 2, "failed": 1}


async def test_when_it_is_to_be_looked_at_is_stored_with_every_move(storage: Storage) -> None:
    callback = await kept(storage.callbacks)
    for name in ("dial", "busy", "retry", "cancel"):
        callback = await moved(storage.callbacks, callback, name, attempt="a", owner="d")
        (stored,) = await storage.database.read(lambda c: c.execute(text("SELECT wake_at FROM callbacks")).one())
        told = datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored
        assert told == wake_at(callback)


QUESTIONS: dict[str, Callable[[SqlCallbacks], Awaitable[object]]] = {
    "uq_callbacks_active": lambda callbacks: callbacks.active("+74232201234", DID),
    "ix_callbacks_attempt": lambda callbacks: callbacks.of_attempt("a1"),
    "ix_callbacks_due": lambda callbacks: callbacks.due(AT, 9),
    "ix_callbacks_wake": lambda callbacks: asyncio.gather(callbacks.timers(AT, 9), callbacks.overdue(AT)),
    "ix_callbacks_line": lambda callbacks: callbacks.ahead("ural", AT, AT),
    "ix_callbacks": lambda callbacks: callbacks.in_flight(),
    "ix_callbacks_booked": lambda callbacks: callbacks.booked("ural", AT, AT + MINUTE),
    "ix_callbacks_state_created_at": lambda callbacks: callbacks.by_state(),
    "ix_callback_asks_number_at": lambda callbacks: callbacks.requests_since("+74232201234", AT),
    "ix_callbacks_number_created_at": lambda callbacks: callbacks.unwanted_since("+74232201234", AT),
    "ix_callback_events_callback_id": lambda callbacks: callbacks.history("c1"),
}


@pytest.mark.parametrize("index", QUESTIONS)
async def test_every_question_of_a_round_or_a_call_is_answered_from_its_index(storage: Storage, index: str) -> None:
    await kept(storage.callbacks, queue="ural")
    asked: list[tuple[str, Any]] = []
    listener = lambda c, cursor, statement, parameters, context, many: asked.append((statement, parameters))  # noqa: E731
    sqlalchemy.event.listen(Engine, "before_cursor_execute", listener)
    await QUESTIONS[index](storage.callbacks)
    sqlalchemy.event.remove(Engine, "before_cursor_execute", listener)

    def plans(connection: Connection) -> list[str]:
        explain = "EXPLAIN QUERY PLAN " if storage.database.sqlite else "EXPLAIN "
        if not storage.database.sqlite:
            # on a nearly empty table reading it all is the cheapest; what is asked is whether the index fits
            connection.exec_driver_sql("SET enable_seqscan = off")
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        found = [connection.exec_driver_sql(explain + statement, parameters) for statement, parameters in asked]
        return ["; ".join(map(str, rows)) for rows in found]

    for plan in await storage.database.read(plans):
        assert index in plan, plan
        assert "SCAN callbacks'" not in plan and "Seq Scan" not in plan
