"""kill -9 of Asterisk: the next one knows at once who is at work."""

import asyncio
import contextlib
import os
import signal

import pytest

from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from tests.telephony.conftest import Line
from tests.telephony.live_day import recorder

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: A phone answers in milliseconds when it is asked; it is asked every half minute, and at the start.
SOON = 6.0


async def test_the_phones_of_operators_at_work_are_there_again_when_asterisk_is(line: Line) -> None:
    phone = line.network.phones["101"]
    await phone.code("*11")
    try:
        os.kill(int(InstancePaths.under(line.state).pid.read_text()), signal.SIGKILL)
        await asyncio.sleep(0.5)
        await line.until_up()
        async with recorder(line) as told:
            clock = asyncio.get_running_loop().time
            until, found = clock() + SOON, {"5"}
            while "5" in found and clock() < until:
                await asyncio.sleep(0.2)
                with contextlib.suppress(PbxError):
                    status = await told.client.action("QueueStatus")
                    members = [each for each in status if each.get("event") == "QueueMember"]
                    found = {each["status"] for each in members if "op-101" in each["location"]} or {"5"}
        assert "5" not in found  # AST_DEVICE_UNAVAILABLE
    finally:
        await line.until_ready()
        await phone.code("*12")
