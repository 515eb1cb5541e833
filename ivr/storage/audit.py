"""The audit: appended to, its outcomes filled in once."""

import builtins

from sqlalchemy import Connection, insert, select, update

from ivr.domain.audit import AuditEntry, audit_data
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database

_T = tables.audit


class SqlAudit(ports.Audit):
    """The port `Audit`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry) -> int:
        row = {
            "at": entry.at,
            "who": entry.who,
            "action": entry.action,
            "target": entry.target,
            "outcome": entry.outcome,
            **audit_data(entry),
        }

        def work(connection: Connection) -> int:
            return int(connection.execute(insert(_T).values(row).returning(_T.c.id)).scalar_one())

        return await self._database.write(work)

    async def settle(self, id: int, outcome: str) -> None:
        query = update(_T).where(_T.c.id == id, _T.c.outcome == "").values(outcome=outcome)

        def work(connection: Connection) -> None:
            connection.execute(query)

        await self._database.write(work)

    async def latest(
        self, limit: int, before: int = 0, action: str = "", target: str = ""
    ) -> builtins.list[AuditEntry]:
        query = select(_T).order_by(_T.c.id.desc()).limit(limit)
        if before:
            query = query.where(_T.c.id < before)
        if action:
            query = query.where(_T.c.action == action)
        if target:
            query = query.where(_T.c.target == target)

        def work(connection: Connection) -> builtins.list[AuditEntry]:
            return [AuditEntry(**row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)
