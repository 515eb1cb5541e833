"""Wishes to be called back, left while the controller was down: each becomes a ticket as soon as it is seen."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.services.tickets import TicketDesk

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """Call `caller` (E.164, "" = withheld) back in `language`; `at` is when it was left, aware UTC."""

    call_id: str
    caller: str
    language: str
    at: datetime


class WishSpool(Protocol):
    """Where the fallback script leaves wishes."""

    def read(self) -> Sequence[Wish]:
        """All wishes there are, oldest first; unreadable ones are put aside, not raised."""

    def done(self, wish: Wish) -> None:
        """Forget this wish: it has its ticket."""


class WishDesk:
    """Turns wishes into tickets. A wish is forgotten only after its ticket is stored; one ticket per call."""

    def __init__(self, spool: WishSpool, desk: TicketDesk) -> None:
        self._spool = spool
        self._desk = desk

    async def pick_up(self, at: datetime) -> int:
        """Pick up what is there; returns how many. What could not be stored stays for the next time."""
        taken = 0
        for wish in self._spool.read():
            number = await self._desk.open_for_call(
                call_id=wish.call_id,
                category="other",
                purpose="callback",
                language=wish.language,
                caller=wish.caller,
                at=wish.at,
            )
            if not number:
                break
            await self._desk.note(
                number, "asked to be called back while the menu was away", call_id=wish.call_id, at=at
            )
            self._spool.done(wish)
            taken += 1
        if taken:
            log.info("%d wishes to be called back picked up", taken, extra={"action": "wishes_picked_up"})
        return taken
