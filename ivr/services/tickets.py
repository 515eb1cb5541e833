"""The ticket desk: one ticket per call, found again by its number together with the phone it was opened from."""

import hmac
import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from ivr.domain import tickets as rules
from ivr.domain.deadlines import Deadlines
from ivr.domain.pace import due
from ivr.domain.tickets import IllegalMove, Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.services.due_dates import DueDates
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
        while times and due(times[0], at, self._per):
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


@dataclass(frozen=True)
class Opened:
    """A ticket just opened, or found again. `number` "": there is none. `due`: aware UTC, None when not known."""

    number: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class _Wish:
    """What a ticket is opened for, as `ivr.domain.tickets.open_ticket` takes it."""

    call_id: str
    category: str
    purpose: str
    language: str
    caller: str
    region: str | None


class TicketDesk:
    """Use cases of tickets. `random(n)` gives 0 … n-1 and must not be guessable (`secrets.randbelow`).

    Without `deadlines` tickets get no due moment until it is worked out by `DueDates.recompute`.
    """

    def __init__(
        self,
        tickets: Tickets,
        random: Callable[[int], int],
        wrong_per_hour: int = 10,
        *,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._tickets = tickets
        self._random = random
        self._due_dates = DueDates(tickets, deadlines)
        self._by_caller = Throttle(wrong_per_hour)
        self._by_number = Throttle(wrong_per_hour)
        # Only saves a look-up; the database itself refuses a second ticket for a call.
        self._of_call: OrderedDict[str, str] = OrderedDict()

    async def open_for_call(
        self,
        *,
        call_id: str,
        category: str,
        purpose: str,
        language: str,
        caller: str,
        at: datetime,
        region: str = "",
    ) -> Opened:
        """This call's ticket, opened now if need be; its number is "" when the database did not answer.

        It is stored when this returns. Asked again with another purpose or category, the same ticket gets a note.
        `region`: two-digit code of the region that owns the ticket, "" when unknown.
        """
        try:
            return await self.open_or_raise(
                call_id=call_id,
                category=category,
                purpose=purpose,
                language=language,
                caller=caller,
                at=at,
                region=region,
            )
        except StorageError as error:
            log.warning("no ticket: %s", error, extra={"action": "ticket_not_opened"})
            return Opened()

    async def open_or_raise(
        self,
        *,
        call_id: str,
        category: str,
        purpose: str,
        language: str,
        caller: str,
        at: datetime,
        region: str = "",
    ) -> Opened:
        """The same, but raises `StorageError` when the database did not answer; number "" is: no free number."""
        wish = _Wish(call_id, category, purpose, language, caller, region or None)
        ticket, new = await self._open(wish, at)
        if ticket is None:
            log.error("no ticket: no free number", extra={"action": "ticket_not_opened"})
            return Opened()
        self._remember(call_id, ticket.number)
        if not new and (ticket.category, ticket.purpose) != (category, purpose):
            await self.note(ticket.number, f"also asked for: {purpose}, {category}", call_id=call_id, at=at)
        return Opened(ticket.number, ticket.due_at)

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
            return await self.note_or_raise(number, text, call_id=call_id, at=at)
        except StorageError as error:
            log.warning("no note: %s", error, extra={"action": "ticket_not_noted"})
            return False

    async def note_or_raise(self, number: str, text: str, *, call_id: str = "", at: datetime) -> bool:
        """The same, but raises `StorageError` when the database did not answer."""
        ticket = await self._tickets.get(number)
        return ticket is not None and await self._tickets.append(rules.note(ticket, text, at, call_id))

    async def noted(self, number: str, text: str) -> bool:
        """Is this note in the ticket's history? Raises `StorageError`."""
        return any(event.note == text for event in (await self._tickets.histories([number])).get(number, []))

    async def move(self, number: str, event: str, at: datetime, note: str = "", call_id: str = "") -> Ticket | None:
        """The ticket after `event`; None when there is none. Raises `IllegalMove` (also for a lost race)."""
        ticket = await self._tickets.get(number)
        if ticket is None:
            return None
        moved = await self._store(*rules.move(ticket, event, at, note, call_id))
        log.info("ticket %s -> %s -> %s", ticket.status, event, moved.status, extra={"action": "ticket_moved"})
        return moved

    async def prioritise(self, number: str, priority: str, at: datetime, note: str = "") -> Ticket | None:
        """The ticket with another priority; None when there is none. Raises `IllegalMove` (also for a lost race)."""
        ticket = await self._tickets.get(number)
        if ticket is None:
            return None
        changed = await self._store(*rules.prioritise(ticket, priority, at, note))
        log.info("ticket priority %s -> %s", ticket.priority, priority, extra={"action": "ticket_prioritised"})
        return changed

    async def close(self, number: str, at: datetime, note: str = "", call_id: str = "") -> Ticket | None:
        """Close the ticket; see `move`."""
        return await self.move(number, "close", at, note, call_id)

    async def _store(self, ticket: Ticket, event: TicketEvent) -> Ticket:
        """Store a changed ticket, its due moment worked out anew."""
        history = (await self._tickets.histories([ticket.number])).get(ticket.number, [])
        ticket = self._due_dates.with_due(ticket, [*history, event])
        if not await self._tickets.append(event, ticket):
            raise IllegalMove(f"ticket {ticket.number} was moved by somebody else just now; look at it again")
        return ticket

    async def _open(self, wish: _Wish, at: datetime) -> tuple[Ticket | None, bool]:
        known = self._of_call.get(wish.call_id)
        ticket = await self._tickets.get(known) if known else None
        if ticket is not None:
            return ticket, False
        # nearly always it is the call's first: that it has one already is told by the database's refusal
        for _ in range(_NUMBER_TRIES):
            made, event = rules.open_ticket(rules.new_number(self._random), at=at, **asdict(wish))
            made = self._due_dates.with_due(made, [event])
            if await self._tickets.add(made, event):
                return made, True
            # Taken is the number, or the call has got its ticket meanwhile (an answer lost on the way).
            ticket = await self._tickets.for_call(wish.call_id)
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
