"""What callers were told, out of the journal and the history of callbacks; read day by day and row by row."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from ivr.domain.callbacks import CallbackEvent
from ivr.domain.calls import CallStep
from ivr.domain.promises import CallbackTold, Promise, Turns, places, waits, windows
from ivr.storage import tables
from ivr.storage.engine import STREAMED, Database

#: What promises are made and judged by.
_KINDS = ("start", "step", "route", "enqueue", "told", "answered", "callback", "abandoned", "end")
_WINDOW = timedelta(days=1)
_EVENT = ("callback", "at", "event", "before", "after", "note", "attempt", "notice", "data")


class JournalPromises:
    """Reading only; raises `StorageError` when a day cannot be read within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self,
        start: datetime,
        end: datetime,
        at: datetime,
        days_read: Callable[[int, int], None] = lambda done, of: None,
    ) -> AsyncIterator[Promise]:
        """Promises to calls that started, and of callbacks that were confirmed, in [start, end), judged as of `at`.

        `days_read` is told the progress: days read, days in all. In memory are one day's promises, and the moments of
        all answers.
        """
        days = -((start - end) // _WINDOW)
        turns = Turns()
        # nobody waits for longer than a day
        for number in range(-1, days + 1):
            since = start + number * _WINDOW
            await self._turns(since, since + _WINDOW, turns)
        for number in range(days):
            since = start + number * _WINDOW
            until = min(since + _WINDOW, end)
            for promise in await self._calls(since, until, turns):
                yield promise
            for promise in await self._windows(since, until, at):
                yield promise
            days_read(number + 1, days)

    async def _calls(self, start: datetime, end: datetime, turns: Turns) -> list[Promise]:
        def work(connection: Connection) -> list[Promise]:
            found: list[Promise] = []
            call_id = ""
            steps: list[CallStep] = []
            rows = connection.execute(_calls(start, end), execution_options=STREAMED)
            for row in rows.mappings():
                if row["call_id"] != call_id:
                    found += waits(steps) + places(steps, turns)
                    call_id, steps = row["call_id"], []
                data = row["data"] if isinstance(row["data"], dict) else {}
                steps.append(CallStep(row["at"], row["kind"], data))
            return found + waits(steps) + places(steps, turns)

        return await self._database.read(work)

    async def _turns(self, start: datetime, end: datetime, turns: Turns) -> None:
        def work(connection: Connection) -> None:
            rows = connection.execute(_calls(start, end, ("answered",)), execution_options=STREAMED)
            for row in rows.mappings():
                data = row["data"] if isinstance(row["data"], dict) else {}
                turns.add(str(data.get("queue", "")), row["at"])

        await self._database.read(work)

    async def _windows(self, start: datetime, end: datetime, at: datetime) -> list[Promise]:
        def work(connection: Connection) -> list[Promise]:
            found: list[Promise] = []
            history: list[RowMapping] = []
            rows = connection.execute(_callbacks(start, end), execution_options=STREAMED)
            for row in rows.mappings():
                if history and row["callback"] != history[0]["callback"]:
                    found += windows(_callback(history), at)
                    history = []
                history.append(row)
            return found + (windows(_callback(history), at) if history else [])

        return await self._database.read(work)


def _callback(rows: list[RowMapping]) -> CallbackTold:
    first = rows[0]
    events = tuple(CallbackEvent(**{name: row[name] for name in _EVENT}) for row in rows)
    return CallbackTold(first["queue"], first["state"], first["window_from"], first["window_to"], events)


def _calls(start: datetime, end: datetime, kinds: tuple[str, ...] = _KINDS) -> Select[Any]:
    calls, journal = tables.calls, tables.journal
    return (
        select(calls.c.call_id, journal.c.kind, journal.c.at, journal.c.data)
        .join(journal, journal.c.call_id == calls.c.call_id)
        .where(calls.c.started_at >= start, calls.c.started_at < end, journal.c.kind.in_(kinds))
        .order_by(calls.c.started_at, calls.c.call_id, journal.c.id)
    )


def _callbacks(start: datetime, end: datetime) -> Select[Any]:
    callbacks, events = tables.callbacks, tables.callback_events
    confirmed = events.alias("confirmed")
    return (
        select(
            callbacks.c.queue,
            callbacks.c.state,
            callbacks.c.window_from,
            callbacks.c.window_to,
            *(events.c[name] for name in _EVENT),
        )
        .join(confirmed, confirmed.c.callback == callbacks.c.id)
        .join(events, events.c.callback == callbacks.c.id)
        .where(confirmed.c.event == "confirm", confirmed.c.at >= start, confirmed.c.at < end)
        .order_by(confirmed.c.at, callbacks.c.id, events.c.id)
    )
