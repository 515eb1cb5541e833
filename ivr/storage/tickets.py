"""Tickets in the database: added once, moved by compare-and-set, with a history that is only ever appended to."""

import builtins
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from ivr.domain.tickets import DUE, RUNNING, Ticket, TicketEvent
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database

# built once: to build a statement, and to find that it is a known one, takes longer than to run it
_BY_NUMBER = select(tables.tickets).where(tables.tickets.c.number == bindparam("of"))
_BY_CALL = select(tables.tickets).where(tables.tickets.c.call_id == bindparam("of"))
_ADD, _ADD_EVENT = insert(tables.tickets), insert(tables.ticket_events)
#: What a move may change.
_CHANGING = ("status", "version", "priority", "due_at", "due_digest")


class SqlTickets(ports.Tickets):
    """The port `Tickets`; every method raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, ticket: Ticket, event: TicketEvent) -> bool:
        """Store both or neither, durably; False when the number, or the call's one ticket, is there already."""

        def work(connection: Connection) -> bool:
            connection.execute(_ADD, [_row(ticket)])
            connection.execute(_ADD_EVENT, [vars(event)])
            return True

        try:
            return await self._database.write(work)
        except IntegrityError:
            return False

    async def get(self, number: str) -> Ticket | None:
        return await self._one(_BY_NUMBER, number)

    async def for_call(self, call_id: str) -> Ticket | None:
        """The ticket opened by this call, if any."""
        return await self._one(_BY_CALL, call_id) if call_id else None

    async def append(self, event: TicketEvent, ticket: Ticket | None = None) -> bool:
        """Append an event. With `ticket` (as it is after the move) also move it: one mover wins, others get False."""

        def work(connection: Connection) -> bool:
            if ticket is not None:
                # The version as well as the status: open -> taken -> released is open again, yet not the same.
                moved = connection.execute(
                    update(tables.tickets)
                    .where(
                        tables.tickets.c.number == event.number,
                        tables.tickets.c.status == event.before,
                        tables.tickets.c.version == ticket.version - 1,
                    )
                    .values({name: _row(ticket)[name] for name in _CHANGING})
                )
                if moved.rowcount != 1:
                    return False
            connection.execute(_ADD_EVENT, [vars(event)])
            return True

        try:
            return await self._database.write(work)
        except IntegrityError:  # no such ticket
            return False

    async def events(self, number: str) -> builtins.list[TicketEvent]:
        """The ticket's history, oldest first."""
        return (await self.histories([number])).get(number, [])

    async def histories(self, numbers: Sequence[str]) -> dict[str, builtins.list[TicketEvent]]:
        query = (
            select(tables.ticket_events)
            .where(tables.ticket_events.c.number.in_(numbers))
            .order_by(tables.ticket_events.c.id)
        )

        def work(connection: Connection) -> dict[str, builtins.list[TicketEvent]]:
            found: dict[str, builtins.list[TicketEvent]] = {}
            for row in connection.execute(query).mappings():
                event = TicketEvent(**{k: v for k, v in row.items() if k != "id"})
                found.setdefault(event.number, []).append(event)
            return found

        return await self._database.read(work)

    async def overdue(self, at: datetime, limit: int) -> builtins.list[Ticket]:
        """Tickets that were due before `at` and are not answered, the longest overdue first, at most `limit`."""
        query = (
            select(tables.tickets)
            .where(tables.tickets.c.status.in_(RUNNING), tables.tickets.c.due_at < at)
            .order_by(tables.tickets.c.due_at, tables.tickets.c.number)
            .limit(limit)
        )
        return await self._several(query)

    async def stale(self, digest: str, after: str, limit: int) -> builtins.list[Ticket]:
        query = (
            select(tables.tickets)
            .where(_stale(digest), tables.tickets.c.number > after)
            .order_by(tables.tickets.c.number)
            .limit(limit)
        )
        return await self._several(query)

    async def stale_count(self, digest: str) -> int:
        """How many tickets `stale` would give in all."""
        query = select(func.count()).select_from(tables.tickets).where(_stale(digest))

        def work(connection: Connection) -> int:
            return int(connection.execute(query).scalar_one())

        return await self._database.read(work)

    async def set_due(self, tickets: Sequence[Ticket]) -> None:
        # whoever moved a ticket meanwhile has worked out its due moment himself
        change = (
            update(tables.tickets)
            .where(tables.tickets.c.number == bindparam("of"), tables.tickets.c.version == bindparam("seen"))
            .values(due_at=bindparam("due"), due_digest=bindparam("digest"))
        )

        rows = [
            {"of": one.number, "seen": one.version, "due": one.due_at, "digest": one.due_digest or None}
            for one in tickets
        ]

        def work(connection: Connection) -> None:
            connection.execute(change, rows)

        if rows:
            await self._database.write(work)

    async def list(self, status: str | None = None, category: str | None = None, limit: int = 50) -> list[Ticket]:
        """The newest tickets first, at most `limit`."""
        query = select(tables.tickets).order_by(tables.tickets.c.opened_at.desc(), tables.tickets.c.number).limit(limit)
        if status is not None:
            query = query.where(tables.tickets.c.status == status)
        if category is not None:
            query = query.where(tables.tickets.c.category == category)

        return await self._several(query)

    async def counts(self) -> dict[str, int]:
        """How many tickets there are by status."""
        query = select(tables.tickets.c.status, func.count()).group_by(tables.tickets.c.status)

        def work(connection: Connection) -> dict[str, int]:
            return {status: count for status, count in connection.execute(query)}

        return await self._database.read(work)

    async def _several(self, query: Select[Any]) -> builtins.list[Ticket]:
        def work(connection: Connection) -> builtins.list[Ticket]:
            return [_ticket(row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)

    async def _one(self, query: Select[Any], of: str) -> Ticket | None:
        def work(connection: Connection) -> Ticket | None:
            row = connection.execute(query, {"of": of}).mappings().first()
            return None if row is None else _ticket(row)

        return await self._database.read(work)


def _stale(digest: str) -> ColumnElement[bool]:
    table = tables.tickets.c
    # two comparisons with the indexed column instead of one "is not": each of them is a range
    other = or_(table.due_digest < digest, table.due_digest > digest)
    return or_(table.due_digest.is_(None), and_(other, table.status.in_(DUE)))


def _row(ticket: Ticket) -> dict[str, Any]:
    return {**vars(ticket), "call_id": ticket.call_id or None, "due_digest": ticket.due_digest or None}


def _ticket(row: RowMapping) -> Ticket:
    return Ticket(**{**row, "call_id": row["call_id"] or "", "due_digest": row["due_digest"] or ""})
