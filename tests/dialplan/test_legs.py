"""Waiting in one queue after the other: the dialplan's side, on a real Asterisk."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.dialplan.fake_controller import TO_QUEUE, controller, next_route

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"
WEST = {"IVR_NEXT": "queue", "IVR_QUEUE": "west", "IVR_LEGS": "west:0"}


@asynccontextmanager
async def logged_in(bench: Any, login: str, mode: str = "answer", paused: bool = False) -> AsyncIterator[Any]:
    """An operator's phone in its queues; 101 is in all of them, 103 in west and common."""
    phone = bench.network.phones[login]
    await phone.registered()
    await phone.behave(mode)
    phone.forget()
    await phone.code("*11")
    if paused:
        await phone.code("*13")
    try:
        yield phone
    finally:
        await phone.code("*12")
        await phone.behave("answer")


async def test_when_the_time_in_a_queue_is_over_the_controller_decides_anew(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:2&common:0"}, "moved": WEST, "rating": {"IVR_NEXT": "end"}}
    began = int(time.time())
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103") as west,
        controller(bench.config.agi_port, answers) as asked,
    ):
        call = await bench.network.call("79161234567", DID)
        talk = await west.talk()
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "moved"]
        moved = asked.seen["moved"]
        assert (moved["IVR_QUEUE"], moved["IVR_LEGS"], moved["QUEUESTATUS"]) == ("east", "common:0", "TIMEOUT")
        assert began <= int(moved["IVR_ARRIVED"]) <= time.time() - 1
        await talk.hangup()
        await call.ended(10)
        # not set anew by the second queue
        assert asked.seen["rating"]["IVR_ARRIVED"] == moved["IVR_ARRIVED"]
        assert asked.seen["rating"]["IVR_QUEUE"] == "west"


@pytest.mark.parametrize("alive", [True, False], ids=["silent controller", "no controller"])
async def test_while_the_controller_is_silent_the_next_leg_follows_by_itself(bench: Any, alive: bool) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:2&west:0", "CHANNEL(language)": "ru_mine"}}
    async with logged_in(bench, "101", paused=True), logged_in(bench, "103") as west:
        async with controller(bench.config.agi_port, answers) as asked:
            call = await bench.network.call("79161234567", DID)
            assert await next_route(asked) == "inbound"
            if alive:
                assert await next_route(asked) == "moved"
                assert asked.seen["moved"]["CHANNEL(language)"] == "ru"
        assert await west.rung() == ("4821-5513 signin", "48215513")
        if alive:
            # the announcements written for this caller are still his
            shown = await bench.hotline.command("core show channels concise") or ""
            channel = next(line.split("!")[0] for line in shown.splitlines() if "!Queue!" in line)
            detail = await bench.hotline.command(f"core show channel {channel}") or ""
            assert "ru_mine" in detail
        await call.hangup()


async def test_the_last_resort_after_the_last_leg_is_the_common_queue(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:1"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        await bench.queued("common", 1)
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "moved"]
        # no limit there: longer than any leg before
        await asyncio.sleep(3)
        await bench.queued("common", 1)
        await call.hangup()


async def test_the_time_is_over_also_while_a_phone_rings(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:2&west:0"}, "moved": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "101", mode="ring") as east, controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        await east.rung()
        rang = time.monotonic()
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "moved"]
        # a phone rings for five seconds here
        assert time.monotonic() - rang < 4
        await call.ended(10)


async def test_a_queue_with_nobody_is_left_for_the_next_leg_without_a_question(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:30&west:0"}, "rating": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "103") as west, controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        await (await west.talk()).hangup()
        await call.ended(10)
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "rating"]


async def test_when_the_last_operator_leaves_the_controller_decides_anew(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:60&common:0"}, "moved": WEST}
    async with logged_in(bench, "103", mode="ring") as west, controller(bench.config.agi_port, answers) as asked:
        async with logged_in(bench, "101", paused=True):
            call = await bench.network.call("79161234567", DID)
            await bench.queued("east", 1)
        await west.rung()
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "moved"]
        assert asked.seen["moved"]["QUEUESTATUS"] == "LEAVEEMPTY"
        await call.hangup()


async def test_legs_where_nobody_is_at_all_end_with_the_controllers_word_for_it(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:5&west:5&common:0"}, "unanswered": {"IVR_NEXT": "end"}}
    async with controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        assert (await call.ended(10)).cause == 16
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "unanswered"]
        assert asked.seen["unanswered"]["IVR_QUEUE"] == "common"


async def test_a_moved_caller_keeps_the_place_that_the_controller_names(bench: Any) -> None:
    first, second = "79160000001", "79160000002"
    answers = {
        f"inbound:{first}": TO_QUEUE | {"IVR_LEGS": "east:8&common:0", "IVR_TICKET": "11111111"},
        f"inbound:{second}": TO_QUEUE | {"IVR_LEGS": "west:0", "IVR_TICKET": "22222222"},
        "moved": WEST | {"IVR_POSITION": "1"},
    }
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103", mode="ring", paused=True) as west,
        controller(bench.config.agi_port, answers),
    ):
        early = await bench.network.call(first, DID)
        await bench.queued("east", 1)
        late = await bench.network.call(second, DID)
        await bench.queued("west", 2, 40)
        await west.code("*14")
        assert (await west.rung())[1] == "11111111"
        await early.hangup()
        await late.hangup()


async def test_a_controller_that_sends_a_call_round_and_round_is_not_obeyed_for_ever(
    bench: Any, pitches: Any
) -> None:
    again = TO_QUEUE | {"IVR_LEGS": "east:9&west:9"}
    async with controller(bench.config.agi_port, {"inbound": again, "unanswered": again}):
        call = await bench.network.call("79161234567", DID)
        await bench.heard(call, "fallback/nobody", 20)
        await call.hangup()


async def test_the_last_turns_are_in_the_common_queue_without_a_limit(bench: Any) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:9", "IVR_TURNS": "30"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, answers):
        call = await bench.network.call("79161234567", DID)
        await bench.queued("common", 1)
        await call.hangup()
