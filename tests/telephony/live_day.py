"""A hotline's day in a few minutes, and everything that Asterisk says of its queues meanwhile, written down.

What is recorded is test material (`tests/data/live_day.json.gz`): manager events of queues and calls, an answer to
QueueStatus after each connection and at the end, and the queue_log of the same run. Its numbers are those of the test
network. To record another one: IVR_RECORD_DAY=tests/data/live_day.json.gz pytest tests/telephony/test_zz_counts.py
"""

import asyncio
import contextlib
import gzip
import json
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivr.ami.client import AmiClient
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.tasks import spawn
from ivr.testnet.phones import OperatorPhone
from tests.telephony.conftest import Citizen, Line

#: Events that say something of queues; of others there are ten times as many.
_KEPT = frozenset((
    "queuecallerjoin", "queuecallerleave", "queuecallerabandon", "agentcalled", "agentconnect", "agentcomplete",
    "agentringnoanswer", "agentdump", "queuememberadded", "queuememberremoved", "queuememberpause",
    "queuememberstatus", "hangup", "hold", "unhold",
))  # fmt: skip
_DROPPED = ("privilege", "connectedlinenum", "connectedlinename", "accountcode", "language", "exten", "context")


class Recorder:
    """A second listener on the hotline's manager link. `told`: ["event", message], ["snapshot", epoch, messages]."""

    def __init__(self, port: int, secret: str) -> None:
        self.client = AmiClient("127.0.0.1", port, "controller", secret)
        self.client.on_event.append(self._event)
        self.client.on_link.append(self._link)
        self.told: list[list[Any]] = []
        self._news = asyncio.Event()

    def _event(self, message: dict[str, str]) -> None:
        if message.get("event", "").lower() in _KEPT:
            kept = {name: value for name, value in message.items() if not name.startswith(_DROPPED)}
            # of the member's channel its id is enough
            short = {name: v for name, v in kept.items() if not name.startswith("dest") or name == "destuniqueid"}
            self.told.append(["event", short])
            self._news.set()

    def _link(self, up: bool) -> None:
        if up:
            spawn(self.snapshot(), "snapshot of the recorder")

    async def snapshot(self) -> None:
        """Write down what Asterisk says of all queues."""
        messages = await self.client.action("QueueStatus")
        await self.client.caught_up()
        self.told.append(["snapshot", datetime.now(UTC).timestamp(), messages])
        self._news.set()

    async def until(self, reached: Callable[[], bool], limit: float = 60) -> None:
        """Wait until something that was told makes it so."""
        try:
            async with asyncio.timeout(limit):
                while not reached():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            last = [data[0] for what, *data in self.told[-40:] if what == "event"]
            shown = [(each["event"], each.get("queue"), each.get("uniqueid")) for each in last]
            raise AssertionError(f"not so within {limit:g} s; told last: {shown}") from None

    def seen(self, event: str, **fields: str) -> int:
        """How often an event with these fields was told."""
        return sum(
            what == "event" and data[0]["event"].lower() == event and fields.items() <= data[0].items()
            for what, *data in self.told
        )

    def save(self, file: Path, queue_log: str) -> None:
        text = json.dumps({"told": self.told, "queue_log": queue_log.splitlines()}, ensure_ascii=False)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(gzip.compress(text.encode(), mtime=0))


@asynccontextmanager
async def recorder(line: Line) -> AsyncIterator[Recorder]:
    secret = json.loads((line.state / "secrets.json").read_text())["ami"]
    made = Recorder(int(line.env["IVR_AMI_PORT"]), secret)
    task = spawn(made.client.run(), "recorder")
    await made.until(lambda: bool(made.told))
    try:
        yield made
    finally:
        task.cancel()


def queue_log(line: Line) -> str:
    """All of it, rotated parts first."""
    folder = InstancePaths.under(line.state).log
    parts = sorted(folder.glob("queue_log*"), key=lambda part: (part.name == "queue_log", part.stat().st_mtime))
    return "".join(part.read_text() for part in parts)


class Day:
    """Citizens who call, wait, talk and give up; operators who come, pause, do not answer and go."""

    def __init__(self, line: Line, recorder: Recorder, seed: int) -> None:
        self.line, self.recorder, self.dice = line, recorder, random.Random(seed)
        self.called = 0

    async def queued(self, town: str = "495", keys: str = "20") -> Citizen:
        """A citizen of that area code in a queue. One after the other: whose event it is, is not asked."""
        self.called += 1
        joined = self.recorder.seen("queuecallerjoin")
        citizen = await self.line.chooses(keys, number=f"+7{town}222{self.called:04d}")
        await citizen.hears("ticket/repeat", limit=40)
        await citizen.press("2")
        await self.recorder.until(lambda: self.recorder.seen("queuecallerjoin") > joined)
        return citizen

    async def talked(self, login: str) -> None:
        """One is answered by this operator, who ends the call; the others pause, so that it is he who is rung."""
        phone = self.line.network.phones[login]
        others = [each for name, each in self.line.network.phones.items() if name != login]
        for other in others:
            await other.code("*13")
        phone.forget()
        citizen = await self.queued()
        talk = await phone.talk(40)
        await talk.hangup()
        await citizen.hears("rating/ask", "say/goodbye", limit=30)
        await citizen.call.hangup()
        for other in others:
            await other.code("*14")

    async def gave_up(self, *after: float) -> None:
        """Some wait together, and hang up one by one, each after so many seconds more."""
        waiting = [await self.queued() for _ in after]
        for citizen, seconds in zip(waiting, after, strict=True):
            left = self.recorder.seen("queuecallerabandon")
            await asyncio.sleep(seconds)  # he waits: that is what is counted
            await citizen.call.hangup()
            await self.recorder.until(lambda left=left: self.recorder.seen("queuecallerabandon") > left)  # type: ignore[misc]

    async def timed_out(self) -> None:
        """One of Kamchatka, where nobody takes him, is moved on when his time there is over."""
        citizen = await self.queued("415", "10")
        assert self.recorder.seen("queuecallerjoin", queue="kamchatka"), self.recorder.told[-20:]
        joined = self.recorder.seen("queuecallerjoin")
        await self.recorder.until(lambda: self.recorder.seen("queuecallerjoin") > joined, 90)
        await citizen.call.hangup()

    async def asked_back(self) -> None:
        """One presses the key in the queue, hears of callbacks, and goes."""
        citizen = await self.queued()
        left = self.recorder.seen("queuecallerleave")
        async with asyncio.timeout(60):
            while self.recorder.seen("queuecallerleave") == left:
                await citizen.press("1")
        await citizen.call.hangup()

    async def killed(self, phone: OperatorPhone) -> None:
        """Asterisk dies while somebody waits, for whom nobody is there."""
        await phone.code("*13")
        written = queue_log(self.line).count("|ENTERQUEUE|")
        citizen = await self.queued()
        async with asyncio.timeout(20):
            while True:  # Asterisk tells first, and writes then
                if queue_log(self.line).count("|ENTERQUEUE|") > written:
                    break
                await asyncio.sleep(0.05)
        await self.line.kill_asterisk()
        await self.line.until_up()
        await self.line.until_ready()
        with contextlib.suppress(PbxError):  # his network may know already
            await citizen.call.hangup()
        await phone.code("*14")
        await self._there()

    async def _there(self, limit: float = 100) -> None:
        """An Asterisk that begins anew rings a phone only when it has asked it whether it is there."""
        async with asyncio.timeout(limit):
            while True:
                there = self.recorder.client.connected
                told = await self.recorder.client.action("QueueStatus") if there else []
                if there and not any(each.get("event") == "QueueMember" and each.get("status") == "5" for each in told):
                    return
                await asyncio.sleep(0.5)

    async def rush(self, calls: int) -> None:
        """So many call while no controller is there: all wait in the 24/7 queue until they give up or are answered,
        some after a phone has rung in vain."""
        line, phones = self.line, list(self.line.network.phones.values())
        line.process.send_signal(signal.SIGSTOP)  # nobody is there to start the controller again
        try:
            os.kill(line.controller(), signal.SIGKILL)
            for phone in phones:
                await phone.behave("ring")
            missed = self.recorder.seen("agentringnoanswer")
            workers = [spawn(self._answers(phone), f"phone {phone.login}") for phone in phones]
            callers = [spawn(self._rings(number), "caller") for number in range(calls)]
            await self.recorder.until(lambda: self.recorder.seen("agentringnoanswer") > missed)
            for phone in phones:
                await phone.behave("answer")
            await asyncio.gather(*callers)
            for worker in workers:
                worker.cancel()
        finally:
            line.process.send_signal(signal.SIGCONT)
        await line.until_ready()

    async def _rings(self, number: int) -> None:
        patience, after = self.dice.choice((9, 12, 15, 20, 90)), self.dice.uniform(0, 20)
        if number == 0:
            patience, after = 90, 0  # the first, and long enough there for a phone to ring in vain
        await asyncio.sleep(after)
        call = await self.line.network.call(f"+7495333{number:04d}", "88005553535")
        await call.answered(30)
        try:
            await call.ended(patience)
        except PbxError:
            await call.hangup()

    async def _answers(self, phone: OperatorPhone) -> None:
        while True:
            with contextlib.suppress(PbxError):
                talk = await phone.talk(5)
                await asyncio.sleep(self.dice.uniform(0.5, 3))  # they talk
                await talk.hangup()
