"""One call of the test network, seen from its own end: a citizen's, or an operator's phone."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PbxError
from ivr.testnet.manager import Manager, Message

#: Seconds of silence between two keys; a key itself lasts `_KEY_MS`.
_GAP = 0.12
_KEY_MS = 120


@dataclass(frozen=True)
class HangUp:
    """Why a call ended: the Q.850 cause (1 unallocated, 16 normal, 17 busy, 21 rejected …) and its words."""

    cause: int
    text: str


class NetworkCall:
    """A call; `heard` and `said` are 16-bit 8-kHz mono wav files, complete once the call is over."""

    def __init__(self, manager: Manager, unique: str, folder: Path, record: str) -> None:
        self._manager = manager
        self.unique = unique
        self.channel = ""
        self.mixed = folder / f"{record}.wav"
        self.heard = folder / f"{record}-heard.wav"
        self.said = folder / f"{record}-said.wav"
        loop = asyncio.get_running_loop()
        self._answered: asyncio.Future[bool] = loop.create_future()
        self._ended: asyncio.Future[HangUp] = loop.create_future()
        self._passed: asyncio.Future[str] = loop.create_future()
        self._spoke = asyncio.Event()

    @property
    def recording(self) -> Path:
        """What this end heard."""
        return self.heard

    @property
    def live(self) -> bool:
        """Answered and not hung up."""
        return self._answered.done() and not self._ended.done()

    async def answered(self, limit: float = 10) -> None:
        """Wait until the other end answers; raises `PbxError` when it hangs up instead, or within `limit` s."""
        await self._first({self._answered, self._ended}, limit, "answered")
        if not self._answered.done():
            end = self._ended.result()
            raise PbxError(f"test network: call {self.unique} was not answered: {end.cause} {end.text}")

    async def ended(self, limit: float = 30) -> HangUp:
        """Wait until the call is over."""
        await self._first({self._ended}, limit, "ended")
        return self._ended.result()

    async def press(self, digits: str) -> None:
        """Press keys, as RFC 4733 events."""
        for digit in digits:
            await self._manager.action("PlayDTMF", Channel=self.channel, Digit=digit, Duration=str(_KEY_MS))
            await asyncio.sleep(_KEY_MS / 1000 + _GAP)

    async def speak(self, sound: Path, limit: float = 30) -> None:
        """Say a sound file (8-kHz 16-bit wav) into the call; returns when all of it was said."""
        self._spoke.clear()
        await self._manager.action("Setvar", Channel=self.channel, Variable="NET_SPEAK",
                                   Value=str(sound.with_suffix("")))
        await self._manager.action("Redirect", Channel=self.channel, Context="citizen", Exten="speak", Priority="1")
        async with asyncio.timeout(limit):
            await self._spoke.wait()

    async def pass_on(self, uri: str, limit: float = 10) -> str:
        """Pass the other side on to `uri` (SIP REFER); SUCCESS, FAILURE or UNSUPPORTED."""
        await self._manager.action("Setvar", Channel=self.channel, Variable="NET_PASS", Value=uri)
        await self._manager.action("Redirect", Channel=self.channel, Context="phones", Exten="pass", Priority="1")
        async with asyncio.timeout(limit):
            return await self._passed

    async def hangup(self, limit: float = 10) -> HangUp:
        """Hang up from this end."""
        if not self._ended.done():
            try:
                await self._manager.action("Hangup", Channel=self.channel or self.unique, Cause="16")
            except PbxError:
                if not self._ended.done():  # it may have ended in this very moment
                    return await self.ended(limit)
        return await self.ended(limit)

    async def _first(self, futures: set["asyncio.Future[bool] | asyncio.Future[HangUp]"], limit: float,
                     what: str) -> None:
        done, _ = await asyncio.wait(futures, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise PbxError(f"test network: call {self.unique} was not {what} within {limit} s")

    def take(self, event: Message) -> None:
        """An event of this call's channel."""
        name = event["Event"]
        if name == "Newchannel":
            self.channel = event["Channel"]
        elif name == "Newstate" and event.get("ChannelStateDesc") == "Up":
            self.up()
        elif name == "Hangup" and not self._ended.done():
            self._ended.set_result(HangUp(int(event.get("Cause") or 0), event.get("Cause-txt", "")))
        elif name == "UserEvent" and event.get("UserEvent") == "Spoke":
            self._spoke.set()
        elif name == "UserEvent" and event.get("UserEvent") == "Passed" and not self._passed.done():
            self._passed.set_result(event.get("Status", ""))

    def up(self) -> None:
        if not self._answered.done():
            self._answered.set_result(True)

    def failed(self, text: str) -> None:
        """The call could not be placed at all."""
        if not self._ended.done():
            self._ended.set_result(HangUp(0, text))
