"""Tickets: numbers that cannot be guessed and catch slips, statuses as a table of legal moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.errors import HotlineError

NUMBER_LENGTH = 8

#: Status ids in the order of a ticket's life.
STATUSES = ("open", "in_progress", "waiting_citizen", "resolved", "closed")

#: Statuses in which the time until a ticket is due runs.
RUNNING = ("open", "in_progress")
#: Statuses in which it matters when a ticket is due.
DUE = (*RUNNING, "waiting_citizen")

#: Priority ids, the least urgent first.
PRIORITIES = ("complex", "ordinary", "high")
ORDINARY = "ordinary"

#: status -> event -> next status. What is not here is illegal.
MOVES: dict[str, dict[str, str]] = {
    "open": {
        "take": "in_progress",
        "ask_citizen": "waiting_citizen",
        "resolve": "resolved",
        "close": "closed",
    },
    "in_progress": {
        "release": "open",
        "ask_citizen": "waiting_citizen",
        "resolve": "resolved",
        "close": "closed",
    },
    "waiting_citizen": {
        "citizen_answered": "in_progress",
        "resolve": "resolved",
        "close": "closed",
    },
    "resolved": {"reopen": "in_progress", "close": "closed"},
    "closed": {},
}

#: Events that record something without moving the ticket; legal in every status.
OPENED = "opened"
NOTE = "note"
#: The priority was changed; the note begins with "ordinary -> high".
PRIORITY = "priority"

#: Every event id that moves a ticket.
EVENTS = tuple(sorted({event for moves in MOVES.values() for event in moves}))

# Damm's quasigroup of order 10: totally anti-symmetric, zero diagonal. Row: interim digit; column: digit.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_ASCII_DIGITS = frozenset("0123456789")


class IllegalMove(HotlineError):
    """This ticket cannot make this move from its present status."""


@dataclass(frozen=True)
class Ticket:
    """One ticket as it is now. `version` grows by one with each move; `caller` is E.164, "" when withheld.

    `region` is the two-digit code of the federal subject, None when unknown. `opened_at` is aware UTC.
    `purpose` says what the ticket was opened for: operator, sms, callback. `due_at` (aware UTC) is when it is due,
    worked out by the calendars whose digest is `due_digest` ("" when not yet); see `ivr.domain.deadlines`.
    """

    number: str
    category: str
    language: str
    region: str | None
    call_id: str
    caller: str
    status: str
    purpose: str
    opened_at: datetime
    version: int = 1
    priority: str = ORDINARY
    due_at: datetime | None = None
    due_digest: str = ""

    def __post_init__(self) -> None:
        if self.opened_at.tzinfo is None:
            raise ValueError("Ticket.opened_at must be an aware time")
        if self.priority not in PRIORITIES:
            raise ValueError(f"unknown priority {self.priority!r}; known are {', '.join(PRIORITIES)}")
        if self.status not in MOVES:
            raise ValueError(f"unknown ticket status {self.status!r}; known are {', '.join(STATUSES)}")


@dataclass(frozen=True)
class TicketEvent:
    """One line of a ticket's append-only history. `before` is "" on opening; equal to `after` for a note."""

    number: str
    at: datetime
    event: str
    before: str
    after: str
    note: str = ""
    call_id: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("TicketEvent.at must be an aware time")


def open_ticket(
    number: str,
    *,
    category: str,
    language: str,
    call_id: str,
    caller: str,
    purpose: str,
    at: datetime,
    region: str | None = None,
    priority: str = ORDINARY,
) -> tuple[Ticket, TicketEvent]:
    """A new ticket and the first event of its history."""
    if not valid_number(number):
        raise ValueError(f"{number!r} is not a ticket number: {NUMBER_LENGTH} digits, the last a check digit")
    ticket = Ticket(
        number=number,
        category=category,
        language=language,
        region=region,
        call_id=call_id,
        caller=caller,
        status="open",
        purpose=purpose,
        opened_at=at,
        priority=priority,
    )
    return ticket, TicketEvent(number, at, OPENED, "", "open", call_id=call_id)


def move(ticket: Ticket, event: str, at: datetime, note: str = "", call_id: str = "") -> tuple[Ticket, TicketEvent]:
    """The ticket after `event` and the event to append; raises `IllegalMove` naming what would be legal."""
    legal = MOVES[ticket.status]
    after = legal.get(event)
    if after is None:
        choice = ", ".join(sorted(legal)) or "none: it is the end"
        raise IllegalMove(f"ticket {ticket.number} is {ticket.status}: {event!r} is not a legal move (legal: {choice})")
    moved = replace(ticket, status=after, version=ticket.version + 1)
    return moved, TicketEvent(ticket.number, at, event, ticket.status, after, note, call_id)


def prioritise(ticket: Ticket, priority: str, at: datetime, note: str = "") -> tuple[Ticket, TicketEvent]:
    """The ticket with another priority and the event to append; raises `IllegalMove` when there is no sense in it."""
    if ticket.priority == priority:
        raise IllegalMove(f"ticket {ticket.number} has the priority {priority} already")
    if ticket.status not in DUE:
        raise IllegalMove(f"ticket {ticket.number} is {ticket.status}: its priority does not matter any more")
    told = f"{ticket.priority} -> {priority}" + (f": {note}" if note else "")
    event = TicketEvent(ticket.number, at, PRIORITY, ticket.status, ticket.status, told)
    return replace(ticket, priority=priority, version=ticket.version + 1), event


def priority_change(event: TicketEvent) -> tuple[str, str] | None:
    """(before, after) of a `PRIORITY` event; None when its note does not say."""
    before, arrow, after = event.note.partition(":")[0].partition(" -> ")
    return (before, after) if arrow and before in PRIORITIES and after in PRIORITIES else None


def note(ticket: Ticket, text: str, at: datetime, call_id: str = "") -> TicketEvent:
    """A note for the history; the ticket stays where it is."""
    return TicketEvent(ticket.number, at, NOTE, ticket.status, ticket.status, text, call_id)


def new_number(random: Callable[[int], int]) -> str:
    """Seven random digits and a check digit. `random(n)` gives 0 … n-1 (`secrets.randbelow` at the rim)."""
    body = f"{random(10 ** (NUMBER_LENGTH - 1)):0{NUMBER_LENGTH - 1}d}"
    return body + str(_interim(body))


def valid_number(text: str) -> bool:
    """Eight ASCII digits with a right check digit; every single wrong digit and neighbour swap is caught."""
    return len(text) == NUMBER_LENGTH and _ASCII_DIGITS.issuperset(text) and _interim(text) == 0


def group(number: str) -> str:
    """Written in pairs, as it is read out: "48 21 55 13"."""
    return " ".join(number[i : i + 2] for i in range(0, len(number), 2))


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
