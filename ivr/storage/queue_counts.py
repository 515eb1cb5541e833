"""Counts of queues and operators by half hours, added together with the place in the queue_log that they came from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.domain.queue_counts import AGENT_FIELDS, QUEUE_FIELDS, Counts, Key
from ivr.services.live_ports import CountStore, LogPlace
from ivr.storage import tables
from ivr.storage.engine import Database

_PLACE = tables.queue_log_place
_TABLES = {"queue": (tables.queue_counts, QUEUE_FIELDS), "agent": (tables.agent_counts, AGENT_FIELDS)}


class SqlQueueCounts(CountStore):
    """The port `CountStore`; every method raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self) -> tuple[LogPlace, dict[str, Any]]:
        def work(connection: Connection) -> tuple[LogPlace, dict[str, Any]]:
            row = connection.execute(select(_PLACE)).mappings().first()
            return (LogPlace(row["file"], row["offset"]), row["visits"]) if row else (LogPlace(), {})

        return await self._database.read(work)

    async def since(self, moment: datetime) -> dict[Key, Counts]:
        def work(connection: Connection) -> dict[Key, Counts]:
            found: dict[Key, Counts] = {}
            for kind, (table, fields) in _TABLES.items():
                for row in connection.execute(select(table).where(table.c.since >= moment)).mappings():
                    found[kind, row[kind], row["since"]] = {name: row[name] for name in fields if row[name]}
            return found

        return await self._database.read(work)

    async def add(
        self, counts: Mapping[Key, Counts], before: LogPlace, after: LogPlace, visits: Mapping[str, Any] | None
    ) -> bool:
        dialect = sqlite if self._database.sqlite else postgresql

        def work(connection: Connection) -> bool:
            if before == LogPlace():
                first = dialect.insert(_PLACE).values(id=1, file="", offset=0, visits={})
                connection.execute(first.on_conflict_do_nothing(index_elements=["id"]))
            there = (_PLACE.c.file == before.file, _PLACE.c.offset == before.offset)
            moved = update(_PLACE).where(*there).values(file=after.file, offset=after.offset)
            if visits is not None:
                moved = moved.values(visits=dict(visits))
            if connection.execute(moved).rowcount != 1:
                return False
            for kind, (table, known) in _TABLES.items():
                rows = [
                    {kind: name, "since": since, **{field: fields.get(field, 0) for field in known}}
                    for (what, name, since), fields in counts.items()
                    if what == kind and not fields.keys().isdisjoint(known)
                ]
                if rows:
                    # one statement for all rows: a backlog must not outlast the time limit, nor hold up other writers
                    put = dialect.insert(table)
                    added = {field: table.c[field] + put.excluded[field] for field in known}
                    connection.execute(
                        put.on_conflict_do_update(index_elements=[kind, "since"], set_=added), rows
                    )
            return True

        return await self._database.write(work)
