"""The regions kept for numbers: chosen by the caller with consent, or written on the caller's card by an operator."""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from ivr.domain.whereabouts import KnownPlace
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database

log = logging.getLogger(__name__)
_KEPT = ("chosen", "card")
_INSERT: dict[bool, Callable[[Any], Any]] = {True: sqlite.insert, False: postgresql.insert}
_T = tables.known_places
#: Built once: every call asks it.
_GET = select(_T.c.region, _T.c.confidence, _T.c.at).where(_T.c.number == bindparam("of"))


class SqlKnownPlaces(ports.KnownPlaces):
    """The port `KnownPlaces`; one row a number. Raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, number: str) -> KnownPlace | None:
        def work(connection: Connection) -> KnownPlace | None:
            # a row that was damaged by hand (SQLite takes any text for a time) is none, and no fault of the caller's
            try:
                row = connection.execute(_GET, {"of": number}).mappings().first()
            except (ValueError, TypeError) as error:
                _damaged(type(error).__name__)
                return None
            if row is not None and row["confidence"] not in _KEPT:
                _damaged("confidence")
                return None
            return None if row is None else KnownPlace(**row)

        return await self._database.read(work)

    async def keep(self, number: str, place: KnownPlace) -> None:
        table = tables.known_places
        new = {"region": place.region, "confidence": place.confidence, "at": place.at}
        # one statement: a choice that comes in meanwhile is not overwritten by a card either
        put = _INSERT[self._database.sqlite](table).values(number=number, **new)
        put = put.on_conflict_do_update(
            index_elements=[table.c.number],
            set_=new,
            where=or_(table.c.confidence != "chosen", put.excluded.confidence == "chosen"),
        )

        def work(connection: Connection) -> None:
            connection.execute(put)

        await self._database.write(work)

    async def forget(self, number: str) -> bool:
        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(tables.known_places).where(tables.known_places.c.number == number))
            return bool(gone.rowcount)

        return await self._database.write(work)


def _damaged(what: str) -> None:
    log.warning("the region kept for a caller cannot be read (%s) and does not count until it is kept anew", what,
                extra={"action": "place_damaged"})  # fmt: skip
