"""The key of a waiting caller who wants to be called back: the dialplan's side, on a real Asterisk."""

from typing import Any

import pytest

from tests.dialplan.fake_controller import TO_QUEUE, controller, next_route
from tests.dialplan.test_legs import logged_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"


@pytest.mark.parametrize("answer", [{"IVR_NEXT": "queue", "IVR_QUEUE": "east", "IVR_LEGS": "east:0"}, {}])
async def test_who_presses_the_key_and_thinks_better_of_it_waits_on(bench: Any, answer: dict[str, str]) -> None:
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:60&common:0"}, "offer": answer, "rating": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, answers) as asked:
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
    answers = {"inbound": TO_QUEUE | {"IVR_LEGS": "east:60&common:0"}, "offer": {"IVR_NEXT": "end"}}
    async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        assert await next_route(asked) == "inbound"
        await bench.queued("east", 1)
        await call.press("1")
        assert await next_route(asked) == "offer"
        await call.ended(10)
