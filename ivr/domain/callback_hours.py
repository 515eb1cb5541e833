"""When a citizen may be rung up, by his own clock: house hours, quiet hours, windows promised and offered, expiry.

Rules 6 and 15 to 17 of the callbacks. All times aware, results in UTC; hours come from a calendar of `calendars.toml`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ivr.domain.calendar import Calendar
from ivr.domain.calendar_load import Calendars
from ivr.domain.callbacks import Callback
from ivr.domain.whereabouts import local_time, timezone

#: An offer is made with such an expected wait, or to those who wait so long already (seconds).
OFFER_ESTIMATE_S, OFFER_WAITED_S = 900, 600
#: His own "tonight" opens the quiet hours for so long, for this one callback.
TONIGHT = timedelta(minutes=90)
SLOT = timedelta(minutes=30)
SLOTS_AHEAD = timedelta(days=7)
#: The first slot begins no sooner: a nearer one is no better than "as soon as possible".
SLOT_LEAD = timedelta(minutes=30)
LONGEST_QUEUED = timedelta(hours=48)
#: A call that is begun must ring and be answered within the hours too.
RINGING = timedelta(seconds=40)
#: With no estimate: what is assumed.
UNKNOWN_ESTIMATE = timedelta(minutes=60)
SOON = timedelta(minutes=5)
_ROUND = timedelta(minutes=5)
_LOOK = timedelta(days=21)


@dataclass(frozen=True)
class Person:
    """Whose hours they are. `zones`: every clock the number may have; `region`: two-digit code or ""."""

    zones: tuple[str, ...]
    region: str = ""
    tonight_until: datetime | None = None

    @classmethod
    def of(cls, callback: Callback) -> "Person":
        """Whom this callback rings."""
        return cls(callback.zones or (callback.zone,), callback.region, callback.tonight_until)


@dataclass(frozen=True)
class Window:
    """Promised or offered: he is called between `start` and `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Promise:
    """What "as soon as possible" comes to, worked out before he confirms. `about`: when the call is likely.

    `quiet`: his quiet hours lie between: `window` begins when they end, and he is asked whether he would rather be
    called tonight (`tonight`: the window of that answer; None when he is not in quiet hours now, or his turn comes
    too late for it).
    """

    window: Window
    about: datetime
    quiet: bool = False
    tonight: Window | None = None

    @property
    def soon_at(self) -> datetime | None:
        """When he is told that the call is near: only before a window that begins later."""
        return self.window.start - SOON if self.quiet else None


class CallbackHours:
    """House hours: the calendar `name` by every clock that the citizen may have, with his region's holidays."""

    def __init__(self, calendars: Calendars, name: str = "callbacks") -> None:
        """Raises `DataError` when there is no such calendar."""
        self._calendars, self._name = calendars, name
        calendars.bind(name, "Europe/Moscow")

    def allowed(self, person: Person, at: datetime) -> bool:
        """May a phone of his be rung at `at`? Both the beginning and the end of the ringing count."""
        if person.tonight_until is not None and at < person.tonight_until:
            return True
        end = at + RINGING
        return all(calendar.is_open(at) and calendar.is_open(end) for calendar in self._bound(person))

    def opens(self, person: Person, at: datetime) -> datetime | None:
        """The first moment, `at` or later, when he may be rung up; None when there is none within three weeks."""
        moment, latest = at.astimezone(UTC), at + _LOOK
        while moment <= latest:
            if self.allowed(person, moment):
                return moment
            later = [_later(calendar, moment) for calendar in self._bound(person)]
            if None in later:
                return None
            moment = max(each for each in later if each is not None)
        return None

    def closes(self, person: Person, at: datetime) -> datetime | None:
        """The end of the hours that hold `at`, of all his clocks the first; `at` when closed; None: never."""
        ends = [calendar.next_closing(at) for calendar in self._bound(person)]
        end = min((each for each in ends if each is not None), default=None)
        if person.tonight_until is not None and at < person.tonight_until:
            return person.tonight_until if end is None else max(end, person.tonight_until)
        return end

    def expires(self, person: Person, created: datetime, window: Window) -> datetime:
        """When a callback that was not made is given up: the end of the working day after `created`, by his clock,
        at most 48 hours; but never before the hours end in which `window` begins.

        A window of his own choice that is further away ends with the hours of its day in the same way.
        """
        promised = max(window.end, self.closes(person, window.start) or window.end)
        return max(promised, min(self._next_working_end(person, created), created + LONGEST_QUEUED))

    def promise(self, person: Person, at: datetime, estimate_s: int | None) -> Promise:
        """The window of "as soon as possible" for one whose wait is estimated so (None: unknown).

        It ends after half as long again and ten minutes, on a round five minutes; where his hours end before his turn
        comes, it begins when they begin again.
        """
        at = at.astimezone(UTC)
        wait = UNKNOWN_ESTIMATE if estimate_s is None else timedelta(seconds=estimate_s)
        reach = wait * 3 / 2 + 2 * _ROUND
        turn, until = at + wait, _rounded(at + reach)
        closing = self.closes(person, at) if self.allowed(person, at) else at
        if closing is None or turn + _ROUND <= closing:
            return Promise(Window(at, until if closing is None else min(until, closing)), turn)
        start = self.opens(person, closing)
        if start is None:  # three weeks without an hour: a mistake in the data must not lose him
            return Promise(Window(at, until), turn)
        closing = self.closes(person, start)
        end = max(until, _rounded(start + max(reach, timedelta(hours=1))))
        window = Window(start, end if closing is None else min(end, closing))
        tonight = Window(at, min(until, at + TONIGHT)) if wait + _ROUND <= TONIGHT else None
        return Promise(window, max(start, turn), quiet=True, tonight=tonight)

    def slots(
        self,
        person: Person,
        at: datetime,
        booked: Mapping[datetime, int],
        room: Callable[[datetime], int],
        most: int = 6,
        apart: timedelta = SLOT,
    ) -> list[Window]:
        """The next free half hours within his hours, at most `most`, up to seven days away, each beginning at least
        `apart` after the one before.

        `booked`: how many have which slot (by its start, UTC); `room`: how many a slot can take (`slot_room`).
        """
        found: list[Window] = []
        start, last = _half_hour(at + SLOT_LEAD), at + SLOTS_AHEAD
        while start <= last and len(found) < most:
            opening = self.opens(person, start)
            if opening is None or opening > last:
                break
            start = max(start, _half_hour(opening))
            end = start + SLOT
            closing = self.closes(person, start)
            fits = self.allowed(person, start) and (closing is None or end <= closing)
            if fits and start <= last and booked.get(start, 0) < room(start):
                found.append(Window(start, end))
                end = start + apart
            start = end
        return found

    def _next_working_end(self, person: Person, created: datetime) -> datetime:
        zone = person.zones[0]
        days = self._calendars.days(person.region)
        hours = self._calendars.bind(self._name, zone, person.region)
        on = local_time(created, zone).date()
        for _ in range(31):
            on += timedelta(days=1)
            if days.day(on).working and (stretches := hours.hours(on)):
                end = datetime.combine(on, time()) + timedelta(minutes=stretches[-1][1])
                moment: datetime = timezone(zone).localize(end)
                return moment.astimezone(UTC)
        return created + LONGEST_QUEUED

    def _bound(self, person: Person) -> Sequence[Calendar]:
        return [self._calendars.bind(self._name, zone, person.region) for zone in person.zones]


def _later(calendar: Calendar, at: datetime) -> datetime | None:
    """The first moment, `at` or later, when ringing may begin by one clock."""
    opening = calendar.next_opening(at)
    if opening is None or calendar.is_open(opening + RINGING):
        return opening
    closing = calendar.next_closing(opening)
    return None if closing is None else calendar.next_opening(closing)


def offered(estimate_s: int | None, waited_s: float = 0, staffed: bool = True) -> bool:
    """Is a callback offered? `estimate_s` None: not known. `staffed` False: nobody is there to answer."""
    return not staffed or waited_s >= OFFER_WAITED_S or (estimate_s is not None and estimate_s >= OFFER_ESTIMATE_S)


def slot_room(operators: int, handle_s: float, share: float = 0.25) -> int:
    """How many callbacks a half hour takes: `share` of what `operators` answer in it, one at least if any is there."""
    return max(1, int(operators * SLOT.total_seconds() * share / handle_s)) if operators > 0 else 0


def _half_hour(at: datetime) -> datetime:
    """The full or half hour at or after `at`."""
    return _up(at, SLOT)


def _rounded(at: datetime) -> datetime:
    return _up(at, _ROUND)


def _up(at: datetime, step: timedelta) -> datetime:
    at = at.astimezone(UTC)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -((midnight - at) // step) * step
