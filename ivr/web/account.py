"""«My account»: one's own language, theme and password."""

from typing import Literal

from pydantic import BaseModel, Field

from ivr.domain.account_words import WORDS
from ivr.domain.accounts import Account
from ivr.services.account_desk import AccountDesk
from ivr.web.account_faults import told
from ivr.web.faults import WebFault
from ivr.web.live import Live
from ivr.web.login import Throttle
from ivr.web.routes import ANYBODY, Body, Password, Route
from ivr.web.visit import Visit


class Preferences(Body):
    """What is left out stays. `language` "": as the browser asks."""

    language: Literal["", "ru", "en"] | None = None
    theme: Literal["auto", "light", "dark"] | None = None


class Passwords(Body):
    old: Password = Field(max_length=1000)
    password: Password = Field(max_length=1000)


class Mine(BaseModel):
    login: str
    name: str
    roles: list[str]
    phone: str
    language: str
    theme: str


class MyAccount:
    """GET and PUT /api/account, POST /api/account/password."""

    def __init__(self, accounts: AccountDesk, live: Live) -> None:
        self._accounts, self._live = accounts, live
        self._throttle = Throttle()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/account", self.show, ANYBODY, "My account", answer=Mine),
            Route("PUT", "/api/account", self.prefer, ANYBODY, "Choose language and theme", body=Preferences,
                  answer=Mine),
            Route("POST", "/api/account/password", self.password, ANYBODY,
                  "Change the password; every other session ends", body=Passwords),
        ]

    async def show(self, visit: Visit) -> Mine:
        return _mine(await self._accounts.get(visit.me.login))

    async def prefer(self, visit: Visit) -> Mine:
        with told():
            return _mine(await self._accounts.change(visit.me.login, **visit.body.model_dump(exclude_none=True)))

    async def password(self, visit: Visit) -> None:
        assert visit.session is not None
        login = visit.me.login
        # an unattended browser is no place to guess it either
        self._throttle.admit(login, visit.address, visit.at)
        if not await self._accounts.check_password(login, visit.body.old.get_secret_value()):
            raise WebFault("bad_account", 400, WORDS["bad_account"], {"old": WORDS["password_wrong"]})
        with told():
            await self._accounts.set_password(login, visit.body.password.get_secret_value(), visit.session.id)
        self._throttle.succeeded(login, visit.address)
        await self._live.dismiss(login, but_session=visit.session.id)


def _mine(account: Account) -> Mine:
    return Mine(login=account.login, name=account.name, roles=sorted(account.roles), phone=account.phone,
                language=account.language, theme=account.theme)
