"""The dispatcher's link to Asterisk is lost while it asks for a call. Counted at the citizen's phone."""

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.telephony.conftest import Line
from tests.telephony.cut_manager import CutManager, cut_manager
from tests.telephony.test_callbacks import asked, events, operator

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_whose_answer_was_lost_is_not_sent_again(line: Line) -> None:
    number = "+74952220701"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number)
    async with operator(line), cut_manager(int(line.env["IVR_AMI_PORT"]), delivered=True) as manager:
        await goes_on_after_the_cut(line, manager)
        assert (len(manager.originates), await line.network.citizens.rang(number)) == (1, 1)
        assert await events(line, callback) == ["confirm", "dial"]
        # when the lease is over, what Asterisk wrote down tells what became of it
        assert (await a_round_later(line))["settled"] == 1
    assert await events(line, callback) == ["confirm", "dial", "busy"]
    assert await line.network.citizens.rang(number) == 1
    await line.ivr("callbacks", "cancel", callback)


async def test_a_call_that_did_not_get_to_asterisk_is_made_when_that_is_known(line: Line) -> None:
    number = "+74952220702"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number)
    async with operator(line), cut_manager(int(line.env["IVR_AMI_PORT"]), delivered=False) as manager:
        await goes_on_after_the_cut(line, manager)
        assert (len(manager.originates), line.network.citizens.rings[number]) == (1, 0)
        assert await events(line, callback) == ["confirm", "dial"]
        assert (await a_round_later(line))["dialled"] == [callback]
    assert await events(line, callback) == ["confirm", "dial", "recover_unseen", "dial", "busy"]
    assert await line.network.citizens.rang(number) == 1
    await line.ivr("callbacks", "cancel", callback)


async def goes_on_after_the_cut(line: Line, manager: CutManager) -> None:
    """A dispatcher that works on as a service: its link is cut in the first round, whole in those that follow."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "callbacks", "dispatch", "--watch", "--every", "0.5",
        env={**line.env, "IVR_AMI_PORT": str(manager.port)},
    )  # fmt: skip
    try:
        await manager.until(lambda: manager.connections >= 4)
    finally:
        process.terminate()
        async with asyncio.timeout(60):
            assert await process.wait() == 0


async def a_round_later(line: Line) -> dict[str, Any]:
    """One round when the lease is over; what it did."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telephony.dispatch_later", "62", "10", "5",
        env=line.env, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    done: dict[str, Any] = json.loads(out)
    return done
