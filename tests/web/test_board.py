"""The board over HTTP and the live connection: for supervisors, newest state first, alerts that can be seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.metrics import METRICS
from ivr.services.board_state import jsonable
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.web.board import BoardPages
from ivr.web.routes import Route
from tests.board_house import BoardHouse

from .conftest import Running, Serve

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.fixture
async def running(serve: Serve) -> tuple[Running, BoardHouse]:
    house = BoardHouse(AT)

    def routes(site: Site, _storage: Storage) -> list[Route]:
        async def tell() -> None:
            site.live.publish("board", jsonable(house.board.snapshot(house.clock.now())))

        return BoardPages(
            site.live, lambda at: house.board.snapshot(house.clock.now()),
            lambda at: house.board.day(house.clock.now()), house.board.acknowledge, tell,
        ).routes()  # fmt: skip

    other = await serve(routes)
    await other.person("boss", "supervisor")
    await other.person("anna", "operator")
    return other, house


async def first(socket: Any) -> Any:
    return (await socket.receive_json(timeout=20))["data"]


async def test_a_supervisor_gets_the_whole_board_and_then_what_is_new(running: tuple[Running, BoardHouse]) -> None:
    site, house = running
    house.caller("1.1", "moscow", 30)
    browser = await site.browser("boss")
    async with browser.live() as socket:
        await socket.send_json({"subscribe": ["board"]})
        board = await first(socket)
        assert [row["call"] for row in board["callers"]] == ["1x1"]
        house.event("QueueCallerLeave", queue="moscow", uniqueid="1.1")
        site.site.live.publish("board", jsonable(house.board.snapshot(AT)))
        assert (await first(socket))["callers"] == []


async def test_an_operator_is_not_told_of_all_callers(running: tuple[Running, BoardHouse]) -> None:
    site, _ = running
    browser = await site.browser("anna")
    async with browser.live() as socket:
        await socket.send_json({"subscribe": ["board", "board-day"]})
        for _ in range(2):
            assert (await socket.receive_json(timeout=20))["error"]["error_id"] == "not_allowed"
    assert (await browser.ask("GET", "/api/board"))[0] == 403


async def test_the_board_is_there_without_a_live_connection_too(running: tuple[Running, BoardHouse]) -> None:
    site, house = running
    house.staff("101", "moscow")
    browser = await site.browser("boss")
    status, told = await browser.ask("GET", "/api/board")
    assert status == 200 and told["board"]["operators"][0]["login"] == "101"
    assert len(told["day"]["since"]) == 48


async def test_every_figure_is_explained_in_the_readers_language(running: tuple[Running, BoardHouse]) -> None:
    site, _ = running
    browser = await site.browser("boss")
    for language, word in (("ru", "Уровень сервиса"), ("en", "Service level")):
        status, told = await browser.ask("GET", "/api/board/metrics", Accept_Language=language)
        named = {metric["id"]: metric for metric in told["metrics"]}
        assert status == 200 and named.keys() == METRICS.keys()
        assert named["service_level"]["name"] == word and named["service_level"]["formula"]


async def test_that_an_alert_was_seen_is_shown_to_all(running: tuple[Running, BoardHouse]) -> None:
    site, house = running
    house.staff("101", "moscow")
    house.caller("1.1", "moscow", 700)
    browser = await site.browser("boss")
    assert (await browser.ask("GET", "/api/board"))[0] == 200
    house.clock.at = AT + timedelta(seconds=1)
    assert (await browser.ask("POST", "/api/board/seen", {"alert": "longest_wait:moscow"}))[0] == 204
    _, told = await browser.ask("GET", "/api/board")
    assert [alert["seen_by"] for alert in told["board"]["alerts"]] == ["Some boss"]
    assert (await browser.ask("POST", "/api/board/seen", {"alert": "longest_wait:kazan"}))[0] == 404
