"""Who is served first, and who keeps a place: by arrival, also without the controller; on a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
