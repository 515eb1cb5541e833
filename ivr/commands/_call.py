"""One call from the terminal: the sound becomes text, keys go out, the end is told in words."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import TextIO

from ivr.commands._call_keys import Script, keyboard
from ivr.commands._call_screen import Screen
from ivr.errors import PbxError
from ivr.tasks import spawn
from ivr.testnet.calls import HangUp, NetworkCall
from ivr.testnet.live import LiveSound
from ivr.testnet.manager import Message
from ivr.testnet.network import TelephoneNetwork
from ivr.testnet.observer import Observer
from ivr.testnet.recogniser import Library, Piece, Recogniser

_STEP_S = 0.2  # how often what was heard is looked at
_STRANGE_S = 1.5  # so much unknown sound is worth a word
_SILENT_S = 12.0
_CAUSES = {
    0: "the network could not place it",
    1: "the hotline does not know this number (see --did)",
    16: "the hotline hung up",
    17: "busy",
    18: "the hotline did not answer",
    19: "the hotline did not answer",
    20: "the hotline is not there",
    21: "the hotline refused it: is 127.0.0.1 among the addresses of a trunk?",
    34: "the hotline has no line free",
    38: "the hotline is out of order",
    41: "the hotline failed for the moment",
    42: "the hotline is overloaded",
    58: "no common codec",
}


class Call:
    """`leave` is set from outside to hang up. Text goes to `out`."""

    def __init__(
        self, network: TelephoneNetwork, library: Library, script: Script, leave: asyncio.Event, out: TextIO
    ) -> None:
        self._network, self._script, self._leave = network, script, leave
        self._screen = Screen(out, self._clock, out.isatty())
        self._recogniser = Recogniser(library)
        self._heard = bytearray()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._began = time.monotonic()
        self._state = ""  # "", "music", "operator", "strange", "silent"
        self._watched = self._over = self._music = False
        self._said: tuple[Piece, float] | None = None

    def say(self, words: str) -> None:
        """A note on the screen."""
        if not self._over:
            self._show()
            self._screen.note(words)

    async def make(self, number: str, did: str, limit: float | None, ami_port: int, ami_secret: str) -> int:
        """From dialling to the end; 0, or 1 when nobody answered."""
        async with self._listening(number, ami_port, ami_secret) as live:
            self._screen.plain(f"calling {did} from {number}")
            call = await self._network.call(number, did, live=live)
            return await self._until_over(call, limit)

    async def wait(self, number: str, limit: float | None, ami_port: int, ami_secret: str) -> int:
        """Be called, and answer; 0, or 1 when nobody called within `limit` seconds."""
        async with self._listening(number, ami_port, ami_secret) as live:
            await self._network.citizens.listens(number, live)
            self._screen.plain(f"the phone {number} is there and waits to be called")
            rings = spawn(self._network.citizens.rung(number, limit or 86400), "call-rung")
            left = spawn(self._leave.wait(), "call-left")
            await asyncio.wait({rings, left}, return_when=asyncio.FIRST_COMPLETED)
            left.cancel()
            if not rings.done():
                rings.cancel()
                self._screen.plain("nobody called: you hung up")
                return 0
            if rings.exception() is not None:
                self._screen.plain("nobody called")
                return 1
            self._screen.plain(f"the phone rings: {rings.result()} calls")
            return await self._until_over(await self._network.citizens.talk(number), limit)

    @contextlib.asynccontextmanager
    async def _listening(self, number: str, ami_port: int, ami_secret: str) -> AsyncIterator[LiveSound]:
        observer = await Observer.open(ami_port, ami_secret, number, self._news)
        self._watched = observer is not None
        try:
            async with LiveSound(self._heard.extend) as live:
                yield live
        finally:
            self._screen.end_line()
            if observer:
                await observer.close()

    async def _until_over(self, call: NetworkCall, limit: float | None) -> int:
        try:
            return await self._talk(call, limit)
        finally:
            with contextlib.suppress(PbxError):
                await call.hangup(2)

    async def _talk(self, call: NetworkCall, limit: float | None) -> int:
        ended = spawn(call.ended(86400), "call-ended")
        left = spawn(self._leave.wait(), "call-left")
        try:
            await asyncio.wait({spawn(_rings(call), "call-rings"), left}, return_when=asyncio.FIRST_COMPLETED)
            if not call.live:
                return self._end(ended.result() if ended.done() else None, answered=False)
            self._began = time.monotonic()
            with keyboard(self._keys.put_nowait, self._leave.set) as typing:
                self._screen.plain("answered; " + ("press 0-9 * #, q hangs up" if typing else "Ctrl-C hangs up"))
                keys = spawn(self._press(call), "call-keys")
                try:
                    while not ended.done() and not left.done():
                        await asyncio.wait({ended, left}, timeout=_STEP_S, return_when=asyncio.FIRST_COMPLETED)
                        self._listen()
                        if limit is not None and self._clock() > limit:
                            self._leave.set()
                            break
                finally:
                    keys.cancel()
                    await asyncio.gather(keys, return_exceptions=True)
            return self._end(ended.result() if ended.done() else None, answered=True)
        finally:
            for task in (ended, left):
                task.cancel()
            await asyncio.gather(ended, left, return_exceptions=True)

    def _listen(self) -> None:
        """Show what has been heard since the last time."""
        self._show()
        ear = self._recogniser
        self._screen.silence(ear.heard)
        if self._state == "" and not self._music and ear.unknown > _STRANGE_S:
            self._state = "strange"
            self._screen.note("(a sound that is none of the prompts)" if self._watched else "♪ music, or a voice")
        elif self._state in ("", "strange") and ear.quiet > _SILENT_S:
            self._state = "silent"
            self._screen.note("(silence)")
        for key in self._script.due(ear.quiet):
            self._keys.put_nowait(key)

    def _show(self) -> None:
        ear = self._recogniser
        raw = bytes(self._heard)
        self._heard.clear()
        for saying in ear.hear(raw):
            self._screen.says(saying)
            if (saying.piece, saying.start) != self._said:
                self._said = (saying.piece, saying.start)
                self._script.said(saying.piece.key)
            if self._state != "operator":
                self._state = ""

    def _news(self, what: str, details: Message) -> None:
        """What the hotline's manager tells of our call."""
        if self._over:
            return
        self._show()
        self._recogniser.unknown = 0.0
        if what in ("music", "music-over"):
            self._music = what == "music"
        if what == "queue":
            self._screen.note(f"in the queue {details.get('Queue', '')}, place {details.get('Position', '?')}")
        elif what == "music" and self._state != "music":
            self._state = "music"
            self._screen.note("♪ waiting music")
        elif what == "operator":
            self._state = "operator"
            self._screen.note(f"connected to an operator ({details.get('MemberName', '')})")
        elif what == "operator-over":
            self._state = ""
            self._screen.note("the operator has gone")

    async def _press(self, call: NetworkCall) -> None:
        while True:
            key = await self._keys.get()
            if key == "q":
                self._leave.set()
            elif key == ",":
                await asyncio.sleep(1)
            else:
                self._show()
                self._screen.pressed(key)
                await call.press(key)

    def _end(self, end: HangUp | None, answered: bool) -> int:
        self._over = True
        words = "you hung up" if end is None else _CAUSES.get(end.cause, f"{end.text.lower()} (cause {end.cause})")
        seconds = int(self._clock())
        length = f" after {seconds // 60}:{seconds % 60:02}" if answered else ""
        self._screen.plain(f"{'the call is over' if answered else 'not answered'}{length}: {words}")
        return 0 if answered or end is None else 1

    def _clock(self) -> float:
        return time.monotonic() - self._began


async def _rings(call: NetworkCall) -> None:
    """Until somebody answers or nobody will."""
    with contextlib.suppress(PbxError):
        await call.answered(60)
