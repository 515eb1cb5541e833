"""Real calls between two real Asterisks while no controller runs: who gets in, and that nobody is left in silence."""

import asyncio
import json
from typing import Any

import pytest

from ivr.testnet.calls import HangUp, NetworkCall

pytestmark = pytest.mark.asyncio(loop_scope="module")
CITIZEN = "79161234567"
DID = "88005553535"
Bench = Any
Pitches = Any


async def through(call: NetworkCall) -> HangUp:
    await call.answered(60)
    return await call.ended(60)


async def test_asterisk_starts_without_a_warning(bench: Bench) -> None:
    assert [line for line in bench.boot_log.splitlines() if "WARNING" in line or "ERROR" in line] == []
    assert bench.boot_log


async def test_a_call_by_address_hears_every_prompt_of_the_fallback_in_turn(bench: Bench, pitches: Pitches) -> None:
    call = await bench.network.call(CITIZEN, DID)
    assert (await through(call)).cause == 16
    heard = pitches(call.heard)
    assert heard == ["fallback/greeting", "fallback/nobody", "fallback/wish", "say/goodbye"]


async def test_a_queue_that_takes_nobody_in_says_so_in_the_queue_log(bench: Bench) -> None:
    before = (bench.paths.log / "queue_log").read_text()
    call = await bench.network.call(CITIZEN, DID)
    await through(call)
    written = (bench.paths.log / "queue_log").read_text().removeprefix(before).splitlines()
    assert [line.split("|")[2:5] for line in written] == [["common", "NONE", "JOINEMPTY"]]


async def test_a_call_by_registration_comes_in(bench: Bench) -> None:
    await bench.network.registered()
    call = await bench.network.call(CITIZEN, DID, "b")
    await call.answered()
    assert (await call.hangup()).cause == 16


@pytest.mark.parametrize("did", ["+78005553535", "78005553535"])
async def test_the_number_is_known_in_its_other_forms(bench: Bench, did: str) -> None:
    call = await bench.network.call(CITIZEN, did)
    await call.answered()
    await call.hangup()


@pytest.mark.parametrize(("way", "number", "did", "cause"), [
    ("stranger", CITIZEN, DID, 21),
    ("stranger", "trunk-alpha", DID, 21),
    ("stranger", "op-101", DID, 21),
    ("stranger", "anonymous", "*11", 21),
    ("a", CITIZEN, "88005553536", 1),
    ("a", CITIZEN, "89161234567", 1),
    ("a", CITIZEN, "*11", 1),
    ("a", CITIZEN, "op-101", 1),
    ("a", CITIZEN, "s", 1),
])
async def test_strangers_and_other_numbers_are_refused(
    bench: Bench, way: str, number: str, did: str, cause: int
) -> None:
    call = await bench.network.call(number, did, way)
    assert (await call.ended(10)).cause == cause
    assert not call.heard.exists()


@pytest.mark.parametrize("number", [CITIZEN, "+79161234567", DID, "112", "op-102", "s"])
async def test_an_operator_can_dial_nothing_outside(bench: Bench, number: str) -> None:
    phone = bench.network.phones["101"]
    await phone.registered()
    call = await phone.dial(number)
    assert (await call.ended(10)).cause == 1


async def test_a_wish_to_be_called_back_is_spooled_and_confirmed(bench: Bench, pitches: Pitches) -> None:
    before = set(bench.wishes.glob("*"))
    call = await bench.network.call("+79031112233", DID)
    await call.answered()
    await bench.heard(call, "fallback/wish")
    await call.press("1")
    await call.ended(20)
    assert pitches(call.heard)[-2:] == ["fallback/wish-taken", "say/goodbye"]
    (file,) = set(bench.wishes.glob("*")) - before
    wish = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600 and file.name == f"{wish['call_id']}.json"
    assert (wish["caller"], wish["did"], wish["trunk"], wish["language"]) == ("+79031112233", DID, "alpha", "ru")


async def test_a_withheld_number_is_promised_nothing(bench: Bench, pitches: Pitches) -> None:
    call = await bench.network.call("anonymous", DID)
    await through(call)
    assert pitches(call.heard) == ["fallback/greeting", "fallback/nobody", "say/goodbye"]


async def test_a_logged_in_operator_and_the_caller_hear_each_other_and_the_caller_is_dismissed_kindly(
    bench: Bench, pitches: Pitches
) -> None:
    phone = bench.network.phones["101"]
    await phone.registered()
    said = await phone.code("*11")
    assert pitches(said.heard) == ["operator/logged-in"]
    try:
        call = await bench.network.call(CITIZEN, DID)
        assert (await phone.rung())[1] == ""
        talk = await phone.talk()
        await call.speak(bench.network.tone(3000, 1.0))
        await talk.hangup()
        assert (await call.ended(15)).cause == 16
    finally:
        assert pitches((await phone.code("*12")).heard) == ["operator/logged-out"]
    assert 440.0 in bench.frequencies(call.heard)
    assert 3000.0 in bench.frequencies(talk.heard)
    assert pitches(call.heard)[-1] == "say/goodbye"


async def test_a_paused_operator_counts_as_there_and_takes_calls_when_resumed(bench: Bench, pitches: Pitches) -> None:
    phone = bench.network.phones["102"]
    await phone.registered()
    await phone.code("*11")
    try:
        assert pitches((await phone.code("*13")).heard) == ["operator/paused"]
        call = await bench.network.call(CITIZEN, DID)
        await call.answered()
        await bench.queued("common", 1)
        assert pitches((await phone.code("*14")).heard) == ["operator/resumed"]
        talk = await phone.talk()
        await call.hangup()
        await talk.ended()
    finally:
        await phone.code("*12")


async def test_pause_without_log_in_says_so(bench: Bench, pitches: Pitches) -> None:
    phone = bench.network.phones["103"]
    await phone.registered()
    assert pitches((await phone.code("*13")).heard) == ["operator/unknown"]


async def test_twenty_calls_at_once_are_all_served(bench: Bench) -> None:
    calls = [await bench.network.call(f"7916000{n:04}", DID) for n in range(20)]
    ends = await asyncio.gather(*(through(call) for call in calls))
    assert [end.cause for end in ends] == [16] * 20


async def test_no_log_holds_a_callers_number(bench: Bench) -> None:
    logs = "".join(p.read_text() for p in bench.paths.log.glob("*") if p.is_file())
    assert CITIZEN not in logs and "79031112233" not in logs
    assert "ENTERQUEUE" in logs
