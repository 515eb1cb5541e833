"""A caller takes the offer of a callback: from the key on it is kept, whatever becomes of the call."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.telephony.conftest import Line
from tests.telephony.test_callbacks import events

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_offer_is_kept_from_the_key_on_and_promised_when_he_hangs_up(line: Line) -> None:
    number = "+74952220042"
    citizen = await line.chooses("20", number=number)
    await citizen.hears("ticket/repeat", limit=30)
    await citizen.press("2")
    await citizen.hears("nobody/all-away")
    await citizen.press("1")
    await citizen.hears("callback/your-number", limit=30)
    (kept,) = await line.ivr("callbacks", "list", "--number", number)
    assert (kept["state"], kept["source"]) == ("provisional", "closed")
    await citizen.call.hangup()
    async with asyncio.timeout(20):
        while "confirm" not in (told := await events(line, kept["id"])):
            pass
    # by night he is put aside until the morning
    assert told[:2] == ["taken", "confirm"] and told[2:] in ([], ["park"])
    notices = [each for each in await line.ivr("callbacks", "notices") if each["callback"] == kept["id"]]
    assert [each["template"] for each in notices] == ["callback-created"]
    assert "0042" in notices[0]["text"] and number not in notices[0]["text"]
    await line.ivr("callbacks", "cancel", kept["id"])


async def test_another_half_hour_is_chosen_when_the_promise_is_told(line: Line) -> None:
    number = "+74952220043"
    citizen = await line.chooses("20", number=number)
    await citizen.hears("ticket/repeat", limit=30)
    await citizen.press("2")
    await citizen.hears("nobody/all-away")
    await citizen.press("1")
    await citizen.hears("callback/your-number", limit=30)
    await citizen.press("1")
    # by night he is asked first
    if await citizen.hears("item/callback-then", "callback/done", limit=40) == "item/callback-then":
        await citizen.press("1")
        await citizen.hears("callback/done", limit=40)
    (before,) = await line.ivr("callbacks", "list", "--number", number)
    # the key works before it is named
    await citizen.hears("callback/press-one", limit=60)
    await citizen.press("2")
    await citizen.hears("callback/slots")
    await citizen.press("2")
    await citizen.hears("callback/changed")
    await citizen.hears("say/goodbye", limit=60)
    await citizen.call.ended()
    (chosen,) = await line.ivr("callbacks", "list", "--number", number)
    start, end = (datetime.fromisoformat(chosen[name]) for name in ("window_from", "window_to"))
    assert (chosen["id"], end - start) == (before["id"], timedelta(minutes=30))
    assert start >= datetime.fromisoformat(before["created_at"]) + timedelta(hours=3)
    assert start != datetime.fromisoformat(before["window_from"])
    assert [each for each in await events(line, chosen["id"]) if each != "park"] == ["taken", "confirm", "moved"]
    await line.ivr("callbacks", "cancel", chosen["id"])
