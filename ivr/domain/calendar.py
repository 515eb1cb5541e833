"""When something is open: weekly hours in a zone, holidays, moved and shortened days, exceptions by date."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ivr.domain.calendar_clock import DAY, WallClock, closing, opening
from ivr.domain.holidays import NO_HOLIDAYS, ProductionCalendar
from ivr.errors import DataError

#: Hours of a day: (start, end) in minutes since its midnight; `end` up to 1440 after `start`, past midnight too.
Hours = tuple[tuple[int, int], ...]
#: A shortened day ends so many minutes earlier (Labour Code, art. 95).
SHORTER = 60
_MIDNIGHT = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_BLOCK = 32 * DAY
#: Blocks of 1970 to 2199: outside, nothing is open.
_LAST_BLOCK = (date(2200, 1, 1).toordinal() - _FIRST_DAY) * DAY // _BLOCK
#: A change is looked for so many blocks away: a little over a year.
_LOOK = 13
_KEPT = 48


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch around a moment in which nothing changes: `start` <= at < `end` (aware UTC).

    None: as far as the calendar looks (a year and more) there is no change on that side.
    """

    open: bool
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class Plan:
    """What a calendar is made of. `weekly`: hours of Monday (0) to Sunday (6).

    `observes`: closed on public holidays (`on_holidays`: these hours instead), follows moved days and, with
    `shortens`, shortened ones. `exceptions` by date win over it all: () is closed; hours that began the day before
    and pass midnight are not cut.
    """

    weekly: tuple[Hours, ...]
    zone: str
    observes: bool = False
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    on_holidays: Hours = ()
    shortens: bool = True


@dataclass(slots=True)
class _Block:
    changes: list[int]  # seconds since 1970
    open_before: bool  # the state before the first change
    windows: list[Window | None]  # one more than changes; made when asked for


class Calendar:
    """Opening hours. All times aware, in and out; results are in UTC.

    Clocks put forward: hours that start at a local time that does not exist start at the change; put back: hours
    start at the first of two equal local times and end at the second; only those that end at the very minute which
    the clock is put back to end when it is first shown (`calendar_clock.closing`). Looks at the years 1970 to 2199.
    """

    def __init__(self, plan: Plan, days: ProductionCalendar = NO_HOLIDAYS) -> None:
        if len(plan.weekly) != 7:
            raise ValueError("a plan has the hours of seven days")
        self.plan = plan
        self._days = days
        self._clock = WallClock(plan.zone)
        self._blocks: OrderedDict[int, _Block] = OrderedDict()
        self._always = self._constant()
        self._last = (_EPOCH, _EPOCH, Window(False, None, None))  # holds no moment

    def window(self, at: datetime) -> Window:
        """Open or closed at `at`, since when and until when; cheap when asked again nearby."""
        if self._always is not None:
            return self._always
        since, until, last = self._last
        if since <= at < until:
            return last
        found = self._window(at.timestamp())
        if found.start is not None and found.end is not None:
            self._last = (found.start, found.end, found)
        return found

    def is_open(self, at: datetime) -> bool:
        return self.window(at).open

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself when open; None when it never opens again."""
        window = self.window(at)
        return at.astimezone(UTC) if window.open else window.end

    def next_closing(self, at: datetime) -> datetime | None:
        """`at` itself when closed; None when it never closes (24/7)."""
        window = self.window(at)
        return window.end if window.open else at.astimezone(UTC)

    def add_working(self, at: datetime, working: timedelta) -> datetime:
        """The moment when `working` of open time has passed since `at`; the first one, so that a closing hour
        stays one. Raises `DataError` when never."""
        if working < timedelta():
            raise ValueError("working time to add cannot be negative")
        at = at.astimezone(UTC)
        while working:
            window = self.window(at)
            if window.open and (window.end is None or window.end - at >= working):
                return at + working
            if window.end is None:
                raise DataError(f"hours in {self.plan.zone}: never open after {at:%Y-%m-%d %H:%M} UTC")
            if window.open:
                working -= window.end - at
            at = window.end
        return at

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Open time in [start, end); negative when `end` is before `start`."""
        if end < start:
            return -self.working_between(end, start)
        at, end, total = start.astimezone(UTC), end.astimezone(UTC), timedelta()
        while at < end:
            window = self.window(at)
            until = end if window.end is None else min(window.end, end)
            if window.open:
                total += until - at
            at = until
        return total

    def _constant(self) -> Window | None:
        """The one window of a calendar that never changes."""
        plan = self.plan
        if any(plan.exceptions.values()) or (plan.observes and (any(plan.weekly) or plan.on_holidays)):
            return None
        if not any(plan.weekly):
            return Window(False, None, None)
        covered = not plan.exceptions and all(
            _covered(hours, plan.weekly[n - 1]) for n, hours in enumerate(plan.weekly)
        )
        return Window(True, None, None) if covered else None

    def _window(self, seconds: float) -> Window:
        number = int(seconds // _BLOCK)
        block = self._block(number)
        index = bisect_right(block.changes, seconds)
        window = block.windows[index]
        if window is None:
            before = block.changes[index - 1] if index else self._change(number, -1)
            after = block.changes[index] if index < len(block.changes) else self._change(number, 1)
            window = Window(block.open_before ^ bool(index % 2), _moment(before), _moment(after))
            block.windows[index] = window
        return window

    def _change(self, number: int, step: int) -> int | None:
        """The nearest change in the blocks before (-1) or after (1) this one."""
        for away in range(1, _LOOK + 1):
            changes = self._block(number + step * away).changes
            if changes:
                return changes[-1 if step < 0 else 0]
        return None

    def _block(self, number: int) -> _Block:
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._made(number)
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return block

    def _made(self, number: int) -> _Block:
        first, end = number * _BLOCK, (number + 1) * _BLOCK
        changes: list[int] = []
        open_before = False
        for start, stop in self._open(first, end) if 0 <= number <= _LAST_BLOCK else ():
            if start < first <= stop:
                open_before = True
            changes += [moment for moment in (start, stop) if first <= moment < end]
        return _Block(changes, open_before, [None] * (len(changes) + 1))

    def _open(self, first: int, end: int) -> list[tuple[int, int]]:
        """The open stretches that touch [first, end), merged; those at the rim may go on beyond it."""
        periods = self._clock.periods(first - 4 * DAY, end + 4 * DAY)
        merged: list[tuple[int, int]] = []
        stretches = []
        for day in range(first // DAY - 3, end // DAY + 3):
            midnight = day * DAY
            for start, stop in self.hours(date.fromordinal(_FIRST_DAY + day)):
                opens, closes = opening(midnight + start * 60, periods), closing(midnight + stop * 60, periods)
                if opens < closes:
                    stretches.append((opens, closes))
        for opens, closes in sorted(stretches):
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
            else:
                merged.append((opens, closes))
        return merged

    def hours(self, on: date) -> Hours:
        """The hours that begin on a date, by the local clock."""
        own = self.plan.exceptions.get(on)
        if own is not None:
            return own
        if not self.plan.observes:
            return self.plan.weekly[on.weekday()]
        day = self._days.day(on)
        if day.holiday:
            return self.plan.on_holidays
        hours = self.plan.weekly[day.weekday]
        return _shorter(hours) if day.shortened and self.plan.shortens else hours


def _covered(hours: Hours, day_before: Hours) -> bool:
    """Is the whole day open?"""
    until = 0
    for start, end in sorted([*((s - _MIDNIGHT, e - _MIDNIGHT) for s, e in day_before), *hours]):
        if start > until:
            return False
        until = max(until, end)
    return until >= _MIDNIGHT


def _shorter(hours: Hours) -> Hours:
    """An hour less at the end of the last of them."""
    if not hours:
        return hours
    start, end = max(hours, key=lambda stretch: stretch[1])
    rest = tuple(stretch for stretch in hours if stretch != (start, end))
    return (*rest, (start, end - SHORTER)) if end - SHORTER > start else rest


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else _EPOCH + timedelta(seconds=seconds)
