"""Where the statements of one use of the database run: in threads for SQLite, in the loop for PostgreSQL."""

import asyncio
import contextvars
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ivr.errors import StorageError
from ivr.storage.sqlite_file import SqliteFile
from ivr.tasks import spawn

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Connection], T]
#: What came of a job: its result, or what it raised.
Outcome = tuple[T | None, Exception | None]
_READERS = 4


@dataclass(frozen=True)
class Job(Generic[T]):
    """One use under way. After `give_up` nothing of it is committed, unless that had begun."""

    future: "asyncio.Future[Outcome[T]]"
    give_up: Callable[[], object]


class _GivenUp(Exception):
    """Nobody waits for this transaction any more."""


class SqliteThreads:
    """A few threads for readers, one for the writer that SQLite has: writers stand in line, in their order."""

    def __init__(self, file: SqliteFile, limit: float) -> None:
        self._file = file
        self._engine = _sqlite(file, limit)
        self._readers = ThreadPoolExecutor(_READERS, "database")
        self._writer = ThreadPoolExecutor(1, "database-writer")
        self._looking = threading.Lock()

    def read(self, work: Work[T]) -> Job[T]:
        def go(_: threading.Event) -> T:
            self._watch()
            with self._engine.connect() as connection:
                return work(connection)

        return self._begin(self._readers, go)

    def write(self, work: Work[T]) -> Job[T]:
        def go(given_up: threading.Event) -> T:
            self._watch()
            with self._engine.begin() as connection:
                # by itself the driver begins with the first change: what was looked at before could be old by then
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                result = work(connection)
                if given_up.is_set():
                    raise _GivenUp
            # Committed, but into what? Only a row in the file that is there counts as stored.
            self._watch()
            return result

        return self._begin(self._writer, go)

    async def close(self) -> None:
        for threads in (self._readers, self._writer):
            threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    @staticmethod
    def _begin(threads: ThreadPoolExecutor, go: Callable[[threading.Event], T]) -> Job[T]:
        given_up = threading.Event()

        def outcome() -> Outcome[T]:
            try:
                return go(given_up), None
            except Exception as error:
                return None, error

        queued = threads.submit(contextvars.copy_context().run, outcome)

        def give_up() -> None:
            given_up.set()
            # what has not begun never will; what has begun is let end
            queued.cancel()

        return Job(asyncio.wrap_future(queued), give_up)

    def _watch(self) -> None:
        """Raise when the file is not the one in use, and let go of it: a new connection opens what is there then."""
        with self._looking:
            try:
                self._file.check()
            except StorageError as error:
                log.error("%s", error, extra={"action": "database_file"})
                self._engine.dispose()
                raise


class PostgresLoop:
    """A task for each; cancelled, a statement under way is cancelled too."""

    def __init__(self, url: URL, limit: float) -> None:
        self._engine = _postgresql(url, limit)

    def read(self, work: Work[T]) -> Job[T]:
        async def go() -> T:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)

        return self._begin(go)

    def write(self, work: Work[T]) -> Job[T]:
        async def go() -> T:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

        return self._begin(go)

    async def close(self) -> None:
        await self._engine.dispose()

    @staticmethod
    def _begin(go: Callable[[], Any]) -> Job[T]:
        async def outcome() -> Outcome[T]:
            try:
                return await go(), None
            except Exception as error:
                return None, error

        task = spawn(outcome(), "storage")
        return Job(task, task.cancel)


def _sqlite(file: SqliteFile, limit: float) -> Engine:
    engine = create_engine(
        file.url, hide_parameters=True, pool_size=_READERS + 1, max_overflow=0, pool_timeout=limit * 0.75
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, record: Any) -> None:
        record.info["file"] = file.connected()
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(limit * 750)}")
        _write_ahead(cursor, limit * 0.75)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "checkout")
    def _still_there(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != file.identity():
            raise DisconnectionError  # the pool then opens another

    return engine


def _write_ahead(cursor: sqlite3.Cursor, limit: float) -> None:
    """Ask for the write-ahead log. Where another process does so with a new file at this moment, SQLite does not wait
    (as `busy_timeout` says) but fails at once."""
    until = time.monotonic() + limit
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # any other fault is told at once: a caller may wait
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _postgresql(url: URL, limit: float) -> AsyncEngine:
    milliseconds = str(int(limit * 750))
    return create_async_engine(
        url,
        hide_parameters=True,
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
