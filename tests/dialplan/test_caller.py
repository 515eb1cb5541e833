"""The number a call comes from, as the controller is told it; on a real Asterisk."""

from typing import Any

import pytest

from tests.dialplan.fake_controller import controller, next_route

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"
WRITTEN = {
    "79161234567": "79161234567",
    "+79161234567": "+79161234567",
    "+7(916)123-45.67": "+79161234567",
    "7916'1234567": "",
    "7916a1234567": "",
    "7916*1234567": "",
    "7916!1234567": "",
    "anonymous": "",
}


@pytest.mark.parametrize("written", WRITTEN)
async def test_a_number_with_anything_strange_in_it_counts_as_withheld(bench: Any, written: str) -> None:
    async with controller(bench.config.agi_port, {"inbound": {"IVR_NEXT": "end"}}) as asked:
        call = await bench.network.call(written, DID)
        assert await next_route(asked) == "inbound"
        await call.ended(10)
        assert asked.seen["inbound"]["IVR_CALLER"] == WRITTEN[written]
