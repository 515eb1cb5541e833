"""Logging in and out, and what a page asks first: who am I?"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from ivr.domain.accounts import Account, login_of
from ivr.services.accounts import SessionDesk, csrf_of
from ivr.web.faults import WebFault
from ivr.web.gate import Gate, too_often
from ivr.web.live import Live
from ivr.web.pages import Page
from ivr.web.rates import Rates, network_of
from ivr.web.routes import ANYBODY, PUBLIC, Body, Password, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
#: Logins with the networks from which they logged in, that are remembered.
_KNOWN = 10_000


class Login(Body):
    login: str = Field(min_length=1, max_length=64, examples=["anna"])
    password: Password = Field(min_length=1, max_length=1000, examples=["a phrase of several words"])


class User(BaseModel):
    """Who is logged in. `phone`: the operator login he answers with, or ""."""

    login: str
    name: str
    roles: list[str]
    phone: str
    theme: str
    demo: bool


class PageLink(BaseModel):
    name: str
    path: str


class WhoAmI(BaseModel):
    """`csrf` goes into the header X-CSRF-Token of everything that changes something; `user` is null for a guest.
    `pages`: those that he may open."""

    user: User | None
    csrf: str
    pages: list[PageLink]
    language: Literal["ru", "en"]


class Logins:
    """GET /api/session, POST /api/login, /api/logout, /api/logout-everywhere."""

    def __init__(self, desk: SessionDesk, gate: Gate, live: Live, pages: Sequence[Page]) -> None:
        self._desk, self._gate, self._live, self._pages = desk, gate, live, pages
        self._throttle = Throttle()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/session", self.who, PUBLIC, "Who am I?", answer=WhoAmI),
            Route("POST", "/api/login", self.log_in, PUBLIC, "Log in", body=Login, answer=WhoAmI, per_minute=60),
            Route("POST", "/api/logout", self.log_out, ANYBODY, "Log out"),
            Route("POST", "/api/logout-everywhere", self.log_out_everywhere, ANYBODY,
                  "Log out on every other device"),
        ]

    async def who(self, visit: Visit) -> WhoAmI:
        return self._told(visit.account, visit.token, visit)

    async def log_in(self, visit: Visit) -> web.Response:
        login = login_of(visit.body.login)
        self._throttle.admit(login, visit.address, visit.at)
        found = await self._desk.log_in(login, visit.body.password.get_secret_value(), visit.at)
        if found is None:
            log.info("a log-in failed", extra={"action": "login_failed"})
            raise WebFault("bad_login", 401, {"ru": "Неверный логин или пароль.",
                                              "en": "The login or the password is wrong."})
        self._throttle.succeeded(login, visit.address)
        if visit.session is not None:
            await self._desk.log_out(visit.session)
        token, account = found
        return self.welcome(account, token, visit)

    def welcome(self, account: Account, token: str, visit: Visit) -> web.Response:
        """The answer that gives the browser its new session."""
        response = web.json_response(text=self._told(account, token, visit).model_dump_json())
        self._gate.greet(response, token)
        return response

    async def log_out(self, visit: Visit) -> web.Response:
        assert visit.session is not None
        await self._desk.log_out(visit.session)
        await self._live.dismiss_session(visit.session.id)
        response = web.Response(status=204)
        self._gate.dismiss(response)
        return response

    async def log_out_everywhere(self, visit: Visit) -> None:
        assert visit.session is not None
        await self._desk.log_out_everywhere(visit.me.login, but=visit.session.id)
        await self._live.dismiss(visit.me.login, but_session=visit.session.id)

    def _told(self, account: Account | None, token: str, visit: Visit) -> WhoAmI:
        roles = account.roles if account else frozenset()
        pages = [PageLink(name=page.name, path=page.path) for page in self._pages
                 if page.linked and (not page.roles or page.roles & roles)]
        user = account and User(login=account.login, name=account.name, roles=sorted(account.roles),
                                phone=account.phone, theme=account.theme, demo=account.demo)
        csrf = csrf_of(token) if token else "anonymous"
        return WhoAmI(user=user or None, csrf=csrf, pages=pages, language="en" if visit.language == "en" else "ru")


class Throttle:
    """Guessing a password must take years, and nobody may lock another out: three buckets of tries, of one login from
    one network, of one login from everywhere, of one network for all logins. Where somebody has logged in before, what
    others try from elsewhere does not count."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()
        self._pair = Rates(per_minute=2, burst=8)
        self._login = Rates(per_minute=10, burst=50)
        self._network = Rates(per_minute=10, burst=40)

    def admit(self, login: str, address: str, at: datetime) -> None:
        """Count a try. Raises `WebFault` 429."""
        network = network_of(address)
        pair = f"{login} {network}"
        buckets = [(self._pair, pair), (self._network, network)]
        if pair not in self._known:
            buckets.append((self._login, login))
        if wait := max(rates.wait(key, at) for rates, key in buckets):
            raise too_often(wait)
        for rates, key in buckets:
            rates.take(key, at)

    def succeeded(self, login: str, address: str) -> None:
        """The right person was there."""
        network = network_of(address)
        pair = f"{login} {network}"
        self._pair.forget(pair)
        # a whole shift logs in from one address
        self._network.give_back(network)
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
