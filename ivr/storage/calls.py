"""Calls read back from the journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

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

    async def list(self, limit: int = 50, since: datetime | None = None) -> list[CallRecord]:
        """The newest calls first, at most `limit`; with their steps."""
        query = select(tables.calls).order_by(tables.calls.c.started_at.desc(), tables.calls.c.call_id)
        if since is not None:
            query = query.where(tables.calls.c.started_at >= since)
        return await self._fold(query.limit(limit))

    async def _fold(self, query: Any) -> "list_[CallRecord]":
        async def work(connection: AsyncConnection) -> "list_[CallRecord]":
            calls = list((await connection.execute(query)).mappings())
            ids = [row["call_id"] for row in calls]
            steps: dict[str, list[CallStep]] = {call_id: [] for call_id in ids}
            journal, ratings = tables.journal, tables.ratings
            events = select(journal).where(journal.c.call_id.in_(ids)).order_by(journal.c.id)
            for row in (await connection.execute(events)).mappings():
                steps[row["call_id"]].append(CallStep(row["at"], row["kind"], row["data"]))
            scores = {
                row["call_id"]: row["score"]
                for row in (await connection.execute(select(ratings).where(ratings.c.call_id.in_(ids)))).mappings()
            }
            return [
                fold(row["call_id"], steps[row["call_id"]], row["caller"], scores.get(row["call_id"])) for row in calls
            ]

        return await self._database.read(work)
