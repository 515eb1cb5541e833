"""Calling a citizen back: what the dialplan does with one attempt, on a real Asterisk, as the dispatcher sees it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from ivr.ami.events import fold
from ivr.dialler.dialler import AsteriskDialler
from ivr.dialler.link import Link
from ivr.domain.callback_results import result_event
from ivr.services.dispatch import VOID, DialOrder, Result, Trace
from tests.dialplan.fake_controller import controller, next_route
from tests.dialplan.test_legs import logged_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def attempt(day: int | None = None) -> str:
    """The id of a dial of today, or of that day since 1970."""
    return f"cb{int(time.time()) // 86400 if day is None else day}" + "".join(secrets.choice("bcdf") for _ in range(12))


def order(number: str, name: str = "") -> DialOrder:
    return DialOrder(name or attempt(), number, DID, "ru", "48215513", "signin", AT)


@pytest_asyncio.fixture(loop_scope="module")
async def dialler(bench: Any) -> AsyncIterator[AsteriskDialler]:
    link = Link()
    made = AsteriskDialler(link, fold)
    await link.connect(bench.config.ami_port, "dispatcher", bench.dispatcher_secret)
    yield made
    link.close()


async def result(dialler: AsteriskDialler, wanted: DialOrder, limit: float = 15) -> Result:
    """The result of this dial; those of others are left there."""
    others: list[Result] = []
    async with asyncio.timeout(limit):
        while (found := await dialler.results.get()).attempt != wanted.attempt:
            others.append(found)
    for other in others:
        dialler.results.put_nowait(other)
    return found


async def test_who_answers_and_presses_one_talks_to_an_operator(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000101"
    to_queue = {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_LANGUAGE": "ru"}
    answers = {"callback": to_queue, "rating": {"IVR_NEXT": "end"}}
    wanted = order(number)
    async with logged_in(bench, "103") as phone, controller(bench.config.agi_port, answers) as asked:
        await dialler.dial(wanted)
        assert await bench.network.citizens.rung(number) == DID
        citizen = await bench.network.citizens.talk(number)
        shown, _ = await phone.rung()
        talk = await phone.talk()
        assert (shown, wanted.attempt in await dialler.alive()) == ("4821-5513 signin", True)
        await talk.hangup()
        await citizen.ended(10)
        found = await result(dialler, wanted)
        assert (found.status, found.talked) == ("ANSWER", True)
        assert asked.seen["callback"]["IVR_ARRIVED"] == str(int(AT.timestamp()))
    trace = await dialler.trace(wanted.attempt)
    assert trace is not None and (trace.over, trace.status, trace.talked) == (True, "ANSWER", True)
    async with asyncio.timeout(20):
        while wanted.attempt in await dialler.alive():  # noqa: ASYNC110 - the channel goes after its result is told
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("+79160000102", {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_POSITION": "1"}),
        ("+79160000103", {"IVR_NEXT": "end"}),
        ("+79160000104", {}),
    ],
)
async def test_who_was_called_and_presses_the_key_once_more_waits_on(
    bench: Any, dialler: AsteriskDialler, number: str, answer: dict[str, str]
) -> None:
    to_queue = {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_LANGUAGE": "ru"}
    answers = {"callback": to_queue, "offer": answer}
    wanted = order(number)
    async with logged_in(bench, "103", paused=True), controller(bench.config.agi_port, answers) as asked:
        await dialler.dial(wanted)
        await bench.network.citizens.rung(number)
        citizen = await bench.network.citizens.talk(number)
        assert await next_route(asked) == "callback"
        await bench.queued("west", 1)
        await citizen.press("1")
        assert await next_route(asked) == "offer"
        assert asked.seen["offer"]["IVR_ARRIVED"] == str(int(AT.timestamp()))
        await bench.queued("west", 1)
        assert wanted.attempt in await dialler.alive()
        await citizen.hangup()
        assert (await result(dialler, wanted)).talked is False


@pytest.mark.parametrize(
    ("mode", "number", "event"),
    [
        ("busy", "+79160000111", "busy"),
        ("reject", "+79160000112", "rejected"),
        ("off", "+79160000113", "no_answer"),  # Dial() says 19 of a 20; the next dial is after the same time
        ("nobody", "+79160000114", "invalid"),
        ("jammed", "+79160000115", "trunk"),
        ("ring", "+79160000116", "no_answer"),
        ("divert", "+79160000117", "busy"),  # his provider sends us elsewhere: no call of ours goes there
    ],
)
async def test_why_nobody_answered_is_told_by_the_cause(
    bench: Any, dialler: AsteriskDialler, mode: str, number: str, event: str
) -> None:
    await bench.network.citizens.behave(number, mode)
    wanted = order(number)
    await dialler.dial(wanted)
    found = await result(dialler, wanted)
    assert (result_event(found.cause, found.status), found.talked) == (event, False), found
    trace = await dialler.trace(wanted.attempt)
    assert trace == Trace(True, found.status, found.cause)
    assert await bench.network.citizens.rang(number) == 1


async def test_an_attempt_is_served_once_whatever_is_asked_for(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000121"
    await bench.network.citizens.behave(number, "busy")
    wanted = order(number)
    await dialler.dial(wanted)
    await result(dialler, wanted)
    await dialler.dial(wanted)
    after = order("+79160000122")
    await bench.network.citizens.behave("+79160000122", "busy")
    await dialler.dial(after)
    await result(dialler, after)
    assert await bench.network.citizens.rang(number) == 1


async def test_an_attempt_under_way_is_not_served_a_second_time(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000123"
    await bench.network.citizens.behave(number, "ring")
    wanted = order(number)
    await dialler.dial(wanted)
    await bench.network.citizens.rung(number)
    await dialler.dial(wanted)
    after = order("112")
    await dialler.dial(after)
    await result(dialler, after)
    assert await bench.network.citizens.rang(number) == 1
    # three seconds of ringing are the limit here
    found = await result(dialler, wanted)
    assert (found.status, found.talked) == ("NOANSWER", False)


@pytest.mark.parametrize(
    "number",
    [
        "+78005553535",
        "+78095553535",
        "+77271234567",
        "+78402123456",
        "+78502123456",
        "+79401234567",
        "+79541011234",
        "+79982123456",
        "+12025550123",
        "112",
        "*11",
        "+7916000013",
        "+791600001312",
        "89160000131",
        "+79160000131&PJSIP/op-101",
    ],
)
async def test_no_other_number_is_dialled_than_a_telephone_in_russia(
    bench: Any, dialler: AsteriskDialler, number: str
) -> None:
    wanted = order(number)
    await dialler.dial(wanted)
    found = await result(dialler, wanted)
    assert (found.status, found.cause) == ("invalid", 28)


async def test_an_attempt_made_void_is_never_served(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000126"
    wanted = order(number)
    await dialler.void(wanted.attempt)
    assert (await result(dialler, wanted)).status == VOID
    await dialler.dial(wanted)
    after = order("112")
    await dialler.dial(after)
    await result(dialler, after)
    assert bench.network.citizens.rings[number] == 0
    trace = await dialler.trace(wanted.attempt)
    assert trace is not None and (trace.over, trace.status) == (True, VOID)


async def test_of_many_dials_of_one_attempt_at_once_one_rings(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000127"
    await bench.network.citizens.behave(number, "busy")
    wanted = order(number)
    for _ in range(20):
        await dialler.dial(wanted)
    await result(dialler, wanted)
    after = order("112")
    await dialler.dial(after)
    await result(dialler, after)
    assert await bench.network.citizens.rang(number) == 1


async def test_an_attempt_of_another_week_is_not_served(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000141"
    wanted = order(number, attempt(int(time.time()) // 86400 - 2))
    await dialler.dial(wanted)
    other = order("112")
    await dialler.dial(other)
    await result(dialler, other)
    assert await dialler.trace(wanted.attempt) is None
    assert bench.network.citizens.rings[number] == 0


async def test_a_silent_controller_is_told_apart_from_a_machine(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000151"
    wanted = order(number)
    await dialler.dial(wanted)
    assert (await result(dialler, wanted)).status == "SILENT"


async def test_who_hangs_up_while_talking_was_connected_all_the_same(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000161"
    answers = {"callback": {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_LANGUAGE": "ru"}}
    wanted = order(number)
    async with logged_in(bench, "103") as phone, controller(bench.config.agi_port, answers):
        await dialler.dial(wanted)
        citizen = await bench.network.citizens.talk(number)
        await phone.talk()
        await citizen.hangup()
        found = await result(dialler, wanted)
    assert (found.status, found.talked) == ("ANSWER", True)


async def test_who_hangs_up_while_waiting_was_not_connected(bench: Any, dialler: AsteriskDialler) -> None:
    number = "+79160000162"
    answers = {"callback": {"IVR_NEXT": "queue", "IVR_LEGS": "west:0", "IVR_LANGUAGE": "ru"}}
    wanted = order(number)
    async with logged_in(bench, "103", paused=True), controller(bench.config.agi_port, answers):
        await dialler.dial(wanted)
        citizen = await bench.network.citizens.talk(number)
        await bench.queued("west", 1)
        await citizen.hangup()
        found = await result(dialler, wanted)
    assert (found.status, found.talked) == ("ANSWER", False)


async def test_the_board_and_the_start_of_asterisk_are_seen(bench: Any, dialler: AsteriskDialler) -> None:
    async with logged_in(bench, "103"):
        board = await dialler.board(AT)
        assert board.fresh
        assert (board.queues["west"].logged_in, board.queues["west"].ready) == (1, 1)
    assert await dialler.boot() == await dialler.boot()
    assert await dialler.trace(attempt()) is None
