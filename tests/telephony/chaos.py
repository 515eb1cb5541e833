"""Rounds of calling back in which something is killed. What is counted is counted at the citizens' phones."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from ivr.ami.events import fold
from ivr.dialler.dialler import AsteriskDialler
from ivr.dialler.link import Link
from ivr.domain.callback_timers import wake_at
from ivr.domain.callbacks import FINAL, IN_FLIGHT, Callback
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.store import Storage
from tests.telephony.chaos_databases import Struck
from tests.telephony.conftest import DID, Line
from tests.telephony.dispatch_later import LaterClock

#: What is killed on every database: each so often in ten rounds, with those of the database. "controller": while a
#: called person is in its dialogue; "before the dial", "after the dial": the dispatcher, by its own hand.
KINDS = (
    "dispatcher", "dispatcher", "before the dial", "after the dial", "two dispatchers", "controller", "Asterisk",
)  # fmt: skip
#: What phones do, and how often.
PHONES = ["visits"] * 3 + ["busy"] * 4 + ["reject", "drop", "off"]
#: Callbacks due when a round begins; seconds until everything is ready for it, and that the last ones may take.
DUE, READY, PATIENCE = 3, 120, 180
_NUMBERS = itertools.count(5550000)
_QUEUE = "common"


class Chaos:
    """The rounds. `shift`: how far the dispatchers' clock is put forward, in place of waiting."""

    def __init__(self, line: Line, storage: Storage, database: Struck, seed: int) -> None:
        self.line, self.storage, self.database = line, storage, database
        self.dice = random.Random(seed)
        self.shift = timedelta()
        self.numbers: dict[str, str] = {}
        self.kills: Counter[str] = Counter()
        #: rounds of each kind in which somebody was dialled
        self.dialled: Counter[str] = Counter()
        #: leases that ran out and were settled, as far as their dispatchers lived to tell
        self.recovered = 0
        #: number -> what is wrong
        self.duplicates: dict[str, str] = {}
        self._deck: list[str] = []
        self._rings: Counter[str] = Counter()
        self._dials: Counter[str] = Counter()
        self._over: set[str] = set()

    async def promise(self, phone: str = "", waited: timedelta = timedelta()) -> str:
        """A citizen who was never called before is to be called; his number. His phone does so, or anything."""
        clock = LaterClock(self.shift)
        number = f"+7495{next(_NUMBERS):07}"
        await self.line.network.citizens.behave(number, phone or self.dice.choice(PHONES))
        now = clock.now()
        wish = Callback(
            id="", number=number, service=DID, category="signin", queue=_QUEUE, language="ru", region="77",
            zone="Europe/Moscow", ticket="", source="agent", virtual_start=now - waited, created_at=now,
            window_from=now, window_to=now + timedelta(hours=20), expires_at=now + timedelta(hours=20),
        )  # fmt: skip
        desk = CallbackDesk(self.storage.callbacks, clock, lambda: secrets.token_hex(8))
        asked = await desk.request(wish)
        assert asked.callback is not None
        self.numbers[number] = asked.callback.id
        return number

    async def open(self) -> list[Callback]:
        """Those of ours that are not over."""
        found = [await self.storage.callbacks.get(id) for id in self.numbers.values() if id not in self._over]
        self._over |= {each.id for each in found if each is not None and each.state in FINAL}
        return [each for each in found if each is not None and each.state not in FINAL]

    async def dispatcher(self, when: str = "", limit: float = 1.5) -> asyncio.subprocess.Process:
        """A dispatcher is started; `when`: see `dispatch_later`; `limit`: seconds that the database may take."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.telephony.dispatch_later",
            str(self.shift.total_seconds()), "6", str(limit), *([when] if when else []),
            env=self.line.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def killed(self) -> None:
        """A round that has somebody to dial and everything ready to do so, and something is killed in it."""
        if not self._deck:
            kinds = KINDS + self.database.kinds
            self._deck = self.dice.sample(kinds, len(kinds))
        kind = self._deck.pop()
        if kind == "Asterisk" and self.dice.random() < 0.5:
            kind = "Asterisk and dispatcher"
        await self._prepared()
        if kind == "controller":
            await self.promise("visits", waited=timedelta(hours=20))
        before = await self.database.dialled()
        when = kind.partition(" ")[0]
        processes = [await self.dispatcher(when if when in ("before", "after") else "")]
        if kind == "two dispatchers":
            await asyncio.sleep(self.dice.uniform(0, 0.3))
            processes.append(await self.dispatcher())
        await self._strike(kind, processes)
        await self._ended(processes)
        self.kills[kind] += 1
        self.dialled[kind] += await self.database.dialled() > before

    async def quiet(self) -> None:
        """A round that nobody disturbs."""
        await self._ended([await self.dispatcher(limit=10)])

    async def drain(self) -> list[Callback]:
        """Quiet rounds until nothing is open; what remains open is lost."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while (left := await self.open()) and loop.time() < until:
            await self.line.until_ready()
            await self.quiet()
        self.shift = timedelta()
        return left

    async def settle(self) -> None:
        """Let what is on its way come to the phones."""
        before = -1
        async with asyncio.timeout(20):
            while before != (before := self._rung()) or await self._on_their_way():  # noqa: ASYNC110 phones ring anywhere
                await asyncio.sleep(0.3)

    # -- what a round is made of

    async def _strike(self, kind: str, processes: list[asyncio.subprocess.Process]) -> None:
        first = processes[0]
        if kind == "controller":
            await self._dialogue(first)
            os.kill(self.line.controller(), signal.SIGKILL)
        elif kind not in ("before the dial", "after the dial"):
            await self._moment(first)
        if kind.startswith("Asterisk"):
            os.kill(int(InstancePaths.under(self.line.state).pid.read_text()), signal.SIGKILL)
        if kind == "dispatcher" or kind.endswith("dispatcher"):
            _kill(first)
        if kind == "two dispatchers":
            _kill(processes.pop(self.dice.randrange(2)))
        if kind in self.database.kinds and "dispatcher" not in kind:
            await self.database.strike(kind, self.dice)

    async def _moment(self, process: asyncio.subprocess.Process) -> None:
        """Any moment of the dispatcher's life; mostly one after a dial was written down, where it hurts most."""
        with contextlib.suppress(TimeoutError):
            if self.dice.random() < 0.2:
                async with asyncio.timeout(self.dice.uniform(0.2, 3.0)):
                    await process.wait()
                return
            async with asyncio.timeout(10):
                before = await self.database.dialled()
                while await self.database.dialled() == before and process.returncode is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
                await asyncio.sleep(self.dice.choice([0, 0, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0]))

    async def _dialogue(self, process: asyncio.subprocess.Process) -> None:
        """A citizen's phone rang; he answers, hears why, presses 1 a second and a half later, and waits."""
        before = self._rung()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while self._rung() == before and process.returncode is None:  # noqa: ASYNC110 phones ring anywhere
                    await asyncio.sleep(0.01)
                await asyncio.sleep(self.dice.uniform(0.2, 4.0))

    async def _prepared(self) -> None:
        """Wait until somebody is due, an operator is free for him, Asterisk and the controller are at work."""
        async with asyncio.timeout(READY):
            while True:
                await self.line.until_ready()
                now = LaterClock(self.shift).now()
                for _ in range(DUE - len(await self.storage.callbacks.due(now, DUE))):
                    await self.promise()
                with contextlib.suppress(PbxError):
                    async with self._asterisk() as link:
                        asterisk = AsteriskDialler(link, fold)
                        queue = (await asterisk.board(now)).queues.get(_QUEUE)
                        alive = await asterisk.alive()
                    flying = [each for each in await self.open() if each.state in IN_FLIGHT]
                    dead = [lease for each in flying if each.attempt not in alive and (lease := _lease(each)) > now]
                    going = sum(each.attempt in alive for each in flying)
                    if queue is not None and queue.ready > len(dead) + going:
                        return
                    if queue is not None and queue.ready > going:
                        # their dispatchers live no more: that is for the next one to find out
                        self.shift += min(dead) - now + timedelta(seconds=1)
                        continue
                await asyncio.sleep(0.3)

    async def _ended(self, processes: list[asyncio.subprocess.Process]) -> None:
        """The dispatchers are over: count, and go on to the next moment at which there is something to do."""
        for process in processes:
            told, _ = await process.communicate()
            self.recovered += json.loads(told)["settled"] if told else 0
        await self.settle()
        await self._count()
        now = datetime.now(UTC) + self.shift
        wakes = [at for each in await self.open() if each.state != "waiting" and (at := wake_at(each))]
        if wakes and min(wakes) > now:
            self.shift += min(wakes) - now + timedelta(seconds=1)

    async def _count(self) -> None:
        """Each phone rang at most once for each dial since the last count, and for none that was taken for unseen."""
        for number, id in self.numbers.items():
            rings = self.line.network.citizens.rings[number]
            if id in self._over and rings == self._rings[number]:
                continue
            told = Counter(event.event for event in await self.storage.callbacks.history(id))
            dials, unseen = told["dial"], told["recover_unseen"]
            if rings - self._rings[number] > dials - self._dials[number] or rings > dials - unseen:
                self.duplicates[number] = f"{rings} rings, {dials} dials, {unseen} of them unseen"
            self._rings[number], self._dials[number] = rings, dials

    def _rung(self) -> int:
        return sum(self.line.network.citizens.rings.values())

    async def _on_their_way(self) -> bool:
        """Is a dial in Asterisk that has not gone out to a phone?"""
        legs: Counter[str] = Counter()
        with contextlib.suppress(PbxError):
            async with self._asterisk() as link:
                for channel in await link.listing("CoreShowChannels"):
                    legs[channel.get("Linkedid", "")] += 1
        return any(count < 3 for linked, count in legs.items() if linked.startswith("cb"))

    @contextlib.asynccontextmanager
    async def _asterisk(self) -> AsyncIterator[Link]:
        """Raises `PbxError` while it is not there."""
        link = Link()
        secret = json.loads((self.line.state / "secrets.json").read_text())["dispatcher"]
        await link.connect(int(self.line.env["IVR_AMI_PORT"]), "dispatcher", secret)
        try:
            yield link
        finally:
            link.close()


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _lease(callback: Callback) -> datetime:
    return callback.lease_until or callback.created_at
