"""Accounts and their sessions in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ivr.domain.accounts import ROLES, Account, Role
from ivr.services import accounts as ports
from ivr.services.accounts import Session
from ivr.storage import tables
from ivr.storage.engine import Database


class SqlAccounts(ports.Accounts):
    """The port `Accounts`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, login: str) -> Account | None:
        query = select(tables.users).where(tables.users.c.login == login)

        def work(connection: Connection) -> Account | None:
            row = connection.execute(query).mappings().one_or_none()
            return _account(row) if row else None

        return await self._database.read(work)

    async def list(self) -> Sequence[Account]:
        query = select(tables.users).order_by(tables.users.c.login)

        def work(connection: Connection) -> Sequence[Account]:
            return [_account(row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)

    async def count(self) -> int:
        def work(connection: Connection) -> int:
            return int((connection.execute(select(func.count()).select_from(tables.users))).scalar_one())

        return await self._database.read(work)

    async def add(self, account: Account) -> bool:
        def work(connection: Connection) -> None:
            connection.execute(insert(tables.users).values(_row(account)))

        try:
            await self._database.write(work)
        except IntegrityError:
            return False
        return True

    async def save(self, account: Account, fields: Collection[str], instead_of: str | None = None) -> bool:
        values = {name: value for name, value in _row(account).items() if name in (*fields, "login")}
        query = update(tables.users).where(tables.users.c.login == account.login).values(values)
        if instead_of is not None:
            query = query.where(tables.users.c.password == instead_of)

        def work(connection: Connection) -> bool:
            return bool(connection.execute(query).rowcount)

        return await self._database.write(work)

    async def remove(self, login: str) -> bool:
        def work(connection: Connection) -> bool:
            connection.execute(delete(tables.sessions).where(tables.sessions.c.login == login))
            gone = connection.execute(delete(tables.users).where(tables.users.c.login == login))
            return bool(gone.rowcount)

        return await self._database.write(work)


class SqlSessions(ports.Sessions):
    """The port `Sessions`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> None:
        row = {"id": session.id, "login": session.login, "created_at": session.created_at,
               "seen_at": session.seen_at, "expires_at": session.expires_at}
        await self._do(insert(tables.sessions).values(row))

    async def find(self, id: str) -> tuple[Session, Account] | None:
        own = tables.sessions
        query = (
            select(tables.users, own.c.id, own.c.created_at.label("begun_at"), own.c.seen_at, own.c.expires_at)
            .join(own, own.c.login == tables.users.c.login)
            .where(own.c.id == id)
        )

        def work(connection: Connection) -> tuple[Session, Account] | None:
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                return None
            account = _account(row)
            return Session(row["id"], account.login, row["begun_at"], row["seen_at"], row["expires_at"]), account

        return await self._database.read(work)

    async def seen(self, id: str, at: datetime) -> None:
        await self._do(update(tables.sessions).where(tables.sessions.c.id == id).values(seen_at=at))

    async def end(self, id: str) -> None:
        await self._do(delete(tables.sessions).where(tables.sessions.c.id == id))

    async def end_all(self, login: str, but: str = "") -> None:
        await self._do(delete(tables.sessions).where(tables.sessions.c.login == login, tables.sessions.c.id != but))

    async def sweep(self, at: datetime, idle_since: datetime) -> int:
        over = or_(tables.sessions.c.expires_at <= at, tables.sessions.c.seen_at < idle_since)
        return await self._do(delete(tables.sessions).where(over))

    async def _do(self, statement: Any) -> int:
        def work(connection: Connection) -> int:
            return int(connection.execute(statement).rowcount)

        return await self._database.write(work)


def _row(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "name": account.name,
        "roles": " ".join(role for role in ROLES if role in account.roles),
        "phone": account.phone,
        "password": account.password,
        "language": account.language,
        "theme": account.theme,
        "disabled": account.disabled,
        "demo": account.demo,
        "created_at": account.created_at,
    }


def _account(row: Any) -> Account:
    roles = frozenset(cast(Role, role) for role in row["roles"].split() if role in ROLES)
    return Account(
        row["login"], row["name"], roles, row["created_at"], row["phone"], row["password"], row["language"],
        row["theme"], row["disabled"], row["demo"],
    )
