"""What the services need from the outside, as Protocols. Adapters and the fakes of `ivr.testing` implement them."""

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.audit import AuditEntry
from ivr.domain.callbacks import Callback, CallbackEvent
from ivr.domain.contacts import Contact
from ivr.domain.incidents import Incident
from ivr.domain.operators import Membership, OperatorTalk, Phone
from ivr.domain.queues import BoardView
from ivr.domain.tickets import Ticket, TicketEvent
from ivr.domain.whereabouts import KnownPlace
from ivr.flow.commands import Enqueue, Sounds


@dataclass(frozen=True)
class Handover:
    """A call given to the dialplan's Queue(). `region`: the one that the caller chose in this call, or "".

    `callback`: the dial that the call is, or the id of the callback instead of which the caller waits; "" neither.
    `arrived`: since when he waits, when that was not only now. `record`: the talk may be recorded.
    """

    ending: Enqueue
    language: str
    region: str = ""
    callback: str = ""
    arrived: datetime | None = None
    record: bool = True


class Channel(Protocol):
    """One live call. Every method raises `CallerHungUp` once the caller is gone."""

    call_id: str

    async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
        """Play, collect, return the keys ("" on silence). Any key interrupts the playing."""

    async def set_language(self, language: str) -> None:
        """Use the sounds of `language` from now on."""

    async def leave_to_queue(self, handover: Handover) -> None:
        """Set the variables that the dialplan needs for Queue() and give the call back."""

    async def leave_to_end(self, reason: str) -> None:
        """Tell the dialplan that all is said: hang up."""


class Tickets(Protocol):
    """Durable tickets. Raises `StorageError` when the database does not answer in time."""

    async def add(self, ticket: Ticket, event: TicketEvent) -> bool:
        """Store a new ticket; False when its number is taken (try another)."""

    async def get(self, number: str) -> Ticket | None: ...

    async def for_call(self, call_id: str) -> Ticket | None:
        """The one ticket that this call opened; None for "" too."""

    async def append(self, event: TicketEvent, ticket: Ticket | None = None) -> bool:
        """Append an event; with `ticket`, also move it (compare-and-set on `event.before`). False: lost the race."""

    async def stale(self, digest: str, after: str, limit: int) -> list[Ticket]:
        """Tickets whose due moment was worked out by other calendars and matters still, or never was.

        By number, those greater than `after` only, at most `limit`.
        """

    async def histories(self, numbers: Sequence[str]) -> dict[str, list[TicketEvent]]:
        """The whole histories of these tickets, oldest event first."""

    async def set_due(self, tickets: Sequence[Ticket]) -> None:
        """Store their due moments; those moved meanwhile are left alone."""


class Outbox(Protocol):
    """Messages to be sent later (SMS, e-mail)."""

    async def queue(self, kind: str, number: str, template: str, language: str, ticket: str, at: datetime) -> None: ...


class Journal(Protocol):
    """Every step of every call. `write` never blocks and never fails; the adapter drains in the background."""

    def write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        """`data`: texts, numbers, None, and lists and mappings of these; what is too deep or too long is cut."""


class Ratings(Protocol):
    """What callers thought of the operator, 1 (worst) to 5 (best)."""

    async def save(self, call_id: str, score: int, at: datetime) -> None:
        """Keep the rating with the call; a second one of the same call replaces the first."""


class Announcements(Protocol):
    """The sound a waiting caller hears from time to time; one per caller."""

    def write(self, language: str, call_id: str, keys: Sounds) -> None:
        """Let this caller hear `keys` at the next announcement."""

    def remove(self, call_id: str) -> None:
        """Forget the caller's announcement; the general one is played again."""


class Captions(Protocol):
    """What a caller hears, for who also wants to read it. Never waits, never fails."""

    def said(self, call_id: str, language: str, sounds: Sounds) -> None:
        """The caller is about to hear `sounds`."""


class NoCaptions(Captions):
    """Nobody reads along."""

    def said(self, call_id: str, language: str, sounds: Sounds) -> None:
        pass


class Board(Protocol):
    """The live queues as last seen; never waits."""

    def view(self) -> BoardView: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""


class KnownPlaces(Protocol):
    """The regions that callers chose for their numbers (with consent) or operators wrote on the caller's card."""

    async def get(self, number: str) -> KnownPlace | None:
        """What is kept for `number` (E.164). Raises `StorageError`."""

    async def keep(self, number: str, place: KnownPlace) -> None:
        """Keep it; replaces what was kept, but a card never replaces the caller's own choice."""

    async def forget(self, number: str) -> bool:
        """True when something was forgotten."""


class Callbacks(Protocol):
    """Durable callbacks. Raises `StorageError` when the database does not answer in time.

    `add` and `move` also put the event's `notice` into the outbox (kind sms, that template), all in one transaction.
    """

    async def add(self, callback: Callback, event: CallbackEvent) -> bool:
        """Store a new one; False when its number already has an active one with this service (the database says so)."""

    async def get(self, id: str) -> Callback | None: ...

    async def of_attempt(self, attempt: str) -> Callback | None:
        """The callback whose dial under way has this id; None when it is over, and for ""."""

    async def active(self, number: str, service: str) -> Callback | None:
        """The one active callback of a number, if any."""

    async def move(self, moved: Callback, event: CallbackEvent) -> bool:
        """Compare-and-set on `event.before` and `moved.version - 1`, and append the event. False: lost the race
        (or, when the number is changed: it has an active one already)."""

    async def move_all(self, moves: Sequence[tuple[Callback, CallbackEvent]]) -> list[Callback]:
        """`move` of many different ones in one transaction; those that were moved. Not for changes of a number."""

    async def renew(self, callback: Callback, until: datetime) -> bool:
        """Prolong the lease of a callback as it was read: its version goes up by one, without an event. False: lost."""

    async def requests_since(self, number: str, since: datetime) -> int:
        """How many wishes (events `ASKED`) concerned this number since then: to call it, or from this phone; whatever
        became of them, and whatever number they were moved to later."""

    async def unwanted_since(self, number: str, since: datetime) -> bool:
        """Has the called person himself cancelled a callback that was asked for since then (reason `UNWANTED`)?"""

    async def due(self, at: datetime, limit: int) -> list[Callback]:
        """Waiting, window and `not_before` begun, not expired, oldest `virtual_start` first; at most `limit` of each
        queue."""

    async def timers(self, at: datetime, limit: int) -> list[Callback]:
        """Those for which `callback_timers.overdue_event` has something, the longest overdue first, and the first in
        line of those of one moment: leases run out, retries begun, windows opened or missed, expired."""

    async def in_flight(self) -> Mapping[str, int]:
        """Queue -> how many are being dialled or on their way to an operator (`IN_FLIGHT`)."""

    async def ahead(self, queue: str, before: datetime, at: datetime, dialled: bool = True) -> int:
        """How many of `queue` stand in the line before that moment (states `AHEAD`, `virtual_start` before it) and may
        be called at `at`: not those who wait for a later window; without `dialled` not those being dialled either."""

    async def booked(self, queue: str, since: datetime, until: datetime) -> Mapping[datetime, int]:
        """Start of the window (UTC) -> how many active callbacks of `queue` are promised for it (not those `asap`)."""

    async def history(self, id: str) -> list[CallbackEvent]:
        """Its events, oldest first."""


class Switchboard(Protocol):
    """What is done to operators and to waiting callers in Asterisk. Every method raises `PbxError` when it is away."""

    async def log_in(self, operator: str, phone: Phone, queues: Sequence[str]) -> None:
        """From now on that phone, and no other of his, is rung for these queues."""

    async def log_out(self, operator: str) -> int:
        """Take all his phones out of all queues; from how many."""

    async def pause(self, operator: str, reason: str) -> bool:
        """Ring him no more, in any queue, until `resume`; False when he is logged in nowhere."""

    async def resume(self, operator: str) -> bool:
        """End his pause; False when he is logged in nowhere."""

    async def memberships(self) -> list[Membership]:
        """Who is logged in where."""

    async def withdraw(self, queue: str, channel: str) -> bool:
        """Let a waiting caller's dialplan go on behind Queue(); False when he does not wait there (any more), or was
        asked out already. Whose operator is being rung leaves only when that one does not answer."""

    async def talks(self) -> list[OperatorTalk]:
        """Operators connected with callers, now."""


class Audit(Protocol):
    """Who did what, when, to whom and why: written before it is done. Raises `StorageError`."""

    async def record(self, entry: AuditEntry) -> int:
        """Keep it; returns its id."""

    async def settle(self, id: int, outcome: str) -> None:
        """What became of it; the first outcome stays."""

    async def latest(self, limit: int, before: int = 0, action: str = "", target: str = "") -> list[AuditEntry]:
        """The newest first, those with an id lower than `before` (0: all); "" for any action or target."""


class Incidents(Protocol):
    """Known faults, and who wants to know when they are over. Raises `StorageError`."""

    async def add(self, incident: Incident) -> None: ...

    async def get(self, id: str) -> Incident | None: ...

    async def open(self) -> builtins.list[Incident]:
        """Those that have not been ended, also the planned ones."""

    async def list(self, limit: int = 50) -> builtins.list[Incident]:
        """The newest first."""

    async def end(self, id: str, by: str, at: datetime) -> int | None:
        """End it and put one message for each subscriber into the outbox, in one transaction; how many. None: it is not
        there, or somebody ended it before."""

    async def end_due(self, at: datetime) -> builtins.list[str]:
        """End those whose planned end has come; their ids."""

    async def subscribe(self, id: str, number: str, language: str, call_id: str, at: datetime) -> str:
        """One message to `number` (E.164) when it is over: subscribed, already, or over (it is)."""

    async def count(self, id: str, heard: int = 0, deflected: int = 0) -> None:
        """Add so many calls that heard it, and calls that ended with it."""
class Contacts(Protocol):
    """What operators wrote down of their conversations. Raises `StorageError`."""

    async def begin(self, contact: Contact) -> Contact:
        """Store a new one; the stored one when this operator has begun it already."""

    async def get(self, call_id: str, operator: str) -> Contact | None: ...

    async def save(self, contact: Contact) -> bool:
        """Compare-and-set on `contact.version - 1`, all but `talked_until`; False: it was changed elsewhere."""

    async def talked(self, call_id: str, operator: str, until: datetime) -> None:
        """Keep when the call ended, once. What is being written down is not changed by that: the version stays."""

    async def of_calls(self, call_ids: Sequence[str]) -> list[Contact]:
        """Those about these calls, oldest first."""

    async def of_operator(self, operator: str, limit: int) -> list[Contact]:
        """Newest first."""
