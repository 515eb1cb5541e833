"""What no page of ours sends: refused as it should be, and no trace of a failure in the log."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .running import PASSWORD, Browser, Running, composed

_FAR = "0001-01-01T00:00:00+14:00"
_NUL_PLACE = base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|a\0").decode()
_FAR_PLACE = base64.urlsafe_b64encode(f"{_FAR}|a".encode()).decode()
_TEXT = "Сейчас не открывается вход на портал"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Running]:
    async with composed(tmp_path) as running:
        roles = frozenset({"operator", "supervisor", "administrator"})
        await running.accounts.add("boss", "Some boss", roles, PASSWORD, running.clock.now(), "101")
        yield running


@pytest.fixture
async def boss(site: Running) -> Browser:
    return await site.browser("boss")


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("GET", f"/api/history?from={quote(_FAR)}", None, 400),
    ("GET", f"/api/history?to={quote('9999-12-31T23:59:59-14:00')}", None, 400),
    ("GET", f"/api/history?after={_FAR_PLACE}", None, 400),
    ("GET", f"/api/history?after={_NUL_PLACE}", None, 400),
    ("GET", "/api/history?operator=%00", None, 400),
    ("GET", "/api/history/%00", None, 404),
    ("GET", "/api/audit?target=%00", None, 400),
    ("GET", f"/static/{'a' * 300}", None, 404),
    ("GET", "/static/a%00b", None, 404),
    ("GET", "/static/..%2Fboard.ru.html", None, 404),
    ("POST", "/api/login", {"login": "a\0b", "password": "x"}, 400),
    ("POST", "/api/incidents", {"texts": {"ru": _TEXT}, "starts_at": _FAR}, 400),
    ("POST", "/api/incidents", {"texts": {"ru": _TEXT}, "why": "a\0"}, 400),
    ("PUT", "/api/desk/contacts/c1", {"version": 1, "clarified": [["a\0", "yes"]]}, 400),
    ("POST", "/api/users/a%00/password", None, 404),
])  # fmt: skip
async def test_odd_requests_are_refused_and_nothing_fails(
    boss: Browser, caplog: pytest.LogCaptureFixture, method: str, path: str, body: Any, status: int
) -> None:
    with caplog.at_level(logging.ERROR):
        got, told = await boss.ask(method, path, body)
    assert got == status, told
    # of an earlier test's leavings others may tell
    ours = [record for record in caplog.records if record.name.startswith(("ivr", "aiohttp", "asyncio"))]
    assert not [record for record in ours if record.exc_info]


@pytest.mark.parametrize("login", ["boss", "BOSS", " boss", "Boss%20"])
async def test_one_s_own_account_is_another_s_to_reset_however_it_is_written(boss: Browser, login: str) -> None:
    one = f"/api/users/{quote(login, safe='%')}"
    for method, path, body in (("POST", f"{one}/password", None), ("PUT", one, {"disabled": True}),
                               ("DELETE", one, None)):  # fmt: skip
        status, told = await boss.ask(method, path, body)
        assert (status, told["error_id"]) == (409, "yourself"), json.dumps(told)


@pytest.mark.parametrize("request_", [
    b"GET /call HTTP/9.9\r\nHost: x\r\nCookie: session=SECRET\r\n\r\n",
    b"GET /call HTTP/1.1\r\nHost: x\r\nCookie: session=SECRET\x01\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{\"password\": \"SECRET\"}\r\n",
], ids=["version", "cookie", "chunk"])  # fmt: skip
async def test_of_what_is_no_http_a_line_is_logged_without_what_it_said(
    site: Running, caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    with caplog.at_level(logging.DEBUG):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(request_)
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 20)
        await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await writer.wait_closed()
    told = [record for record in caplog.records if record.name == "ivr.web.http"]
    assert [(record.levelname, record.exc_info) for record in told] == [("INFO", None)]
    assert "SECRET" not in caplog.text
