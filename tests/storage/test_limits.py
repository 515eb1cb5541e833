"""A database that is locked, away or frozen is told within the limit; a caller is never kept waiting for it."""

import asyncio
import contextlib
import socket
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg
import pytest
from sqlalchemy import Connection, insert, select

from ivr.domain import tickets as rules
from ivr.errors import StorageError
from ivr.storage import tables
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TICKET = rules.open_ticket(
    rules.new_number(lambda _: 1), category="other", language="ru", call_id="c", caller="", purpose="sms", at=AT
)
LIMIT = 0.4
T = TypeVar("T")


async def refused_in_time(storage: Storage) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageError, match=r"\Athe database [^\n]+\Z"):
        await storage.tickets.add(*TICKET)
    assert time.monotonic() - begun < LIMIT + 4.5


async def once_more(work: Callable[[], Awaitable[T]]) -> T:
    """What is done when the fault is over: a busy machine may take longer than the limit once more."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(StorageError):
                return await work()


async def test_a_locked_sqlite_is_told_and_works_again_after(tmp_path: object) -> None:
    file = f"{tmp_path}/hotline.db"
    await upgrade(f"sqlite:///{file}")
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    async with open_storage(f"sqlite:///{file}", LIMIT) as storage:
        await refused_in_time(storage)
        other.rollback()
        other.close()
        await once_more(lambda: storage.tickets.add(*TICKET))
        assert await once_more(lambda: storage.tickets.get(TICKET[0].number)) is not None


async def test_what_was_given_up_is_not_stored_afterwards_and_those_behind_it_are(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/hotline.db"
    await upgrade(url)
    frozen = threading.Event()
    row = {"call_id": "late", "score": 5, "at": AT}

    def slow(connection: Connection) -> None:
        connection.execute(insert(tables.ratings), row)
        frozen.wait(30)

    async with open_storage(url, LIMIT) as storage:
        with pytest.raises(StorageError, match="did not answer within"):
            await storage.database.write(slow)
        # nor is what stands behind it in the writer's line
        with pytest.raises(StorageError, match="did not answer within"):
            await storage.ratings.save("behind", 4, AT)
        # readers do not stand in that line
        assert await once_more(lambda: storage.tickets.get("00000000")) is None
        frozen.set()
        await once_more(lambda: storage.tickets.add(*TICKET))
        assert await once_more(lambda: storage.tickets.get(TICKET[0].number)) is not None
        assert await once_more(lambda: storage.database.read(_rated)) == []


def _rated(connection: Connection) -> Sequence[Any]:
    return connection.execute(select(tables.ratings.c.call_id)).all()


async def test_a_locked_table_of_postgresql_is_told_and_works_again_after(postgresql_url: str) -> None:
    other = await asyncpg.connect(postgresql_url)
    lock = other.transaction()
    await lock.start()
    await other.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
    try:
        async with open_storage(postgresql_url, LIMIT) as storage:
            await refused_in_time(storage)
            await lock.rollback()
            assert await once_more(lambda: storage.tickets.get("00000000")) is None
    finally:
        await other.close()


async def test_a_server_that_refuses_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with open_storage(f"postgresql://u:p@127.0.0.1:{closed.getsockname()[1]}/x", LIMIT) as storage:
            await refused_in_time(storage)


async def test_a_server_that_never_answers_is_told() -> None:
    silent: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_storage(f"postgresql://u:p@127.0.0.1:{port}/x?ssl=disable", LIMIT) as storage:
        await refused_in_time(storage)
    for writer in silent:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_a_connection_cut_while_it_is_made_ready_is_told(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver says so in its own words, which are not those of the layer above it."""
    ready = asyncpg.Connection.set_type_codec

    async def cut(connection: asyncpg.Connection, *args: object, **options: object) -> None:
        connection.terminate()
        await ready(connection, *args, **options)

    async with open_storage(postgresql_url, LIMIT) as storage:
        monkeypatch.setattr(asyncpg.Connection, "set_type_codec", cut)
        await refused_in_time(storage)
        monkeypatch.undo()
        assert await once_more(lambda: storage.tickets.get("00000000")) is None


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: object) -> None:
    with open(f"{tmp_path}/file", "w"):  # noqa: PTH123
        pass
    with pytest.raises(StorageError, match="cannot be made"):
        await upgrade(f"sqlite:///{tmp_path}/file/hotline.db")
