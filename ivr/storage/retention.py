"""Rows that are old, deleted few at a time: a big table must not keep a caller's ticket waiting.

What is over is asked again within the transaction that deletes, so that a ticket opened anew in between stays.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, delete, exists, func, or_, select, tuple_

from ivr.domain.callbacks import FINAL
from ivr.services.retention import OldData
from ivr.storage import tables
from ivr.storage.engine import Database

#: Rows deleted in one transaction; with what hangs on them these are a few thousand.
_AT_ONCE = 200
#: A call whose end nobody saw goes so much later.
_UNSEEN = timedelta(days=30)
_OVER = ("resolved", "closed")


@dataclass(frozen=True)
class _Rows:
    """`over(before)`: which rows are over and done with since before that moment; `order`: an index that leads to them,
    or the primary key; `hanging`: columns of other tables whose rows go together with the row of that key."""

    table: Table
    over: Callable[[datetime], ColumnElement[bool]]
    order: tuple[Column[Any], ...]
    hanging: tuple[Column[Any], ...] = ()


def _calls(before: datetime) -> ColumnElement[bool]:
    table, journal = tables.calls, tables.journal
    return and_(
        table.c.started_at < before,
        or_(table.c.ended_at.is_not(None), table.c.started_at < before - _UNSEEN),
        ~exists().where(journal.c.call_id == table.c.call_id, journal.c.at >= before),
    )


def _tickets(before: datetime) -> ColumnElement[bool]:
    table, events, callbacks = tables.tickets, tables.ticket_events, tables.callbacks
    return and_(
        table.c.status.in_(_OVER),
        table.c.opened_at < before,
        ~exists().where(events.c.number == table.c.number, events.c.at >= before),
        table.c.number.not_in(select(callbacks.c.ticket).where(tables.TIMED)),
    )


def _callbacks(before: datetime) -> ColumnElement[bool]:
    table, events = tables.callbacks, tables.callback_events
    return and_(
        table.c.state.in_(sorted(FINAL)),
        table.c.created_at < before,
        table.c.expires_at < before,
        ~exists().where(events.c.callback == table.c.id, events.c.at >= before),
    )


def _of(table: Table, at: str, *order: str) -> _Rows:
    """Rows that are old by one column."""
    return _Rows(table, lambda before: table.c[at] < before, tuple(table.c[name] for name in order))


_CONTACTS = tables.contacts
#: Kind of data -> its rows. The setting of each is `<kind>_days`, but where `ivr retention` says otherwise.
KINDS: Mapping[str, _Rows] = {
    "calls": _Rows(
        tables.calls,
        _calls,
        (tables.calls.c.started_at, tables.calls.c.call_id),
        (tables.journal.c.call_id, tables.ratings.c.call_id, tables.recordings.c.call_id),
    ),
    "contacts": _Rows(
        _CONTACTS,
        lambda before: and_(_CONTACTS.c.closed_at < before, _CONTACTS.c.began_at < before),
        (_CONTACTS.c.call_id, _CONTACTS.c.operator),
    ),
    "tickets": _Rows(tables.tickets, _tickets, (tables.tickets.c.number,), (tables.ticket_events.c.number,)),
    "callbacks": _Rows(tables.callbacks, _callbacks, (tables.callbacks.c.id,), (tables.callback_events.c.callback,)),
    "callback wishes": _of(tables.callback_asks, "at", "id"),
    # what was not sent by then is of no use to anybody; the number that it was for goes with it
    "messages": _of(tables.outbox, "created_at", "id"),
    "places": _of(tables.known_places, "at", "number"),
    "queue counts": _of(tables.queue_counts, "since", "queue", "since"),
    "operator counts": _of(tables.agent_counts, "since", "agent", "since"),
    "audit": _of(tables.audit, "at", "id"),
}


class OldRows(OldData):
    """The rows of one of `KINDS`; raises `StorageError` within the database's time limit. `at_once`: rows deleted in
    one transaction."""

    def __init__(self, database: Database, kind: str, at_once: int = _AT_ONCE) -> None:
        self._database, self._rows, self._at_once = database, KINDS[kind], at_once

    async def count(self, before: datetime) -> int:
        query = select(func.count()).select_from(self._rows.table).where(self._rows.over(before))

        def work(connection: Connection) -> int:
            return int(connection.scalar(query) or 0)

        return await self._database.read(work)

    async def delete(self, before: datetime, deleted: Callable[[int], None]) -> None:
        last: tuple[Any, ...] = ()
        while found := await self._some(before, last):
            began = monotonic()
            deleted(await self._gone(found, before))
            last = found[-1]
            # as long a rest as the work was: half of the time belongs to the calls
            await asyncio.sleep(monotonic() - began)

    async def _some(self, before: datetime, last: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The next rows that are over, as values of `order`."""
        order = self._rows.order
        query = select(*order).where(self._rows.over(before)).order_by(*order).limit(self._at_once)
        if last:
            query = query.where(_beyond(order, last))

        def work(connection: Connection) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(query)]

        return await self._database.read(work)

    async def _gone(self, found: list[tuple[Any, ...]], before: datetime) -> int:
        """How many of them were still over, and are deleted."""
        table, order = self._rows.table, self._rows.order
        key = list(table.primary_key.columns)
        named = [tuple(row[order.index(column)] for column in key) for row in found]
        mine = tuple_(*key).in_(named) if len(key) > 1 else key[0].in_([row[0] for row in named])
        # a row that somebody is changing now is left to the next run
        query: Select[Any] = select(*key).where(mine, self._rows.over(before)).with_for_update(skip_locked=True)

        def work(connection: Connection) -> int:
            over = [tuple(row) for row in connection.execute(query)]
            if not over:
                return 0
            for column in self._rows.hanging:
                connection.execute(delete(column.table).where(column.in_([row[0] for row in over])))
            which = tuple_(*key).in_(over) if len(key) > 1 else key[0].in_([row[0] for row in over])
            connection.execute(delete(table).where(which))
            return len(over)

        return await self._database.write(work)


def _beyond(order: tuple[Column[Any], ...], last: tuple[Any, ...]) -> ColumnElement[bool]:
    """(a, b) > (x, y), written so that every database and column type takes it."""
    first, *rest = order
    if not rest:
        beyond: ColumnElement[bool] = first > last[0]
        return beyond
    return or_(first > last[0], and_(first == last[0], _beyond(tuple(rest), last[1:])))
