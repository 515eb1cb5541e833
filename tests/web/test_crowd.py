"""Places for sockets: strangers, and one and the same visitor, never take them all."""

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from ivr.testing import FixedClock
from ivr.web.crowd import Crowd
from ivr.web.faults import WebFault
from ivr.web.live import Live
from ivr.web.visit import Visit, WebUser

from .conftest import Serve

_STAFF = WebUser("sue", "Sue", frozenset({"supervisor"}))


def _visit(address: str = "203.0.113.7", session: str = "", user: WebUser | None = None) -> Visit:
    found = Visit(make_mocked_request("GET", "/"), FixedClock().now(), user=user, address=address)
    found.session = SimpleNamespace(id=session) if session else None  # type: ignore[assignment]
    return found


def _full(crowd: Crowd, visit: Visit, stay: ExitStack) -> bool:
    try:
        stay.enter_context(crowd.enter(visit))
    except WebFault as fault:
        assert (fault.error_id, fault.status) == ("full", 503)
        return True
    return False


def test_strangers_leave_places_for_staff() -> None:
    crowd = Crowd(10, strangers=6, of_one=100, words="full")
    with ExitStack() as stay:
        got = [_full(crowd, _visit(f"203.0.113.{n}"), stay) for n in range(10)]
        assert got == [False] * 6 + [True] * 4
        staff = [_full(crowd, _visit(session=f"s{n}", user=_STAFF), stay) for n in range(6)]
        assert staff == [False] * 4 + [True] * 2


def test_one_network_and_one_session_have_their_share() -> None:
    crowd = Crowd(100, strangers=90, of_one=3, words="full")
    with ExitStack() as stay:
        assert [_full(crowd, _visit("2001:db8::1"), stay) for _ in range(3)] == [False] * 3
        assert _full(crowd, _visit("2001:db8::2"), stay) and not _full(crowd, _visit("2001:db8:1::2"), stay)
        assert [_full(crowd, _visit(session="a", user=_STAFF), stay) for _ in range(4)] == [False] * 3 + [True]
        # a proxy on this machine that no setting names is not one visitor
        assert not any(_full(crowd, _visit("127.0.0.1"), stay) for _ in range(50))


def test_who_leaves_gives_his_place_back() -> None:
    crowd = Crowd(1, strangers=1, of_one=1, words="full")
    for _ in range(3):
        with crowd.enter(_visit()), ExitStack() as stay:
            assert _full(crowd, _visit("203.0.113.8"), stay)
    assert crowd.open == crowd.open_strangers == 0


async def test_a_board_finds_a_place_beside_a_crowd_of_strangers(serve: Serve) -> None:
    made: list[Live] = []

    def routes(site: Any, storage: Any) -> Any:
        made.append(Live(site.gate, max_browsers=5))
        site.routes[:] = [route for route in site.routes if route.path != "/api/live"]
        return made[0].routes()

    site = await serve(routes)
    await site.person("sue", "supervisor")
    stranger, sue = await site.browser(), await site.browser("sue")
    held = [await stranger.live() for _ in range(3)]
    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await stranger.live()
    async with sue.live() as board:
        assert made[0].count == 4 and not board.closed
    for socket in held:
        await socket.close()


async def test_who_asks_for_topics_without_end_is_cut_off(serve: Serve) -> None:
    site = await serve()
    async with (await site.browser()).live() as live:
        for n in range(400):
            await live.send_json({"subscribe": [f"nothing-{n}"]})
        codes = []
        while not codes:
            message = await live.receive(5)
            codes += [message.data] if message.type is aiohttp.WSMsgType.CLOSE else []
        assert codes == [1008]
