"""The key of a waiting caller who wants to be called back: the dialplan's side, on a real Asterisk."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.dialplan.fake_controller import TO_QUEUE, controller, next_route
from tests.dialplan.test_legs import logged_in
from tests.dialplan.test_order import CALLERS, answers, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"


@pytest.mark.parametrize("answer", [{"IVR_NEXT": "queue", "IVR_QUEUE": "east", "IVR_LEGS": "east:0"}, {}])
async def test_who_presses_the_key_and_thinks_better_of_it_waits_on(bench: Any, answer: dict[str, str]) -> None:
    said = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:60&common:0"}, "offer": answer, "rating": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, said) as asked:
        call = await bench.network.call("79161234567", DID)
        assert await next_route(asked) == "inbound"
        await bench.queued("east", 1)
        # no other key leaves the queue
        await call.press("5")
        await call.press("1")
        assert await next_route(asked) == "offer"
        seen = asked.seen["offer"]
        assert (seen["IVR_QUEUE"], seen["IVR_LEGS"], seen["CHANNEL(language)"]) == ("east", "common:0", "ru")
        assert seen["IVR_ARRIVED"].isdigit()
        await bench.queued("east", 1)
        await call.hangup()


async def test_who_is_promised_a_callback_hangs_up(bench: Any) -> None:
    said = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:60&common:0"}, "offer": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, said) as asked:
        call = await bench.network.call("79161234567", DID)
        assert await next_route(asked) == "inbound"
        await bench.queued("east", 1)
        await call.press("1")
        assert await next_route(asked) == "offer"
        await call.ended(10)


@pytest.mark.parametrize("presses", range(3))
async def test_the_key_without_a_controller_costs_nobody_his_place_and_gains_nobody_another(
    bench: Any, presses: int
) -> None:
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103", paused=True) as west,
        AsyncExitStack() as up,
    ):
        calls: list[Any] = []
        try:
            # one who has waited elsewhere is of a higher rank, and stays so
            log = bench.paths.log / "queue_log"
            came = log.read_text().count("|ENTERQUEUE|")
            said = answers("east:2&west:0", "west:0", "west:0")
            await up.enter_async_context(controller(bench.config.agi_port, said))
            for waiting, number in enumerate(list(CALLERS)[:3], 1):
                calls.append(await bench.network.call(number, DID))
                await bench.queued("west", waiting, 20)
            await up.aclose()
            # the first one comes into two queues; it is written after it is so
            async with asyncio.timeout(20):
                while log.read_text().count("|ENTERQUEUE|") < came + 4:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                await calls[presses].press("1")
                while log.read_text().count("|ENTERQUEUE|") < came + 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await bench.queued("west", 3)
            await west.code("*14")
            assert await served(west, 3) == list(CALLERS.values())[:3]
        finally:
            await asyncio.gather(*(call.hangup() for call in calls), return_exceptions=True)
