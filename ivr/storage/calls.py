"""Calls read back from the journal."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from ivr.domain.call_summary import CallLine, CallSearch, CallSummary
from ivr.domain.calls import CallRecord, CallStep, fold
from ivr.storage import tables
from ivr.storage.engine import Database

list_ = list  # inside the class, `list` is its method


class SqlCalls:
    """Reading only; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, call_id: str) -> CallRecord | None:
        """One call with every step."""
        found = await self._fold(select(tables.calls).where(tables.calls.c.call_id == call_id))
        return found[0] if found else None

    async def several(self, call_ids: Sequence[str]) -> "list_[CallRecord]":
        """Those of them that are kept, each with every step."""
        return await self._fold(select(tables.calls).where(tables.calls.c.call_id.in_(call_ids)))

    async def list(self, limit: int = 50, since: datetime | None = None) -> list[CallRecord]:
        """The newest calls first, at most `limit`; with their steps."""
        query = select(tables.calls).order_by(tables.calls.c.started_at.desc(), tables.calls.c.call_id)
        if since is not None:
            query = query.where(tables.calls.c.started_at >= since)
        return await self._fold(query.limit(limit))

    async def lasting(self, since: datetime, until: datetime, limit: int = 1000) -> "list_[str]":
        """Ids of the calls without an ending that began in that time, oldest first."""
        table = tables.calls
        query = (
            select(table.c.call_id)
            .where(tables.LASTING, table.c.started_at >= since, table.c.started_at < until)
            .order_by(table.c.started_at)
            .limit(limit)
        )

        def work(connection: Connection) -> "list_[str]":
            return list(connection.execute(query).scalars())

        return await self._database.read(work)

    async def search(self, wanted: CallSearch) -> "list_[CallLine]":
        """The calls that fit, newest first; a line each, without their steps."""
        table, score = tables.calls, tables.ratings.c.score
        query = select(table, score).join(tables.ratings, tables.ratings.c.call_id == table.c.call_id, isouter=True)
        for name in ("ticket", "operator", "queue", "category", "region", "language", "source", "reason"):
            if value := getattr(wanted, name):
                query = query.where(table.c[name] == value)
        if wanted.number:
            query = query.where(tables.CALLED, table.c.caller == wanted.number)
        if wanted.since is not None:
            query = query.where(table.c.started_at >= wanted.since)
        if wanted.until is not None:
            query = query.where(table.c.started_at < wanted.until)
        if wanted.after is not None:
            at, call_id = wanted.after
            older = and_(table.c.started_at == at, table.c.call_id > call_id)
            # the first comparison alone is a range of the index: without it every newer call is read and left out
            query = query.where(table.c.started_at <= at, or_(table.c.started_at < at, older))
        query = query.order_by(table.c.started_at.desc(), table.c.call_id).limit(wanted.limit)
        names = [field.name for field in fields(CallSummary)]

        def work(connection: Connection) -> "list_[CallLine]":
            rows = connection.execute(query).mappings()
            return [
                CallLine(row["call_id"], row["caller"], row["started_at"],
                         CallSummary(**{name: row[name] for name in names}), row["score"])
                for row in rows
            ]  # fmt: skip

        return await self._database.read(work)

    async def _fold(self, query: Any) -> "list_[CallRecord]":
        def work(connection: Connection) -> "list_[CallRecord]":
            calls = list(connection.execute(query).mappings())
            ids = [row["call_id"] for row in calls]
            steps: dict[str, list[CallStep]] = {call_id: [] for call_id in ids}
            journal, ratings = tables.journal, tables.ratings
            events = select(journal).where(journal.c.call_id.in_(ids)).order_by(journal.c.id)
            for row in connection.execute(events).mappings():
                steps[row["call_id"]].append(CallStep(row["at"], row["kind"], row["data"]))
            scores = {
                row["call_id"]: row["score"]
                for row in (connection.execute(select(ratings).where(ratings.c.call_id.in_(ids)))).mappings()
            }
            return [
                fold(row["call_id"], steps[row["call_id"]], row["caller"], scores.get(row["call_id"])) for row in calls
            ]

        return await self._database.read(work)
