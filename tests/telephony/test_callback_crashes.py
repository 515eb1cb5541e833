"""Everything that calls citizens back is killed at random moments. Counted where it matters: at the citizens' phones.

`make chaos` does 200 rounds; IVR_CHAOS_ROUNDS and IVR_CHAOS_SEED choose others.
"""

import asyncio
import contextlib
import itertools
import os
import random
import secrets
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.domain.callback_timers import wake_at
from ivr.domain.callbacks import FINAL, Callback
from ivr.pbx.paths import InstancePaths
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.store import Storage, open_storage
from tests.telephony.conftest import DID, Line
from tests.telephony.dispatch_later import LaterClock
from tests.telephony.test_callbacks import operator

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROUNDS = int(os.environ.get("IVR_CHAOS_ROUNDS", "20"))
SEED = int(os.environ.get("IVR_CHAOS_SEED", "0")) or secrets.randbelow(10**6)
#: What phones do, and how often.
PHONES = ["visits"] * 3 + ["busy"] * 4 + ["reject", "drop", "off"]
#: What is killed, or held: each so often in twenty rounds.
KILLS = ["dispatcher"] * 9 + ["before the dial"] * 5 + ["after the dial"] * 3 + ["Asterisk", "both", "database"]
#: Callbacks open at once; seconds that the last ones may take.
OPEN, PATIENCE = 9, 120
_NUMBERS = itertools.count(5550000)
#: Then the clock is put right again, so that nothing gets a day old.
_FAR = timedelta(hours=5)


class Chaos:
    """The rounds. `shift`: how far the dispatchers' clock is put forward, in place of waiting."""

    def __init__(self, line: Line, storage: Storage) -> None:
        self.line, self.storage = line, storage
        self.dice = random.Random(SEED)
        self.shift = timedelta()
        self.numbers: dict[str, str] = {}
        self.deck: list[str] = []
        self.kills: Counter[str] = Counter()
        self.duplicates: list[str] = []
        self.eye = sqlite3.connect(line.state / "hotline.db", timeout=5, isolation_level=None)
        self._rings: dict[str, int] = {}
        self._dials: dict[str, int] = {}

    async def promise(self, phone: str = "") -> str:
        """A citizen who was never called before is to be called; his number. His phone does so, or anything."""
        clock = LaterClock(self.shift)
        number = f"+7495{next(_NUMBERS):07}"
        await self.line.network.citizens.behave(number, phone or self.dice.choice(PHONES))
        now = clock.now()
        wish = Callback(
            id="", number=number, service=DID, category="signin", queue="common", language="ru", region="77",
            zone="Europe/Moscow", ticket="", source="agent", virtual_start=now, created_at=now, window_from=now,
            window_to=now + timedelta(hours=20), expires_at=now + timedelta(hours=20),
        )  # fmt: skip
        desk = CallbackDesk(self.storage.callbacks, clock, lambda: secrets.token_hex(8))
        asked = await desk.request(wish)
        assert asked.callback is not None
        self.numbers[number] = asked.callback.id
        return number

    async def open(self) -> list[Callback]:
        found = [await self.storage.callbacks.get(id) for id in self.numbers.values()]
        return [each for each in found if each is not None and each.state not in FINAL]

    def next_kill(self) -> str:
        if not self.deck:
            self.deck = self.dice.sample(KILLS, len(KILLS))
        return self.deck.pop()

    async def dispatcher(self, when: str = "") -> asyncio.subprocess.Process:
        """A dispatcher is started; `when`: see `dispatch_later`."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.telephony.dispatch_later",
            str(self.shift.total_seconds()), "4", "1.5", *([when] if when else []),
            env=self.line.env, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def round(self, kill: bool) -> None:
        """One dispatcher; killed at a random moment, or something else is, or both."""
        what = self.next_kill() if kill else ""
        at = what.partition(" ")[0]
        process = await self.dispatcher(at if at in ("before", "after") else "")
        if kill:
            self.kills[what] += 1
            await self.moment(process)
        if what in ("Asterisk", "both"):
            # it may be down still from the last time
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                os.kill(int(InstancePaths.under(self.line.state).pid.read_text()), signal.SIGKILL)
        if what in ("dispatcher", "both"):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if what == "database":
            async with self.locked():
                await asyncio.sleep(self.dice.uniform(1.0, 2.5))
        await process.wait()
        if what in ("Asterisk", "both"):
            await self.line.until_up()
        await self.settle()
        await self.count()
        await self.go_forward()

    async def moment(self, process: asyncio.subprocess.Process) -> None:
        """Any moment of the dispatcher's life; or one right after a dial was written down, where it hurts most."""
        rest = self.dice.uniform(0.3, 1.8)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest):
                if self.dice.random() < 0.4:
                    await process.wait()
                before = self.dialled()
                while self.dialled() == before and process.returncode is None:  # noqa: ASYNC110 another process writes it
                    await asyncio.sleep(0.002)
                await asyncio.sleep(self.dice.choice([0, 0, 0.01, 0.03, 0.1, 0.3]))

    def dialled(self) -> int:
        """How many dials are written down."""
        row = self.eye.execute("SELECT count(*) FROM callback_events WHERE event = 'dial'").fetchone()
        return int(row[0])

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Nobody can write into the database."""
        connection = sqlite3.connect(self.line.state / "hotline.db", timeout=5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    async def settle(self) -> None:
        """Let what is on its way come to the phones."""
        before = -1
        while before != (before := sum(self.line.network.citizens.rings.values())):  # noqa: ASYNC110 phones ring anywhere
            await asyncio.sleep(0.3)

    async def count(self) -> None:
        """Each phone rang at most once for each dial since the last count."""
        for number, id in self.numbers.items():
            dials = sum(event.event == "dial" for event in await self.storage.callbacks.history(id))
            rings = self.line.network.citizens.rings[number]
            if rings - self._rings.get(number, 0) > dials - self._dials.get(number, 0) or rings > dials:
                self.duplicates.append(f"{number}: {rings} rings, {dials} dials")
            self._rings[number], self._dials[number] = rings, dials

    async def go_forward(self) -> None:
        """To the next moment at which there is something to do."""
        now = datetime.now(UTC) + self.shift
        wakes = [at for each in await self.open() if each.state != "waiting" and (at := wake_at(each))]
        if wakes and min(wakes) > now:
            self.shift += min(wakes) - now + timedelta(seconds=1)

    async def drain(self) -> list[Callback]:
        """Rounds that nobody kills, until nothing is open; what remains open is lost."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while (left := await self.open()) and loop.time() < until:
            await self.round(kill=False)
        self.shift = timedelta()
        return left


@contextlib.asynccontextmanager
async def helpers(line: Line) -> AsyncIterator[None]:
    """More operators, so that several citizens are dialled in one round."""
    phones = [line.network.phones[login] for login in ("102", "103")]
    for phone in phones:
        await phone.code("*11")
    try:
        yield
    finally:
        for phone in phones:
            await phone.code("*12")


async def test_whatever_is_killed_nobody_is_lost_and_nobody_is_rung_twice(line: Line) -> None:
    print(f"\nchaos: seed {SEED}")
    lost: list[Callback] = []
    async with (
        operator(line),
        helpers(line),
        open_storage(f"sqlite+aiosqlite:///{line.state / 'hotline.db'}", 10) as storage,
    ):
        chaos = Chaos(line, storage)
        for done in range(1, ROUNDS + 1):
            for _ in range(OPEN - len(await chaos.open())):
                await chaos.promise()
            await chaos.round(kill=True)
            if chaos.shift > _FAR:
                lost += await chaos.drain()
            if done % 20 == 0:
                print(f"chaos: {done} of {ROUNDS} rounds, {len(chaos.duplicates)} duplicates, {len(lost)} losses")
        lost += await chaos.drain()
        chaos.eye.close()
        ends = Counter([(await storage.callbacks.get(id)).state for id in chaos.numbers.values()])  # type: ignore[union-attr]
        events = Counter([e.event for id in chaos.numbers.values() for e in await storage.callbacks.history(id)])
    rang = sum(line.network.citizens.rings[number] for number in chaos.numbers)
    print(
        f"chaos: {ROUNDS} rounds, {sum(chaos.kills.values())} kills ({dict(chaos.kills)}), "
        f"{len(chaos.numbers)} callbacks, {events['dial']} dials, {rang} rings, "
        f"duplicates {len(chaos.duplicates)}, losses {len(lost)}\n"
        f"       ends {dict(ends)}; recovered {events['recover_unseen']} unseen, {events['recover']} charged"
    )
    assert chaos.duplicates == []
    assert lost == []
    assert rang > 0
    assert Path(line.state / "hotline.db").exists()


async def test_a_dispatcher_that_wakes_up_after_its_lease_rings_nobody(line: Line) -> None:
    async with operator(line), open_storage(f"sqlite+aiosqlite:///{line.state / 'hotline.db'}", 10) as storage:
        chaos = Chaos(line, storage)
        number = await chaos.promise("busy")
        late = await chaos.dispatcher("late")
        async with asyncio.timeout(10):
            while _state(late.pid) != "T":  # noqa: ASYNC110 another process
                await asyncio.sleep(0.02)
        assert line.network.citizens.rings[number] == 0
        chaos.shift = timedelta(seconds=62)
        await chaos.round(kill=False)
        assert line.network.citizens.rings[number] == 1
        late.send_signal(signal.SIGCONT)
        await late.wait()
        await chaos.settle()
        told = [event.event for event in await storage.callbacks.history(chaos.numbers[number])]
        assert told == ["confirm", "dial", "recover_unseen", "dial", "busy"]
        assert line.network.citizens.rings[number] == 1
        chaos.eye.close()
        await CallbackDesk(storage.callbacks, LaterClock(timedelta()), str).cancel(chaos.numbers[number], "over")


def _state(pid: int) -> str:
    """How the kernel calls what a process does: R, S, T (stopped) …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
