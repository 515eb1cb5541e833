"""Arrivals out of the journal: who asked for an operator, from where, when, and how long the talks were.

Read day by day and row by row, so that a year of calls neither fills the memory nor holds the database up.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from ivr.storage import tables
from ivr.storage.engine import STREAMED, Database

#: What the tale of a call is made of; `route` or `waiting` is the arrival, whichever comes first.
_KINDS = ("place", "language", "route", "waiting", "talked")
_ARRIVALS = frozenset({"route", "waiting"})
_WINDOW = timedelta(days=1)


@dataclass
class ArrivedCall:
    """One call that asked for an operator. `at` aware UTC; `region`, `zone` "" when the journal does not know them.

    `caller` E.164 or ""; `talked_s` seconds of each talk with an operator.
    """

    at: datetime
    caller: str = ""
    region: str = ""
    zone: str = ""
    category: str = ""
    language: str = ""
    talked_s: list[float] = field(default_factory=list)


class JournalArrivals:
    """Reading only; raises `StorageError` when a day cannot be read within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self) -> datetime | None:
        """When the oldest call of all started; None when there is none."""

        def work(connection: Connection) -> datetime | None:
            found: datetime | None = connection.scalar(select(func.min(tables.calls.c.started_at)))
            return found

        return await self._database.read(work)

    async def read(
        self, start: datetime, end: datetime, days_read: Callable[[int, int], None] = lambda done, of: None
    ) -> AsyncIterator[ArrivedCall]:
        """The calls that started in [start, end) and asked for an operator, oldest first.

        `days_read` is told the progress: days read, days in all.
        """
        days = -((start - end) // _WINDOW)
        for number in range(days):
            since = start + number * _WINDOW
            for call in await self._between(since, min(since + _WINDOW, end)):
                yield call
            days_read(number + 1, days)

    async def _between(self, start: datetime, end: datetime) -> list[ArrivedCall]:
        def work(connection: Connection) -> list[ArrivedCall]:
            calls: list[ArrivedCall] = []
            tale = _Tale()
            rows = connection.execute(_query(start, end), execution_options=STREAMED)
            for row in rows.mappings():
                if row["call_id"] != tale.call_id:
                    tale.end(calls)
                    tale = _Tale(row["call_id"], row["caller"])
                tale.hear(row)
            tale.end(calls)
            return calls

        return await self._database.read(work)


@dataclass
class _Tale:
    """The events of one call, as they come."""

    call_id: str = ""
    caller: str = ""
    at: datetime | None = None
    told: dict[str, str] = field(default_factory=dict)
    talks: list[float] = field(default_factory=list)

    def hear(self, row: RowMapping) -> None:
        data: Mapping[str, Any] = row["data"] if isinstance(row["data"], dict) else {}
        if row["kind"] == "talked":
            seconds = _seconds(data.get("seconds"))
            if seconds is not None:
                self.talks.append(seconds)
            return
        # Where he was and what he asked when he first came to the queue counts, not what a later leg says.
        if self.at is None:
            self.told |= {key: str(data[key]) for key in ("region", "zone", "category", "language") if data.get(key)}
            if row["kind"] in _ARRIVALS:
                self.at = row["at"].astimezone(UTC)

    def end(self, calls: list[ArrivedCall]) -> None:
        if self.at is not None:
            calls.append(ArrivedCall(self.at, self.caller, talked_s=self.talks, **self.told))


def _query(start: datetime, end: datetime) -> Select[Any]:
    calls, journal = tables.calls, tables.journal
    return (
        select(calls.c.call_id, calls.c.caller, journal.c.kind, journal.c.at, journal.c.data)
        .join(journal, journal.c.call_id == calls.c.call_id)
        .where(calls.c.started_at >= start, calls.c.started_at < end, journal.c.kind.in_(_KINDS))
        .order_by(calls.c.started_at, calls.c.call_id, journal.c.id)
    )


def _seconds(value: object) -> float | None:
    """Asterisk's talk time as it was written down, a number or its text; None for anything else."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if 0 < seconds < 86_400 else None
