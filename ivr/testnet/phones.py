"""An operator's SIP phone in the test network."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from ivr.errors import PbxError
from ivr.testnet.calls import NetworkCall
from ivr.testnet.manager import Manager, Message

T = TypeVar("T")


class OperatorPhone:
    """Registered at the hotline as op-<login>. Answers by itself and plays its sound until told otherwise."""

    def __init__(self, login: str, manager: Manager, place: Callable[[str, str], Awaitable[NetworkCall]]) -> None:
        self.login = login
        self._manager = manager
        self._place = place
        self._registered = asyncio.Event()
        self._rung: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._talks: asyncio.Queue[NetworkCall] = asyncio.Queue()

    async def registered(self, limit: float = 15) -> None:
        """Wait until the hotline has accepted the phone."""
        await self._within(self._registered.wait(), limit, "registered")

    async def dial(self, number: str) -> NetworkCall:
        """Call `number` at the hotline; does not wait for an answer."""
        return await self._place(f"PJSIP/{number}@phone-{self.login}", self.login)

    async def code(self, code: str, limit: float = 15) -> NetworkCall:
        """Dial a feature code such as `*11` and wait until the hotline has said its word and hung up."""
        call = await self.dial(code)
        await call.answered(limit)
        await call.ended(limit)
        return call

    async def behave(self, mode: str) -> None:
        """From now on: `answer`, `slow` (ring for two seconds, then answer), `ring` (for ever), `reject` or `busy`."""
        await self._manager.action("Setvar", Variable=f"MODE_{self.login}", Value=mode)

    async def plays(self, sound: Path) -> None:
        """From now on: say this 8-kHz 16-bit wav file, again and again, when answered."""
        await self._manager.action("Setvar", Variable=f"SOUND_{self.login}", Value=str(sound.with_suffix("")))

    def forget(self) -> None:
        """Forget the calls so far: `rung` and `talk` wait for the next one."""
        self._rung, self._talks = asyncio.Queue(), asyncio.Queue()

    async def rung(self, limit: float = 20) -> tuple[str, str]:
        """Wait for the next call: (name shown, number shown)."""
        return await self._within(self._rung.get(), limit, "rung")

    async def talk(self, limit: float = 20) -> NetworkCall:
        """Wait for the next call that the phone answered."""
        return await self._within(self._talks.get(), limit, "answered a call")

    async def _within(self, waiting: Awaitable[T], limit: float, what: str) -> T:
        try:
            async with asyncio.timeout(limit):
                return await waiting
        except TimeoutError:
            raise PbxError(f"test network: phone {self.login} was not {what} within {limit} s") from None

    def take(self, event: Message, call: NetworkCall | None = None) -> None:
        """An event of this phone; `call` when it has answered."""
        if event["Event"] == "Registry":
            if event.get("Status") == "Registered":
                self._registered.set()
        elif event.get("UserEvent") == "Ringing":
            self._rung.put_nowait((event.get("Shown", ""), event.get("Number", "")))
        elif call is not None:
            self._talks.put_nowait(call)
