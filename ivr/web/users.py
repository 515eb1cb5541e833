"""Accounts for administrators: who is there, what may they do; new ones, new passwords, an end."""

import logging
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from ivr.domain.accounts import Account, Role, login_of
from ivr.services.account_desk import AccountDesk, make_password
from ivr.web.account_faults import told
from ivr.web.faults import WebFault
from ivr.web.live import Live
from ivr.web.routes import Body, Password, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
_ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})


class NewUser(Body):
    """`password` left out: a random one is made and answered, once."""

    login: str = Field(max_length=64, examples=["anna"])
    name: str = Field(max_length=200, examples=["Анна"])
    roles: list[Role] = Field(max_length=4, examples=[["operator"]])
    phone: str = Field(default="", max_length=10, examples=["101"])
    password: Password | None = Field(default=None, max_length=1000)


class ChangedUser(Body):
    """What is left out stays."""

    name: str | None = Field(default=None, max_length=200)
    roles: list[Role] | None = Field(default=None, max_length=4)
    phone: str | None = Field(default=None, max_length=10)
    disabled: bool | None = None


class OneUser(BaseModel):
    """`password` is there once, when it has just been made."""

    login: str
    name: str
    roles: list[str]
    phone: str
    disabled: bool
    demo: bool
    created_at: datetime
    password: str | None = None


class AllUsers(BaseModel):
    """`phones`: operator logins that an account can answer with."""

    users: list[OneUser]
    phones: list[str]


class Users:
    """/api/users. `phones`: the logins of the configured operators."""

    def __init__(self, accounts: AccountDesk, live: Live, phones: Sequence[str]) -> None:
        self._accounts, self._live, self._phones = accounts, live, list(phones)

    def routes(self) -> list[Route]:
        one = "/api/users/{login}"
        return [
            Route("GET", "/api/users", self.all, _ADMINISTRATORS, "All accounts", answer=AllUsers),
            Route("POST", "/api/users", self.add, _ADMINISTRATORS, "Make an account", body=NewUser, answer=OneUser),
            Route("PUT", one, self.change, _ADMINISTRATORS, "Change an account", body=ChangedUser, answer=OneUser),
            Route("DELETE", one, self.remove, _ADMINISTRATORS, "Remove an account"),
            Route("POST", f"{one}/password", self.reset, _ADMINISTRATORS,
                  "Set a random password, answered once; every session of the account ends", answer=OneUser),
        ]

    async def all(self, visit: Visit) -> AllUsers:
        return AllUsers(users=[_one(account) for account in await self._accounts.list()], phones=self._phones)

    async def add(self, visit: Visit) -> OneUser:
        body: NewUser = visit.body
        password = body.password.get_secret_value() if body.password else make_password()
        with told():
            account = await self._accounts.add(body.login, body.name, frozenset(body.roles), password, visit.at,
                                               body.phone)
        self._noted(visit, "made", account.login)
        return _one(account, None if body.password else password)

    async def change(self, visit: Visit) -> OneUser:
        changes = visit.body.model_dump(exclude_none=True)
        if "roles" in changes:
            changes["roles"] = frozenset(changes["roles"])
        if changes.get("disabled"):
            self._another(visit)
        with told():
            account = await self._accounts.change(visit.path["login"], **changes)
        # sockets were opened with the roles before
        await self._live.dismiss(account.login)
        self._noted(visit, "changed", account.login)
        return _one(account)

    async def remove(self, visit: Visit) -> None:
        self._another(visit)
        with told():
            account = await self._accounts.remove(visit.path["login"])
        await self._live.dismiss(account.login)
        self._noted(visit, "removed", account.login)

    async def reset(self, visit: Visit) -> OneUser:
        self._another(visit)
        password = make_password()
        with told():
            account = await self._accounts.set_password(visit.path["login"], password)
        await self._live.dismiss(account.login)
        self._noted(visit, "given a new password", account.login)
        return _one(account, password)

    @staticmethod
    def _another(visit: Visit) -> None:
        if login_of(visit.path["login"]) == visit.me.login:
            raise WebFault("yourself", 409, {"ru": "Для своей записи это делает другой администратор.",
                                             "en": "For your own account another administrator does this."})

    @staticmethod
    def _noted(visit: Visit, what: str, login: str) -> None:
        log.info("account %s: %s by %s", login, what, visit.me.login, extra={"action": "account"})


def _one(account: Account, password: str | None = None) -> OneUser:
    return OneUser(login=account.login, name=account.name, roles=sorted(account.roles), phone=account.phone,
                   disabled=account.disabled, demo=account.demo, created_at=account.created_at, password=password)
