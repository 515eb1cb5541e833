"""The hotline calls citizens back: a real dispatcher, real Asterisks, the phones of the test network."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.tasks import spawn
from ivr.testnet.phones import OperatorPhone
from tests.telephony.conftest import DID, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def operator(line: Line, mode: str = "answer") -> AsyncIterator[OperatorPhone]:
    """Anna at work: in every queue, her phone does so."""
    phone = line.network.phones["101"]
    await phone.behave(mode)
    phone.forget()
    await phone.code("*11")
    try:
        yield phone
    finally:
        await phone.code("*12")
        await phone.behave("answer")


async def asked(line: Line, number: str, *more: str) -> str:
    """A callback is promised; its id."""
    added = await line.ivr("callbacks", "add", "--number", number, "--category", "signin", *more)
    assert added["state"] == "waiting"
    return str(added["id"])


async def events(line: Line, callback: str) -> list[str]:
    """What has happened to it so far."""
    shown = await line.ivr("callbacks", "show", callback)
    return [event["event"] for event in shown["events"]]


async def settled(line: Line, callback: str, state: str, limit: float = 20) -> dict[str, Any]:
    """Wait until it is in this state."""
    shown: dict[str, Any] = {}
    try:
        async with asyncio.timeout(limit):
            while shown.get("state") != state:
                shown = await line.ivr("callbacks", "show", callback)
    except TimeoutError:
        raise AssertionError(f"not {state} in {limit} s: {shown}") from None
    return shown


async def test_who_answers_and_presses_one_is_connected_to_an_operator(line: Line) -> None:
    number = "+74952220501"
    callback = await asked(line, number)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        assert await line.network.citizens.rung(number) == DID
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
        await citizen.hears("item/callback-connect")
        await citizen.press("1")
        await citizen.hears("operator/connecting")
        talk = await phone.talk()
        assert (await phone.rung())[0].endswith("signin")
        await settled(line, callback, "connected")
        await talk.hangup()
        await citizen.call.ended()
        await settled(line, callback, "done")
        assert (await dispatch)["dialled"] == [callback]
    assert await events(line, callback) == ["confirm", "dial", "human", "connect", "complete"]
    assert await line.network.citizens.rang(number) == 1


@pytest.mark.parametrize(
    ("mode", "number", "event", "state"),
    [
        ("busy", "+74952220511", "busy", "retry_wait"),
        ("reject", "+74952220512", "rejected", "retry_wait"),
        ("off", "+74952220513", "no_answer", "retry_wait"),
        ("nobody", "+74952220514", "invalid", "failed"),
        ("jammed", "+74952220515", "trunk", "retry_wait"),
        ("drop", "+74952220516", "machine", "retry_wait"),
    ],
)
async def test_what_became_of_a_dial_is_stored(line: Line, mode: str, number: str, event: str, state: str) -> None:
    await line.network.citizens.behave(number, mode)
    callback = await asked(line, number)
    async with operator(line):
        done = await line.ivr("callbacks", "dispatch")
    assert (done["dialled"], done["heard"]) == ([callback], 1)
    shown = await settled(line, callback, state)
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", event]
    assert await line.network.citizens.rang(number) == 1
    if state != "failed":
        await line.ivr("callbacks", "cancel", callback)


async def test_who_does_not_answer_is_rung_for_half_a_minute_and_a_machine_presses_no_key(line: Line) -> None:
    silent, machine = "+74952220521", "+74952220522"
    await line.network.citizens.behave(silent, "ring")
    await line.network.citizens.behave(machine, "machine")
    both = [await asked(line, number) for number in (silent, machine)]
    helper = line.network.phones["102"]
    await helper.code("*11")
    try:
        async with operator(line):
            began = asyncio.get_running_loop().time()
            done = await line.ivr("callbacks", "dispatch")
            assert 30 < asyncio.get_running_loop().time() - began < 45
    finally:
        await helper.code("*12")
    assert sorted(done["dialled"]) == sorted(both)
    for id in both:
        # a machine hears all of it three times
        await settled(line, id, "retry_wait", 60)
    assert [await events(line, id) for id in both] == [
        ["confirm", "dial", "no_answer"],
        ["confirm", "dial", "machine"],
    ]
    for id in both:
        await line.ivr("callbacks", "cancel", id)


async def test_two_dispatchers_at_once_ring_a_phone_once(line: Line) -> None:
    number = "+74952220531"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number)
    async with operator(line):
        done = await asyncio.gather(*(line.ivr("callbacks", "dispatch") for _ in range(3)))
    assert sorted(len(each["dialled"]) for each in done) == [0, 0, 1]
    assert (await events(line, callback), await line.network.citizens.rang(number)) == (["confirm", "dial", "busy"], 1)
    await line.ivr("callbacks", "cancel", callback)


async def test_a_later_call_and_no_call_are_his_to_choose(line: Line) -> None:
    for number, key, word, event in (
        ("+74952220541", "2", "callback/again", "later"),
        ("+74952220542", "3", "callback/cancelled", "cancel"),
    ):
        callback = await asked(line, number)
        async with operator(line):
            dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
            citizen = await line.called(number)
            await citizen.hears("callback/hello")
            await citizen.press(key)
            await citizen.hears(word)
            await citizen.call.ended()
            await dispatch
        assert (await events(line, callback))[2:] == [event]


async def test_who_hangs_up_while_waiting_is_called_again(line: Line) -> None:
    number = "+74952220551"
    callback = await asked(line, number)
    async with operator(line, "ring") as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
        await citizen.press("1")
        await phone.rung()
        await citizen.call.hangup()
        shown = await settled(line, callback, "retry_wait")
        await dispatch
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "human", "caller_gone"]
    assert shown["attempts"] == 1
    await line.ivr("callbacks", "cancel", callback)


async def test_in_kamchatka_nobody_is_rung_at_ten_in_the_evening_though_moscow_is_at_work(line: Line) -> None:
    # 13:00 in Moscow
    later = {**line.env, "IVR_TEST_TIME": "2026-11-24T10:00:00+00:00"}
    kamchatka, moscow = "+74152220561", "+74952220561"
    await line.network.citizens.all_behave("busy")
    far, near = [await asked(line, number) for number in (kamchatka, moscow)]
    async with operator(line):
        helper = line.network.phones["102"]
        await helper.code("*11")
        done = await line.ivr("callbacks", "dispatch", env=later)
        await helper.code("*12")
    await line.network.citizens.all_behave("answer")
    assert done["dialled"] == [near]
    shown = await line.ivr("callbacks", "show", far)
    assert (shown["state"], line.network.citizens.rings[kamchatka]) == ("parked", 0)
    # till nine the next morning by his clock
    pause = datetime.fromisoformat(shown["not_before"]) - datetime.now(UTC)
    assert timedelta(hours=10, minutes=55) < pause < timedelta(hours=11)
    for id in (far, near):
        await line.ivr("callbacks", "cancel", id)


async def test_no_outside_call_reaches_the_context_that_dials(line: Line) -> None:
    number = "+74952220571"
    phone = line.network.phones["101"]
    day = int(datetime.now(UTC).timestamp()) // 86400
    for dialled in (number, "89160000571", f"cb{day}bcdfghjkmpqr", "callback-dial"):
        call = await phone.dial(dialled)
        assert (await call.ended()).cause == 1
        inside = await line.network.call("+74951234567", dialled)
        assert (await inside.ended()).cause == 1
    assert line.network.citizens.rings[number] == 0


async def test_called_back_and_live_callers_keep_one_order_of_arrival(line: Line) -> None:
    """Who asked for a call talks first, though a live caller came into the queue before he pressed the key."""
    asker, live, began = "+74952220581", "+74952220582", datetime.now(UTC)
    callback = await asked(line, asker)
    await line.network.citizens.behave(asker, "slow")
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        citizen = await line.called(asker)
        await citizen.hears("callback/hello")
        await phone.code("*13")
        caller = await line.chooses("10", number=live)
        await caller.hears("ticket/repeat", limit=30)
        await caller.press("2")
        await caller.hears("operator/connecting")
        await line.until_told(live, "waiting")
        await citizen.press("1")
        await citizen.hears("operator/connecting")
        # words that are still spoken are not yet a place in the queue
        await line.until_told(asker, "waiting")
        await settled(line, callback, "rejoining")
        await phone.code("*14")
        first = await phone.talk()
        await settled(line, callback, "connected")
        await first.hangup()
        await citizen.call.ended()
        second = await phone.talk()
        await line.until_told(live, "answered")
        await second.hangup()
        await caller.call.hangup()
        await dispatch
    await settled(line, callback, "done")
    found = await line.ivr("callbacks", "check-order", "--since", began.isoformat())
    assert found["inversions"] == []
    assert found["called_back"] >= 1 and found["answered"] >= 2


async def test_as_a_service_it_goes_on_until_it_is_told_to_stop(line: Line) -> None:
    number = "+74952220591"
    await line.network.citizens.behave(number, "busy")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "callbacks", "dispatch", "--watch", "--every", "0.5", env=line.env
    )
    try:
        async with operator(line):
            # promised while it runs
            callback = await asked(line, number)
            await settled(line, callback, "retry_wait")
    finally:
        process.terminate()
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    assert await line.network.citizens.rang(number) == 1
    await line.ivr("callbacks", "cancel", callback)


async def test_with_the_operator_gone_in_between_he_is_told_so_and_the_attempt_is_not_charged(line: Line) -> None:
    number = "+74952220601"
    callback = await asked(line, number)
    async with operator(line):
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
    await citizen.press("1")
    await citizen.hears("callback/no-agent", limit=30)
    await citizen.call.ended()
    shown = await settled(line, callback, "retry_wait")
    await dispatch
    assert shown["events"][-1]["event"] == "no_agent"
    assert (shown["attempts"], shown["uncharged"]) == (0, 1)
    await line.ivr("callbacks", "cancel", callback)


async def test_who_presses_the_key_once_more_waits_on_and_is_told_when_the_last_operator_goes(line: Line) -> None:
    number = "+74952220602"
    callback = await asked(line, number)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
        await phone.code("*13")
        await citizen.press("1")
        await citizen.hears("operator/connecting")
        await line.until_told(number, "waiting")
        await citizen.press("1")
        await line.until_told(number, "callback_key")
        await settled(line, callback, "rejoining")
    await citizen.hears("callback/no-agent", limit=30)
    await citizen.call.ended()
    shown = await settled(line, callback, "retry_wait")
    await dispatch
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "human", "no_agent"]
    assert (shown["attempts"], shown["uncharged"]) == (0, 1)
    await line.ivr("callbacks", "cancel", callback)


@pytest.mark.parametrize("word", ["callback/hello", "item/callback-connect", "item/callback-cancel"])
async def test_who_hangs_up_at_any_word_is_called_again(line: Line, word: str) -> None:
    number = f"+7495222061{len(word) % 10}"
    callback = await asked(line, number)
    async with operator(line):
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        citizen = await line.called(number)
        await citizen.hears(word, limit=40)
        await citizen.call.hangup()
        shown = await settled(line, callback, "retry_wait")
        await dispatch
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "machine"]
    await line.ivr("callbacks", "cancel", callback)
