"""Routing by the caller's own clock, by real calls: who hears which time, waits where, and goes on to where.

It is 2026-11-24, 06:30 UTC, a Tuesday: 8:30 in Kaliningrad, 9:30 in Moscow, 16:30 in Vladivostok, 18:30 in Kamchatka.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ivr.testnet.phones import OperatorPhone
from tests.telephony.conftest import Citizen, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: number -> (queue, hour as it is said)
PLACES = {
    "+74012220001": ("kaliningrad", "n/8"),
    "+74952220011": ("moscow", "n/9"),
    "+74152220001": ("kamchatka", "n/18"),
}


@asynccontextmanager
async def on_duty(line: Line, login: str, pause: bool = False) -> AsyncIterator[OperatorPhone]:
    """An operator's phone logged in to its queues; with `pause` it is there but not rung."""
    phone = line.network.phones[login]
    await phone.behave("answer")
    phone.forget()
    await phone.code("*11")
    if pause:
        await phone.code("*13")
    try:
        yield phone
    finally:
        await phone.code("*12")


async def to_ticket(line: Line, number: str) -> Citizen:
    """A citizen asks for an operator and hears the local time and the ticket's number."""
    citizen = await line.chooses("10", number=number)
    await citizen.hears("place/now", limit=30)
    await citizen.hears("ticket/repeat", limit=30)
    return citizen


async def to_queue(line: Line, number: str) -> Citizen:
    """The same, and on into the queue."""
    citizen = await to_ticket(line, number)
    await citizen.press("2")
    await citizen.hears("operator/connecting")
    return citizen


async def hour_heard(citizen: Citizen) -> list[str]:
    """The hours that were said between "it is now" and the ticket's number, by the ear alone: there can be one."""
    hours = [f"n/{hour}" for hour in range(3, 21)]
    found = citizen.ears["ru"].heard(citizen._audio(), ["place/now", "ticket/your-number", *hours, "u/hour-many"])
    start = found.index("place/now") + 1
    return found[start : found.index("ticket/your-number", start)]


async def test_the_same_problem_from_three_regions_waits_in_three_queues_and_each_hears_the_own_time(
    line: Line,
) -> None:
    async def call(number: str, queue: str, hour: str) -> None:
        citizen = await to_queue(line, number)
        await line.until_told(number, "waiting")
        assert await hour_heard(citizen) == [hour, "u/hour-many"]
        await citizen.call.hangup()

    async with on_duty(line, "101", pause=True), asyncio.TaskGroup() as group:
        for number, (queue, hour) in PLACES.items():
            group.create_task(call(number, queue, hour))
    for number, (queue, _) in PLACES.items():
        # the first of each kind: who waits in Kamchatka's queue for long is moved on
        told = dict(reversed(await line.steps(number)))
        assert (told["route"]["category"], told["route"]["queue"], told["waiting"]["queue"]) == ("signin", queue, queue)
        assert told["route"]["digest"] and told["route"]["decision"]["legs"][0][0] == queue


async def test_when_the_time_in_a_queue_is_over_the_next_one_keeps_the_arrival(line: Line) -> None:
    early, late = "+74152220002", "+74232220001"

    async def waits(number: str, after: float) -> Citizen:
        await asyncio.sleep(after)  # he calls later
        citizen = await to_ticket(line, number)
        await citizen.press("2")
        await line.until_told(number, "waiting")
        return citizen

    async with on_duty(line, "102", pause=True), on_duty(line, "103", pause=True) as vladivostok:
        # arrivals are kept by the second
        first, second = await asyncio.gather(waits(early, 0), waits(late, 8))
        await first.hears("operator/moved", limit=50)
        await first.hears("operator/place-kept")
        # whoever called first is now before the one who came to this queue first
        await until_waits(line, early, "vladivostok")
        await vladivostok.code("*14")
        shown, _ = await vladivostok.rung()
        assert shown == await ticket_shown(line, early)
        await (await vladivostok.talk()).hangup()
        await first.hears("rating/ask", limit=30)
        await first.call.hangup()
        await second.call.hangup()
        for number in (early, late):
            await line.until_told(number, "end")
    queues = [(data["queue"], data["position"]) for kind, data in await line.steps(early) if kind == "waiting"]
    assert queues == [("kamchatka", "1"), ("vladivostok", "1")]
    others = [(data["queue"], data["position"]) for kind, data in await line.steps(late) if kind == "waiting"]
    assert others == [("vladivostok", "1")]
    told = dict(await line.steps(early))
    assert (told["moved"], told["enqueue"]["position"]) == ({"from": "kamchatka"}, 1)
    assert "abandoned" not in told and told["answered"]["queue"] == "vladivostok"


async def test_an_unknown_caller_chooses_his_region_by_three_keys_and_is_known_at_the_next_call(line: Line) -> None:
    number = "+79160007788"
    citizen = await line.chooses("10", number=number)
    await citizen.hears("place/unknown", limit=30)
    await citizen.hears("place/assumed-now")
    await citizen.press("2")
    # the Far East, its first group, Kamchatka
    for heard, key in (("place/district", "8"), ("place/group", "1"), ("place/region", "5")):
        await citizen.hears(heard)
        await citizen.press(key)
    await citizen.hears("region/41")
    await citizen.hears("place/now")
    await citizen.hears("n/18")
    await citizen.hears("place/remember")
    await citizen.press("1")
    await citizen.hears("place/remembered")
    await citizen.hears("ticket/your-number")
    await citizen.call.hangup()

    again = await line.chooses("10", number=number)
    assert await again.hears("place/now", "place/unknown", limit=30) == "place/now"
    await again.hears("ticket/your-number")
    assert await hour_heard(again) == ["n/18", "u/hour-many"]
    await again.call.hangup()


async def test_with_the_controller_dead_the_dialplan_alone_goes_on_to_the_next_queue(line: Line) -> None:
    number = "+74152220003"
    async with on_duty(line, "102", pause=True), on_duty(line, "103") as vladivostok:
        citizen = await to_queue(line, number)
        assert (await line.until_told(number, "waiting"))["queue"] == "kamchatka"
        # nobody is there to start it again
        line.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(line.controller(), signal.SIGKILL)
            talk = await vladivostok.talk(50)
            assert citizen.call.live
        finally:
            line.process.send_signal(signal.SIGCONT)
        await line.until_ready()
        await talk.hangup()
        await citizen.hears("rating/ask", limit=30)
        await citizen.call.hangup()
    assert "moved" not in dict(await line.steps(number))


async def until_waits(line: Line, number: str, queue: str, limit: float = 20) -> None:
    """Wait until the caller is in `queue`."""
    async with asyncio.timeout(limit):
        while (await line.until_told(number, "waiting"))["queue"] != queue:
            pass


async def ticket_shown(line: Line, number: str) -> str:
    """How an operator's phone shows the newest call from `number`."""
    call = next(c for c in await line.ivr("calls", "list") if c["caller"] == number)
    return f"{call['ticket'][:4]}-{call['ticket'][4:]} signin"
