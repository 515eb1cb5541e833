"""From the menu to a person and back: ticket, queue, talk, rating, status by keypad, SMS."""

import asyncio
from pathlib import Path

import pytest

from ivr.testnet.hearing import read_wav
from tests.telephony.conftest import Citizen, Line
from tests.telephony.tone import tone_heard

pytestmark = pytest.mark.asyncio(loop_scope="session")
DATA = Path(__file__).parents[2] / "ivr" / "data"
DIGITS = [f"d/{n}" for n in range(10)]


async def ticket_of(line: Line, number: str) -> dict[str, str]:
    """The newest ticket of a caller, as `ivr tickets list --json` shows it."""
    call = next(c for c in await line.ivr("calls", "list") if c["caller"] == number)
    tickets = await line.ivr("tickets", "list", "--limit", "200")
    return next(t for t in tickets if t["call_id"] == call["call_id"])


async def heard_digits(citizen: Citizen) -> list[str]:
    """The digits said in the call so far, by the ear alone, each time that they were said."""
    found = citizen.ears["ru"].heard(citizen._audio(), [*DIGITS, "ticket/your-number", "ticket/repeat"])
    starts = [at for at, key in enumerate(found) if key == "ticket/your-number"]
    said = [found[start : found.index("ticket/repeat", start)] for start in starts]
    return ["".join(key[2:] for key in each if key.startswith("d/")) for each in said]


async def test_the_ticket_heard_is_the_ticket_stored_and_its_status_is_told_by_keypad(line: Line) -> None:
    number = "+74952220001"
    citizen = await line.chooses("10", number=number)
    await citizen.hears("ticket/repeat", limit=30)
    await citizen.press("1")
    await citizen.hears("ticket/your-number")
    await citizen.hears("ticket/repeat", limit=30)
    said = await heard_digits(citizen)
    await citizen.call.hangup()
    ticket = await ticket_of(line, number)
    # a late packet may spoil a digit, not both times
    assert len(said) == 2 and ticket["number"] in said
    heard = ticket["number"]
    assert (ticket["category"], ticket["language"], ticket["caller"]) == ("signin", "ru", number)

    same_phone = await line.chooses("52", number=number)
    await same_phone.hears("status/enter-number")
    await same_phone.press(heard)
    await same_phone.hears("status/open")
    await same_phone.call.hangup()

    other_phone = await line.chooses("52", number="+79163330001")
    await other_phone.hears("status/enter-number")
    await other_phone.press(heard[:7] + str((int(heard[7]) + 1) % 10))
    await other_phone.hears("status/mistyped")
    await other_phone.hears("status/enter-number")
    await other_phone.press(heard)
    await other_phone.hears("status/last-four")
    await other_phone.press("0002")
    await other_phone.hears("status/not-found")
    await other_phone.hears("status/enter-number")
    await other_phone.press(heard)
    await other_phone.hears("status/last-four")
    await other_phone.press("0001")
    await other_phone.hears("status/open")
    await other_phone.call.hangup()


async def test_with_nobody_logged_in_that_is_said_and_who_wants_no_call_is_asked_to_call_again(line: Line) -> None:
    number = "+74952220002"
    citizen = await line.chooses("20", number=number)
    await citizen.hears("ticket/repeat", limit=30)
    await citizen.press("2")
    # it is a working hour somewhere: whoever is away may be back at any moment, so no opening hour is named
    await citizen.hears("nobody/all-away")
    # a callback is offered; declined
    await citizen.press("2")
    await citizen.hears("nobody/call-again", limit=30)
    assert (await citizen.call.ended()).cause == 16
    ticket = await ticket_of(line, number)
    assert ticket["status"] == "open"
    shown = await line.ivr("tickets", "show", ticket["number"])
    assert "call back" not in str(shown)
    assert await line.ivr("callbacks", "list", "--number", number) == []


async def test_queue_operator_audio_both_ways_and_rating(line: Line) -> None:
    phone = line.network.phones["101"]
    await phone.code("*11")
    try:
        await phone.behave("answer")
        phone.forget()
        tone = line.network.tone(700, 2.0)
        number = "+74952220003"
        citizen = await line.chooses("10", number=number)
        await citizen.hears("ticket/repeat", limit=30)
        await citizen.press("2")
        await citizen.hears("operator/connecting")
        shown, _ = await phone.rung()
        talk = await phone.talk()
        await citizen.call.speak(tone)
        await talk.hangup()
        await citizen.hears("rating/ask", limit=30)
        await citizen.press("5")
        await citizen.hears("rating/thanks")
        await citizen.call.ended()
        ticket = await ticket_of(line, number)
        assert ticket["number"][:4] in shown
        assert "signin" in shown
        # the operator hears the citizen's tone, the citizen the operator's
        assert tone_heard(read_wav(talk.heard), 700)
        assert tone_heard(citizen._audio(), 440)
        await _rated(line, number, 5)
    finally:
        await phone.code("*12")


async def test_a_waiting_caller_hears_the_place_and_moves_up(line: Line) -> None:
    phone = line.network.phones["101"]
    await phone.code("*11")
    await phone.code("*13")  # on pause: somebody is there, nobody is rung
    try:
        first = await line.chooses("10", number="+74952220101")
        await first.hears("ticket/repeat", limit=40)
        await first.press("2")
        await first.hears("operator/connecting")
        second = await line.chooses("10", number="+74952220102")
        await second.hears("ticket/repeat", limit=40)
        await second.press("2")
        await second.hears("operator/connecting")
        # the second in line is told so before the music, and again while waiting
        await second.hears("queue/in-line", limit=40)
        await second.hears("o/2", "queue/in-line", limit=40)
        await first.call.hangup()
        await second.hears("queue/you-are-next", limit=50)
        await second.call.hangup()
    finally:
        await phone.code("*12")


async def test_an_sms_with_the_instructions_is_queued(line: Line) -> None:
    citizen = await line.chooses("11", number="+79162220004")
    await citizen.hears("signin-password/1")
    await citizen.press("1")
    await citizen.hears("sms/to-this-number")
    await citizen.press("1")
    await citizen.hears("sms/queued", limit=30)
    await citizen.hears("ticket/your-number")
    await citizen.call.hangup()
    assert (await ticket_of(line, "+79162220004"))["purpose"] == "sms"


async def _rated(line: Line, number: str, score: int) -> None:
    async with asyncio.timeout(60):
        while True:
            call = next(c for c in await line.ivr("calls", "list") if c["caller"] == number)
            if call["score"] == score:
                return
