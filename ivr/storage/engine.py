"""The connection to the database, with a time limit on everything: a caller waits for a sentence, not for a lock.

SQLite runs with WAL and synchronous=FULL: a ticket number is spoken only after its row would survive even a power
cut (NORMAL would survive kill -9, but may lose the last commits with the power). PostgreSQL does so by default.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ivr.errors import StorageError
from ivr.storage.sqlite_file import SqliteFile
from ivr.tasks import spawn

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
#: What it looks like when the database cannot be used. The driver's own words come through while a connection is being
#: made ready.
_FAULTS = (
    DBAPIError,
    PoolTimeout,
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def database_url(text: str) -> URL:
    """The URL with its async driver; raises `StorageError` when it is none of ours."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise StorageError(
            "database_url: not a database address; use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StorageError("database_url: sqlite needs a file: sqlite:////var/lib/ivr/hotline.db")
        return url.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        # libpq spells the option sslmode, asyncpg ssl; people paste the former.
        mode = url.query.get("sslmode")
        url = url.difference_update_query(["sslmode"])
        if mode is not None:
            url = url.update_query_dict({"ssl": mode})
        return url.set(drivername="postgresql+asyncpg")
    raise StorageError(f"database_url: {backend} is not supported; use sqlite or postgresql")


def masked(text: str) -> str:
    """The URL as it may be shown: without its password."""
    return database_url(text).render_as_string(hide_password=True)


class Database:
    """An engine whose every use ends within `limit` seconds, with a result or with `StorageError`."""

    def __init__(self, url: str, limit: float = 2.0, create: bool = False) -> None:
        """`create`: make the file of an SQLite database that is not there yet; nobody but an upgrade should."""
        self.url = database_url(url)
        self.limit = limit
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.file = SqliteFile(self.url) if self.sqlite else None
        if self.file is not None and create:
            self.file.make()
        self.engine = _sqlite(self.file, limit) if self.file is not None else _postgresql(self.url, limit)
        # SQLite has one writer; queueing here is fair and spares its own polling between our connections.
        self._writer = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def name(self) -> str:
        """The address without password."""
        return self.url.render_as_string(hide_password=True)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection; nothing is committed."""

        async def go() -> T:
            await self._watch()
            async with self.engine.connect() as connection:
                return await work(connection)

        return await self._limited(go)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction: all of it is committed, or nothing.

        Raises SQLAlchemy's `IntegrityError` as it is (a taken number is no fault), the rest as `StorageError`.
        """

        async def go() -> T:
            async with AsyncExitStack() as stack:
                if self.sqlite:
                    await stack.enter_async_context(self._writer)
                await self._watch()
                connection = await stack.enter_async_context(self.engine.begin())
                result = await work(connection)
            # Committed, but into what? Only a row in the file that is there counts as stored.
            await self._watch()
            return result

        return await self._limited(go)

    async def close(self) -> None:
        """Close every connection; operations given up on get a moment to end."""
        if self._running:
            await asyncio.wait(self._running, timeout=self.limit)
        await self.engine.dispose()

    async def _watch(self) -> None:
        """Raise when the file is not the one in use, and let go of it: a new connection opens what is there then."""
        if self.file is None:
            return
        try:
            self.file.check()
        except StorageError as error:
            log.error("%s", error, extra={"action": "database_file"})
            await self.engine.dispose()
            raise

    async def _limited(self, go: Callable[[], Awaitable[T]]) -> T:
        # In a task of its own: a dead server can hold up even the clean-up after a cancel, and the caller's
        # two seconds are over then. The task ends by itself later; its outcome is kept as a value.
        task = spawn(_outcome(go), "storage")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.wait({task}, timeout=self.limit)
        finally:
            if not task.done():
                task.cancel()
        if not task.done() or task.cancelled():
            raise StorageError(f"the database ({self.name}) did not answer within {self.limit:g} s")
        result: T
        result, error = task.result()
        if error is None:
            return result
        if isinstance(error, IntegrityError):
            raise error
        if isinstance(error, _FAULTS):
            raise StorageError(_plain(error, self.name)) from error
        raise error


async def _outcome(go: Callable[[], Awaitable[Any]]) -> tuple[Any, Exception | None]:
    try:
        return await go(), None
    except Exception as error:
        return None, error


def _plain(error: Exception, name: str) -> str:
    cause = str(getattr(error, "orig", None) or error).splitlines() or [""]
    text = cause[0]
    # SQLSTATE 42P01, 42703: no such table, no such column.
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state in ("42P01", "42703") or "no such table" in text or "no such column" in text:
        return f"the database ({name}) is not set up for this version; run `ivr db upgrade`"
    if isinstance(error, PoolTimeout):
        text = "all its connections are busy"
    return f"the database ({name}) cannot be used: {text or type(error).__name__}; see `ivr doctor`"


def _sqlite(file: SqliteFile, limit: float) -> AsyncEngine:
    engine = create_async_engine(file.url, pool_size=5, max_overflow=0, pool_timeout=limit * 0.75)

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, record: Any) -> None:
        record.info["file"] = file.connected()
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(limit * 750)}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "checkout")
    def _still_there(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != file.identity():
            raise DisconnectionError  # the pool then opens another

    return engine


def _postgresql(url: URL, limit: float) -> AsyncEngine:
    milliseconds = str(int(limit * 750))
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=limit * 0.75,
        pool_pre_ping=True,  # a restarted server costs nobody a call
        connect_args={
            "timeout": limit * 0.75,
            "command_timeout": limit * 0.75,
            "server_settings": {
                "application_name": "ivr-hotline",
                "statement_timeout": milliseconds,
                "lock_timeout": milliseconds,
                "idle_in_transaction_session_timeout": "60000",
            },
        },
    )
