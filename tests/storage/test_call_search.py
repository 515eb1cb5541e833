"""Calls are found by number, ticket, operator and the rest, on both databases; those of older versions too."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event

from ivr.domain.call_summary import CallSearch
from ivr.storage import schema
from ivr.storage.engine import Database
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
ONE, TWO = "+79161234567", "+79167654321"


async def tell(storage: Storage) -> None:
    """Three calls: one talked with op-101, one given up, one that lasts."""
    write = storage.journal.write
    write("1x1", AT, "start", {"caller": ONE, "did": "88005553535"})
    write("1x1", AT, "ticket", {"ticket": "12345674", "category": "signin"})
    write("1x1", AT + timedelta(minutes=1), "answered", {"queue": "moscow", "operator": "op-101", "waited_s": "40"})
    write("1x1", AT + timedelta(minutes=4), "talked", {"queue": "moscow", "seconds": "180"})
    write("1x1", AT + timedelta(minutes=4), "end", {"reason": "talked"})
    write("2x2", AT + timedelta(minutes=2), "start", {"caller": TWO, "did": "88005553535"})
    write("2x2", AT + timedelta(minutes=3), "abandoned", {"queue": "common", "waited_s": "50"})
    write("2x2", AT + timedelta(minutes=3), "end", {"reason": "abandoned"})
    write("3x3", AT + timedelta(minutes=5), "start", {"caller": ONE, "did": "88005553535"})
    assert await storage.journal.flush(30)


async def found(storage: Storage, wanted: CallSearch) -> list[str]:
    return [line.call_id for line in await storage.calls.search(wanted)]


async def test_calls_are_found_newest_first(storage: Storage) -> None:
    await tell(storage)
    assert await found(storage, CallSearch()) == ["3x3", "2x2", "1x1"]
    assert await found(storage, CallSearch(number=ONE)) == ["3x3", "1x1"]
    assert await found(storage, CallSearch(ticket="12345674")) == ["1x1"]
    assert await found(storage, CallSearch(operator="op-101")) == ["1x1"]
    assert await found(storage, CallSearch(queue="common", reason="abandoned")) == ["2x2"]
    assert await found(storage, CallSearch(since=AT + timedelta(minutes=2), until=AT + timedelta(minutes=5))) == ["2x2"]
    assert await found(storage, CallSearch(number="' OR 1=1 --")) == []


async def test_pages_follow_one_another_without_a_gap(storage: Storage) -> None:
    for number in range(7):
        storage.journal.write(f"{number}x1", AT, "start", {"caller": ""})
    assert await storage.journal.flush(30)
    page, seen = CallSearch(limit=3), []
    while lines := await storage.calls.search(page):
        seen += [line.call_id for line in lines]
        page = replace(page, after=(lines[-1].started_at, lines[-1].call_id))
    assert seen == [f"{number}x1" for number in range(7)]


async def test_a_line_tells_the_whole_call(storage: Storage) -> None:
    await tell(storage)
    await storage.ratings.save("1x1", 5, AT)
    line = (await storage.calls.search(CallSearch(ticket="12345674")))[0]
    assert (line.caller, line.started_at, line.score) == (ONE, AT, 5)
    summary = line.summary
    assert (summary.operator, summary.waited_s, summary.talked_s, summary.reason) == ("op-101", 40, 180, "talked")
    assert summary.ended_at == AT + timedelta(minutes=4)


async def test_only_calls_that_last_are_lasting(storage: Storage) -> None:
    await tell(storage)
    assert await storage.calls.lasting(AT - timedelta(days=1), AT + timedelta(days=1)) == ["3x3"]
    assert await storage.calls.lasting(AT - timedelta(days=1), AT + timedelta(minutes=5)) == []


async def test_calls_of_an_older_version_are_found_after_the_upgrade(url: str) -> None:
    async with open_storage(url, 30) as storage:
        await tell(storage)
        before = await storage.calls.search(CallSearch())
    await _to(url, "0009")
    await upgrade(url)
    async with open_storage(url, 30) as storage:
        assert await storage.calls.search(CallSearch()) == before


async def _to(url: str, revision: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    database = Database(url, limit=30)
    await database.write(run)
    await database.close()


async def test_a_page_further_back_begins_in_the_index_and_not_at_the_newest_call(tmp_path: Path) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []

    def listen(connection: object, cursor: object, statement: str, values: tuple[object, ...], *rest: object) -> None:
        asked.append((statement, values))

    url = f"sqlite:///{tmp_path / 'calls.db'}"
    await upgrade(url)
    async with open_storage(url, 30) as storage:
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            await storage.calls.search(CallSearch(after=(AT, "1x1")))
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
    ((statement, values),) = [(text, values) for text, values in asked if "FROM calls" in text]
    with closing(sqlite3.connect(tmp_path / "calls.db")) as connection:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "ix_calls_started_at (started_at<?)" in plan
