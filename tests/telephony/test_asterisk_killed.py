"""kill -9 of Asterisk: the next one knows at once who is at work."""

import asyncio
import contextlib

import pytest

from ivr.errors import PbxError
from tests.telephony.conftest import Line
from tests.telephony.live_day import Recorder, recorder

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: A phone answers in milliseconds when it is asked; it is asked every half minute, and at the start.
SOON = 25.0


async def test_the_phones_of_operators_at_work_are_there_again_when_asterisk_is(line: Line) -> None:
    phones = line.network.phones
    for phone in phones.values():
        await phone.code("*11")
    try:
        await line.kill_asterisk()
        await line.until_up()
        async with recorder(line) as told:
            clock = asyncio.get_running_loop().time
            until = clock() + SOON
            while (away := await away_of(told)) and clock() < until:  # noqa: ASYNC110 phones are asked one by one
                await asyncio.sleep(0.2)
        assert away == set()
    finally:
        await line.until_ready()
        for phone in phones.values():
            await phone.code("*12")


async def away_of(told: Recorder) -> set[str]:
    """The members of queues whose phones Asterisk takes for away; all of them while it does not answer."""
    status = []
    with contextlib.suppress(PbxError):
        status = await told.client.action("QueueStatus")
    members = [each for each in status if each.get("event") == "QueueMember"]
    if not members:
        return {"nobody is at work"}
    return {each["location"] for each in members if each["status"] == "5"}  # AST_DEVICE_UNAVAILABLE
