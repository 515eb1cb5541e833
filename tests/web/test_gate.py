"""What a request must bring: its own page's origin and secret, the role, a body that fits."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, Field

from ivr.errors import HotlineError, StorageError
from ivr.web.faults import WebFault
from ivr.web.origins import Origins
from ivr.web.rates import Rates, network_of
from ivr.web.routes import PUBLIC, ROLES, Body, Query, Route
from ivr.web.visit import Visit

from .conftest import Serve


class Note(Body):
    text: str = Field(max_length=20)
    stars: int = Field(default=1, ge=1, le=5)


class Page(Query):
    limit: int = Field(default=10, le=100)


class Told(BaseModel):
    told: Any


async def _note(visit: Visit) -> Told:
    return Told(told=[visit.body.text, visit.body.stars, visit.user and visit.user.login])


async def _page(visit: Visit) -> Told:
    return Told(told=[visit.query.limit, visit.path["id"]])


SUPERVISORS = frozenset({"supervisor"})
ROUTES = [
    Route("POST", "/api/note", _note, SUPERVISORS, "Note", body=Note, answer=Told),
    Route("POST", "/api/wish", _note, PUBLIC, "Wish", body=Note, answer=Told, per_minute=3),
    Route("GET", "/api/things/{id}", _page, SUPERVISORS, "Things", query=Page, answer=Told),
]


async def test_a_change_needs_our_origin_and_the_secret_of_the_session(serve: Serve) -> None:
    site = await serve(ROUTES)
    await site.person("sue", "supervisor")
    browser = await site.browser("sue")
    good = {"text": "hello"}
    assert await browser.ask("POST", "/api/note", good) == (200, {"told": ["hello", 1, "sue"]})
    for origin in ("", "null", "http://evil.example", "https://127.0.0.1", site.base.replace("127.0.0.1", "localhost")):
        status, told = await browser.ask("POST", "/api/note", good, Origin=origin)
        assert (status, told["error_id"]) == (403, "origin"), origin
    for csrf in ("", "anonymous", "0" * 64):
        status, told = await browser.ask("POST", "/api/note", good, X_CSRF_Token=csrf)
        assert (status, told["error_id"]) == (403, "csrf"), csrf


async def test_a_guest_s_change_needs_them_too(serve: Serve) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    assert (await guest.ask("POST", "/api/wish", {"text": "hello"}))[0] == 200
    assert (await guest.ask("POST", "/api/wish", {"text": "hello"}, Origin=""))[0] == 403
    assert (await guest.ask("POST", "/api/wish", {"text": "hello"}, X_CSRF_Token=""))[0] == 403


@pytest.mark.parametrize(("url", "origin", "host", "good"), [
    ("", "http://127.0.0.1:8080", "127.0.0.1:8080", True),
    ("", "http://localhost:8080", "localhost:8080", True),
    ("", "http://[::1]:8080", "[::1]:8080", True),
    ("", "http://rebound.example:8080", "rebound.example:8080", False),
    ("", "http://127.0.0.1:9", "127.0.0.1:8080", False),
    ("https://hotline.example", "https://hotline.example", "hotline.example", True),
    ("https://hotline.example/", "https://hotline.example", "10.0.0.1:8080", True),
    ("https://hotline.example", "http://hotline.example", "hotline.example", False),
    ("https://hotline.example", "https://hotline.example.evil", "hotline.example.evil", False),
])  # fmt: skip
def test_origins(url: str, origin: str, host: str, good: bool) -> None:
    assert Origins(url).allows(origin, host) is good


async def test_roles_decide_and_are_asked_before_the_body(serve: Serve) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    assert (await guest.ask("GET", "/api/things/7"))[0] == 401
    assert (await guest.ask("POST", "/api/note", {"nonsense": 1}))[0] == 401
    for role in ROLES:
        await site.person(role, role)
        browser = await site.browser(role)
        status, told = await browser.ask("GET", "/api/things/7")
        assert (status, told.get("error_id")) == ((200, None) if role == "supervisor" else (403, "not_allowed"))


@pytest.mark.parametrize(("body", "fields"), [
    ({}, {"text": "нужно заполнить"}),
    ({"text": "x" * 21, "stars": 9}, {"text": "слишком длинно", "stars": "слишком много"}),
    ({"text": "a", "more": 1}, {"more": "такого поля нет"}),
    ([], {"body": "не подходит"}),
])  # fmt: skip
async def test_a_body_that_does_not_fit_names_its_fields(serve: Serve, body: Any, fields: dict[str, str]) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    status, told = await guest.ask("POST", "/api/wish", body)
    assert (status, told["error_id"], told["fields"]) == (400, "bad_body", fields)


async def test_bodies_that_are_no_json_or_too_long_are_refused(serve: Serve) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    status, told = await guest.ask("POST", "/api/wish", {"text": "a"}, Content_Type="text/plain")
    assert (status, told["error_id"]) == (415, "not_json")
    status, told = await guest.ask("POST", "/api/wish", {"text": "a" * 300_000})
    assert (status, told["error_id"]) == (413, "too_large")


async def test_queries_and_paths_arrive_checked(serve: Serve) -> None:
    site = await serve(ROUTES)
    await site.person("sue", "supervisor")
    browser = await site.browser("sue")
    assert await browser.ask("GET", "/api/things/7?limit=5") == (200, {"told": [5, "7"]})
    status, told = await browser.ask("GET", "/api/things/7?limit=many", Accept_Language="en")
    assert (status, told["fields"]) == (400, {"limit": "must be a whole number"})


async def test_public_routes_have_a_pace_of_their_own(serve: Serve) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    results = [(await guest.ask("POST", "/api/wish", {"text": "a"}))[0] for _ in range(4)]
    assert results == [200, 200, 200, 429]
    site.clock.pass_(20)
    assert (await guest.ask("POST", "/api/wish", {"text": "a"}))[0] == 200


async def test_no_visitor_silences_what_the_watchdog_asks(serve: Serve) -> None:
    site = await serve()
    guest = await site.browser()
    crowd = [(await guest.ask("GET", "/login"))[0] for _ in range(620)]
    assert crowd[-1] == 429
    assert (await guest.ask("GET", "/health/live"))[0] == 200


def test_buckets_fill_again_and_an_ipv6_subscriber_is_one(serve: Serve) -> None:
    from ivr.testing import NOON

    rates = Rates(per_minute=60, burst=2)
    assert [rates.take("a", NOON) for _ in range(3)] == [0, 0, 1]
    assert rates.take("b", NOON) == 0
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::5")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"


def test_a_bucket_fills_again_from_now_when_the_clock_was_put_back() -> None:
    from ivr.testing import NOON

    rates, earlier = Rates(per_minute=60), NOON - timedelta(hours=1)
    assert rates.take("a", NOON, 60) == 0
    assert rates.wait("a", earlier) == 1
    assert rates.wait("a", earlier + timedelta(seconds=1)) == 0


async def test_failures_are_told_apart_and_hide_their_insides(serve: Serve) -> None:
    async def fail(visit: Visit) -> None:
        raise {
            "web": WebFault("busy", 409, {"ru": "Занято.", "en": "Busy."}),
            "storage": StorageError("secret address"),
            "hotline": HotlineError("secret words"),
            "bug": KeyError("secret key"),
        }[visit.path["kind"]]

    async def sleep(visit: Visit) -> None:
        await asyncio.Event().wait()

    routes = [
        Route("GET", "/api/fail/{kind}", fail, PUBLIC, "Fail"),
        Route("GET", "/api/sleep", sleep, PUBLIC, "Sleep", limit_s=0.05),
    ]
    site = await serve(routes)
    guest = await site.browser()
    expected = {"web": (409, "busy"), "storage": (503, "storage"), "hotline": (503, "unavailable"),
                "bug": (500, "internal")}  # fmt: skip
    for kind, (status, error_id) in expected.items():
        got, told = await guest.ask("GET", f"/api/fail/{kind}")
        assert (got, told["error_id"]) == (status, error_id)
        assert "secret" not in told["message"]
    assert (await guest.ask("GET", "/api/sleep"))[0] == 503
    assert (await guest.ask("GET", "/api/nothing"))[1]["error_id"] == "not_found"
    assert (await guest.ask("GET", "/api/login"))[0] == 405


async def test_every_answer_carries_the_security_headers(serve: Serve) -> None:
    site = await serve(ROUTES)
    guest = await site.browser()
    for path in ("/api/session", "/api/nothing", "/health/live", "/api/things/1", "/login"):
        await guest.ask("GET", path)
        policy = guest.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert guest.headers["X-Content-Type-Options"] == "nosniff"
        assert guest.headers["Cache-Control"] in ("no-store", "no-cache")
        assert "Python" not in guest.headers["Server"]


async def test_a_page_leads_to_the_log_in_and_keeps_where_one_wanted_to_go(serve: Serve) -> None:
    site = await serve()
    guest = await site.browser()
    assert (await guest.ask("GET", "/users?a=1", Accept="text/html"))[0] == 303
    assert guest.headers["Location"] == "/login?next=/users%3Fa%3D1"
    assert (await guest.ask("GET", "/users"))[0] == 401
