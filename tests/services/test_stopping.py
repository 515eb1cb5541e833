"""The controller stops in the middle of a call: the journal says so."""

import asyncio

import pytest

from ivr.flow.commands import Ask, End, Flow
from ivr.testing import ScriptedChannel
from tests.services.house import House


class _Waiting(ScriptedChannel):
    async def ask(self, sounds: tuple[str, ...], max_digits: int, timeout: float, private: bool) -> str:
        await asyncio.Event().wait()
        return ""


async def test_a_call_cut_off_by_the_stop_has_its_ending() -> None:
    house = House()

    def flow() -> Flow:
        yield Ask(("menu/main",), "menu/main")
        return End("never")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await house.talk(flow(), _Waiting())
    assert house.journal.events[-1][2:] == ("end", {"reason": "controller_stopped", "step": "menu/main"})
