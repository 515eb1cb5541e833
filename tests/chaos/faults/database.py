"""The database is locked, gone, crashed, or there is no room for what it writes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.chaos.case import Strike, case
from tests.chaos.world import World, world
from tests.postgres import Postgres, private_postgres


@case("another process holds the SQLite file's write lock for 20 s")
async def database_locked(world: World, strike: Strike) -> None:
    writer = sqlite3.connect(world.line.state / "hotline.db", timeout=10, isolation_level=None)
    try:
        writer.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(20)
        writer.execute("ROLLBACK")
    finally:
        writer.close()
    strike.now()


_SERVERS: dict[int, Postgres] = {}


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[World]:
    """A hotline whose state is in a PostgreSQL of its own."""
    with private_postgres() as server:
        async with world(folder, server.url) as made:
            _SERVERS[id(made)] = server
            yield made


@case("PostgreSQL is stopped at once (-m immediate) and started again a second later", setting=on_postgres)
async def postgres_restarted(world: World, strike: Strike) -> None:
    server = _SERVERS[id(world)]
    await asyncio.to_thread(server.crash)
    await asyncio.sleep(1)
    await asyncio.to_thread(server.start)


@case("PostgreSQL is gone for a minute (or --minutes, when that is less)", setting=on_postgres)
async def postgres_gone(world: World, strike: Strike) -> None:
    server = _SERVERS[id(world)]
    await asyncio.to_thread(server.crash)
    try:
        # meanwhile people call, and are not told what nobody can know
        for _ in range(3):
            world.caller()
            await asyncio.sleep(min(60.0, strike.minutes * 60) / 3)
    finally:
        await asyncio.to_thread(server.start)
    strike.now()
