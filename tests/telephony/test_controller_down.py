"""kill -9 of the controller: no call is dropped, in whatever phase it is."""

import asyncio
import os
import signal

import pytest

from tests.telephony.conftest import Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_killed_controller_drops_nobody(line: Line) -> None:
    talking_phone = line.network.phones["101"]
    await talking_phone.behave("answer")
    talking_phone.forget()
    await talking_phone.code("*11")
    try:
        talking = await line.chooses("20", number="+74954440001")
        await talking.hears("ticket/repeat", limit=30)
        await talking.press("2")
        talk = await talking_phone.talk(40)
        waiting = await line.chooses("20", number="+74954440002")
        await waiting.hears("ticket/repeat", limit=30)
        await waiting.press("2")
        await waiting.hears("operator/connecting")
        await waiting.hears("queue/stay", "queue/in-line", limit=40)
        in_menu = await line.chooses("1", number="+74954440003")
        await in_menu.hears("menu/signin")

        os.kill(line.controller(), signal.SIGKILL)
        arriving = await line.network.call("+79164440004", "88005553535")
        await arriving.answered()
        # the caller in the menu is told, and queued like the others
        await in_menu.hears("fallback/greeting")
        await line.until_ready()
        assert talking.call.live
        assert waiting.call.live
        assert in_menu.call.live
        assert arriving.live
        assert talk.live

        # the talk goes on to its ordinary end; then the waiting caller is served
        await in_menu.call.hangup()
        await arriving.hangup()
        await talk.hangup()
        await talking.hears("rating/ask", "say/goodbye", limit=30)
        served = await talking_phone.talk(40)
        await served.hangup()
        await waiting.hears("rating/ask", limit=40)
        await talking.call.hangup()
        await waiting.call.hangup()
    finally:
        await talking_phone.code("*12")


async def test_a_call_met_by_a_hung_controller_reaches_an_operator(line: Line) -> None:
    phone = line.network.phones["101"]
    await phone.behave("answer")
    phone.forget()
    await phone.code("*11")
    try:
        # it still accepts connections, but nobody reads them: the supervisor has to find out
        os.kill(line.controller(), signal.SIGSTOP)
        citizen = await line.calls(number="+79164440005")
        await citizen.hears("fallback/greeting", limit=60)
        talk = await phone.talk(60)
        await talk.hangup()
        await citizen.call.hangup()
        await line.until_ready()
    finally:
        await phone.code("*12")


async def test_a_wish_left_while_the_controller_was_down_becomes_a_ticket_and_a_promised_call(line: Line) -> None:
    for _ in range(3):
        # the supervisor starts it again with growing pauses; the third time leaves room for a call
        os.kill(line.controller(), signal.SIGKILL)
        citizen = await line.calls(number="+79164440006")
        heard = await citizen.hears("fallback/greeting", "say/hello")
        if heard == "fallback/greeting":
            break
        await citizen.call.hangup()
        await line.until_ready()
    await citizen.hears("fallback/nobody", limit=40)
    await citizen.hears("fallback/wish")
    await citizen.press("1")
    await citizen.hears("fallback/wish-taken")
    await citizen.call.ended()
    await line.until_ready()
    async with asyncio.timeout(60):
        while True:
            tickets = await line.ivr("tickets", "list", "--limit", "200")
            mine = [t for t in tickets if t["caller"] == "+79164440006" and t["purpose"] == "callback"]
            callbacks = await line.ivr("callbacks", "list", "--number", "+79164440006")
            if mine and callbacks:
                break
            await asyncio.sleep(0.2)
    (callback,) = callbacks
    assert (callback["ticket"], callback["source"]) == (mine[0]["number"], "closed")
    # nobody has to ring him in another test
    await line.ivr("callbacks", "cancel", callback["id"])
