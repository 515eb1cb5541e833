"""A running web server on a free port with real storage, and browsers without a screen that speak HTTP to it."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from ivr.app import Controller
from ivr.config import Config
from ivr.passwords import Argon2
from ivr.services.account_desk import AccountDesk
from ivr.services.ports import Clock
from ivr.site import Site
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from ivr.testing import FixedClock
from ivr.web.routes import Route
from ivr.web.server import WebServer
from ivr.wiring import SystemClock

Routes = Iterable[Route] | Callable[[Site, Storage], Iterable[Route]]
PASSWORD = "correct horse battery"


def quick_hasher() -> Argon2:
    """As good as the real one, without its cost."""
    return Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Browser:
    """One browser: cookies, Origin and the CSRF header as the pages send them."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.http, self.base, self.csrf = http, base, "anonymous"

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON (or text). A header given as "" is left out."""
        sent = {"Accept": "application/json"}
        if method not in ("GET", "HEAD"):
            sent |= {"Origin": self.base, "X-CSRF-Token": self.csrf}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        data = None if body is None else json.dumps(body)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        async with self.http.request(
            method, self.base + path, data=data, headers=sent, allow_redirects=False
        ) as answer:
            text = await answer.text(errors="replace")
            self.headers = answer.headers
            told = json.loads(text) if answer.content_type == "application/json" else text
            if isinstance(told, dict) and "csrf" in told:
                self.csrf = told["csrf"]
            return answer.status, told

    async def log_in(self, login: str, password: str = PASSWORD) -> int:
        """The status of the answer."""
        return (await self.ask("POST", "/api/login", {"login": login, "password": password}))[0]

    def live(self) -> Any:
        """Connect to the live state; an async context manager."""
        return self.http.ws_connect(f"{self.base}/api/live", headers={"Origin": self.base})


class Running:
    """A site that serves; `browser()` opens another browser. `clock` may be moved."""

    def __init__(self, site: Site, server: WebServer, storage: Storage, clock: Any) -> None:
        self.site, self.server, self.storage, self.clock = site, server, storage, clock
        self.accounts = AccountDesk(storage.accounts, storage.sessions, quick_hasher())
        self._open: list[aiohttp.ClientSession] = []

    @property
    def base(self) -> str:
        """The address of the pages."""
        return f"http://127.0.0.1:{self.server.port}"

    async def person(self, login: str, *roles: str, phone: str = "") -> None:
        """An account with `PASSWORD`."""
        await self.accounts.add(login, f"Some {login}", frozenset(roles), PASSWORD, self.clock.now(), phone)

    async def browser(self, login: str = "") -> Browser:
        """A browser, logged in as `login` or nobody."""
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._open.append(http)
        found = Browser(http, self.base)
        if login:
            assert await found.log_in(login) == 200
        return found

    async def close(self) -> None:
        for http in self._open:
            await http.close()


@asynccontextmanager
async def composed(state: Path) -> AsyncIterator[Running]:
    """The whole application's pages and routes, without Asterisk behind them: nothing but the web server runs."""
    config = Config(state_dir=state)
    await upgrade(config.database)
    async with open_storage(config.database, 30) as storage:
        site = Controller(config, storage).site
        async with _served(Running(site, site.server(port=0), storage, SystemClock())) as found:
            yield found


@asynccontextmanager
async def _served(found: Running) -> AsyncIterator[Running]:
    await found.server.start()
    try:
        yield found
    finally:
        await found.close()
        await found.server.stop()


@asynccontextmanager
async def running(
    state: Path, routes: Routes = (), clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """The foundation's site with these routes beside its own, on a free port, its database in `state`.

    `routes` may also be made from the site and its storage.
    """
    clock = clock or FixedClock()
    config = replace(Config(state_dir=state), **settings)
    await upgrade(config.database)
    async with open_storage(config.database, 30) as storage:
        site = Site(config, storage, clock, quick_hasher())
        site.watch(lambda: {"queues": (True, "known")})
        site.routes += routes(site, storage) if callable(routes) else routes
        async with _served(Running(site, site.server(port=0), storage, clock)) as found:
            yield found
