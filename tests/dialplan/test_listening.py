"""A supervisor in a talk, on a real Asterisk: who hears whom, and that nobody hears anything otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.services.steering import SteeringRefused
from ivr.testnet.hearing import RATE, complete
from tests.dialplan.conftest import SUPERVISOR
from tests.dialplan.controlled import Controlled, controlled
from tests.dialplan.test_legs import logged_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALLER = "79160000001"
PHONE = f"op-{SUPERVISOR}"
#: Pitches in Hz; the operator's phone plays its own again and again.
CITIZEN, OPERATOR, BOSS = 800, 440, 1250


@asynccontextmanager
async def talking(bench: Any) -> AsyncIterator[tuple[Controlled, Any, Any]]:
    """The house, the citizen's call, the operator's call: 101 talks with a citizen out of the queue."""
    async with logged_in(bench, "101") as phone, controlled(bench, {CALLER: "east:0"}) as house:
        await bench.network.phones[SUPERVISOR].registered()
        citizen = await bench.network.call(CALLER, "88005553535")
        house.calls.append(citizen)
        operator = await phone.talk()
        async with asyncio.timeout(10):
            while not await house.switchboard.talks():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        try:
            yield house, citizen, operator
        finally:
            await operator.hangup()


def loudness(file: Path, pitch: int, since: float) -> float:
    """Of a tone in what was heard after `since` seconds: the part of the sound that it is."""
    raw = file.read_bytes()[44:] if file.exists() else b""
    audio = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(float)[int(since * RATE) :]
    if not len(audio) or not np.any(audio):
        return 0.0
    power = np.abs(np.fft.rfft(audio)) ** 2
    hertz = np.arange(len(power)) * RATE / max(1, len(audio))
    return float(power[np.abs(hertz - pitch) < 20].sum() / power.sum())


async def says(bench: Any, call: Any, pitch: int) -> None:
    await call.speak(bench.network.tone(pitch, 2.0))


@pytest.mark.parametrize(
    ("mode", "operator_hears", "citizen_hears"),
    [("listen", False, False), ("whisper", True, False), ("barge", True, True)],
)
async def test_a_supervisor_hears_both_and_is_heard_by_whom_he_chose(
    bench: Any, mode: str, operator_hears: bool, citizen_hears: bool
) -> None:
    async with talking(bench) as (house, citizen, operator):
        number = await house.listening.ask("anna", PHONE, "101", mode, "quality")  # type: ignore[arg-type]
        boss = await bench.network.phones[SUPERVISOR].dial(number)
        await boss.answered()
        await house.until(lambda: bool(house.audit.entries))
        # the whisperer must be in the talk before he speaks: what he hears of it says that he is
        async with asyncio.timeout(10):
            while loudness(boss.heard, OPERATOR, 0) < 0.3:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        await asyncio.gather(says(bench, citizen, CITIZEN), says(bench, boss, BOSS))
        await boss.hangup()
        await operator.hangup()
        await citizen.hangup()
        async with asyncio.timeout(20):
            while not all(complete(call.heard) for call in (boss, operator, citizen)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        heard = {
            (who, pitch): loudness(call.heard, pitch, 0) > 0.02
            for who, call in (("boss", boss), ("operator", operator), ("citizen", citizen))
            for pitch in (CITIZEN, OPERATOR, BOSS)
        }
        assert heard[("boss", CITIZEN)] and heard[("boss", OPERATOR)]
        assert heard[("operator", CITIZEN)] and heard[("citizen", OPERATOR)]
        assert (heard[("operator", BOSS)], heard[("citizen", BOSS)]) == (operator_hears, citizen_hears)
        (entry,) = house.audit.entries
        assert (entry.who, entry.action, entry.target, entry.why) == ("anna", mode, "101", "quality")


async def test_the_number_serves_once_and_only_the_phone_it_was_given_to(bench: Any) -> None:
    async with talking(bench) as (house, _citizen, _operator):
        supervisor = bench.network.phones[SUPERVISOR]
        other = await house.listening.ask("anna", "sup-1", "101", "listen")
        await (await supervisor.dial(other)).ended(10)
        number = await house.listening.ask("anna", PHONE, "101", "listen")
        first = await supervisor.dial(number)
        await first.answered()
        await house.until(lambda: len(house.audit.entries) == 1)
        await first.hangup()
        await (await supervisor.dial(number)).ended(10)
        assert len(house.audit.entries) == 1


async def test_the_end_of_the_talk_ends_the_listening_and_without_a_talk_there_is_none(bench: Any) -> None:
    async with talking(bench) as (house, _citizen, operator):
        number = await house.listening.ask("anna", PHONE, "101", "listen")
        call = await bench.network.phones[SUPERVISOR].dial(number)
        await call.answered()
        await house.until(lambda: bool(house.audit.entries))
        await operator.hangup()
        await call.ended(10)
        with pytest.raises(SteeringRefused) as refused:
            await house.listening.ask("anna", PHONE, "101", "listen")
        assert refused.value.error_id == "not_talking"


@pytest.mark.parametrize("number", ["*71234567890123456", "*11", "88005553535", "cb20782abc", "*7", "+79161234567"])
async def test_a_supervisors_phone_can_dial_nothing_else(bench: Any, number: str) -> None:
    async with controlled(bench, {}) as house:
        call = await bench.network.phones[SUPERVISOR].dial(number)
        await call.ended(10)
        assert house.audit.entries == [] and await house.switchboard.memberships() == []
        assert bench.network.citizens.rings == {}
