"""The journal loses nothing on a clean stop, waits for a database that is away, and keeps no whole numbers."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from ivr.errors import StorageError
from ivr.storage import tables
from ivr.storage.journal import SqlJournal
from ivr.storage.store import Storage, open_storage

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def stored(storage: Storage) -> int:
    query = select(func.count()).select_from(tables.journal)
    return await storage.database.read(lambda connection: int(connection.execute(query).scalar_one()))


async def test_a_clean_stop_loses_nothing(url: str) -> None:
    async with open_storage(url, 30) as storage:
        for i in range(1500):
            storage.journal.write(f"c{i % 7}", AT + timedelta(seconds=i), "step", {"step": str(i)})
    async with open_storage(url, 30) as storage:
        assert await stored(storage) == 1500
        call = await storage.calls.get("c3")
        assert call is not None
        assert [s.data["step"] for s in call.steps] == [str(i) for i in range(1500) if i % 7 == 3]


async def test_events_wait_for_a_database_that_is_away_and_are_stored_once(storage: Storage) -> None:
    journal = SqlJournal(storage.database, linger=0, first_pause=0.01, longest_pause=0.02)
    real, tries, came = storage.database.write, 0, asyncio.Event()

    async def away(work: object) -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            await real(work)  # type: ignore[arg-type]  # stored, but the answer is lost
        if tries == 4:
            came.set()
        raise StorageError("away")

    storage.database.write = away  # type: ignore[method-assign,assignment]
    journal.start()
    for i in range(300):
        journal.write("c1", AT, "step", {"i": i})
    async with asyncio.timeout(10):
        await came.wait()
    assert journal.depth == 300
    storage.database.write = real  # type: ignore[method-assign]
    assert await journal.flush(30)
    await journal.close()
    assert await stored(storage) == 300
    assert journal.dropped == 0


async def test_a_full_journal_drops_and_says_so_once(storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    journal = SqlJournal(storage.database, capacity=10)
    with caplog.at_level(logging.ERROR):
        for i in range(25):
            journal.write("c1", AT, "step", {"i": i})
    assert (journal.depth, journal.dropped) == (10, 15)
    assert [r.action for r in caplog.records if r.name.startswith("ivr")] == ["journal_full"]  # type: ignore[attr-defined]
    journal.start()
    assert await journal.flush(30)
    await journal.close()
    assert await stored(storage) == 10


async def test_stopping_while_the_database_is_away_ends_and_counts_the_loss(storage: Storage) -> None:
    async def away(work: object) -> None:
        raise StorageError("away")

    real, storage.database.write = storage.database.write, away  # type: ignore[method-assign,assignment]
    journal = SqlJournal(storage.database, first_pause=0.01)
    journal.start()
    journal.write("c1", AT, "step", {})
    async with asyncio.timeout(20):
        await journal.close(limit=0.2)
    assert journal.dropped == 1
    storage.database.write = real  # type: ignore[method-assign]


async def test_whatever_is_written_never_raises_and_does_not_block_the_rest(storage: Storage) -> None:
    strange = {"nul": "a\0b", "surrogate": "\ud800", "nan": float("nan"), "big": 10**30, "object": object()}
    storage.journal.write("c\0\ud800", AT.replace(tzinfo=None), "k\0", strange)  # type: ignore[arg-type]
    storage.journal.write("c1", AT, "step", None)  # type: ignore[arg-type]
    storage.journal.write("c1", AT, "step", {"ok": 1})
    assert await storage.journal.flush(30)
    assert await stored(storage) == 2
    assert storage.journal.dropped == 1


async def test_one_event_the_database_refuses_costs_only_itself(storage: Storage) -> None:
    journal = SqlJournal(storage.database, linger=0)
    for i in range(20):
        journal.write("c1", AT, "step", {"i": i})
    journal._waiting[7].data["i"] = object()  # type: ignore[assignment]  # past the guard
    journal.start()
    assert await journal.flush(30)
    await journal.close()
    assert (await stored(storage), journal.dropped) == (19, 1)


async def test_the_callers_number_is_whole_in_calls_only(storage: Storage) -> None:
    storage.journal.write("c1", AT, "start", {"caller": "+79161234567", "did": "88005553535"})
    storage.journal.write("c1", AT, "ask", {"keys": "12345678901", "ticket": "48215513"})
    storage.journal.write("c1", AT, "start", {"caller": ""})  # a second leg knows nothing new
    assert await storage.journal.flush(30)
    query = text("SELECT CAST(data AS text) FROM journal")
    rows = await storage.database.read(lambda connection: connection.execute(query).scalars().all())
    told = " ".join(rows)
    assert "9161234567" not in told and "12345678901" not in told
    assert "*******4567" in told and "*******8901" in told and "48215513" in told and "88005553535" in told
    call = await storage.calls.get("c1")
    assert call is not None
    assert (call.caller, call.did, call.ticket) == ("+79161234567", "88005553535", "48215513")


async def test_calls_are_listed_newest_first_with_rating(storage: Storage) -> None:
    for i in range(3):
        storage.journal.write(f"c{i}", AT + timedelta(minutes=i), "start", {"caller": f"+7916123456{i}"})
        storage.journal.write(f"c{i}", AT + timedelta(minutes=i, seconds=30), "end", {"reason": "operator"})
    assert await storage.journal.flush(30)
    await storage.ratings.save("c2", 4, AT)
    calls = await storage.calls.list(limit=2)
    assert [(c.call_id, c.seconds, c.score) for c in calls] == [("c2", 30.0, 4), ("c1", 30.0, None)]
    assert await storage.calls.list(since=AT + timedelta(hours=1)) == []
