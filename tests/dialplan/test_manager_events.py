"""What Asterisk's manager tells of a call, to whoever may hear every class of event."""

import asyncio
from typing import Any

import pytest

from ivr.testnet.manager import Manager, Message
from tests.dialplan.fake_controller import TO_QUEUE, controller
from tests.dialplan.test_legs import logged_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
_USER = "\n[everything]\nsecret = of-this-test\nread = all\nwrite = all\n"
#: Those of a call in a queue, and of phones that come and go.
_OF_CALLS = frozenset((
    "Newchannel", "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "Hangup", "MusicOnHoldStart",
    "MusicOnHoldStop", "FullyBooted", "PeerStatus", "Registry", "ContactStatus",
))  # fmt: skip


async def test_what_somebody_listens_to_and_no_key_and_no_variable(bench: Any) -> None:
    file = bench.paths.etc / "manager.conf"
    before = file.read_text()
    file.write_text(before + _USER)
    assert await bench.hotline.command("manager reload") is not None
    manager = await Manager.connect(bench.config.ami_port, "everything", "of-this-test")
    heard: list[Message] = []
    manager.listeners.append(heard.append)
    try:
        async with logged_in(bench, "101", paused=True), controller(bench.config.agi_port, {"inbound": TO_QUEUE}):
            call = await bench.network.call("79161234567", "88005553535")
            await bench.queued("east", 1)
            await call.press("12")
            await asyncio.sleep(1)
            await call.hangup()
            await bench.queued("east", 0)
        async with asyncio.timeout(10):
            while not any(one["Event"] == "Hangup" and "trunk-" in one["Channel"] for one in heard):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await manager.close()
        file.write_text(before)
        await bench.hotline.command("manager reload")
    events = [one["Event"] for one in heard]
    assert {"Newchannel", "QueueCallerJoin", "QueueCallerLeave", "Hangup"} <= set(events)
    assert [name for name in events if name not in _OF_CALLS and not name.startswith("QueueMember")] == []
