"""The live hub: snapshots, news, roles, slow browsers, ends of sessions."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from ivr.web.faults import WebFault
from ivr.web.routes import PUBLIC
from ivr.web.visit import Visit

from .conftest import Serve

SUPERVISORS = frozenset({"supervisor"})


async def _hear(live: aiohttp.ClientWebSocketResponse) -> Any:
    return await asyncio.wait_for(live.receive_json(), 20)


async def _closing(live: aiohttp.ClientWebSocketResponse) -> int:
    """The code the server closes with."""
    message = await asyncio.wait_for(live.receive(), 20)
    assert message.type is aiohttp.WSMsgType.CLOSE
    return int(message.data)


async def test_a_newcomer_gets_the_snapshot_then_the_news(serve: Serve) -> None:
    site = await serve()
    await site.person("sue", "supervisor")
    state = {"n": 1}

    async def snapshot(visit: Visit) -> dict[str, int]:
        assert visit.user is not None and visit.user.login == "sue"
        return state

    site.site.live.topic("board", SUPERVISORS, snapshot)
    browser = await site.browser("sue")
    async with browser.live() as live:
        await live.send_json({"subscribe": ["board"]})
        assert await _hear(live) == {"topic": "board", "data": {"n": 1}}
        site.site.live.publish("board", {"n": 2})
        site.site.live.publish("elsewhere", {"n": 3})
        assert await _hear(live) == {"topic": "board", "data": {"n": 2}}
        await live.send_json({"unsubscribe": ["board"]})
        await live.send_json({"subscribe": ["nothing"]})
        assert (await _hear(live))["error"]["error_id"] == "not_allowed"
        assert not site.site.live.listened("board")
        site.site.live.publish("board", {"n": 4})
        await live.send_json({"subscribe": ["board"]})
        assert await _hear(live) == {"topic": "board", "data": {"n": 1}}


async def test_roles_hold_for_topics_and_keys_for_their_owners(serve: Serve) -> None:
    site = await serve()
    await site.person("olga", "operator")

    async def snapshot(visit: Visit) -> str:
        if visit.path["key"] != visit.me.login:
            raise WebFault("not_yours", 403, "not yours")
        return f"desk of {visit.me.login}"

    site.site.live.topic("board", SUPERVISORS, snapshot)
    site.site.live.topic("desk", frozenset({"operator"}), snapshot)
    browser = await site.browser("olga")
    async with browser.live() as live:
        await live.send_json({"subscribe": ["board"]})
        assert (await _hear(live))["error"]["error_id"] == "not_allowed"
        await live.send_json({"subscribe": ["desk:anna"]})
        assert (await _hear(live))["error"]["error_id"] == "not_yours"
        await live.send_json({"subscribe": ["desk:olga"]})
        assert (await _hear(live))["data"] == "desk of olga"
        site.site.live.publish("desk:anna", "secret")
        site.site.live.publish("desk:olga", "news")
        assert (await _hear(live))["data"] == "news"


async def test_news_that_come_while_a_snapshot_is_made_win(serve: Serve) -> None:
    site = await serve()
    asked, go = asyncio.Event(), asyncio.Event()

    async def snapshot(visit: Visit) -> str:
        asked.set()
        await go.wait()
        return "old"

    site.site.live.topic("board", PUBLIC, snapshot)
    async with (await site.browser()).live() as live:
        await live.send_json({"subscribe": ["board"]})
        await asyncio.wait_for(asked.wait(), 20)
        site.site.live.publish("board", "new")
        assert (await _hear(live))["data"] == "new"
        go.set()
        await live.send_json({"subscribe": ["other"]})
        assert (await _hear(live))["topic"] == "other"


async def test_a_slow_browser_gets_the_newest_and_holds_up_nobody(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.live._STUCK_S", 300)
    site = await serve()

    async def snapshot(visit: Visit) -> str:
        return "first"

    site.site.live.topic("board", PUBLIC, snapshot)
    # sizes that the kernel cannot swallow: whoever reads nothing makes the server wait
    slow_socket = aiohttp.TCPConnector(socket_factory=_small_buffers)
    browser = await site.browser()
    async with (
        aiohttp.ClientSession(connector=slow_socket, read_bufsize=1024) as http,
        http.ws_connect(f"{site.base}/api/live", headers={"Origin": site.base}, max_msg_size=0) as slow,
        browser.live() as quick,
    ):
        for live in (slow, quick):
            await live.send_json({"subscribe": ["board"]})
            assert (await _hear(live))["data"] == "first"
        transport = slow._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()
        rounds = 60
        for n in range(rounds):
            site.site.live.publish("board", [n, _noise(n)])
            assert (await _hear(quick))["data"][0] == n
        assert site.site.live.skipped > 10
        transport.resume_reading()
        got = []
        while not got or got[-1] != rounds - 1:
            got.append((await _hear(slow))["data"][0])
        assert got == sorted(got) and len(got) < rounds


async def test_a_browser_of_another_origin_or_with_nonsense_is_cut(serve: Serve) -> None:
    site = await serve()
    browser = await site.browser()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await browser.http.ws_connect(f"{site.base}/api/live", headers={"Origin": "http://evil.example"})
    for nonsense in (
        "[]", "{", '{"subscribe": [1]}', '{"subscribe": 5}', "[" * 8000, r'{"subscribe": ["\ud800"]}',
        r'{"unsubscribe": ["x", "\udfff"]}',
    ):  # fmt: skip
        async with browser.live() as live:
            await live.send_str(nonsense)
            assert await _closing(live) == 1003


async def test_a_browser_that_can_be_sent_nothing_is_cut(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    site = await serve()

    async def snapshot(visit: Visit) -> str:
        return "half a character: \ud800"

    site.site.live.topic("board", PUBLIC, snapshot)
    async with (await site.browser()).live() as live:
        await live.send_json({"subscribe": ["board"]})
        message = await asyncio.wait_for(live.receive(), 20)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert "could not be sent" in caplog.text


async def test_a_log_out_closes_the_sockets_of_that_session_alone(serve: Serve) -> None:
    site = await serve()
    await site.person("sue", "supervisor")
    here, there = await site.browser("sue"), await site.browser("sue")
    async with here.live() as live, there.live() as other:
        await here.ask("POST", "/api/logout")
        assert await _closing(live) == 4401
        assert not other.closed
        await other.send_json({"subscribe": ["x"]})
        assert (await _hear(other))["topic"] == "x"


async def test_whoever_loses_his_role_loses_the_socket(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.web.live._RECHECK_S", 0.05)
    site = await serve()
    await site.person("sue", "supervisor")
    browser = await site.browser("sue")
    async with browser.live() as live:
        await site.accounts.change("sue", roles=frozenset({"operator"}))
        assert await _closing(live) == 4401


async def test_a_stopping_server_lets_go_of_every_socket(serve: Serve) -> None:
    site = await serve()
    async with (await site.browser()).live() as live:
        await live.send_json({"subscribe": ["x"]})
        await _hear(live)
        stopping = asyncio.ensure_future(site.server.stop())
        assert await _closing(live) == 1001
        await asyncio.wait_for(stopping, 20)
    assert site.site.live.count == 0


def _small_buffers(address: Any) -> socket.socket:
    made = socket.socket(address[0], address[1])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


def _noise(n: int) -> str:
    import random

    # does not compress
    return random.Random(n).randbytes(100_000).hex()
