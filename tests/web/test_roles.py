"""Every route of the composed application against every role: a new route is covered by being in the table."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from ivr.site import PAGES
from ivr.web.routes import ANYBODY, ROLES, SAFE, Role, Route
from ivr.web.server import WebServer

from .running import Browser, composed

#: Statuses that a handler itself answers with to somebody who may ask, with nothing behind it and an empty body.
_SERVED = {200, 204, 303, 400, 404, 409, 415, 422, 503}
NOBODY = "nobody"
House = tuple[WebServer, dict[str, Browser]]
#: Topics of the live state, and who may listen; empty: everybody, who needs a key that nobody can guess.
TOPICS: dict[str, frozenset[Role]] = {
    "board": frozenset({"supervisor", "administrator"}),
    "board-day": frozenset({"supervisor", "administrator"}),
    "incidents": frozenset({"supervisor", "administrator"}),
    "desk": frozenset({"operator"}),
    "call": frozenset(),
}
#: Open to everybody: logging in, and calls from the page by whoever has the token.
OPEN = {"/api/live", "/api/openapi.json", "/api/session", "/api/login", "/api/setup", "/api/call/options",
        "/api/call/token", "/api/call/rating", "/api/call/callback", "/api/call/callback/when"}  # fmt: skip
#: For everybody who has logged in: about himself.
OWN = {"/api/account", "/api/account/password", "/api/logout", "/api/logout-everywhere"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The whole application, and a browser for each role and for nobody."""
    async with composed(tmp_path) as site:
        browsers = {NOBODY: await site.browser()}
        for role in ROLES:
            await site.person(role, role)
            browsers[role] = await site.browser(role)
        yield site.server, browsers


def _ends_the_session(route: Route) -> bool:
    return route.path == "/api/logout"


async def test_each_route_serves_its_roles_and_nobody_else(house: House) -> None:
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


async def test_each_change_needs_the_secret_of_the_session(house: House) -> None:
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


async def test_each_topic_of_the_live_state_is_told_to_its_roles_alone(house: House) -> None:
    server, browsers = house
    live = next(route.handler.__self__ for route in server.routes if route.path == "/api/live")  # type: ignore[attr-defined]
    assert live._topics.keys() == TOPICS.keys(), "say above who may listen to it"
    wrong = []
    for name, roles in TOPICS.items():
        for who, browser in browsers.items():
            async with browser.live() as socket:
                await socket.send_json({"subscribe": [name]})
                told = await socket.receive_json(timeout=20)
            refused = told.get("error", {}).get("error_id") == "not_allowed"
            if refused is (not roles or who in roles):
                wrong.append((name, who, told))
    assert not wrong


async def test_a_telephone_line_is_opened_for_its_own_person_alone(house: House) -> None:
    _, browsers = house
    for who, browser in browsers.items():
        for line in ("phone.web-101", "phone.sup-1", "phone.web-guest", "guest.forged"):
            headers = {"Origin": browser.base}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.http.ws_connect(f"{browser.base}/sip", protocols=("sip", line), headers=headers)
            assert refused.value.status in (401, 403), (who, line)


async def test_nothing_of_the_api_is_open_to_everybody_by_oversight(house: House) -> None:
    server, _ = house
    public = {route.path for route in server.routes if not route.roles and route.path.startswith("/api/")}
    assert public == OPEN
    anybody = {route.path for route in server.routes if route.roles == ANYBODY and route.path.startswith("/api/")}
    assert anybody == OWN


def test_no_page_is_open_to_everybody_by_oversight() -> None:
    assert {page.path for page in PAGES if not page.roles} <= {"/", "/login", "/setup", "/call", "/api"}
