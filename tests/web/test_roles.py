"""Every route of the composed application against every role: a new route is covered by being in the table."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.site import PAGES
from ivr.web.routes import ROLES, SAFE, Route
from ivr.web.server import WebServer

from .running import Browser, composed

#: Statuses that a handler itself answers with to somebody who may ask, with nothing behind it and an empty body.
_SERVED = {200, 204, 303, 400, 404, 409, 415, 422, 503}
NOBODY = "nobody"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[WebServer, dict[str, Browser]]]:
    """The whole application, and a browser for each role and for nobody."""
    async with composed(tmp_path) as site:
        browsers = {NOBODY: await site.browser()}
        for role in ROLES:
            await site.person(role, role)
            browsers[role] = await site.browser(role)
        yield site.server, browsers


def _ends_the_session(route: Route) -> bool:
    return route.path == "/api/logout"


async def test_each_route_serves_its_roles_and_nobody_else(house: tuple[WebServer, dict[str, Browser]]) -> None:
    server, browsers = house
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


async def test_each_change_needs_the_secret_of_the_session(house: tuple[WebServer, dict[str, Browser]]) -> None:
    server, browsers = house
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
