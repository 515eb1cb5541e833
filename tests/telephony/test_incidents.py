"""A known fault in real calls: announced at the command line, heard within a minute, ended, told by SMS once."""

import asyncio
import time

import pytest

from ivr.domain.incidents import Incident
from ivr.testing import NOON
from tests.telephony.conftest import Line

pytestmark = pytest.mark.asyncio(loop_scope="session")
WORDS = "Сейчас не открывается вход на портал. Мы уже чиним его."


def sound_of(id: str, words: str = WORDS) -> str:
    """The key of what is said in Russian."""
    return Incident(id, frozenset(), frozenset(), "outage", NOON, NOON, "", {"ru": words}).sound("ru")


async def until_there(line: Line, sound: str, there: bool, limit: float) -> float:
    """Wait until the sound can be played, or is gone; the seconds it took."""
    file = line.state / "sounds" / "ru" / "ivr" / f"{sound}.alaw"
    begun = time.monotonic()
    async with asyncio.timeout(limit):
        while file.exists() != there:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return time.monotonic() - begun


async def test_a_fault_is_heard_within_a_minute_and_whoever_wants_to_is_told_of_its_end_once(line: Line) -> None:
    number = "+79162220501"
    added = await line.ivr("incidents", "add", "--category", "signin", "--severity", "outage", "--text", f"ru={WORDS}")
    id, sound = added["id"], sound_of(added["id"])
    assert await until_there(line, sound, True, 60) < 60

    # in another category nothing is said
    other = await line.chooses("2", number="+79162220502")
    await other.hears("menu/recovery")
    await other.call.hangup()

    citizen = await line.chooses("1", number=number)
    await citizen.hears(sound, limit=30)
    await citizen.hears("item/incident-tell", limit=30)
    await citizen.press("1")
    await citizen.hears("sms/to-this-number")
    await citizen.press("1")
    await citizen.hears("incident/noted", limit=30)
    await citizen.call.hangup()
    assert (await line.until_told(number, "deflected"))["incident"] == id
    assert (await line.until_told(number, "incident_subscribed"))["outcome"] == "subscribed"

    # whoever goes on gets the menu; it is not told again in the same call
    again = await line.chooses("1", number=number)
    await again.hears(sound, limit=30)
    await again.press("2")
    await again.hears("menu/signin")
    await again.press("0")
    await again.hears("ticket/repeat", limit=40)
    await again.call.hangup()
    assert [data["incident"] for kind, data in await line.steps(number) if kind == "incident"] == [id]
    assert not [data for kind, data in await line.steps(number) if kind == "deflected"]

    async with asyncio.timeout(20):
        while (shown := await line.ivr("incidents", "show", id))["heard"] < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    assert (shown["heard"], shown["deflected"], shown["subscribers"]) == (2, 1, 1)

    ended = await asyncio.gather(*(line.ivr("incidents", "end", id) for _ in range(2)))
    assert sorted(each["told"] for each in ended) == [0, 1]
    notices = [each for each in await line.ivr("callbacks", "notices") if each["template"] == "incident-over"]
    assert [(each["number"], each["language"]) for each in notices] == [(number, "ru")]
    assert "исправлен" in notices[0]["text"]

    await until_there(line, sound, False, 20)
    after = await line.chooses("1", number="+79162220503")
    await after.hears("menu/signin")
    await after.call.hangup()
