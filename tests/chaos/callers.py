"""Callers who hear words and press keys by them, in real calls of the test network."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np

from ivr.errors import PbxError
from ivr.testnet.calls import NetworkCall
from ivr.testnet.hearing import RATE
from ivr.testnet.live import LiveSound
from ivr.testnet.network import TelephoneNetwork
from ivr.testnet.recogniser import Library, Recogniser
from tests.canary.documents import DOCUMENTS
from tests.telephony.conftest import DID

#: What the operator's phone plays: a tone of so many Hz, and how much of it (s) is an answer.
TONE, ENOUGH = 440.0, 0.6
_STEP = RATE // 5 * 2  # bytes of a fifth of a second, 16-bit
#: Key of what is heard -> keys pressed at it. A caller to an operator: language, category, guidance, operator.
TO_OPERATOR = {
    "say/hello": "1", "say/welcome": "1", "menu/main": "1", "menu/signin": "1", "signin-password/1": "0",
    "ticket/repeat": "2", "item/callback-yes": "2",
}  # fmt: skip
#: A caller who asks to be called back: language and the two menus by heart; once more when it came to nothing.
TO_CALLBACK = {"say/hello": "154", "item/callback": "4", "callback/your-number": "1", "item/callback-then": "1",
               "item/operator": "0"}  # fmt: skip
#: A caller who keys in the number of his SNILS where the number of his ticket is asked for: it may be kept nowhere.
TO_STATUS = {"say/hello": "152", "status/enter-number": DOCUMENTS[0].digits, "ticket/repeat": "2", "item/operator": "0"}


@dataclass(frozen=True)
class Word:
    """A prompt was heard from `at` (monotonic); `whole`: to its end."""

    key: str
    start: float
    at: float
    whole: bool


class Caller:
    """One call. Presses by `plan` what is heard; does nothing more once `until` was heard, until `release`."""

    def __init__(
        self, network: TelephoneNetwork, library: Library, number: str, plan: dict[str, str], until: str = ""
    ) -> None:
        self.number, self.plan, self.until = number, plan, until
        self.words: list[Word] = []
        self.tone = 0.0
        self.served_at: float | None = None
        self.ended_at: float | None = None
        self.placed_at = time.monotonic()
        self.by_us = False
        self.failed = ""
        self._network, self._ear = network, Recogniser(library)
        self._call: NetworkCall | None = None
        self._raw = bytearray()
        self._news = asyncio.Event()
        self._held = self._released = False
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    def __str__(self) -> str:
        return f"{self.number} ({', '.join(self.keys[-16:])})"

    @property
    def keys(self) -> list[str]:
        """Of what was heard, in order."""
        return [word.key for word in self.words]

    @property
    def live(self) -> bool:
        return self._call is not None and self._call.live

    def heard(self, *keys: str) -> bool:
        return any(word.key in keys for word in self.words)

    def when(self, *keys: str, after: float = 0.0) -> float | None:
        """The moment at which one of `keys` was first heard after `after` (monotonic)."""
        return next((word.at for word in self.words if word.key in keys and word.at >= after), None)

    async def call(self) -> None:
        """Call, and live on until the call is over; never raises."""
        try:
            async with AsyncExitStack() as stack:
                live = await stack.enter_async_context(LiveSound(self._take))
                self._call = await self._network.call(self.number, DID, live=live)
                await self._call.answered(20)
                over = asyncio.ensure_future(self._call.ended(3600))
                try:
                    await self._press_until(over)
                finally:
                    over.cancel()
                    with contextlib.suppress(asyncio.CancelledError, PbxError):
                        await over
        except PbxError as error:
            self.failed = str(error)
        finally:
            self.ended_at = time.monotonic()
            self._news.set()
            if self._call is not None and self._call.live:
                self.by_us = True
                with contextlib.suppress(PbxError):
                    await self._call.hangup()

    async def reached(self, what: Callable[["Caller"], bool], limit: float) -> bool:
        """Wait until it is so; False when the call ended or `limit` (s) passed before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while not what(self):
                    if self.ended_at is not None:
                        return what(self)
                    self._news.clear()
                    await self._news.wait()
                return True
        return what(self)

    def release(self) -> None:
        """Go on, with the key that was held back, to the operator and to the end."""
        held, self._released, self._held = self._held, True, False
        self._keys.put_nowait(self.plan.get(self.until, "") if held else "")

    async def hang_up(self) -> None:
        # a call that is over already was ended by somebody else
        if self._call is None or self._call.live:
            self.by_us = True
        if self._call is not None:
            with contextlib.suppress(PbxError):
                await self._call.hangup()

    def readings(self) -> list[tuple[str, bool]]:
        """The ticket numbers that were said: their digits, and whether the sentence after them came."""
        found: list[tuple[str, bool]] = []
        digits: str | None = None
        for word in self.words:
            if word.key == "ticket/your-number":
                digits = ""
            elif digits is not None and word.key.startswith("d/"):
                digits += word.key[2:]
            elif digits is not None:
                found.append((digits, True))
                digits = None
        return [*found, (digits, False)] if digits is not None else found

    async def _press_until(self, over: "asyncio.Future[object]") -> None:
        assert self._call is not None
        while not over.done():
            waiting = asyncio.ensure_future(self._keys.get())
            await asyncio.wait({waiting, over}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                return
            if (keys := waiting.result()) and not self._held:
                with contextlib.suppress(PbxError):
                    await self._call.press(keys)
            if self._released and self.served_at is not None:
                await self.hang_up()

    # -- hearing

    def _take(self, raw: bytes) -> None:
        self._raw += raw
        if len(self._raw) < _STEP:
            return
        sound, self._raw = bytes(self._raw), bytearray()
        now = time.monotonic()
        for saying in self._ear.hear(sound):
            key = saying.piece.key
            same = self.words and self.words[-1].key == key and abs(self.words[-1].start - saying.start) < 0.25
            if same:
                self.words[-1] = Word(key, saying.start, self.words[-1].at, saying.over and saying.done >= 1)
                continue
            self.words.append(Word(key, saying.start, now, saying.over and saying.done >= 1))
            if key == self.until and not self._released:
                self._held = True
            elif not self._held and key in self.plan:
                self._keys.put_nowait(self.plan[key])
        self._listen_for_tone(sound, now)
        self._news.set()

    def _listen_for_tone(self, sound: bytes, now: float) -> None:
        wave = np.frombuffer(sound, "<i2").astype(np.float64)
        power = float(np.sum(wave**2))
        turn = np.exp(-2j * np.pi * TONE / RATE * np.arange(len(wave)))
        pure = 2 * abs(np.sum(wave * turn)) ** 2 / (len(wave) * power) if power > len(wave) * 1e5 else 0.0
        self.tone = self.tone + len(wave) / RATE if pure > 0.8 else 0.0
        if self.tone >= ENOUGH and self.served_at is None:
            self.served_at = now
            if self._released:
                self._keys.put_nowait("")
