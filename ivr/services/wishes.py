"""Wishes to be called back, left while the controller was down: each becomes a ticket as soon as it is seen, and where
one can be promised, a call."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.errors import StorageError
from ivr.services.tickets import TicketDesk

log = logging.getLogger(__name__)
#: In the history of a ticket: its wish has been seen to, whatever becomes of its file.
NOTE = "asked to be called back while the menu was away"


@dataclass(frozen=True)
class Wish:
    """Call `caller` (E.164, "" = withheld) back in `language`; `at` is when it was left, aware UTC.

    `did`: the number that was dialled, digits; "" not known.
    """

    call_id: str
    caller: str
    language: str
    at: datetime
    did: str = ""


#: (the wish, its ticket's number) -> is a call promised now? Raises `StorageError`.
Promise = Callable[[Wish, str], Awaitable[bool]]


async def _no_promise(wish: Wish, ticket: str) -> bool:
    return False


class WishSpool(Protocol):
    """Where the fallback script leaves wishes."""

    def read(self, at: datetime) -> Sequence[Wish]:
        """All wishes there are, oldest first; unusable ones (of a time far from `at`, too) are put aside."""

    def done(self, wish: Wish) -> None:
        """Forget this wish: it has its ticket. Never raises."""


class WishDesk:
    """Turns wishes into tickets and promises. A wish is forgotten only after both are stored; one ticket per call."""

    def __init__(self, spool: WishSpool, desk: TicketDesk, promise: Promise = _no_promise) -> None:
        self._spool = spool
        self._desk = desk
        self._promise = promise
        self._troubled: set[Wish] = set()

    async def pick_up(self, at: datetime) -> int:
        """Pick up what is there; returns how many. What could not be stored stays for the next time."""
        taken = 0
        wishes = self._spool.read(at)
        self._troubled.intersection_update(wishes)
        # Those that failed before come last: if the fault is their own, the others are not held up by it.
        for wish in sorted(wishes, key=self._troubled.__contains__):
            try:
                stored = await self._store(wish, at)
            except StorageError as error:
                self._trouble(wish, error)
                break  # most likely the database is away: asking on would only take time
            except Exception as error:
                self._trouble(wish, error)
                continue
            if stored:
                self._spool.done(wish)
                taken += 1
        if taken:
            log.info("%d wishes to be called back picked up", taken, extra={"action": "wishes_picked_up"})
        return taken

    async def _store(self, wish: Wish, at: datetime) -> bool:
        opened = await self._desk.open_or_raise(
            call_id=wish.call_id,
            category="other",
            purpose="callback",
            language=wish.language,
            caller=wish.caller,
            at=wish.at,
        )
        if opened.number and not await self._desk.noted(opened.number, NOTE):
            await self._call_back(wish, opened.number)
            await self._desk.note(opened.number, NOTE, call_id=wish.call_id, at=at)
        return bool(opened.number)

    async def _call_back(self, wish: Wish, ticket: str) -> None:
        try:
            await self._promise(wish, ticket)
        except StorageError:
            raise
        except Exception:
            log.exception("call %s: the ticket alone keeps the wish", wish.call_id, extra={"action": "wish_unpromised"})

    def _trouble(self, wish: Wish, error: Exception) -> None:
        """Told once for each wish, not at every try."""
        if wish not in self._troubled:
            self._troubled.add(wish)
            why = str(error) if isinstance(error, StorageError) else type(error).__name__
            log.error("the wish of call %s waits: %s", wish.call_id, why, extra={"action": "wish_waits"})
