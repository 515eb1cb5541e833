"""The citizens' phones in the test network: what they do when the hotline calls, and how often each of them rang."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from typing import TypeVar

from ivr.errors import PbxError
from ivr.testnet.calls import NetworkCall
from ivr.testnet.live import LiveSound
from ivr.testnet.manager import Manager, Message

T = TypeVar("T")
#: What a phone can do: `answer` at once, `slow` (ring a second, then answer), `presses` (answers and presses 1),
#: `visits` (the same, and hangs up soon), `ring` for ever, be `busy`, `reject`, be switched `off`, not exist
#: (`nobody`), lose the way there (`jammed`), be a `machine` (answers, speaks, presses nothing), `drop` (answers and
#: hangs up at once), `divert` (its provider says 302: to the hotline itself), or be `live` (rings a second; what it
#: hears goes to a listener, see `Citizens.listens`).
MODES = frozenset(
    ("answer", "slow", "live", "presses", "visits", "ring", "busy", "reject", "off", "nobody", "jammed", "machine")
) | {"drop", "divert"}


class Citizens:
    """All citizens' phones, by number (E.164). The counts are of this network's own side."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self.rings: defaultdict[str, int] = defaultdict(int)
        self._rung: defaultdict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)
        self._talks: defaultdict[str, asyncio.Queue[NetworkCall]] = defaultdict(asyncio.Queue)

    async def behave(self, number: str, mode: str) -> None:
        """From now on this phone does so; one of `MODES`."""
        await self._set(f"MODE_{number.lstrip('+')}", mode)

    async def all_behave(self, mode: str) -> None:
        """From now on every phone that was told nothing else does so."""
        await self._set("ANYBODY", mode)

    async def listens(self, number: str, live: LiveSound) -> None:
        """From now on this phone answers after a second, and `live` gets what it hears."""
        for name, value in live.variables.items():
            await self._manager.action("Setvar", Variable=name, Value=value)
        await self.behave(number, "live")

    async def rang(self, number: str, limit: float = 20) -> int:
        """How often the phone rang; a first ring of which the network has not told yet is waited for."""
        until = asyncio.get_running_loop().time() + limit
        while not self.rings[number] and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return self.rings[number]

    async def rung(self, number: str, limit: float = 20) -> str:
        """Wait until the phone rings; returns the number it shows."""
        return await _within(self._rung[number].get(), limit, f"{number} did not ring")

    async def talk(self, number: str, limit: float = 20) -> NetworkCall:
        """Wait until the phone has answered."""
        return await _within(self._talks[number].get(), limit, f"{number} did not answer a call")

    async def _set(self, name: str, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"no phone does {mode!r}; known are {', '.join(sorted(MODES))}")
        await self._manager.action("Setvar", Variable=name, Value=mode)

    def take(self, event: Message, call: NetworkCall | None = None) -> None:
        """A user event of a citizen's phone; `call` when it has answered."""
        number = event["Citizen"]
        if event["UserEvent"] == "CitizenRings":
            self.rings[number] += 1
            self._rung[number].put_nowait(event.get("Number", ""))
        elif call is not None:
            self._talks[number].put_nowait(call)


async def _within(waiting: Awaitable[T], limit: float, what: str) -> T:
    try:
        async with asyncio.timeout(limit):
            return await waiting
    except TimeoutError:
        raise PbxError(f"test network: {what} within {limit} s") from None
