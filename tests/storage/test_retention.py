"""What is old goes, with all that hangs on it; what is open, waits, or was touched lately stays. On both databases."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from ivr.domain.tickets import STATUSES
from ivr.services.live_ports import LogPlace
from ivr.storage import tables as t
from ivr.storage.retention import KINDS, OldRows
from ivr.storage.store import Storage
from tests.storage.test_callbacks import kept, made
from tests.storage.test_contacts import contact

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CUT = NOW - 100 * DAY
OLD, YOUNG = CUT - DAY, CUT + DAY


async def put(storage: Storage, table: Table, *rows: dict[str, Any]) -> None:
    def work(connection: Connection) -> None:
        for row in rows:
            connection.execute(insert(table).values(row))

    await storage.database.write(work)


async def left(storage: Storage, column: Any) -> list[Any]:
    def work(connection: Connection) -> list[Any]:
        return list((connection.execute(select(column).order_by(column))).scalars())

    return await storage.database.read(work)


async def go(storage: Storage, kind: str, **more: int) -> int:
    """Delete; what is counted before is what is deleted then, and nothing a second time."""
    rows = OldRows(storage.database, kind, **more)
    counted, deleted = await rows.count(CUT), list[int]()
    await rows.delete(CUT, deleted.append)
    assert sum(deleted) == counted
    again = list[int]()
    await rows.delete(CUT, again.append)
    assert (await rows.count(CUT), sum(again)) == (0, 0)
    return counted


def call(call_id: str, at: datetime, ended: datetime | None) -> dict[str, Any]:
    return {"call_id": call_id, "caller": "+79161234567", "started_at": at, "ended_at": ended}


def event(call_id: str, seq: int, at: datetime) -> dict[str, Any]:
    return {"run": "r", "seq": seq, "call_id": call_id, "at": at, "kind": "key", "data": {}}


async def test_a_call_goes_with_its_journal_its_rating_and_the_row_of_its_recording(storage: Storage) -> None:
    await put(
        storage, t.calls,
        call("old", OLD, OLD), call("young", YOUNG, YOUNG), call("rated-late", OLD, OLD), call("lasts", OLD, None),
        call("end-unseen", OLD - 40 * DAY, None),
    )  # fmt: skip
    names = ("old", "young", "rated-late", "lasts", "end-unseen")
    await put(storage, t.journal, *(event(name, n, OLD) for n, name in enumerate(names)), event("rated-late", 9, YOUNG))
    await put(storage, t.ratings, {"call_id": "old", "score": 5, "at": OLD})
    row = {"file": "d/f", "call_id": "old", "operator": "", "began_at": OLD, "seconds": 1, "deleted_at": OLD}
    await put(storage, t.recordings, row)
    assert await go(storage, "calls") == 2
    assert await left(storage, t.calls.c.call_id) == ["lasts", "rated-late", "young"]
    assert await left(storage, t.journal.c.call_id) == ["lasts", "rated-late", "rated-late", "young"]
    assert await left(storage, t.ratings.c.call_id) == await left(storage, t.recordings.c.call_id) == []


def ticket(number: str, status: str, at: datetime = OLD) -> dict[str, Any]:
    return {
        "number": number, "category": "signin", "language": "ru", "caller": "", "status": status, "purpose": "sms",
        "opened_at": at, "version": 1,
    }  # fmt: skip


def ticket_event(number: str, at: datetime) -> dict[str, Any]:
    return {"number": number, "at": at, "event": "note", "before": "", "after": "", "note": "", "call_id": ""}


async def test_a_ticket_goes_only_when_it_was_settled_long_ago_and_nobody_is_to_be_called_about_it(
    storage: Storage,
) -> None:
    numbers = [status[:8] for status in STATUSES]
    await put(storage, t.tickets, *(ticket(status[:8], status) for status in STATUSES))
    await put(storage, t.tickets, ticket("noted", "closed"), ticket("young", "closed", YOUNG))
    await put(storage, t.tickets, ticket("promised", "closed"))
    await put(storage, t.ticket_events, *(ticket_event(number, OLD) for number in (*numbers, "noted", "promised")))
    await put(storage, t.ticket_events, ticket_event("noted", YOUNG))
    await kept(storage.callbacks, ticket="promised", created_at=OLD, expires_at=OLD)
    assert await go(storage, "tickets") == 2
    gone = {"resolved", "closed"}
    assert set(await left(storage, t.tickets.c.number)) == {*numbers, "noted", "young", "promised"} - gone
    assert not gone & set(await left(storage, t.ticket_events.c.number))


async def test_a_callback_goes_when_it_was_over_long_ago_whatever_its_end(storage: Storage) -> None:
    long_ago = {"created_at": OLD, "expires_at": OLD}
    ends = ("done", "failed", "cancelled", "expired", "declined", "abandoned_offer")
    pending = ("provisional", "waiting", "parked", "dialling", "rejoining", "connected", "retry_wait")
    for state in (*ends, *pending):
        await kept(storage.callbacks, state, state, **long_ago)
    await kept(storage.callbacks, "later", "done", created_at=OLD, expires_at=YOUNG)
    await kept(storage.callbacks, "young", "done", created_at=YOUNG, expires_at=YOUNG)
    await kept(storage.callbacks, "touched", "done", **long_ago)
    about = {"event": "note", "before": "", "after": "", "note": "", "attempt": "", "notice": "", "data": {}}
    await put(storage, t.callback_events, {"callback": "touched", "at": YOUNG, **about})
    assert await go(storage, "callbacks") == len(ends)
    assert set(await left(storage, t.callbacks.c.id)) == {*pending, "later", "young", "touched"}
    assert set(await left(storage, t.callback_events.c.callback)) == {*pending, "later", "young", "touched"}
    assert await storage.callbacks.get("waiting") == made("waiting", state="waiting", **long_ago)


async def test_a_conversation_goes_once_it_is_closed(storage: Storage) -> None:
    for name, at, closed in (("old", OLD, OLD), ("written", OLD, None), ("late", OLD, YOUNG), ("young", YOUNG, YOUNG)):
        await storage.contacts.begin(contact(name))
        row = t.contacts.c.call_id == name

        def work(connection: Connection, row: Any = row, at: Any = at, closed: Any = closed) -> None:
            connection.execute(update(t.contacts).where(row).values(began_at=at, closed_at=closed))

        await storage.database.write(work)
    assert await go(storage, "contacts") == 1
    assert await left(storage, t.contacts.c.call_id) == ["late", "written", "young"]


async def test_a_message_goes_by_its_age_whether_it_was_sent_or_not(storage: Storage) -> None:
    for number, state in enumerate(("queued", "sent", "failed", "void")):
        for at in (OLD, YOUNG):
            await storage.outbox.queue("sms", f"{state}-{'old' if at == OLD else 'young'}", "t", "ru", "", at)
        if state != "queued":
            for message in (await storage.outbox.queued())[1:] if number == 1 else await storage.outbox.queued():
                if message.number.startswith(state):
                    assert await storage.outbox.settle(message.id, state)
    assert await go(storage, "messages") == 4
    assert await left(storage, t.outbox.c.number) == ["failed-young", "queued-young", "sent-young", "void-young"]


@dataclass(frozen=True)
class Plain:
    """A kind that goes by one moment of its rows."""

    kind: str
    table: Table
    at: str
    row: dict[str, Any]
    key: str


_AUDIT = {"who": "anna", "action": "pause", "target": "101", "why": "", "data": {}, "outcome": "done"}
PLAIN = [
    Plain("audit", t.audit, "at", _AUDIT, "who"),
    Plain("callback wishes", t.callback_asks, "at", {}, "number"),
    Plain("places", t.known_places, "at", {"region": "77", "confidence": "chosen"}, "number"),
    Plain("queue counts", t.queue_counts, "since", {}, "queue"),
    Plain("operator counts", t.agent_counts, "since", {}, "agent"),
]


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.kind)
async def test_what_only_grows_old_goes_by_its_moment(storage: Storage, plain: Plain) -> None:
    for name, at in (("a", OLD), ("b", CUT), ("c", YOUNG), ("d", OLD)):
        await put(storage, plain.table, {**plain.row, plain.at: at, plain.key: name})
    assert await go(storage, plain.kind) == 2
    assert await left(storage, plain.table.c[plain.key]) == ["b", "c"]


def test_every_kind_is_tried_here() -> None:
    assert {*KINDS} == {"calls", "contacts", "tickets", "callbacks", "messages", *(plain.kind for plain in PLAIN)}


@pytest.mark.parametrize("kind", ["calls", "operator counts", "audit"])
async def test_few_go_at_a_time_and_who_writes_in_between_is_not_held_up(storage: Storage, kind: str) -> None:
    if kind == "calls":
        # many begin in one moment: none is passed over where a portion ends
        await put(storage, t.calls, *(call(f"c{n}", OLD, OLD) for n in range(10)))
    elif kind == "audit":
        await put(storage, t.audit, *({**_AUDIT, "at": OLD} for _ in range(10)))
    else:
        await put(storage, t.agent_counts, *({"agent": f"op-{n % 3}", "since": OLD - n * DAY} for n in range(10)))
    portions = list[int]()

    def deleted(count: int) -> None:
        portions.append(count)

    await OldRows(storage.database, kind, at_once=3).delete(CUT, deleted)
    assert portions == [3, 3, 3, 1]


async def test_a_ticket_that_is_opened_anew_while_others_are_deleted_stays(storage: Storage) -> None:
    numbers = [f"n{n}" for n in range(4)]
    await put(storage, t.tickets, *(ticket(number, "resolved") for number in numbers))
    rows = OldRows(storage.database, "tickets", at_once=4)
    some = rows._some

    async def found(before: datetime, last: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        seen = await some(before, last)

        def reopen(connection: Connection) -> None:
            connection.execute(update(t.tickets).where(t.tickets.c.number == "n2").values(status="in_progress"))

        await storage.database.write(reopen)
        return seen

    rows._some = found  # type: ignore[method-assign]
    deleted = list[int]()
    await rows.delete(CUT, deleted.append)
    assert (deleted, await left(storage, t.tickets.c.number)) == ([3], ["n2"])


async def test_the_place_in_the_log_stays_whatever_counts_are_gone(storage: Storage) -> None:
    place = LogPlace("100|…", 10)
    assert await storage.counts.add({("queue", "east", OLD): {"answered": 2}}, LogPlace(), place, {})
    await go(storage, "queue counts")
    assert (await storage.counts.place())[0] == place

    def work(connection: Connection) -> int:
        return int(connection.scalar(select(func.count()).select_from(t.queue_counts)) or 0)

    assert await storage.database.read(work) == 0
