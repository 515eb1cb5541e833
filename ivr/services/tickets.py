"""The ticket desk: one ticket per call, found again by its number together with the phone it was opened from."""

import hmac
import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from ivr.domain import tickets as rules
from ivr.domain.tickets import IllegalMove, Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.services.ports import Tickets

log = logging.getLogger(__name__)

#: A number is taken once in thousands of calls; more tries than this mean that something else is wrong.
_NUMBER_TRIES = 8
_KNOWN_CALLS = 10_000


class Throttle:
    """Counts by key over a sliding time, wrong guesses for one; forgets the oldest keys beyond `most`."""

    def __init__(self, allowed: int, per: timedelta = timedelta(hours=1), most: int = 10_000) -> None:
        self._allowed = allowed
        self._per = per
        self._most = most
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()

    def blocked(self, key: str, at: datetime) -> bool:
        """Has `key` been counted as often as is allowed lately? Never for an empty key."""
        times = self._times.get(key)
        if not key or times is None:
            return False
        while times and at - times[0] >= self._per:
            times.popleft()
        return len(times) >= self._allowed

    def count(self, key: str, at: datetime) -> None:
        """Count one more."""
        if not key:
            return
        times = self._times.setdefault(key, deque(maxlen=self._allowed))
        times.append(at)
        self._times.move_to_end(key)
        while len(self._times) > self._most:
            self._times.popitem(last=False)

    def uncount(self, key: str, at: datetime) -> None:
        """Take back what was counted at `at`."""
        times = self._times.get(key)
        if times is not None and at in times:
            times.remove(at)


class TicketDesk:
    """Use cases of tickets. `random(n)` gives 0 … n-1 and must not be guessable (`secrets.randbelow`)."""

    def __init__(self, tickets: Tickets, random: Callable[[int], int], wrong_per_hour: int = 10) -> None:
        self._tickets = tickets
        self._random = random
        self._by_caller = Throttle(wrong_per_hour)
        self._by_number = Throttle(wrong_per_hour)
        # Only saves a look-up; the database itself refuses a second ticket for a call.
        self._of_call: OrderedDict[str, str] = OrderedDict()

    async def open_for_call(
        self, *, call_id: str, category: str, purpose: str, language: str, caller: str, at: datetime
    ) -> str:
        """The number of this call's ticket, opened now if need be; "" when the database did not answer.

        It is stored when this returns. Asked again with another purpose or category, the same ticket gets a note.
        """
        try:
            return await self.open_or_raise(
                call_id=call_id, category=category, purpose=purpose, language=language, caller=caller, at=at
            )
        except StorageError as error:
            log.warning("no ticket: %s", error, extra={"action": "ticket_not_opened"})
            return ""

    async def open_or_raise(
        self, *, call_id: str, category: str, purpose: str, language: str, caller: str, at: datetime
    ) -> str:
        """The same, but raises `StorageError` when the database did not answer; "" is: no free number."""
        ticket, new = await self._open(call_id, category, purpose, language, caller, at)
        if ticket is None:
            log.error("no ticket: no free number", extra={"action": "ticket_not_opened"})
            return ""
        self._remember(call_id, ticket.number)
        if not new and (ticket.category, ticket.purpose) != (category, purpose):
            await self.note(ticket.number, f"also asked for: {purpose}, {category}", call_id=call_id, at=at)
        return ticket.number

    async def find(self, *, number: str, caller: str, last_four: str = "", at: datetime) -> str:
        """The status, or "" when number and phone do not belong together, whichever of them is wrong.

        Raises `StorageError`. Too many wrong pairs of one caller, or for one ticket, and the answer stays "" for
        an hour; only the ticket's own phone is still served.
        """
        ticket = await self._tickets.get(number)
        # Compared in full for an unknown number too: neither answer nor time tells which part was wrong.
        phone = ticket.caller if ticket is not None else ""
        own = _same(caller, phone) and caller != "" and ticket is not None
        four = len(last_four) == 4 and last_four.isascii() and last_four.isdigit()
        proved = _same(last_four, phone[-4:]) and four and len(phone) > 4 and ticket is not None
        blocked = self._by_caller.blocked(caller, at) or self._by_number.blocked(number, at)
        if ticket is not None and (own or (proved and not blocked)):
            return ticket.status
        # The number alone is no guess yet: the flow asks for the four digits next.
        if last_four:
            self._by_caller.count(caller, at)
            self._by_number.count(number, at)
        return ""

    async def note(self, number: str, text: str, *, call_id: str = "", at: datetime) -> bool:
        """Append a note to the ticket's history; False when there is no such ticket or no database."""
        try:
            ticket = await self._tickets.get(number)
            if ticket is None:
                return False
            return await self._tickets.append(rules.note(ticket, text, at, call_id))
        except StorageError as error:
            log.warning("no note: %s", error, extra={"action": "ticket_not_noted"})
            return False

    async def move(self, number: str, event: str, at: datetime, note: str = "", call_id: str = "") -> Ticket | None:
        """The ticket after `event`; None when there is none. Raises `IllegalMove` (also for a lost race)."""
        ticket = await self._tickets.get(number)
        if ticket is None:
            return None
        moved, told = rules.move(ticket, event, at, note, call_id)
        if not await self._tickets.append(told, moved):
            raise IllegalMove(f"ticket {number} was moved by somebody else just now; look at it again")
        log.info("ticket %s -> %s -> %s", told.before, event, told.after, extra={"action": "ticket_moved"})
        return moved

    async def close(self, number: str, at: datetime, note: str = "", call_id: str = "") -> Ticket | None:
        """Close the ticket; see `move`."""
        return await self.move(number, "close", at, note, call_id)

    async def _open(
        self, call_id: str, category: str, purpose: str, language: str, caller: str, at: datetime
    ) -> tuple[Ticket | None, bool]:
        known = self._of_call.get(call_id)
        ticket = await (self._tickets.get(known) if known else self._tickets.for_call(call_id))
        if ticket is not None:
            return ticket, False
        for _ in range(_NUMBER_TRIES):
            made: tuple[Ticket, TicketEvent] = rules.open_ticket(
                rules.new_number(self._random),
                category=category,
                language=language,
                call_id=call_id,
                caller=caller,
                purpose=purpose,
                at=at,
            )
            if await self._tickets.add(*made):
                return made[0], True
            # Taken is the number, or the call has got its ticket meanwhile (an answer lost on the way).
            ticket = await self._tickets.for_call(call_id)
            if ticket is not None:
                return ticket, False
        return None, False

    def _remember(self, call_id: str, number: str) -> None:
        if call_id:
            self._of_call[call_id] = number
            while len(self._of_call) > _KNOWN_CALLS:
                self._of_call.popitem(last=False)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
