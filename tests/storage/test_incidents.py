"""Incidents and audit in the database: subscribers told once, whoever ends it and however often."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, select

from ivr.domain.audit import AuditEntry
from ivr.domain.incidents import Incident
from ivr.storage import tables
from ivr.storage.store import Storage, open_storage
from ivr.testing import NOON

FAULT = Incident(
    "i1", frozenset({"signin"}), frozenset({"77"}), "outage", NOON, NOON, "anna", {"ru": "Вход не работает, чиним."},
    {"en": "d1"},
)  # fmt: skip
NUMBERS = [f"+7916000000{n}" for n in range(5)]


async def subscribed(storage: Storage) -> None:
    await storage.incidents.add(FAULT)
    for number in NUMBERS:
        assert await storage.incidents.subscribe("i1", number, "ru", "c1", NOON) == "subscribed"


async def told(storage: Storage) -> list[tuple[str, str, str]]:
    return [(m.number, m.template, m.language) for m in await storage.outbox.queued()]


async def kept(storage: Storage) -> list[str]:
    """The numbers of subscribers that are still there."""

    def work(connection: Connection) -> list[str]:
        rows = connection.execute(select(tables.incident_subscribers.c.number))
        return [number for (number,) in rows if number.startswith("+")]

    return await storage.database.read(work)


async def test_it_comes_back_as_it_was_stored(storage: Storage) -> None:
    await storage.incidents.add(FAULT)
    assert await storage.incidents.open() == await storage.incidents.list() == [FAULT]
    assert await storage.incidents.get("i1") == FAULT and await storage.incidents.get("i2") is None


async def test_a_number_is_noted_once_and_counted(storage: Storage) -> None:
    await subscribed(storage)
    assert await storage.incidents.subscribe("i1", NUMBERS[0], "en", "c2", NOON) == "already"
    await storage.incidents.count("i1", heard=3)
    await storage.incidents.count("i1", heard=1, deflected=2)
    assert await storage.incidents.get("i1") == replace(FAULT, subscribers=5, heard=4, deflected=2)


async def test_subscribers_are_told_once_although_two_processes_end_it_at_once_and_again(url: str) -> None:
    async with open_storage(url, 30) as one, open_storage(url, 30) as other:
        await subscribed(one)
        ended = await asyncio.gather(*(s.incidents.end("i1", "anna", NOON) for s in (one, other) for _ in range(3)))
        assert sorted(ended, key=str) == [5, None, None, None, None, None]
        assert await other.incidents.end("i1", "boris", NOON) is None
        assert await told(one) == [(number, "incident-over", "ru") for number in NUMBERS]
        assert await one.incidents.open() == []
        over = await one.incidents.get("i1")
        assert over is not None and (over.ended_at, over.ended_by, over.subscribers) == (NOON, "anna", 5)
        assert not await kept(one)


async def test_who_subscribes_while_it_ends_is_told_or_refused_and_never_forgotten(url: str) -> None:
    async with open_storage(url, 30) as one, open_storage(url, 30) as other:
        await one.incidents.add(FAULT)
        *outcomes, _ = await asyncio.gather(
            *(one.incidents.subscribe("i1", number, "ru", "", NOON) for number in NUMBERS),
            other.incidents.end("i1", "anna", NOON),
        )
        noted = [number for number, outcome in zip(NUMBERS, outcomes, strict=True) if outcome == "subscribed"]
        assert set(outcomes) <= {"subscribed", "over"}
        assert sorted(number for number, *_ in await told(one)) == noted
        assert await one.incidents.subscribe("i1", "+79161111111", "ru", "", NOON) == "over"


async def test_one_with_a_planned_end_ends_by_itself_and_takes_no_subscriber_after_it(storage: Storage) -> None:
    soon = NOON + timedelta(minutes=5)
    await storage.incidents.add(replace(FAULT, ends_at=soon))
    await storage.incidents.add(replace(FAULT, id="i2"))
    await storage.incidents.subscribe("i1", NUMBERS[0], "tt", "c1", NOON)
    assert await storage.incidents.end_due(NOON) == []
    assert await storage.incidents.subscribe("i1", NUMBERS[1], "ru", "c1", soon) == "over"
    assert await storage.incidents.end_due(soon) == ["i1"] and await storage.incidents.end_due(soon) == []
    assert await told(storage) == [(NUMBERS[0], "incident-over", "tt")]
    assert [each.id for each in await storage.incidents.open()] == ["i2"]


async def test_the_audit_keeps_who_did_what_and_its_first_outcome(storage: Storage) -> None:
    entry = AuditEntry(NOON, "anna", "pause", "101", "passport 4509 123456", {"reason": "lunch"})
    first = await storage.audit.record(entry)
    second = await storage.audit.record(AuditEntry(NOON, "boris", "move", "c1"))
    await storage.audit.settle(first, "done")
    await storage.audit.settle(first, "failed")
    newest = await storage.audit.latest(10)
    assert [(e.id, e.who, e.action, e.target, e.outcome) for e in newest] == [
        (second, "boris", "move", "c1", ""), (first, "anna", "pause", "101", "done"),
    ]  # fmt: skip
    assert newest[1].at == NOON and newest[1].data == {"reason": "lunch"}
    # no digits of anybody's identity are kept
    assert "123456" not in newest[1].why and newest[1].why.startswith("passport")
    assert [e.id for e in await storage.audit.latest(10, before=second)] == [first]
    assert [e.id for e in await storage.audit.latest(10, action="move")] == [second]
    assert [e.id for e in await storage.audit.latest(10, target="101")] == [first]
    assert [e.id for e in await storage.audit.latest(1)] == [second]
