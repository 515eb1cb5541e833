"""The running hotline that faults are done to, its telephone network, its callers, its only operator."""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ivr.config import Config
from ivr.errors import PbxError
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.provision import Provisioner, choose
from ivr.tasks import spawn
from ivr.testnet.phones import OperatorPhone
from ivr.testnet.recogniser import Library, piece_from
from tests.chaos.callers import TO_CALLBACK, TO_OPERATOR, TO_STATUS, Caller
from tests.telephony.conftest import Line, hotline

_NUMBERS = itertools.count(6010000)
#: Phases of a call -> the word after which the caller presses no more. "talk" waits for the operator's tone.
PHASES = {
    "greeting": "say/hello", "menu": "menu/signin", "guidance": "signin-password/1", "ticket": "ticket/your-number",
    "wish": "callback/your-number", "document": "status/enter-number",
}  # fmt: skip
_PLANS = {"wish": TO_CALLBACK, "document": TO_STATUS}


@dataclass
class World:
    """`prompts`: the prompts as they are heard; `phone`: the operator, who answers and plays a tone."""

    line: Line
    prompts: Library
    phone: OperatorPhone
    callers: list[Caller] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def caller(self, phase: str = "", town: str = "+7495") -> Caller:
        """Somebody of that area code calls who stops pressing keys in this phase (`PHASES`, "queue", "talk"; "": goes
        on)."""
        plan = _PLANS.get(phase, TO_OPERATOR)
        one = Caller(self.line.network, self.prompts, f"{town}{next(_NUMBERS)}", plan, PHASES.get(phase, ""))
        self.callers.append(one)
        self._tasks.append(spawn(one.call(), f"caller {one.number}"))
        return one

    async def crowd(self) -> dict[str, Caller]:
        """A caller in each phase, and one who talks with the operator. Raises `PbxError` when it cannot be had."""
        talk = self.caller("talk")
        # far enough ahead of the others to be the first in the queue
        await self._come_to(talk, "signin-password/1")
        crowd = {"talk": talk, "queue": self.caller("queue")}
        # each as late as he can: a number is said, and a question waits, for a quarter of a minute, and he must still
        # be there when the last one has come
        await self._come_to(crowd["queue"], "ticket/your-number")
        crowd["ticket"] = self.caller("ticket")
        await self._come_to(crowd["queue"], "operator/connecting")
        crowd |= {name: self.caller(name) for name in ("guidance", "menu", "wish", "document")}
        for name in ("ticket", "guidance", "menu", "wish", "document"):
            await self._come_to(crowd[name], PHASES[name])
        crowd["greeting"] = self.caller("greeting")
        await self._come_to(crowd["greeting"], PHASES["greeting"])
        if not await talk.reached(lambda one: one.served_at is not None, 30):
            raise PbxError(f"before the fault: {talk} was not served; {talk.failed}")
        return crowd

    async def _come_to(self, one: Caller, word: str) -> None:
        if not await one.reached(lambda caller: caller.heard(word), 60):
            raise PbxError(f"before the fault: {one} never heard {word}; {one.failed}")

    async def everybody_hangs_up(self) -> list[Caller]:
        """The calls are over; returns those who had called."""
        for one in self.callers:
            if one.ended_at is None:
                await one.hang_up()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=15)
            for task in left:
                task.cancel()
        gone, self.callers, self._tasks = self.callers, [], []
        return gone

    # -- processes

    def asterisk(self) -> int:
        """The process id of the hotline's Asterisk."""
        return int(InstancePaths.under(self.line.state).pid.read_text())

    def controller(self) -> int:
        """The process id of the controller; raises `AssertionError` when there is none."""
        return self.line.controller()

    async def settled(self, limit: float = 120) -> None:
        """Wait until the hotline can take calls, and the operator's phone is there again."""
        await self.line.until_ready(limit)

    def say(self, words: str) -> None:
        say(words)


def say(words: str) -> None:
    """Progress, on standard error."""
    import sys

    print(f"{time.strftime('%H:%M:%S')} chaos: {words}", file=sys.stderr, flush=True)


def asterisk_install() -> AsteriskInstall:
    return choose(os.environ.get("IVR_ASTERISK", ""), Provisioner(Config().asterisk_cache, say))


def library(sounds: Path) -> Library:
    """The prompts in `sounds`, each in Russian, as they are heard by A-law callers."""
    folder = sounds / "ru" / "ivr"
    files = sorted(folder.rglob("*.alaw"))
    keys = [file.relative_to(folder).with_suffix("").as_posix() for file in files]
    pieces = [piece_from("ru", key, key, file) for key, file in zip(keys, files, strict=True)]
    return Library(piece for piece in pieces if piece is not None)


@asynccontextmanager
async def quiet_hotline(
    folder: Path, number: int, database_url: str = "", *, program: str = "ivr", more: Mapping[str, str] | None = None
) -> AsyncIterator[Line]:
    """A hotline in `folder`/var, whose last words are shown only when something broke it, or who used it."""
    folder.mkdir(parents=True, exist_ok=True)
    words: list[str] = []
    try:
        async with hotline(
            asterisk_install(), folder / "var", number, database_url, program=program, more=more, say=words.append
        ) as line:
            yield line
    except Exception:
        say(f"last words of the hotline:\n{''.join(words)}")
        raise


@asynccontextmanager
async def world(
    folder: Path, database_url: str = "", *, program: str = "ivr", more: Mapping[str, str] | None = None
) -> AsyncIterator[World]:
    """A hotline in `folder`/var, its network, and an operator (101, of all queues) who is logged in."""
    async with quiet_hotline(folder, 0, database_url, program=program, more=more) as line:
        phone = line.network.phones["101"]
        await phone.behave("answer")
        await phone.code("*11")
        made = World(line, library(line.state / "sounds"), phone)
        try:
            yield made
        finally:
            await made.everybody_hangs_up()
            with contextlib.suppress(PbxError):
                await phone.code("*12", 5)
