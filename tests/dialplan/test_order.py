"""Who is served first, and who keeps a place: by arrival, also without the controller; on a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from tests.dialplan.fake_controller import TO_QUEUE, controller
from tests.dialplan.test_legs import DID, logged_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: The callers by number and by ticket, in the order of their arrival.
CALLERS = {f"7916000000{n}": f"{n}" * 8 for n in range(1, 6)}


@asynccontextmanager
async def calling(bench: Any) -> AsyncIterator[Any]:
    """`await call(number, queue)` calls and waits until the caller is the last of so many in the queue."""
    calls: list[Any] = []

    async def call(number: str, queue: str, waiting: int) -> None:
        calls.append(await bench.network.call(number, DID))
        await bench.queued(queue, waiting)

    try:
        yield call
    finally:
        await asyncio.gather(*(each.hangup() for each in calls), return_exceptions=True)


def answers(*legs: str) -> dict[str, dict[str, str]]:
    """What the controller says of each caller in turn."""
    said = {
        f"inbound:{number}": TO_QUEUE | {"IVR_LEGS": leg, "IVR_QUEUE": leg.split(":")[0], "IVR_TICKET": ticket}
        for (number, ticket), leg in zip(CALLERS.items(), legs, strict=False)
    }
    return said | {"rating": {"IVR_NEXT": "end"}}


async def served(phone: Any, count: int) -> list[str]:
    """The tickets in the order in which the phone rings for them; the last one is not answered."""
    order: list[str] = []
    while True:
        order.append((await asyncio.wait_for(phone.rung(), 20))[1])
        if len(order) == count:
            return order
        talk = await phone.talk()
        phone.forget()
        await talk.hangup()


async def test_who_waits_longest_in_common_is_served_before_those_who_keep_coming_to_a_centre(bench: Any) -> None:
    one, two, three, *_ = CALLERS
    said = answers("common:0", "east:0", "east:0")
    async with (
        logged_in(bench, "101", paused=True) as operator,
        controller(bench.config.agi_port, said),
        calling(bench) as call,
    ):
        await call(one, "common", 1)
        await call(two, "east", 1)
        await call(three, "east", 2)
        await operator.code("*14")
        assert await served(operator, 2) == [CALLERS[one], CALLERS[two]]


@pytest.mark.parametrize("alive", [True, False], ids=["silent controller", "no controller"])
async def test_while_the_controller_is_silent_who_waited_elsewhere_goes_before_newcomers_in_order(
    bench: Any, alive: bool
) -> None:
    fresh, first, second, *_ = CALLERS
    # queues count whole seconds: of two who are let go in the same second either may come first
    said = answers("west:0", "east:14&west:0", "east:17&west:0")
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103", paused=True) as west,
        AsyncExitStack() as up,
        calling(bench) as call,
    ):
        await up.enter_async_context(controller(bench.config.agi_port, said))
        await call(fresh, "west", 1)
        await call(first, "east", 1)
        await call(second, "east", 2)
        if not alive:
            await up.aclose()
        await bench.queued("west", 3, 40)
        await west.code("*14")
        assert await served(west, 3) == [CALLERS[first], CALLERS[second], CALLERS[fresh]]


async def test_the_place_that_the_controller_names_counts_more_than_having_waited(bench: Any) -> None:
    early, late, moved, *_ = CALLERS
    said = answers("west:0", "west:0", "east:12&common:0")
    said["moved"] = {"IVR_NEXT": "queue", "IVR_QUEUE": "west", "IVR_LEGS": "west:0", "IVR_POSITION": "2"}
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103", paused=True) as west,
        controller(bench.config.agi_port, said),
        calling(bench) as call,
    ):
        await call(early, "west", 1)
        await call(late, "west", 2)
        await call(moved, "east", 1)
        await bench.queued("west", 3, 40)
        await west.code("*14")
        assert await served(west, 3) == [CALLERS[early], CALLERS[moved], CALLERS[late]]
