"""Until when a ticket must be answered: terms by priority, on the calendar of the region that owns the ticket.

The rules:
- the term starts when the ticket is opened and is counted in open time of the priority's calendar, by the main clock
  of the ticket's region and with its holidays; a ticket of an unknown region counts as one of the default region;
- while the ticket waits for the citizen, no time is counted; it is due at no moment until the citizen has answered,
  unless it was late before;
- resolving or closing stops it: what stays is when it was due;
- reopening starts a new full term: what was answered before, in time or late, is not counted again;
- a lower priority has its own term, counted from the start; a higher one is counted from the moment it was given,
  but never makes a ticket due later than it was;
- a change that takes back the one before it restores the term that held before both: a slip has no consequences.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.domain.calendar import Calendar
from ivr.domain.calendar_load import Calendars
from ivr.domain.regions import Regions
from ivr.domain.terms import Term
from ivr.domain.tickets import PRIORITIES, PRIORITY, RUNNING, Ticket, TicketEvent, priority_change
from ivr.errors import DataError


@dataclass(frozen=True)
class _Run:
    """A stretch of counted time. `end` None: it still runs; `stopped`: ended by an answer, not by a question."""

    start: datetime
    end: datetime | None = None
    stopped: bool = False


class Deadlines:
    """Works out due moments. `digest` changes when any of them may: with calendars, terms, zones, default region."""

    def __init__(self, calendars: Calendars, regions: Regions, default_region: str) -> None:
        if default_region not in regions.by_code:
            raise DataError(f"default_region {default_region!r} is not in regions.csv")
        self._calendars = calendars
        self._terms: Mapping[str, Term] = calendars.terms
        self._zones = {code: region.zone for code, region in regions.by_code.items()}
        self._default = default_region
        zones = ",".join(f"{code}={zone}" for code, zone in sorted(self._zones.items()))
        made_of = f"{calendars.digest};{default_region};{zones}"
        self.digest = hashlib.sha256(made_of.encode()).hexdigest()[:16]

    def region(self, ticket: Ticket) -> str:
        """The region whose clock counts."""
        return ticket.region if ticket.region in self._zones else self._default

    def zone(self, ticket: Ticket) -> str:
        """The zone whose clock counts."""
        return self._zones[self.region(ticket)]

    def calendar(self, ticket: Ticket, priority: str = "") -> Calendar:
        """The calendar by which the ticket's present (or another) priority is counted."""
        return self._calendars.bind(
            self._terms[priority or ticket.priority].calendar, self.zone(ticket), self.region(ticket)
        )

    def due(self, ticket: Ticket, events: Sequence[TicketEvent]) -> datetime | None:
        """When the ticket is (or was) due, aware UTC; None while it waits for the citizen, not being late.

        `events`: its whole history, oldest first. Raises `DataError` when its calendar never opens again.
        """
        start, runs = _runs(ticket, events)
        changes = _changes(events)
        before, given = changes[-1] if changes else (ticket.priority, start)
        if PRIORITIES.index(ticket.priority) <= PRIORITIES.index(before):
            return self._reached(ticket, ticket.priority, runs, start)
        moments = (self._reached(ticket, ticket.priority, runs, given), self._reached(ticket, before, runs, start))
        return min((moment for moment in moments if moment is not None), default=None)

    def late(self, ticket: Ticket, at: datetime) -> timedelta:
        """How late it is, in open time of its calendar; zero when it is not due yet."""
        if ticket.due_at is None or at <= ticket.due_at:
            return timedelta()
        return self.calendar(ticket).working_between(ticket.due_at, at)

    def _reached(self, ticket: Ticket, priority: str, runs: Sequence[_Run], since: datetime) -> datetime | None:
        calendar, left = self.calendar(ticket, priority), self._terms[priority].limit
        for run in runs:
            start = max(run.start, since)
            moment = calendar.add_working(start, left)
            if run.end is None or run.stopped or moment <= run.end:
                return moment
            if run.end > start:
                left -= calendar.working_between(start, run.end)
        return None


def _changes(events: Sequence[TicketEvent]) -> list[tuple[str, datetime]]:
    """The changes of priority that hold: what it was before, and when; without those that were taken back."""
    held: list[tuple[str, str, datetime]] = []
    for event in events:
        change = priority_change(event) if event.event == PRIORITY else None
        if change is None:
            continue
        before, after = change
        if held and held[-1][:2] == (after, before):
            held.pop()
        else:
            held.append((before, after, event.at))
    return [(before, at) for before, _, at in held]


def _runs(ticket: Ticket, events: Sequence[TicketEvent]) -> tuple[datetime, list[_Run]]:
    """When the present term started, and the stretches that are counted since then."""
    start = since = last = ticket.opened_at
    ended: list[_Run] = []
    running = True
    for event in events:
        # A clock that was put back must not make time run backwards.
        last = at = max(event.at, last)
        if event.event == "reopen":
            start, since, ended, running = at, at, [], True
        elif running and event.after not in RUNNING:
            ended.append(_Run(since, at, event.after != "waiting_citizen"))
            running = False
        elif not running and event.after in RUNNING:
            since, running = at, True
    return start, [*ended, _Run(since)] if running else ended
