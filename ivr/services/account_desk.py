"""Looking after accounts: making, changing, disabling them, with the rules in one place for page and command line."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ivr.domain.accounts import Account, account_faults, login_of, password_fault
from ivr.errors import HotlineError
from ivr.services.accounts import Accounts, Hasher, Sessions

#: Letters and digits that nobody mixes up when reading them aloud.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class AccountFault(HotlineError):
    """This cannot be done to the account."""

    def __init__(self, error_id: str, fields: Mapping[str, str] | None = None) -> None:
        """`error_id`, and field -> fault, are words: `account_words`."""
        self.error_id, self.fields = error_id, dict(fields or {})
        super().__init__(error_id)


def make_password() -> str:
    """A random one that can be typed from paper: four groups of four, 80 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


class AccountDesk:
    """All of it may raise `AccountFault` and `StorageError`."""

    def __init__(self, accounts: Accounts, sessions: Sessions, hasher: Hasher) -> None:
        self._accounts, self._sessions, self._hasher = accounts, sessions, hasher

    async def list(self) -> Sequence[Account]:
        return await self._accounts.list()

    async def get(self, login: str) -> Account:
        account = await self._accounts.get(login_of(login))
        if account is None:
            raise AccountFault("no_account")
        return account

    async def any(self) -> bool:
        """Is there any account?"""
        return await self._accounts.count() > 0

    async def add(
        self, login: str, name: str, roles: frozenset[str], password: str, at: datetime, phone: str = "",
        language: str = "", demo: bool = False,
    ) -> Account:
        """A new account."""
        login, name = login_of(login), name.strip()
        fields = account_faults(login, name, roles, phone)
        if fault := password_fault(password, login, name):
            fields["password"] = f"password_{fault}"
        if fields:
            raise AccountFault("bad_account", fields)
        account = Account(login, name, roles, at, phone, await self._hasher.hash(password),  # type: ignore[arg-type]
                          language, demo=demo)
        if not await self._accounts.add(account):
            raise AccountFault("login_taken", {"login": "login_taken"})
        return account

    async def change(self, login: str, **changes: Any) -> Account:
        """Change name, roles, phone, language, theme or disabled. Who may no longer be here is logged out."""
        before = await self.get(login)
        after = replace(before, **changes)
        if fields := account_faults(after.login, after.name, after.roles, after.phone):
            raise AccountFault("bad_account", fields)
        if _rules(before) and not _rules(after):
            await self._another_administrator(before.login)
        if not await self._accounts.save(after, changes):
            raise AccountFault("no_account")
        if after.disabled and not before.disabled:
            await self._sessions.end_all(after.login)
        return after

    async def set_password(self, login: str, password: str, but_session: str = "") -> Account:
        """A new password; every session but one ends."""
        account = await self.get(login)
        if fault := password_fault(password, account.login, account.name):
            raise AccountFault("bad_account", {"password": f"password_{fault}"})
        account = replace(account, password=await self._hasher.hash(password))
        if not await self._accounts.save(account, ("password",)):
            raise AccountFault("no_account")
        await self._sessions.end_all(account.login, but_session)
        return account

    async def check_password(self, login: str, password: str) -> bool:
        """Is it his?"""
        account = await self.get(login)
        return await self._hasher.matches(account.password, password)

    async def remove(self, login: str) -> Account:
        """Gone for good, with all sessions."""
        account = await self.get(login)
        if _rules(account):
            await self._another_administrator(account.login)
        await self._accounts.remove(account.login)
        return account

    async def remove_demo(self) -> int:
        """Take the accounts of a demonstration away; how many there were."""
        demo = [account.login for account in await self._accounts.list() if account.demo]
        for login in demo:
            await self._accounts.remove(login)
        return len(demo)

    async def _another_administrator(self, login: str) -> None:
        if not any(_rules(account) for account in await self._accounts.list() if account.login != login):
            raise AccountFault("last_administrator")


def _rules(account: Account) -> bool:
    return "administrator" in account.roles and not account.disabled
