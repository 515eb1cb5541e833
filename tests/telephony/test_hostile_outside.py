"""The short forms of `make chaos`'s attacks from outside, on the running hotline; see tests/chaos/outside."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ivr.pbx.paths import AsteriskInstall
from tests.chaos.keys import KeyPad
from tests.chaos.outside import caller_text, malformed, scanners, toll_fraud
from tests.chaos.outside.siege import Siege, besieged
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import UdpWire
from tests.telephony.conftest import DID, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def besieged_line(line: Line, install: AsteriskInstall) -> AsyncIterator[Siege]:
    found = await besieged(line, install, house=0)
    before = await found.broken()
    yield found
    assert [words for words in await found.broken() if words not in before] == []


async def test_no_way_in_leads_to_a_number_outside(besieged_line: Siege) -> None:
    tried = toll_fraud.Tried()
    await besieged_line.kept.begin()
    await besieged_line.came.begin()
    async with toll_fraud.ways_in(besieged_line) as ways:
        for way in ways:
            await toll_fraud.dials(way, [DID, *toll_fraud.OUTSIDE, "cb20783abcdef", "s", "callback-dial"], tried)
    await toll_fraud.nothing_left(besieged_line, tried, "dialled")
    assert tried.faults == []
    # every one of them was answered, and none but the hotline's own number with a call
    assert {status for way, told in tried.answers.items() if "stranger" in way for status in told} == {401}
    assert set(tried.answers["trunk"]) == {404, 200} and tried.answers["trunk"][200] == 1, tried.answers


async def test_somebody_and_nobody_are_answered_in_the_same_words(besieged_line: Siege) -> None:
    tried = scanners.Tried()
    await scanners.alike(besieged_line, tried, asked=4, timed=False)
    assert tried.faults == []


async def test_what_a_caller_writes_of_himself_is_data_wherever_it_comes(besieged_line: Siege) -> None:
    tried = caller_text.Tried()
    trap = besieged_line.line.state / "zqxj-trap"
    async with caller_text.manager_bytes(besieged_line) as told:
        for last in (2, 8):
            await caller_text.calls(besieged_line, tried, last, trap, ("name", "number and canary"), at_once=30)
        await asyncio.sleep(1)
        events = bytes(told)
    await caller_text.look_everywhere(besieged_line, tried, events)
    assert tried.faults == [] and not trap.exists()
    assert tried.answers[200] > 10 and events.count(b"Event: Newchannel") > 20


async def test_asterisk_outlives_malformed_sip(besieged_line: Siege) -> None:
    tried = malformed.Tried()
    await malformed.shortly(besieged_line, tried, seed=1)
    assert tried.faults == [] and tried.answered > len(malformed.ODD)


async def test_who_calls_is_not_changed_in_the_middle_of_a_call(besieged_line: Siege) -> None:
    """A provider names the caller in each INVITE; what operators and queue_log are shown then is the ticket."""
    wire = await UdpWire.at(besieged_line.place(2), besieged_line.sip)
    call = Dialog(wire, f"sip:{DID}@{besieged_line.sip}", b"<sip:+74951230003@alpha>")
    try:
        body = sdp(besieged_line.place(2), 4)
        assert (await call.invite(body)).status == 200
        again = {"P-Asserted-Identity": '"zqxj" <sip:+74951230004@alpha>', "Content-Type": "application/sdp"}
        assert (await call.request("UPDATE", again, body)).status == 200
        channels = await besieged_line.hotline.command("core show channels concise") or ""
        ours = [line for line in channels.splitlines() if "+74951230003" in line or "+74951230004" in line]
        assert len(ours) == 1
        shown = await besieged_line.hotline.command(f"core show channel {ours[0].partition('!')[0]}") or ""
        assert "Caller ID: +74951230003" in shown and "zqxj" not in shown
    finally:
        await call.hang_up()
        wire.close()


async def test_a_provider_who_asks_whether_a_call_is_still_there_is_answered(besieged_line: Siege) -> None:
    """By OPTIONS, or an INFO or UPDATE without a body: without an answer he ends the call."""
    wire = await UdpWire.at(besieged_line.place(2), besieged_line.sip)
    call = Dialog(wire, f"sip:{DID}@{besieged_line.sip}", b"<sip:+74951230006@alpha>")
    try:
        assert (await call.invite(sdp(besieged_line.place(2), 4))).status == 200
        for method in ("OPTIONS", "INFO", "UPDATE"):
            assert (await call.request(method)).status == 200, method
    finally:
        await call.hang_up()
        wire.close()


async def test_a_stranger_who_sends_sound_gets_none_of_a_call(besieged_line: Siege) -> None:
    """The caller's telephone is silent: Asterisk learns where sound comes from by what comes first."""
    wire = await UdpWire.at(besieged_line.place(2), besieged_line.sip)
    stranger = KeyPad(besieged_line.place(8), random.Random(1))
    call = Dialog(wire, f"sip:{DID}@{besieged_line.sip}", b"<sip:+74951230005@alpha>")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind((besieged_line.place(2), 0))
        ours.setblocking(False)
        try:
            answer = await call.invite(sdp(besieged_line.place(2), ours.getsockname()[1]))
            stranger.answered(answer.body)
            for _ in range(10):
                stranger.silence()
                await asyncio.sleep(0.02)
            _waiting(ours)
            async with asyncio.timeout(20):
                for _ in range(20):
                    await asyncio.get_running_loop().sock_recv(ours, 2000)
            assert _waiting(stranger._socket) == 0
        finally:
            await call.hang_up()
            stranger.close()
            wire.close()


def _waiting(sound: socket.socket) -> int:
    """How many packets have come; they are taken away."""
    count = 0
    while True:
        try:
            sound.recv(2000)
        except BlockingIOError:
            return count
        count += 1
