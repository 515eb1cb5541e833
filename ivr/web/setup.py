"""The first administrator: whoever has the one-time link that the start printed makes his account with it."""

import asyncio
import hashlib
import hmac
import logging

from aiohttp import web
from pydantic import Field, SecretStr

from ivr.services.account_desk import AccountDesk
from ivr.services.accounts import SessionDesk
from ivr.web.account_faults import told
from ivr.web.faults import WebFault
from ivr.web.login import Logins, WhoAmI
from ivr.web.routes import PUBLIC, Body, Password, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
_ROLES = frozenset({"operator", "supervisor", "administrator"})


class First(Body):
    token: SecretStr = Field(min_length=1, max_length=100)
    login: str = Field(max_length=64)
    name: str = Field(max_length=200)
    password: Password = Field(max_length=1000)


class FirstAdministrator:
    """POST /api/setup. `digest`: SHA-256 of the link's token, "" when there is none; `phone`: the operator login that
    the first person answers with. Good once, and only while there is no account."""

    def __init__(self, accounts: AccountDesk, sessions: SessionDesk, logins: Logins, digest: str, phone: str) -> None:
        self._accounts, self._sessions, self._logins = accounts, sessions, logins
        self._digest, self._phone = digest, phone
        self._one = asyncio.Lock()

    def routes(self) -> list[Route]:
        return [Route("POST", "/api/setup", self.make, PUBLIC, "Make the first administrator with the one-time link",
                      body=First, answer=WhoAmI, per_minute=10)]

    async def make(self, visit: Visit) -> web.Response:
        given = hashlib.sha256(visit.body.token.get_secret_value().encode()).hexdigest()
        async with self._one:
            if not self._digest or not hmac.compare_digest(given, self._digest) or await self._accounts.any():
                raise WebFault("link_over", 403, {
                    "ru": "Эта ссылка уже не действует. Учётную запись можно завести командой ivr users add.",
                    "en": "This link is no longer good. `ivr users add` makes an account."})
            with told():
                account = await self._accounts.add(
                    visit.body.login, visit.body.name, _ROLES, visit.body.password.get_secret_value(), visit.at,
                    self._phone, visit.language)
            self._digest = ""
        log.info("the first administrator is made", extra={"action": "first_administrator"})
        return self._logins.welcome(account, await self._sessions.open(account, visit.at), visit)
