"""Numbers keyed in outside the menus: waiting, talking, rating, called back, at an operator's telephone, while
the controller is away. Each leaves the hotline as it was."""

import asyncio
import os
import signal
from pathlib import Path

import numpy as np

from ivr.tasks import spawn
from tests.canary.conftest import Cage
from tests.canary.documents import DOCUMENTS, Document
from tests.canary.tap import Caller, press_while_live
from tests.canary.tones import RATE, tones, written
from tests.canary.web import writes_it_all_down
from tests.telephony.test_callbacks import asked, operator

SNILS, PASSPORT, COMPANY, PERSON, CARD = DOCUMENTS


async def _to_the_queue(cage: Cage) -> Caller:
    caller = await cage.caller().calls()
    await caller.hears("say/hello")
    await caller.press("1")
    await caller.hears("say/welcome")
    await caller.press("0")
    await caller.hears("ticket/your-number")
    await caller.press("2")
    await caller.hears("operator/connecting")
    return caller


def _silence(cage: Cage) -> Path:
    """What a phone says so that keys can be heard beside it."""
    return written(np.zeros(RATE * 20), cage.line.state / "network" / "silence.wav")


async def waits(cage: Cage) -> None:
    """At the last words before the queue, in it, at its key, and when he is back."""
    phone = cage.line.network.phones["101"]
    await phone.code("*11")
    await phone.code("*13")
    try:
        first, second = await _to_the_queue(cage), await _to_the_queue(cage)
        await first.press(PASSPORT.digits)
        await second.press("2")
        await cage.tap.tells(lambda event: event["Event"] == "QueueCallerJoin" and event["Uniqueid"] == second.unique)
        await second.press("1")
        await second.hears("callback/your-number")
        await second.press("*")
        await second.hears("operator/place-kept")
        await second.press(CARD.digits)
        await asyncio.sleep(0.5)
        for caller in (first, second):
            await caller.hangup()
    finally:
        await phone.code("*12")


async def talks(cage: Cage) -> None:
    """Both press keys in the talk; the operator writes the numbers down; the caller keys one in for a rating."""
    async with operator(cage.line) as phone:
        await phone.plays(_silence(cage))
        caller = await _to_the_queue(cage)
        talk = await phone.talk()
        await asyncio.sleep(0.5)
        await caller.press(SNILS.digits)
        await talk.press(CARD.digits)
        await writes_it_all_down(cage, caller)
        await talk.hangup()
        await caller.hears("rating/ask")
        await caller.press(PERSON.digits)
        await caller.hangup()


async def talks_in_tones(cage: Cage, document: Document) -> None:
    """His telephone sends the keys as sound, in the menu and in a talk."""
    sound = written(tones(document.digits * 2), cage.line.state / "network" / "tones.wav")
    async with operator(cage.line) as phone:
        await phone.plays(_silence(cage))
        caller = await cage.caller().calls()
        assert caller.call is not None
        await caller.hears("say/hello")
        await caller.call.speak(sound)
        await caller.press("1")
        await caller.hears("say/welcome")
        await caller.press("0")
        await caller.hears("ticket/your-number")
        await caller.press("2")
        talk = await phone.talk()
        await asyncio.sleep(0.5)
        await caller.call.speak(sound)
        await talk.hangup()
        await caller.hangup()


async def by_info(cage: Cage) -> None:
    """His telephone sends the keys as SIP INFO."""
    caller = await cage.caller().calls()
    await caller.hears("say/hello")
    await caller.sends_keys_by("info")
    await caller.press(PASSPORT.digits)
    await caller.press(SNILS.digits)
    await caller.hangup()


async def called_back(cage: Cage) -> None:
    """Whom the hotline calls, at its question and at its last words."""
    async with operator(cage.line):
        for keys in (CARD.digits, f"2{PASSPORT.digits}"):
            number = cage.caller("+7495666").number
            await asked(cage.line, number, "--tonight")
            dispatch = spawn(cage.line.ivr("callbacks", "dispatch"), "dispatch")
            citizen = await cage.line.called(number)
            await citizen.hears("callback/hello")
            await press_while_live(citizen.call, keys)
            await citizen.call.hangup()
            await dispatch


async def at_an_operators_phone(cage: Cage) -> None:
    """Keys during the words after a code, and codes that are none."""
    phone = cage.line.network.phones["102"]
    for code in ("*11", "*13", "*14", "*19", "*12"):
        call = await phone.dial(code)
        await call.answered()
        await press_while_live(call, COMPANY.digits)
        await call.hangup()


async def while_the_controller_is_away(cage: Cage) -> None:
    """The dialplan's own question: a wish to be called back."""
    caller = await cage.caller().calls()
    await caller.hears("say/hello")
    os.kill(cage.line.controller(), signal.SIGKILL)
    await caller.hears("fallback/wish")
    await caller.press(SNILS.digits)
    await caller.hangup()
    await cage.line.until_ready()
