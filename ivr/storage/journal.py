"""The call journal: written off the hot path in batches, patient while the database is away, flushed on a clean stop.

A kill -9 loses what was written in the last moment (`linger` seconds and the batch under way), never a ticket.
Callers' numbers: whole in the table `calls`, which the call list needs; the journal's own rows keep the last four
digits, and any other run of nine or more digits is masked (`ivr.domain.calls.journal_data`).
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from ivr.domain.call_summary import CallSummary, advance
from ivr.domain.calls import START, Value, journal_data
from ivr.errors import StorageError
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database
from ivr.tasks import spawn

log = logging.getLogger(__name__)


# built once: to build a statement takes longer than to run it
_SUMMED = [field.name for field in fields(CallSummary)]
_SUMMARIES = select(tables.calls.c.call_id, *(tables.calls.c[name] for name in _SUMMED)).where(
    tables.calls.c.call_id.in_(bindparam("ids", expanding=True))
)
_OF_CALL = tables.calls.update().where(tables.calls.c.call_id == bindparam("key"))
_SUM_UP = _OF_CALL.values({name: bindparam(name) for name in _SUMMED})
_NAME = _OF_CALL.values(caller=bindparam("number"))


@dataclass(frozen=True)
class Entry:
    """One event under way to the database; `caller` only on the event that starts a call."""

    seq: int
    call_id: str
    at: datetime
    kind: str
    data: dict[str, Value]
    caller: str | None = None


class SqlJournal(ports.Journal):
    """The port `Journal`. Times in seconds; `capacity` events wait at most, more are dropped and counted."""

    def __init__(
        self,
        database: Database,
        capacity: int = 10_000,
        batch: int = 200,
        linger: float = 0.5,
        first_pause: float = 0.2,
        longest_pause: float = 5.0,
    ) -> None:
        self._database = database
        self._capacity = capacity
        self._batch = batch
        self._linger = linger
        self._pauses = (first_pause, longest_pause)
        insert = sqlite.insert if database.sqlite else postgresql.insert
        self._add = insert(tables.journal).on_conflict_do_nothing(index_elements=["run", "seq"])
        self._begin = insert(tables.calls).on_conflict_do_nothing(index_elements=["call_id"])
        self._run = secrets.token_hex(8)
        self._seq = 0
        self._waiting: deque[Entry] = deque()
        self._full = False
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    @property
    def depth(self) -> int:
        """How many events wait to be stored."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to drain; needs a running loop."""
        self._task = spawn(self._drain(), "journal")

    def write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        """Take an event; never waits, never raises."""
        try:
            self._take(call_id, at, kind, data)
        except Exception:  # a journal must not end a call
            self.dropped += 1
            log.exception("an event could not be journalled", extra={"action": "journal_refused"})

    async def flush(self, limit: float) -> bool:
        """Wait until all written so far is stored; False when `limit` seconds were not enough."""
        try:
            async with asyncio.timeout(limit):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, limit: float = 10.0) -> None:
        """Store what waits, for `limit` seconds at most; what is lost then is counted in the log."""
        if self._task is None:
            return
        self._stopping.set()
        self._something.set()
        await asyncio.wait({self._task}, timeout=limit)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._waiting:
            self.dropped += len(self._waiting)
            log.error("%d events lost: the database was away at the stop", len(self._waiting),
                      extra={"action": "journal_lost"})  # fmt: skip

    def _take(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        if len(self._waiting) >= self._capacity:
            self.dropped += 1
            if not self._full:
                self._full = True
                log.error("journal full: events are dropped", extra={"action": "journal_full"})
            return
        caller = str(data.get("caller") or "")[:40].replace("\0", "") if kind == START else None
        # A clock without zone is a fault of ours; the event is worth more than the offset.
        moment = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        clean = journal_data({"call_id": call_id, "kind": kind})
        self._seq += 1
        entry = Entry(self._seq, str(clean["call_id"]), moment, str(clean["kind"]), journal_data(data), caller)
        self._waiting.append(entry)
        self._empty.clear()
        self._something.set()

    async def _drain(self) -> None:
        while True:
            if not self._waiting:
                self._empty.set()
                if self._stopping.is_set():
                    return
                self._something.clear()
                await self._something.wait()
                await self._pause(self._linger)
            else:
                await self._store_first()

    async def _store_first(self) -> None:
        """Store the first batch; it leaves the queue only when the database has said yes."""
        batch = [self._waiting[i] for i in range(min(self._batch, len(self._waiting)))]
        pause, longest = self._pauses
        away = False
        while True:
            try:
                await self._store_or_sift(batch)
                break
            except StorageError as error:
                if not away:
                    log.warning("journal waits: %s", error, extra={"action": "journal_away"})
                away = True
            # While stopping, try on at the shortest interval: `close` keeps the time.
            await asyncio.sleep(self._pauses[0]) if self._stopping.is_set() else await self._pause(pause)
            pause = min(pause * 2, longest)
        for _ in batch:
            self._waiting.popleft()
        if away:
            log.info("journal stored again, %d wait", len(self._waiting), extra={"action": "journal_back"})
        if self._full and len(self._waiting) < self._capacity // 2:
            self._full = False
            log.error("journal has room again; %d events dropped so far", self.dropped,
                      extra={"action": "journal_room"})  # fmt: skip

    async def _store_or_sift(self, batch: Sequence[Entry]) -> None:
        """Store all; when the database refuses the content, find the row it refuses and go on without it."""
        try:
            await self._store(batch)
        except (SQLAlchemyError, ValueError, TypeError) as error:
            if len(batch) > 1:
                half = len(batch) // 2
                await self._store_or_sift(batch[:half])
                await self._store_or_sift(batch[half:])
                return
            self.dropped += 1
            log.error("the database refused an event of kind %s: %s", batch[0].kind, type(error).__name__,
                      extra={"action": "journal_refused"})  # fmt: skip

    async def _store(self, batch: Sequence[Entry]) -> None:
        rows = [
            {"run": self._run, "seq": e.seq, "call_id": e.call_id, "at": e.at, "kind": e.kind, "data": e.data}
            for e in batch
        ]
        first = {e.call_id: e.at for e in reversed(batch)}
        # A second leg of the call (rating, unanswered) may not know the caller: only a number replaces a number.
        callers = {e.call_id: e.caller for e in batch if e.caller}

        def work(connection: Connection) -> None:
            connection.execute(self._add, rows)
            found = connection.execute(_SUMMARIES, {"ids": list(first)})
            known = {call_id: CallSummary(*summary) for call_id, *summary in found}
            fresh = [{"call_id": c, "caller": "", "started_at": at} for c, at in first.items() if c not in known]
            if fresh:
                connection.execute(self._begin, fresh)
            if callers:
                connection.execute(_NAME, [{"key": call_id, "number": caller} for call_id, caller in callers.items()])
            changed = _changed(known, batch)
            if changed:
                connection.execute(_SUM_UP, changed)

        await self._database.write(work)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until the stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _changed(known: Mapping[str, CallSummary], batch: Sequence[Entry]) -> list[dict[str, object]]:
    """The one line about each call that the batch changes, as it is afterwards. One controller writes about a call."""
    after = dict(known)
    for entry in batch:
        after[entry.call_id] = advance(after.get(entry.call_id, CallSummary()), entry.kind, entry.data, entry.at)
    return [{"key": id_, **vars(line)} for id_, line in after.items() if line != known.get(id_)]
