"""The connection to the database, with a time limit on everything: a caller waits for a sentence, not for a lock.

SQLite runs with WAL and synchronous=FULL: a ticket number is spoken only after its row would survive even a power
cut (NORMAL would survive kill -9, but may lose the last commits with the power). PostgreSQL does so by default.
"""

import asyncio
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ivr.errors import StorageError
from ivr.storage.running import Job, PostgresLoop, SqliteThreads, Work
from ivr.storage.sqlite_file import SqliteFile

T = TypeVar("T")
#: For a result of any length: its rows come few at a time.
STREAMED = {"stream_results": True}
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
    """The URL with its driver; raises `StorageError` when it is none of ours."""
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
        return url.set(drivername="sqlite+pysqlite")
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
    """Every use ends within `limit` seconds, with a result or with `StorageError`.

    What is done (`Work`) is plain code with a `Connection`. With SQLite it runs whole in a thread: one step there and
    back for all its statements, for each of which is quicker than such a step. With PostgreSQL it runs in the loop, and
    waits for the server as a coroutine does.
    """

    def __init__(self, url: str, limit: float = 2.0, create: bool = False) -> None:
        """`create`: make the file of an SQLite database that is not there yet; nobody but an upgrade should."""
        self.url = database_url(url)
        self.limit = limit
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.file = SqliteFile(self.url) if self.sqlite else None
        if self.file is not None and create:
            self.file.make()
        self._runs: SqliteThreads | PostgresLoop = (
            SqliteThreads(self.file, limit) if self.file is not None else PostgresLoop(self.url, limit)
        )
        self._running: set[asyncio.Future[Any]] = set()
        #: Why nothing is done with it for now, in words: it counts as away. "": it may be used.
        self.withheld = ""

    @property
    def name(self) -> str:
        """The address without password."""
        return self.url.render_as_string(hide_password=True)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection; nothing is committed."""
        self._require_free()
        return await self._limited(self._runs.read(work))

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction: all of it is committed, or nothing.

        Raises SQLAlchemy's `IntegrityError` as it is (a taken number is no fault), the rest as `StorageError`.
        """
        self._require_free()
        return await self._limited(self._runs.write(work))

    async def close(self) -> None:
        """Close every connection; operations given up on get a moment to end."""
        if self._running:
            await asyncio.wait(self._running, timeout=self.limit)
        await self._runs.close()

    def _require_free(self) -> None:
        if self.withheld:
            raise StorageError(f"the database ({self.name}) {self.withheld}")

    async def _limited(self, job: Job[T]) -> T:
        # The caller's two seconds are over also when a dead server, or a disk, holds up even the clean-up after a
        # cancel. The job ends by itself later; its outcome is kept as a value.
        future = job.future
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        try:
            await asyncio.wait({future}, timeout=self.limit)
        finally:
            if not future.done():
                job.give_up()
        if not future.done() or future.cancelled():
            raise StorageError(f"the database ({self.name}) did not answer within {self.limit:g} s")
        result, error = future.result()
        if error is None:
            return cast(T, result)
        if isinstance(error, IntegrityError):
            raise error
        if isinstance(error, _FAULTS):
            raise StorageError(_plain(error, self.name)) from error
        raise error


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
