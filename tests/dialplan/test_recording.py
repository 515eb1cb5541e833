"""Talks are recorded from the answer to the end: both voices, nothing else, and nothing while it is paused."""

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.ami.client import AmiClient
from ivr.ami.recorder import AmiRecorder
from ivr.domain.recordings import SoundFile, recording_of
from ivr.pbx.secrets import load_secrets
from ivr.storage.recordings import RecordingFiles
from ivr.tasks import spawn
from tests.dialplan.fake_controller import TO_QUEUE, controller

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID, CITIZEN = "88005553535", "79161234567"
CALLER_HZ, OPERATOR_HZ = 740, 1130
TO_WEST = {"inbound": TO_QUEUE | {"IVR_QUEUE": "west"}, "rating": {"IVR_NEXT": "end"}}


def files(bench: Any) -> list[SoundFile]:
    found = RecordingFiles(bench.config.recordings)
    return [sound for day in found.days() for sound in found.of_day(day)]


async def until_new(bench: Any, before: list[SoundFile]) -> SoundFile:
    """Wait for a recording that was not there before."""
    known = {sound.file for sound in before}
    async with asyncio.timeout(10):
        while True:
            for sound in files(bench):
                if sound.file not in known:
                    return sound
            await asyncio.sleep(0.05)


async def complete(bench: Any, file: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Wait until the header says how much sound there is; the samples."""
    path = bench.config.recordings / file
    async with asyncio.timeout(10):
        while True:
            found = RecordingFiles(bench.config.recordings).look(file)
            if found is not None and found.told == found.size - 44 > 0:
                break
            await asyncio.sleep(0.05)
    with wave.open(str(path), "rb") as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)


def sounds(samples: np.ndarray[Any, Any], hertz: float) -> float:
    """Seconds in which this tone is heard."""
    heard = 0
    for start in range(0, len(samples) - 800, 800):
        spectrum = np.abs(np.fft.rfft(samples[start : start + 800] * np.hanning(800)))
        heard += spectrum[round(hertz / 10)] > 50_000
    return heard / 10


def loud(samples: np.ndarray[Any, Any], hertz: float) -> bool:
    """Is this tone heard for half a second?"""
    return sounds(samples, hertz) >= 0.5


@asynccontextmanager
async def operator(bench: Any) -> AsyncIterator[Any]:
    """103 is there, and says a tone in every talk."""
    phone = bench.network.phones["103"]
    await phone.registered()
    phone.forget()
    await phone.plays(bench.network.tone(OPERATOR_HZ, 20))
    await phone.code("*11")
    try:
        yield phone
    finally:
        await phone.code("*12")


@asynccontextmanager
async def recorder(bench: Any) -> AsyncIterator[AmiRecorder]:
    """As the controller has it: two links."""
    known = load_secrets(bench.config.state_dir / "secrets.json", [])
    port = bench.config.ami_port
    links = [AmiClient("127.0.0.1", port, "controller", known.ami),
             AmiClient("127.0.0.1", port, "recorder", known.recorder)]  # fmt: skip
    up = [asyncio.Event() for _ in links]
    for link, there in zip(links, up, strict=True):
        link.on_link.append(lambda now, there=there: there.set() if now else None)
    tasks = [spawn(link.run(), "link") for link in links]
    try:
        async with asyncio.timeout(10):
            await asyncio.gather(*(there.wait() for there in up))
        yield AmiRecorder(*links)
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_a_recording_holds_both_voices_and_is_its_owners_alone(bench: Any) -> None:
    before = files(bench)
    async with operator(bench) as phone, controller(bench.config.agi_port, TO_WEST):
        citizen = await bench.network.call(CITIZEN, DID)
        await phone.talk()
        found = await until_new(bench, before)
        await citizen.speak(bench.network.tone(CALLER_HZ, 2))
        await citizen.hangup()
    samples = await complete(bench, found.file)
    assert loud(samples, CALLER_HZ) and loud(samples, OPERATOR_HZ)
    recording = recording_of(found)
    assert recording is not None and recording.operator == "103" and "x" in recording.call_id
    path: Path = bench.config.recordings / found.file
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_who_hangs_up_in_the_menu_or_while_waiting_is_not_recorded(bench: Any) -> None:
    before = files(bench)
    async with controller(bench.config.agi_port, {"inbound": {"IVR_NEXT": "end"}}):
        await (await bench.network.call(CITIZEN, DID)).ended()
    async with operator(bench) as phone:
        await phone.behave("ring")
        try:
            async with controller(bench.config.agi_port, TO_WEST):
                citizen = await bench.network.call(CITIZEN, DID)
                await phone.rung()
                await citizen.hangup()
        finally:
            await phone.behave("answer")
    assert files(bench) == before


async def test_a_talk_that_is_not_to_be_recorded_is_not(bench: Any) -> None:
    before = files(bench)
    answers = TO_WEST | {"inbound": TO_WEST["inbound"] | {"IVR_RECORD": "off"}}
    async with operator(bench) as phone, controller(bench.config.agi_port, answers):
        citizen = await bench.network.call(CITIZEN, DID)
        await phone.talk()
        await citizen.speak(bench.network.tone(CALLER_HZ, 1))
        await citizen.hangup()
    assert files(bench) == before


async def test_nothing_is_kept_of_what_is_said_while_the_recording_is_paused(bench: Any) -> None:
    before = files(bench)
    async with operator(bench) as phone, controller(bench.config.agi_port, TO_WEST), recorder(bench) as pausing:
        citizen = await bench.network.call(CITIZEN, DID)
        theirs = await phone.talk()
        recording = recording_of(found := await until_new(bench, before))
        assert recording is not None
        async with asyncio.timeout(20):
            # it is there before they are connected
            while not await pausing.mute(recording.call_id, "103", True):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert not await pausing.mute(recording.call_id, "101", True)
        assert not await pausing.mute("1x1", "103", True)
        await citizen.speak(bench.network.tone(CALLER_HZ, 2))
        assert await pausing.mute(recording.call_id, "103", False)
        await asyncio.sleep(1.5)  # this long is recorded again
        await theirs.hangup()
        await citizen.hangup()
    samples = await complete(bench, found.file)
    assert not loud(samples, CALLER_HZ)
    assert loud(samples[-12000:], OPERATOR_HZ)
    # the operator spoke all the time
    assert sounds(samples, OPERATOR_HZ) < len(samples) / 8000 - 1


async def test_the_manager_user_that_pauses_hears_nothing(bench: Any) -> None:
    async with recorder(bench) as pausing:
        events: list[dict[str, str]] = []
        pausing._mutes.on_event.append(events.append)
        citizen = await bench.network.call(CITIZEN, DID)
        await citizen.answered()
        await citizen.hangup()
        await pausing._mutes.caught_up()
        assert [event for event in events if "channel" in event] == []
