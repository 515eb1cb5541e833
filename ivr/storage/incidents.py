"""Incidents and who wants to know when they are over. Ending one and telling its subscribers is one transaction."""

import builtins
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.domain.incidents import Incident
from ivr.domain.notices import INCIDENT_OVER
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database

_T = tables.incidents
_S = tables.incident_subscribers
_COUNT = select(func.count()).where(_S.c.incident == _T.c.id).correlate(_T).scalar_subquery().label("subscribers")


class SqlIncidents(ports.Incidents):
    """The port `Incidents`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, incident: Incident) -> None:
        row = {
            "id": incident.id,
            "categories": sorted(incident.categories),
            "regions": sorted(incident.regions),
            "severity": incident.severity,
            "texts": dict(incident.texts),
            "recorded": dict(incident.recorded),
            "starts_at": incident.starts_at,
            "ends_at": incident.ends_at,
            "created_at": incident.created_at,
            "created_by": incident.created_by,
            "ended_by": "",
            "heard": 0,
            "deflected": 0,
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(_T).values(row))

        await self._database.write(work)

    async def get(self, id: str) -> Incident | None:
        found = await self._several(select(_T, _COUNT).where(_T.c.id == id))
        return found[0] if found else None

    async def open(self) -> builtins.list[Incident]:
        return await self._several(select(_T, _COUNT).where(_T.c.ended_at.is_(None)).order_by(_T.c.starts_at, _T.c.id))

    async def list(self, limit: int = 50) -> builtins.list[Incident]:
        return await self._several(select(_T, _COUNT).order_by(_T.c.created_at.desc(), _T.c.id).limit(limit))

    async def end(self, id: str, by: str, at: datetime) -> int | None:
        def work(connection: Connection) -> int | None:
            return _end(connection, id, by, at)

        return await self._database.write(work)

    async def end_due(self, at: datetime) -> builtins.list[str]:
        due = select(_T.c.id).where(_T.c.ended_at.is_(None), _T.c.ends_at <= at).order_by(_T.c.id)

        def read(connection: Connection) -> builtins.list[str]:
            return [id for (id,) in connection.execute(due)]

        return [id for id in await self._database.read(read) if await self.end(id, "", at) is not None]

    async def subscribe(self, id: str, number: str, language: str, call_id: str, at: datetime) -> str:
        insert_ = sqlite.insert if self._database.sqlite else postgresql.insert

        def work(connection: Connection) -> str:
            # takes the row's lock: who subscribes while it ends is either told with the others or refused here
            there = connection.execute(
                update(_T)
                .where(_T.c.id == id, _T.c.ended_at.is_(None), or_(_T.c.ends_at.is_(None), _T.c.ends_at > at))
                .values(heard=_T.c.heard)
            )
            if there.rowcount != 1:
                return "over"
            done = connection.execute(
                insert_(_S)
                .values(incident=id, number=number, language=language, call_id=call_id, at=at)
                .on_conflict_do_nothing(index_elements=["incident", "number"])
            )
            return "subscribed" if done.rowcount == 1 else "already"

        return await self._database.write(work)

    async def count(self, id: str, heard: int = 0, deflected: int = 0) -> None:
        query = (
            update(_T)
            .where(_T.c.id == id)
            .values(heard=_T.c.heard + heard, deflected=_T.c.deflected + deflected)
        )

        def work(connection: Connection) -> None:
            connection.execute(query)

        await self._database.write(work)

    async def _several(self, query: Select[Any]) -> builtins.list[Incident]:
        def work(connection: Connection) -> builtins.list[Incident]:
            return [_incident(row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)


def _end(connection: Connection, id: str, by: str, at: datetime) -> int | None:
    """Of all who end it one does, and tells the subscribers."""
    done = connection.execute(
        update(_T).where(_T.c.id == id, _T.c.ended_at.is_(None)).values(ended_at=at, ended_by=by)
    )
    if done.rowcount != 1:
        return None
    wanting = connection.execute(
        select(_S.c.number, _S.c.language).where(_S.c.incident == id).order_by(_S.c.id)
    )
    rows = [
        {
            "kind": "sms",
            "number": number,
            "template": INCIDENT_OVER,
            "language": language,
            "ticket": "",
            "state": "queued",
            "created_at": at,
        }
        for number, language in wanting
    ]
    if rows:
        connection.execute(insert(tables.outbox), rows)
        # how many they were is kept, their numbers are not needed any more
        forgotten = literal("told-") + cast(_S.c.id, Text)
        connection.execute(update(_S).where(_S.c.incident == id).values(number=forgotten))
    return len(rows)


def _incident(row: Any) -> Incident:
    values = dict(row)
    values["categories"] = frozenset(values["categories"])
    values["regions"] = frozenset(values["regions"])
    return Incident(**values)
