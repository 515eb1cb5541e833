"""Fakes of the services' ports, for tests and demonstrations. They inherit the ports: a changed port breaks them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ivr.domain.contacts import Contact
from ivr.domain.queues import BoardView
from ivr.domain.tickets import DUE, Ticket, TicketEvent
from ivr.domain.whereabouts import KnownPlace
from ivr.errors import CallerHungUp, StorageError
from ivr.flow.commands import Enqueue, Sounds
from ivr.memory_callbacks import MemoryCallbacks as MemoryCallbacks
from ivr.memory_incidents import MemoryIncidents as MemoryIncidents
from ivr.memory_incidents import MemoryIncidentSounds as MemoryIncidentSounds
from ivr.memory_steering import MemoryAudit as MemoryAudit
from ivr.memory_steering import MemorySwitchboard as MemorySwitchboard
from ivr.services import ports
from ivr.services.reception import IncomingCall

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FixedClock(ports.Clock):
    """Stands still until told to move."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)


class _CanBeAway:
    """Something whose database may be away: set `away` and every use raises `StorageError`."""

    away = False

    def _here(self) -> None:
        if self.away:
            raise StorageError


class MemoryTickets(_CanBeAway, ports.Tickets):
    """Tickets in a dict, events in a list."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.events: list[TicketEvent] = []

    async def add(self, ticket: Ticket, event: TicketEvent) -> bool:
        self._here()
        if ticket.number in self.tickets or await self.for_call(ticket.call_id) is not None:
            return False
        self.tickets[ticket.number] = ticket
        self.events.append(event)
        return True

    async def get(self, number: str) -> Ticket | None:
        self._here()
        return self.tickets.get(number)

    async def for_call(self, call_id: str) -> Ticket | None:
        self._here()
        return next((t for t in self.tickets.values() if call_id and t.call_id == call_id), None)

    async def append(self, event: TicketEvent, ticket: Ticket | None = None) -> bool:
        self._here()
        now = self.tickets.get(event.number)
        if now is None:
            return False
        if ticket is not None:
            if (now.status, now.version) != (event.before, ticket.version - 1):
                return False
            self.tickets[event.number] = ticket
        self.events.append(event)
        return True

    async def stale(self, digest: str, after: str, limit: int) -> list[Ticket]:
        self._here()
        found = [
            ticket
            for number, ticket in sorted(self.tickets.items())
            if number > after and ticket.due_digest != digest and (ticket.status in DUE or not ticket.due_digest)
        ]
        return found[:limit]

    async def histories(self, numbers: Sequence[str]) -> dict[str, list[TicketEvent]]:
        self._here()
        return {number: [event for event in self.events if event.number == number] for number in numbers}

    async def set_due(self, tickets: Sequence[Ticket]) -> None:
        self._here()
        same = [ticket for ticket in tickets if self.tickets[ticket.number].version == ticket.version]
        self.tickets.update((ticket.number, ticket) for ticket in same)


class MemoryContacts(_CanBeAway, ports.Contacts):
    """Contacts in a dict."""

    def __init__(self) -> None:
        self.contacts: dict[tuple[str, str], Contact] = {}

    async def begin(self, contact: Contact) -> Contact:
        self._here()
        return self.contacts.setdefault((contact.call_id, contact.operator), contact)

    async def get(self, call_id: str, operator: str) -> Contact | None:
        self._here()
        return self.contacts.get((call_id, operator))

    async def save(self, contact: Contact) -> bool:
        self._here()
        known = self.contacts.get((contact.call_id, contact.operator))
        if known is None or known.version != contact.version - 1:
            return False
        self.contacts[contact.call_id, contact.operator] = replace(contact, talked_until=known.talked_until)
        return True

    async def talked(self, call_id: str, operator: str, until: datetime) -> None:
        self._here()
        known = self.contacts.get((call_id, operator))
        if known is not None and known.talked_until is None:
            self.contacts[call_id, operator] = replace(known, talked_until=until)

    async def of_calls(self, call_ids: Sequence[str]) -> list[Contact]:
        return [contact for contact in self._sorted() if contact.call_id in call_ids]

    async def of_operator(self, operator: str, limit: int) -> list[Contact]:
        return [contact for contact in reversed(self._sorted()) if contact.operator == operator][:limit]

    def _sorted(self) -> list[Contact]:
        self._here()
        return sorted(self.contacts.values(), key=lambda contact: contact.began_at)


@dataclass(frozen=True)
class QueuedMessage:
    """What `MemoryOutbox` was given."""

    kind: str
    number: str
    template: str
    language: str
    ticket: str
    at: datetime


class MemoryOutbox(_CanBeAway, ports.Outbox):
    """Messages in a list."""

    def __init__(self) -> None:
        self.messages: list[QueuedMessage] = []

    async def queue(self, kind: str, number: str, template: str, language: str, ticket: str, at: datetime) -> None:
        self._here()
        self.messages.append(QueuedMessage(kind, number, template, language, ticket, at))


class MemoryRatings(_CanBeAway, ports.Ratings):
    """Scores by call id."""

    def __init__(self) -> None:
        self.scores: dict[str, int] = {}

    async def save(self, call_id: str, score: int, at: datetime) -> None:
        self._here()
        self.scores[call_id] = score


class MemoryPlaces(_CanBeAway, ports.KnownPlaces):
    """Regions by number."""

    def __init__(self) -> None:
        self.places: dict[str, KnownPlace] = {}

    async def get(self, number: str) -> KnownPlace | None:
        self._here()
        return self.places.get(number)

    async def keep(self, number: str, place: KnownPlace) -> None:
        self._here()
        kept = self.places.get(number)
        if kept is None or kept.confidence != "chosen" or place.confidence == "chosen":
            self.places[number] = place

    async def forget(self, number: str) -> bool:
        self._here()
        return self.places.pop(number, None) is not None


class MemoryJournal(ports.Journal):
    """Events as (call_id, at, kind, data) in a list."""

    def __init__(self) -> None:
        self.events: list[tuple[str, datetime, str, dict[str, object]]] = []

    def write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        self.events.append((call_id, at, kind, dict(data)))

    def kinds(self, call_id: str) -> list[str]:
        """What happened in one call, in order."""
        return [kind for call, _, kind, _ in self.events if call == call_id]


class MemoryAnnouncements(ports.Announcements):
    """What each waiting caller would hear, by call id."""

    def __init__(self) -> None:
        self.heard: dict[str, tuple[str, Sounds]] = {}

    def write(self, language: str, call_id: str, keys: Sounds) -> None:
        self.heard[call_id] = (language, keys)

    def remove(self, call_id: str) -> None:
        self.heard.pop(call_id, None)


class FixedBoard(ports.Board):
    """Shows the queues it was given; not fresh when given none."""

    def __init__(self, view: BoardView | None = None) -> None:
        self.now = view or BoardView()

    def view(self) -> BoardView:
        return self.now


@dataclass
class ScriptedChannel(IncomingCall):
    """A caller who presses these keys, one item per question, and hangs up when they are used up.

    "" is silence; None hangs up at once. What was heard, and how it ended, is kept.
    """

    keys: Iterable[str | None] = ()
    call_id: str = "call-1"
    language: str = "ru"
    caller: str = ""
    did: str = "88005553535"
    trunk: str = "local"
    variables: dict[str, str] = field(default_factory=dict)
    heard: list[Sounds] = field(default_factory=list)
    queued: Enqueue | None = None
    region: str = ""
    handover: ports.Handover | None = None
    ended: str | None = None

    def __post_init__(self) -> None:
        self._keys = iter(self.keys)

    async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
        self.heard.append(sounds)
        pressed = next(self._keys, None)
        if pressed is None:
            raise CallerHungUp
        if len(pressed) > max_digits:
            raise AssertionError(f"the script presses {pressed!r} where {max_digits} keys are asked for: {sounds}")
        return pressed

    async def get_variable(self, name: str) -> str:
        return self.variables.get(name, "")

    async def set_language(self, language: str) -> None:
        self.language = language

    async def leave_to_queue(self, handover: ports.Handover) -> None:
        self.queued, self.region, self.handover = handover.ending, handover.region, handover

    async def leave_to_end(self, reason: str) -> None:
        self.ended = reason
