"""The telephone network of the tests itself."""

import asyncio

import pytest

from ivr.testnet.manager import Manager
from tests.dialplan.conftest import Bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_many_at_once_are_greeted_by_its_manager(bench: Bench) -> None:
    # more than Asterisk keeps waiting
    exchange = bench.network.exchange
    managers = await asyncio.gather(
        *(Manager.connect(exchange.manager_port, "network", exchange.manager_secret, 30) for _ in range(60))
    )
    for manager in managers:
        assert (await manager.action("Ping"))["Response"] == "Success"
        await manager.close()
