"""A manager session beside the hotline's own ones: it hears every class of event, and so what each caller is told; also
those that the hotline lets Asterisk leave out."""

import asyncio
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ivr.errors import PbxError
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from ivr.testnet.calls import NetworkCall
from ivr.testnet.manager import Manager, Message
from tests.telephony.conftest import DID, Line

_SOUND = re.compile(r"ivr/([A-Za-z0-9/_.-]+)")
_USER = "canary"


class Tap:
    """All events so far, and by caller's number the sounds that the controller had played to him."""

    def __init__(self, manager: Manager) -> None:
        self.events: list[Message] = []
        #: By channel, the keys that Asterisk says it received: what the canary was fed with.
        self.keyed: defaultdict[str, str] = defaultdict(str)
        self._numbers: dict[str, str] = {}
        self._said: defaultdict[str, list[list[str]]] = defaultdict(list)
        self._news = asyncio.Event()
        manager.listeners.append(self._take)

    def _take(self, event: Message) -> None:
        self.events.append(event)
        self._news.set()
        unique = event.get("Uniqueid", "")
        if event["Event"] == "Newchannel" and event.get("CallerIDNum"):
            self._numbers[unique] = event["CallerIDNum"]
        elif event["Event"] == "AGIExecStart" and (sounds := _SOUND.findall(event.get("Command", ""))):
            self._said[self._numbers.get(unique, "")].append(sounds)
        elif event["Event"] == "DTMFEnd" and event.get("Direction") == "Received":
            self.keyed[unique] += event["Digit"]

    async def says(self, number: str, sounds: tuple[str, ...], after: int, limit: float = 30) -> int:
        """Wait for a command, later than the first `after` ones, that plays one of `sounds` to `number`; how many
        commands there were with it."""
        async with asyncio.timeout(limit):
            while True:
                said = self._said[number]
                for place in range(after, len(said)):
                    if not set(sounds).isdisjoint(said[place]):
                        return place + 1
                self._news.clear()
                await self._news.wait()

    async def tells(self, wanted: Callable[[Message], bool], limit: float = 20) -> None:
        """Wait for an event that is `wanted`, unless it came before."""
        async with asyncio.timeout(limit):
            while not any(map(wanted, self.events)):
                self._news.clear()
                await self._news.wait()

    def unique(self, number: str) -> str:
        """The id of the newest channel of `number`."""
        return [unique for unique, whose in self._numbers.items() if whose == number][-1]

    def said(self, number: str) -> list[list[str]]:
        """Everything played to `number` so far, command by command."""
        return list(self._said[number])


async def press_while_live(call: NetworkCall, keys: str) -> None:
    """Press keys, none any more once the call is over."""
    for key in keys:
        if not call.live:
            return
        try:
            await call.press(key)
        except PbxError:
            # it may have ended in this very moment
            await asyncio.sleep(0.1)
            if call.live:
                raise


class Caller:
    """A citizen who follows what he is told by the tap, not by ear: many at once cost little."""

    def __init__(self, line: Line, tap: Tap, number: str) -> None:
        self.line, self.tap, self.number = line, tap, number
        self.call: NetworkCall | None = None
        self._pad: Manager | None = None
        self._heard = 0

    async def calls(self, trunk: str = "a") -> "Caller":
        """Call the hotline, and be answered."""
        exchange = self.line.network.exchange
        self.call = await self.line.network.call(self.number, DID, trunk)
        # a keypad of his own: a manager session is held up for as long as a key sounds
        self._pad = await Manager.connect(exchange.manager_port, "network", exchange.manager_secret)
        await self._pad.action("Events", EventMask="off")
        self.call._manager = self._pad
        await self.call.answered(30)
        return self

    async def hears(self, *sounds: str, limit: float = 40) -> None:
        """Wait until one of `sounds` begins, after the one that was waited for before."""
        try:
            self._heard = await self.tap.says(self.number, sounds, self._heard, limit)
        except TimeoutError:
            told = self.tap.said(self.number)
            raise AssertionError(f"{self.number} heard none of {sounds} in {limit} s after {told}") from None

    async def press(self, keys: str) -> None:
        """Press keys as a person who knows them by heart; none any more once the call is over."""
        assert self.call is not None
        await press_while_live(self.call, keys)

    async def keyed(self, keys: str) -> None:
        """Wait until Asterisk has received the keys, or the call is over, at most 20 s: what was keyed in is judged at
        the end."""
        assert self.call is not None
        until = asyncio.get_running_loop().time() + 20
        while self.call.live and asyncio.get_running_loop().time() < until:
            if self.tap.keyed[self.unique].endswith(keys):
                return
            await asyncio.sleep(0.1)

    async def sends_keys_by(self, mode: str) -> None:
        """From now on: "rfc4733", "info", "inband"."""
        assert self.call is not None
        fields = {"Channel": self.call.channel, "Variable": "PJSIP_DTMF_MODE()", "Value": mode}
        await self.call._manager.action("Setvar", **fields)

    @property
    def unique(self) -> str:
        """The id of his call at the hotline."""
        return self.tap.unique(self.number)

    async def hangup(self) -> None:
        """Hang up, if he is still there."""
        if self.call is not None:
            await self.call.hangup()
        if self._pad is not None:
            await self._pad.close()
            self._pad = None


@asynccontextmanager
async def tapped(install: AsteriskInstall, line: Line) -> AsyncIterator[Tap]:
    """Let a user of the test's own into the hotline's manager, with every class of events."""
    paths = InstancePaths.under(line.state)
    secret = secrets.token_hex(16)
    file = paths.etc / "manager.conf"
    before = file.read_text()
    # empty: without the line Asterisk keeps what it left out before
    every = re.sub(r"^disabledevents = .*$", "disabledevents =", before, flags=re.MULTILINE)
    assert every != before
    file.write_text(f"{every}\n[{_USER}]\nsecret = {secret}\nread = all\nwrite = all\n")
    asterisk = Asterisk(install, paths)
    try:
        assert await asterisk.command("manager reload") is not None
        manager = await Manager.connect(int(line.env["IVR_AMI_PORT"]), _USER, secret)
    finally:
        file.write_text(before)
    try:
        yield Tap(manager)
    finally:
        await manager.close()
