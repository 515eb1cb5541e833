"""The live side: events reduced in a second, a state of the board made, an event on its way to the browsers.

The delay is measured through everything: a manager interface sends 500 events a second over its socket, the live side
reads, reduces and tells them, and 50 browsers get them over WebSockets. Manager interface and browsers are one other
process (`live_world`), so that one clock tells both moments.
"""

import asyncio
import json
import random
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ivr.ami.client import AmiClient
from ivr.config import Config
from ivr.domain.live import LiveQueues
from ivr.domain.live_people import people
from ivr.domain.live_types import Message
from ivr.liveside import LiveSide
from ivr.services.board_state import jsonable
from ivr.tasks import spawn
from ivr.web.board import BoardPages
from ivr.wiring import SystemClock, read_calendars, read_plan, read_regions
from tests.bench.measure import Bench, Figure, Goal, rate, seconds
from tests.board_house import BoardHouse
from tests.domain.queue_model import QUEUES, QueueModel
from tests.web.running import running

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
BROWSERS, EVENTS, LASTS_S = 50, 500, 20


def reducing(bench: Bench, folder: Path) -> list[Figure]:
    """`LiveQueues.apply` of a made-up hour, and a whole state of the board with so many callers."""
    found = []
    for callers in (10, 100, 1000):
        events = _events(bench.size(50_000), callers)

        def work(events: list[Message] = events) -> None:
            live = LiveQueues()
            for event in events:
                live.apply(event, AT)
            people(live, AT)

        goal = Goal(least=10_000)
        found.append(rate("events reduced", "events/s", len(events), work, bench, goal, callers, "callers waiting"))
    for callers in (10, 100, 1000):
        house = _house(bench.size(callers), bench.size(callers))

        def make(house: BoardHouse = house) -> None:
            json.dumps(jsonable(house.board.snapshot(AT)))

        goal_s = Goal(most=0.1) if callers == 1000 else None
        found.append(seconds("state of the board", make, bench, goal_s, callers, "callers, and operators"))

        def unseen(house: BoardHouse = house) -> None:
            house.board.unseen(AT)

        found.append(seconds("alerts while nobody looks", unseen, bench, None, callers, "callers, and operators"))
    return found


def delay(bench: Bench, folder: Path) -> list[Figure]:
    """From the manager's socket to the last of 50 browsers, at 500 events a second."""
    lasts = max(1.0, LASTS_S * bench.scale)
    rounds = [asyncio.run(_delays(folder / str(number), lasts)) for number in range(min(bench.rounds, 3))]
    size = round(EVENTS * lasts)
    found = []
    for place, (name, goal) in enumerate((("p50", None), ("p99", Goal(most=1.0)), ("most", None))):
        values = tuple(told[place] for told in rounds)
        middle = sorted(values)[len(values) // 2]
        found.append(Figure(f"event to browser, {name}", "s", middle, values, middle, goal, size, "events"))
    return found


def _events(count: int, waiting: int) -> list[Message]:
    dice, model = random.Random(3), QueueModel()
    for number in range(max(4, waiting // 4)):
        model.log_in(str(100 + number), (QUEUES[number % 2], "common"))
    while len(model.events) < count:
        queue = dice.choice(QUEUES)
        here = sum(map(len, model.lines.values()))
        act = dice.random()
        if here < waiting or act < 0.3:
            model.join(queue)
        elif act < 0.5:
            model.abandon(queue, dice.randrange(10))
        elif act < 0.6:
            model.pause(str(100 + dice.randrange(10)), act < 0.55, "lunch")
        else:
            model.answer(queue, dice.randrange(50))
            model.hang_up(dice.randrange(50))
    return model.events[:count]


def _house(callers: int, operators: int) -> BoardHouse:
    house = BoardHouse(AT)
    for number in range(operators):
        house.staff(str(1000 + number), "moscow", "common", status=1 + number % 2)
    for number in range(callers):
        house.caller(f"1795000000.{number}", ("moscow", "kazan", "common")[number % 3], number)
    return house


async def _delays(folder: Path, lasts: float) -> tuple[float, float, float]:
    """P50, P99 and the longest, in seconds, over all events and browsers."""
    folder.mkdir()
    world = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.live_world", str(lasts), str(EVENTS), str(BROWSERS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert world.stdin is not None and world.stdout is not None
    manager_port = int(await world.stdout.readline())
    config, clock = Config(state_dir=folder), SystemClock()
    sides: list[LiveSide] = []
    ami = AmiClient("127.0.0.1", manager_port, "controller", "secret")

    def routes(site, storage):  # type: ignore[no-untyped-def]
        regions, calendars = read_regions(config), read_calendars(config)
        side = LiveSide(config, storage, clock, ami, regions, calendars, replace(read_plan(config)))
        side.publish_to(site.live)
        sides.append(side)
        return BoardPages(site.live, side.board.snapshot, side.board.day, side.board.acknowledge, side.tell).routes()

    async with running(folder, routes, clock) as site:
        await site.person("boss", "supervisor")
        browser = await site.browser("boss")
        tasks = [spawn(ami.run(), "manager link"), spawn(sides[0].queues.run(), "live queues"),
                 spawn(sides[0].run(), "board")]  # fmt: skip
        cookies = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
        world.stdin.write((json.dumps({"base": site.base, "cookies": cookies}) + "\n").encode())
        told = json.loads(await world.stdout.readline())
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await world.wait()
    return told["p50"], told["p99"], told["most"]
