"""The live side as it is put together: what Asterisk says reaches the browsers, and what it wrote is counted."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivr.ami.client import AmiClient
from ivr.config import Config
from ivr.liveside import LiveSide
from ivr.pbx.paths import InstancePaths
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from ivr.tasks import spawn
from ivr.wiring import SystemClock, read_calendars, read_plan, read_regions
from tests.ami.fake import Action, FakeAsterisk, Peer, fake_asterisk, message, obedient

START = 1_795_000_000


class Browsers:
    """In the place of the live hub: who listens hears everything."""

    def __init__(self) -> None:
        self.there = True
        self._told: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    def listened(self, name: str) -> bool:
        return self.there

    def publish(self, name: str, data: Any) -> None:
        self._told.append((name, json.loads(json.dumps(data))))
        self._news.set()

    async def until_board(self, wanted: Callable[[Any], bool], limit: float = 20) -> Any:
        """Wait for a board, after that waited for last, of which `wanted` is true."""
        async with asyncio.timeout(limit):
            while True:
                while self._told:
                    name, data = self._told.pop(0)
                    if name == "board" and wanted(data):
                        return data
                self._news.clear()
                await self._news.wait()


class SteppedClock(SystemClock):
    """`off`: how far it was put forward or back."""

    off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


@dataclass
class House:
    side: LiveSide
    clock: SteppedClock
    asterisk: FakeAsterisk
    browsers: Browsers
    storage: Storage
    queue_log: Path

    def logged(self, at: int, uniqueid: str, agent: str, verb: str, *arguments: object) -> None:
        with self.queue_log.open("a") as log:
            log.write("|".join(map(str, (START + at, uniqueid, "moscow", agent, verb, *arguments))) + "\n")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    config, clock = Config(state_dir=tmp_path), SteppedClock()
    await upgrade(config.database)
    folder = InstancePaths.under(tmp_path).log
    folder.mkdir(parents=True)
    async with fake_asterisk() as asterisk, open_storage(config.database, 30) as storage:
        ami = AmiClient("127.0.0.1", asterisk.port, "controller", "secret", backoff=0.01)
        side = LiveSide(
            config, storage, clock, ami, read_regions(config), read_calendars(config), read_plan(config)
        )
        browsers = Browsers()
        side.publish_to(browsers)  # type: ignore[arg-type]
        tasks = [spawn(ami.run(), "link"), spawn(side.queues.run(), "queues"), spawn(side.run(), "board")]
        yield House(side, clock, asterisk, browsers, storage, folder / "queue_log")
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_caller_who_joins_is_on_the_board_at_once(house: House) -> None:
    await house.browsers.until_board(lambda board: board["health"]["fresh"])
    who = {"Uniqueid": "9.1", "Channel": "PJSIP/9.1", "CallerIDName": "4821-5513 signin"}
    await house.asterisk.peers[0].send(message(Event="QueueCallerJoin", Queue="moscow", **who))
    board = await house.browsers.until_board(lambda board: any(c["call"] == "9x1" for c in board["callers"]))
    [caller] = [c for c in board["callers"] if c["call"] == "9x1"]
    assert (caller["queue"], caller["ticket"], caller["category"]) == ("moscow", "48215513", "signin")


async def test_while_nobody_looks_the_alerts_grow_old_and_who_looks_again_is_told_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[datetime] = []
    unseen = house.side.board.unseen

    def counted(at: datetime) -> None:
        looked.append(at)
        unseen(at)

    await house.browsers.until_board(lambda board: True)
    monkeypatch.setattr(house.side.board, "unseen", counted)
    house.browsers.there = False
    async with asyncio.timeout(20):
        while len(looked) < 2:
            await house.side.tell()
            await asyncio.sleep(0)
    assert looked[1] - looked[0] >= timedelta(seconds=1)
    house.browsers.there = True
    await house.side.tell()
    await house.browsers.until_board(lambda board: True)


async def test_a_lost_link_is_on_the_board_and_so_is_its_return(house: House) -> None:
    await house.browsers.until_board(lambda board: board["health"]["fresh"])

    async def no_queues(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)

    house.asterisk.handler = no_queues
    house.asterisk.peers[0].cut()
    await house.browsers.until_board(lambda board: not board["health"]["fresh"])
    house.asterisk.handler = obedient
    await house.asterisk.until(lambda: len(house.asterisk.peers) > 1)
    house.asterisk.peers[1].cut()
    await house.browsers.until_board(lambda board: board["health"]["fresh"])


async def test_what_asterisk_writes_down_is_counted_and_kept_when_the_controller_ends(house: House) -> None:
    now = int(time.time()) - START
    house.logged(now, "9.1", "NONE", "ENTERQUEUE", "", "", 1)
    house.logged(now, "9.1", "op-101", "CONNECT", 9, "9.2", 3)
    await house.browsers.until_board(lambda board: any(queue["counts"].get("answered") for queue in board["queues"]))
    house.logged(now + 60, "9.1", "op-101", "COMPLETEAGENT", 9, 60, 1)
    await house.side.close()
    place, _ = await house.storage.counts.place()
    assert place.offset == house.queue_log.stat().st_size


async def test_what_is_counted_is_stored_also_when_the_clock_was_put_back(house: House) -> None:
    await house.browsers.until_board(lambda board: board["health"]["fresh"])
    house.clock.off = timedelta(hours=-26)
    house.logged(0, "9.1", "NONE", "ENTERQUEUE", "", "", 1)
    async with asyncio.timeout(15):
        while (await house.storage.counts.place())[0].offset != house.queue_log.stat().st_size:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    # and a board is told, though nothing happens on it
    there = house.clock.now().isoformat()
    await house.browsers.until_board(lambda board: board["at"][:16] <= there[:16], 10)


async def test_a_database_that_is_away_ends_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.browsers.until_board(lambda board: board["health"]["fresh"])
    Path(house.storage.database.url.database or "").unlink()
    house.logged(0, "9.1", "NONE", "ENTERQUEUE", "", "", 1)
    who = {"Uniqueid": "9.1", "Channel": "PJSIP/9.1"}
    await house.asterisk.peers[0].send(message(Event="QueueCallerJoin", Queue="moscow", **who))
    await house.browsers.until_board(lambda board: any(c["call"] == "9x1" for c in board["callers"]))
    await house.side.close()


async def test_two_months_that_nobody_counted_are_counted_and_stored(house: House) -> None:
    lines = []
    for number in range(2500):
        at = START - 1800 * (2500 - number)
        lines += [f"{at}|{at}.1|moscow|NONE|ENTERQUEUE|||1", f"{at + 9}|{at}.1|moscow|op-101|CONNECT|9|{at}.2|3"]
    with house.queue_log.open("a") as log:
        log.write("\n".join(lines) + "\n")
    size = house.queue_log.stat().st_size
    async with asyncio.timeout(30):
        while (await house.storage.counts.place())[0].offset != size:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    rows = await house.storage.counts.since(datetime.fromtimestamp(0, UTC))
    assert sum(counts.get("answered", 0) for (kind, _, _), counts in rows.items() if kind == "queue") == 2500
