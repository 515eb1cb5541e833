"""Calling a citizen back where an operator is called before him: what the dialplan does, on a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from ivr.ami.client import AmiClient
from ivr.dialler.dialler import AsteriskDialler
from ivr.domain.callback_results import result_event
from ivr.pbx.secrets import load_secrets
from ivr.services.dispatch import VOID, DialOrder, Trace
from ivr.services.queue_journal import QueueJournal
from ivr.tasks import spawn
from ivr.testing import FixedClock, MemoryJournal
from tests.dialplan.fake_controller import controller
from tests.dialplan.test_callback import AT, DID, dialler, order, result
from tests.dialplan.test_legs import logged_in

__all__ = ["dialler"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
TO_OPERATOR = {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_LANGUAGE": "ru", "IVR_TICKET": "48215513",
               "IVR_CATEGORY": "signin"}  # fmt: skip
PRESSED = {"callback": TO_OPERATOR, "rating": {"IVR_NEXT": "end"}}
NOT_PRESSED = {"callback": {"IVR_NEXT": "end"}}


def first(number: str) -> DialOrder:
    """An operator of `west` is to be called before him."""
    return replace(order(number), operators="west")


@pytest_asyncio.fixture(loop_scope="module")
async def told(bench: Any) -> AsyncIterator["asyncio.Queue[tuple[str, str]]"]:
    """What the controller hears of callbacks."""
    known = load_secrets(bench.config.state_dir / "secrets.json", [o.login for o in bench.config.operators])
    client = AmiClient("127.0.0.1", bench.config.ami_port, "controller", known.ami)
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    linked = asyncio.Event()
    journal = QueueJournal(MemoryJournal(), FixedClock())
    journal.on_callback.append(lambda token, event: heard.put_nowait((token, event)))
    client.on_event.append(journal.event)
    client.on_link.append(lambda up: linked.set())
    task = spawn(client.run(), "manager link")
    async with asyncio.timeout(10):
        await linked.wait()
    yield heard
    task.cancel()


async def next_told(heard: "asyncio.Queue[tuple[str, str]]", limit: float = 10) -> tuple[str, str]:
    async with asyncio.timeout(limit):
        return await heard.get()


@asynccontextmanager
async def at_work(bench: Any, answers: Any, mode: str = "answer") -> AsyncIterator[Any]:
    """One operator of `west` and a controller."""
    async with logged_in(bench, "103", mode) as phone, controller(bench.config.agi_port, answers) as asked:
        phone.asked = asked
        yield phone


async def test_the_operator_is_told_first_then_the_citizen_is_rung_and_after_his_key_they_talk(
    bench: Any, dialler: AsteriskDialler, told: "asyncio.Queue[tuple[str, str]]"
) -> None:
    number = "+79160000201"
    wanted = first(number)
    async with at_work(bench, PRESSED) as phone:
        await dialler.dial(wanted)
        shown, _ = await phone.rung()
        assert (shown, bench.network.citizens.rings[number]) == ("4821-5513 signin", 0)
        talk = await phone.talk()
        await bench.heard(talk, "operator/callback")
        await bench.heard(talk, "operator/about-signin")
        assert await bench.network.citizens.rung(number) == DID
        citizen = await bench.network.citizens.talk(number)
        assert await next_told(told) == (wanted.attempt, "connect")
        assert wanted.attempt in await dialler.alive()
        seen = phone.asked.seen["callback"]
        assert (seen["IVR_ARRIVED"], seen["CHANNEL(language)"]) == (str(int(AT.timestamp())), "ru")
        await talk.hangup()
        assert await next_told(told) == (wanted.attempt, "complete")
        await citizen.ended(10)
        found = await result(dialler, wanted)
    assert (found.status, found.talked, bench.network.citizens.rings[number]) == ("ANSWER", True, 1)
    assert await dialler.trace(wanted.attempt) == Trace(True, "ANSWER", found.cause, True)
    async with asyncio.timeout(20):
        while wanted.attempt in await dialler.alive():  # noqa: ASYNC110 - the channel goes after its result is told
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("mode", "number", "event", "word"),
    [
        ("busy", "+79160000211", "busy", "operator/callback-busy"),
        ("reject", "+79160000212", "rejected", "operator/callback-no-answer"),
        ("nobody", "+79160000213", "invalid", "operator/callback-no-answer"),
        ("jammed", "+79160000214", "trunk", "operator/callback-no-answer"),
        ("ring", "+79160000215", "no_answer", "operator/callback-no-answer"),
        ("divert", "+79160000216", "busy", "operator/callback-no-answer"),
    ],
)
async def test_the_operator_hears_in_words_why_nobody_answered(
    bench: Any, dialler: AsteriskDialler, mode: str, number: str, event: str, word: str
) -> None:
    await bench.network.citizens.behave(number, mode)
    wanted = first(number)
    async with at_work(bench, {}) as phone:
        await dialler.dial(wanted)
        talk = await phone.talk()
        found = await result(dialler, wanted)
        await bench.heard(talk, word)
        await talk.ended(10)
    if mode == "ring":
        # how it rings is heard too
        assert any(415 <= pitch <= 435 for pitch in bench.frequencies(talk.heard))
    assert (result_event(found.cause, found.status), found.talked) == (event, False), found
    assert await bench.network.citizens.rang(number) == 1


@pytest.mark.parametrize(("mode", "number"), [("ring", "+79160000221"), ("reject", "+79160000222")])
async def test_with_no_operator_who_takes_the_call_the_citizen_is_not_rung(
    bench: Any, dialler: AsteriskDialler, mode: str, number: str
) -> None:
    wanted = first(number)
    async with at_work(bench, PRESSED, mode) as phone:
        await dialler.dial(wanted)
        await phone.rung()
        trace = await dialler.trace(wanted.attempt)
        assert trace is not None and (trace.over, trace.rung) == (False, False)
        found = await result(dialler, wanted)
    assert (result_event(found.cause, found.status), found.talked) == ("no_operator", False)
    assert bench.network.citizens.rings[number] == 0


async def test_an_operator_who_hangs_up_while_he_is_told_spares_the_citizen(
    bench: Any, dialler: AsteriskDialler
) -> None:
    number = "+79160000223"
    wanted = first(number)
    async with at_work(bench, PRESSED) as phone:
        await dialler.dial(wanted)
        # what he is told lasts four seconds here
        await (await phone.talk()).hangup()
        found = await result(dialler, wanted)
    assert result_event(found.cause, found.status) == "no_operator", found
    assert bench.network.citizens.rings[number] == 0


async def test_an_operator_who_hangs_up_while_the_phone_rings_ends_the_ringing_and_it_is_not_charged(
    bench: Any, dialler: AsteriskDialler
) -> None:
    number = "+79160000224"
    await bench.network.citizens.behave(number, "ring")
    wanted = first(number)
    async with at_work(bench, PRESSED) as phone:
        await dialler.dial(wanted)
        talk = await phone.talk()
        await bench.network.citizens.rung(number)
        await talk.hangup()
        found = await result(dialler, wanted)
    assert result_event(found.cause, found.status) == "no_operator"
    assert await bench.network.citizens.rang(number) == 1


async def test_without_a_key_the_operator_is_let_go_and_nobody_talked(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000231"
    await bench.network.citizens.behave(number, "machine")
    wanted = first(number)
    async with at_work(bench, NOT_PRESSED) as phone:
        await dialler.dial(wanted)
        talk = await phone.talk()
        found = await result(dialler, wanted)
        await bench.heard(talk, "operator/callback-gone")
        await talk.ended(10)
    assert (found.status, found.talked) == ("ANSWER", False)


async def test_who_presses_the_key_when_the_operator_has_gone_waits_in_his_place_for_another(
    bench: Any, dialler: AsteriskDialler
) -> None:
    number = "+79160000232"
    pressed = asyncio.Event()
    wanted = first(number)
    async with logged_in(bench, "103") as phone, controller(bench.config.agi_port, PRESSED, pressed) as asked:
        await dialler.dial(wanted)
        talk = await phone.talk()
        citizen = await bench.network.citizens.talk(number)
        await bench.heard(talk, "operator/callback-answered")
        await talk.hangup()
        async with asyncio.timeout(10):
            while "PJSIP/op-103" in (await bench.hotline.command("core show channels concise") or "PJSIP/op-103"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        pressed.set()
        again = await phone.talk()
        assert wanted.attempt in await dialler.alive()
        assert (await dialler.trace(wanted.attempt)) == Trace(False)
        await again.hangup()
        await citizen.ended(10)
        found = await result(dialler, wanted)
        assert asked.seen["rating"]["IVR_QUEUE"] == "west"
    assert (found.status, found.talked, bench.network.citizens.rings[number]) == ("ANSWER", True, 1)


async def test_a_silent_controller_is_not_the_citizens_fault_here_either(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000233"
    wanted = first(number)
    async with logged_in(bench, "103") as phone:
        await dialler.dial(wanted)
        talk = await phone.talk()
        found = await result(dialler, wanted)
        await bench.heard(talk, "operator/callback-gone")
    assert (found.status, found.talked) == ("SILENT", False)


async def test_an_attempt_is_served_once_in_whichever_order_it_is_asked_for(
    bench: Any, dialler: AsteriskDialler
) -> None:
    number = "+79160000241"
    await bench.network.citizens.behave(number, "busy")
    wanted = first(number)
    async with at_work(bench, PRESSED) as phone:
        for _ in range(10):
            await dialler.dial(wanted)
        talk = await phone.talk()
        for _ in range(10):
            await dialler.dial(replace(wanted, operators=""))
            await dialler.dial(wanted)
        await dialler.void(wanted.attempt)
        found = await result(dialler, wanted)
        assert found.status == "BUSY"
        await talk.ended(10)
        await dialler.dial(wanted)
        # behind it: who is served now was asked for later
        after = first("112")
        await dialler.dial(after)
        assert (await result(dialler, after)).status == "invalid"
    assert await bench.network.citizens.rang(number) == 1


async def test_an_attempt_made_void_calls_no_operator(bench: Any, dialler: AsteriskDialler) -> None:
    wanted = first("+79160000242")
    async with at_work(bench, PRESSED) as phone:
        await dialler.void(wanted.attempt)
        assert (await result(dialler, wanted)).status == VOID
        await dialler.dial(wanted)
        after = first("+79160000243")
        await bench.network.citizens.behave(after.number, "busy")
        await dialler.dial(after)
        await phone.talk()
        assert (await result(dialler, after)).status == "BUSY"
    assert bench.network.citizens.rings[wanted.number] == 0
