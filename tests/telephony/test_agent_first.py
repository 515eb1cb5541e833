"""Calling back where an operator is called before the citizen: Kazan's queue does so here."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from ivr.tasks import spawn
from ivr.testnet.calls import NetworkCall
from ivr.testnet.hearing import read_wav
from tests.telephony.conftest import DID, Citizen, Line
from tests.telephony.test_callbacks import asked, events, operator, settled
from tests.telephony.tone import tone_heard

pytestmark = pytest.mark.asyncio(loop_scope="session")

KAZAN = ("--queue", "kazan")


async def dispatcher(
    line: Line, ahead: float = 0, when: str = "", listen: float = 10
) -> asyncio.subprocess.Process:
    """A dispatcher whose clock is so many seconds ahead; `when` it is killed, see `dispatch_later`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telephony.dispatch_later", str(ahead), str(listen), "10",
        *([when] if when else []), env=line.env,
    )  # fmt: skip


async def until_on_the_disk(line: Line) -> None:
    """What Asterisk writes down of the attempt under way is there a second later, or some."""
    file = InstancePaths.under(line.state).lib / "astdb.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        async with asyncio.timeout(20):
            while not database.execute(  # noqa: ASYNC110
                "SELECT 1 FROM astdb WHERE key LIKE '/callback-%' AND value LIKE 'first%'"
            ).fetchone():
                await asyncio.sleep(0.1)


def at_his_phone(line: Line, call: NetworkCall) -> Citizen:
    """What the operator hears."""
    return Citizen(call, line.ears)


async def test_an_operator_takes_the_call_then_the_citizen_is_rung_and_after_his_key_both_hear_each_other(
    line: Line,
) -> None:
    number = "+78432220701"
    callback = await asked(line, number, *KAZAN, "--language", "tt")
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        shown, _ = await phone.rung()
        assert (shown.endswith("signin"), line.network.citizens.rings[number]) == (True, 0)
        talk = await phone.talk()
        anna = at_his_phone(line, talk)
        await anna.hears("operator/callback")
        await anna.hears("operator/about-signin")
        assert await line.network.citizens.rung(number) == DID
        citizen = await line.called(number)
        # in the citizen's language, and in the operator's
        await citizen.hears("callback/hello", language="tt")
        await anna.hears("operator/callback-answered")
        assert (await line.ivr("callbacks", "show", callback))["state"] == "dialling"
        await citizen.hears("item/callback-connect", language="tt")
        await citizen.press("1")
        await citizen.hears("operator/connecting", language="tt")
        await settled(line, callback, "connected")
        await citizen.call.speak(line.network.tone(700, 2.0))
        await talk.hangup()
        await citizen.hears("rating/ask", language="tt", limit=30)
        await citizen.call.hangup()
        await settled(line, callback, "done")
        assert (await dispatch)["dialled"] == [callback]
    assert await events(line, callback) == ["confirm", "dial", "operator", "human", "connect", "complete"]
    assert await line.network.citizens.rang(number) == 1
    assert tone_heard(read_wav(talk.heard), 700)
    assert tone_heard(citizen._audio(), 440)
    await line.until_told(number, "end")
    assert {kind for kind, _ in await line.steps(number)} >= {"start", "answered", "talked", "end"}
    history = (await line.ivr("callbacks", "show", callback))["events"]
    assert isinstance(next(each["data"]["rang_s"] for each in history if each["event"] == "operator"), int)


async def test_a_busy_citizen_is_told_to_the_operator_and_tried_again_after_the_delay_of_a_busy_phone(
    line: Line,
) -> None:
    number = "+78432220702"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number, *KAZAN)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        talk = await phone.talk()
        await at_his_phone(line, talk).hears("operator/callback-busy")
        await talk.ended()
        await dispatch
    shown = await settled(line, callback, "retry_wait")
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "operator", "busy"]
    assert (shown["attempts"], await line.network.citizens.rang(number)) == (1, 1)
    delay = datetime.fromisoformat(shown["not_before"]) - datetime.fromisoformat(shown["events"][-1]["at"])
    assert abs(delay - timedelta(minutes=5)) < timedelta(seconds=1)
    await line.ivr("callbacks", "cancel", callback)


async def test_with_no_operator_who_answers_the_citizen_is_not_rung_and_nothing_is_charged(line: Line) -> None:
    number = "+78432220703"
    callback = await asked(line, number, *KAZAN)
    async with operator(line, "ring") as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch", "--listen", "55"), "dispatch")
        await phone.rung()
        shown = await settled(line, callback, "retry_wait", 60)
        await dispatch
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "no_operator"]
    assert (shown["attempts"], shown["uncharged"], line.network.citizens.rings[number]) == (0, 1, 0)
    await line.ivr("callbacks", "cancel", callback)


async def test_a_machine_spends_an_attempt_and_the_operator_is_let_go(line: Line) -> None:
    number = "+78432220704"
    await line.network.citizens.behave(number, "machine")
    callback = await asked(line, number, *KAZAN)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        talk = await phone.talk()
        anna = at_his_phone(line, talk)
        await anna.hears("operator/callback-answered", limit=30)
        await anna.hears("operator/callback-gone", limit=120)
        await talk.ended()
        await dispatch
    shown = await settled(line, callback, "retry_wait")
    assert [each["event"] for each in shown["events"]] == ["confirm", "dial", "operator", "machine"]
    assert shown["attempts"] == 1
    await line.ivr("callbacks", "cancel", callback)


async def test_who_presses_one_though_the_operator_has_gone_waits_for_another_in_his_place(
    line: Line, install: AsteriskInstall
) -> None:
    number = "+78432220705"
    callback = await asked(line, number, *KAZAN)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        talk = await phone.talk()
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
        await talk.hangup()
        asterisk = Asterisk(install, InstancePaths.under(line.state))
        async with asyncio.timeout(20):
            # until the hotline has seen it
            while "PJSIP/op-101" in (await asterisk.command("core show channels concise") or "PJSIP/op-101"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await citizen.press("1")
        again = await phone.talk()
        await settled(line, callback, "connected")
        await again.hangup()
        await citizen.call.hangup()
        await dispatch
    await settled(line, callback, "done")
    assert await events(line, callback) == ["confirm", "dial", "operator", "human", "connect", "complete"]
    assert await line.network.citizens.rang(number) == 1


async def test_a_dispatcher_killed_after_it_sent_the_call_loses_nothing_and_rings_nobody_twice(line: Line) -> None:
    number = "+78432220706"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number, *KAZAN)
    async with operator(line) as phone:
        killed = await dispatcher(line, when="after")
        talk = await phone.talk()
        await talk.ended()
        assert await killed.wait() == -signal.SIGKILL
        assert (await line.ivr("callbacks", "show", callback))["state"] == "dialling"
        assert await (await dispatcher(line, 62)).wait() == 0
    assert await events(line, callback) == ["confirm", "dial", "operator", "busy"]
    assert await line.network.citizens.rang(number) == 1
    await line.ivr("callbacks", "cancel", callback)


async def test_an_asterisk_killed_while_the_operator_is_called_costs_the_citizen_no_attempt(line: Line) -> None:
    number = "+78432220707"
    await line.network.citizens.behave(number, "busy")
    callback = await asked(line, number, *KAZAN)
    async with operator(line, "ring") as phone:
        waiting = await dispatcher(line)
        await phone.rung()
        await until_on_the_disk(line)
        await line.kill_asterisk()
        await waiting.wait()
        await line.until_up()
        await line.until_ready()
        await phone.behave("answer")
        async with asyncio.timeout(60):
            # until the new Asterisk knows that the phone can be rung
            while (await events(line, callback)).count("dial") < 2:
                assert await (await dispatcher(line, 62, listen=2)).wait() == 0
        talk = await phone.talk(30)
        await talk.ended()
        # the one that dialled has left: a later one finds what became of it
        assert await (await dispatcher(line, 150)).wait() == 0
    shown = await settled(line, callback, "retry_wait")
    assert await events(line, callback) == ["confirm", "dial", "recover_unseen", "dial", "operator", "busy"]
    assert (shown["attempts"], await line.network.citizens.rang(number)) == (1, 1)
    await line.ivr("callbacks", "cancel", callback)
