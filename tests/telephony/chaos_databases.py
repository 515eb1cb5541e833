"""The databases that the chaos happens in: how many dials are written down, and what is done to each of them."""

import asyncio
import random
import sqlite3
from pathlib import Path
from typing import Protocol

import asyncpg

from tests.postgres import Postgres

_DIALS = "SELECT count(*) FROM callback_events WHERE event = 'dial'"


class Struck(Protocol):
    """`kinds`: what can be done to it, each so often in ten rounds (with `Chaos.KINDS`)."""

    url: str
    kinds: tuple[str, ...]

    async def dialled(self) -> int:
        """How many dials are written down."""

    async def strike(self, kind: str, dice: random.Random) -> None:
        """Do it, for a while; it serves again afterwards."""

    async def close(self) -> None: ...


class SqliteStruck:
    """A file that another process writes into, and does not come to an end."""

    kinds = ("dispatcher", "two dispatchers", "database held")

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite:///{file}"
        self._file = file
        self._eye = self._connect()

    async def dialled(self) -> int:
        return int(self._eye.execute(_DIALS).fetchone()[0])

    async def strike(self, kind: str, dice: random.Random) -> None:
        writer = self._connect()
        try:
            writer.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(dice.uniform(1.0, 2.5))
            writer.execute("ROLLBACK")
        finally:
            writer.close()

    async def close(self) -> None:
        self._eye.close()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=5, isolation_level=None)


class PostgresStruck:
    """A server that cuts the hotline's connections, or goes down without a word and comes back."""

    kinds = ("connections cut", "connections cut", "server crashed")

    def __init__(self, server: Postgres) -> None:
        self.url, self._server = server.url, server
        self._eye: asyncpg.Connection | None = None
        #: connections that were cut
        self.cut = 0

    async def dialled(self) -> int:
        return int(await (await self._connected()).fetchval(_DIALS))

    async def strike(self, kind: str, dice: random.Random) -> None:
        if kind == "server crashed":
            await asyncio.to_thread(self._server.crash)
            await asyncio.sleep(dice.uniform(0, 1.5))
            await asyncio.to_thread(self._server.start)
            return
        # again and again, for a transaction lasts a few milliseconds
        loop = asyncio.get_running_loop()
        until = loop.time() + dice.choice([0, 0.5, 2.0])
        eye = await self._connected()
        while True:
            self.cut += await eye.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ivr-hotline'"
            )
            if loop.time() >= until:
                return
            await asyncio.sleep(dice.uniform(0.001, 0.05))

    async def close(self) -> None:
        if self._eye is not None:
            await self._eye.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._eye is None or self._eye.is_closed():
            self._eye = await asyncpg.connect(self._server.url)
        return self._eye
