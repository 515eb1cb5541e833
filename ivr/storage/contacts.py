"""What operators write down of their conversations; one row for a call and an operator."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from ivr.domain.contacts import Contact
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database


class SqlContacts(ports.Contacts):
    """The port `Contacts`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, contact: Contact) -> Contact:
        def work(connection: Connection) -> None:
            connection.execute(insert(tables.contacts).values(_row(contact)))

        try:
            await self._database.write(work)
        except IntegrityError:
            return await self.get(contact.call_id, contact.operator) or contact
        return contact

    async def get(self, call_id: str, operator: str) -> Contact | None:
        table = tables.contacts
        found = await self._all(select(table).where(table.c.call_id == call_id, table.c.operator == operator))
        return found[0] if found else None

    async def save(self, contact: Contact) -> bool:
        table = tables.contacts

        def work(connection: Connection) -> bool:
            done = connection.execute(
                update(table)
                .where(
                    table.c.call_id == contact.call_id,
                    table.c.operator == contact.operator,
                    table.c.version == contact.version - 1,
                )
                .values({name: value for name, value in _row(contact).items() if name != "talked_until"})
            )
            return bool(done.rowcount == 1)

        return await self._database.write(work)

    async def talked(self, call_id: str, operator: str, until: datetime) -> None:
        table = tables.contacts
        mine = (table.c.call_id == call_id, table.c.operator == operator, table.c.talked_until.is_(None))

        def work(connection: Connection) -> None:
            connection.execute(update(table).where(*mine).values(talked_until=until))

        await self._database.write(work)

    async def of_calls(self, call_ids: Sequence[str]) -> list[Contact]:
        table = tables.contacts
        return await self._all(select(table).where(table.c.call_id.in_(call_ids)).order_by(table.c.began_at))

    async def of_operator(self, operator: str, limit: int) -> list[Contact]:
        table = tables.contacts
        query = select(table).where(table.c.operator == operator).order_by(table.c.began_at.desc()).limit(limit)
        return await self._all(query)

    async def _all(self, query: Select[Any]) -> list[Contact]:
        def work(connection: Connection) -> list[Contact]:
            return [_contact(row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)


def _row(contact: Contact) -> dict[str, Any]:
    return {**asdict(contact), "clarified": [list(pair) for pair in contact.clarified], "forms": dict(contact.forms)}


def _contact(row: RowMapping) -> Contact:
    fields: Mapping[str, Any] = dict(row)
    pairs = tuple((question, answer) for question, answer in fields["clarified"])
    return Contact(**{**fields, "clarified": pairs})
