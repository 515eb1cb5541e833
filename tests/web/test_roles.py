"""Every route of the composed application against every role: a new route is covered by being in the table."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from ivr.app import Controller
from ivr.config import Config
from ivr.services.account_desk import AccountDesk
from ivr.site import PAGES
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.web.routes import ROLES, SAFE, Route
from ivr.web.server import WebServer

from .running import PASSWORD, Browser, quick_hasher

#: Statuses that a handler itself answers with to somebody who may ask, with nothing behind it and an empty body.
_SERVED = {200, 204, 303, 400, 404, 409, 415, 422, 503}
NOBODY = "nobody"


@pytest.fixture
async def composed(tmp_path: Path) -> AsyncIterator[tuple[WebServer, dict[str, Browser]]]:
    """The whole application's routes on a free port, and a browser for each role and for nobody."""
    config = Config(state_dir=tmp_path)
    await upgrade(config.database)
    async with open_storage(config.database) as storage:
        controller = Controller(config, storage)
        server = WebServer("127.0.0.1", 0, controller.site.routes, controller.site.gate)
        server.on_stop.append(controller.site.live.close)
        await server.start()
        base = f"http://127.0.0.1:{server.port}"
        desk = AccountDesk(storage.accounts, storage.sessions, quick_hasher())
        browsers = {}
        for who in (NOBODY, *ROLES):
            browsers[who] = Browser(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)), base)
            if who != NOBODY:
                await desk.add(who, "Some One", frozenset({who}), PASSWORD, controller.site.gate.now())
                assert await browsers[who].log_in(who) == 200
        yield server, browsers
        for browser in browsers.values():
            await browser.http.close()
        await server.stop()


def _ends_the_session(route: Route) -> bool:
    return route.path == "/api/logout"


async def test_each_route_serves_its_roles_and_nobody_else(composed: tuple[WebServer, dict[str, Browser]]) -> None:
    server, browsers = composed
    assert len(server.routes) > 5
    wrong = []
    for route in sorted(server.routes, key=_ends_the_session):
        path = route.path.replace("{", "").replace("}", "")
        for who, browser in browsers.items():
            body = None if route.method in SAFE else {}
            status, _ = await browser.ask(route.method, path, body, Origin=browser.base)
            allowed = route.allows(frozenset() if who == NOBODY else frozenset({who}))
            expected = _SERVED if allowed else {401} if who == NOBODY else {403}
            if status not in expected:
                wrong.append((route.method, route.path, who, status))
    assert not wrong


async def test_each_change_needs_the_secret_of_the_session(composed: tuple[WebServer, dict[str, Browser]]) -> None:
    server, browsers = composed
    changes = [route for route in server.routes if route.method not in SAFE]
    assert changes
    for route in changes:
        who = next((role for role in ROLES if role in route.roles), NOBODY)
        browser = browsers[who]
        path = route.path.replace("{", "").replace("}", "")
        for headers in ({"X_CSRF_Token": ""}, {"Origin": "http://evil.example"}):
            status, told = await browser.ask(route.method, path, {}, **headers)
            assert (status, told["error_id"]) in ((403, "csrf"), (403, "origin")), route.path


def test_no_page_is_open_to_everybody_by_oversight() -> None:
    assert {page.path for page in PAGES if not page.roles} <= {"/", "/login", "/setup", "/call", "/api"}
