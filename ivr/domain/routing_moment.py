"""Which call centres work at a moment, by their own clocks.

Between two changes (a site opens, closes, takes nobody new any more; a clock is changed) all of it stays the same, so
it is worked out once and kept. What a site has in common with the stretch before is shared with it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ivr.domain.calendar import Calendar, Window
from ivr.domain.calendar_clock import DAY, Period, WallClock
from ivr.domain.queue_plan import GENERAL, SHORTEST_LEG, QueuePlan, QueueRule, Shift, Site
from ivr.domain.routing_types import Candidate
from ivr.domain.whereabouts import Reason

#: So many sites' states are kept, all moments together: four months of ten sites, some megabytes.
_KEPT = 40_000
#: Stretches of the clocks that are kept, of so many seconds each.
_CLOCKS, _BLOCK = 4096, 32 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ShiftCalendars(Protocol):
    """What is needed of `ivr.domain.calendar_load.Calendars`."""

    digest: str

    def of_shifts(self, shifts: tuple[Shift, ...], zone: str, region: str, works_holidays: bool) -> Calendar: ...


@dataclass(slots=True)
class QueueNow:
    """A site's queue at a moment. `closed`: it takes nobody new, and why; `hours`: until when it is open or not.

    `leaves` (seconds since 1970): when those who wait must be gone, None: never.
    """

    rule: QueueRule
    site: Site
    hours: Reason
    closed: Candidate | None
    leaves: float | None


@dataclass(slots=True)
class Moment:
    """All sites' queues in the file's order, good for `since` <= at < `until`; `offsets`: of their clocks, seconds."""

    since: datetime
    until: datetime
    queues: tuple[QueueNow, ...]
    offsets: tuple[int, ...]


class Moments:
    """`at(moment)`; keeps what it worked out."""

    def __init__(self, plan: QueuePlan, calendars: ShiftCalendars) -> None:
        self.queues = tuple(
            (queue, plan.sites[queue.site]) for queue in plan.queues if queue.name != GENERAL and queue.site
        )
        self.calendars = {
            site.id: calendars.of_shifts(site.shifts, site.zone, site.region, site.works_holidays)
            for _, site in self.queues
        }
        self.clocks = Clocks()
        # the beginnings of what is kept, in order, and what begins there
        self._starts: list[datetime] = []
        self._kept: list[Moment] = []
        self._states: dict[tuple[str, datetime | None, datetime | None, bool], QueueNow] = {}
        self._most = max(64, _KEPT // max(1, len(self.queues)))

    def at(self, at: datetime) -> Moment:
        """The sites at `at` (aware UTC)."""
        index = bisect_right(self._starts, at)
        if index and at < (found := self._kept[index - 1]).until:
            return found
        if len(self._kept) >= self._most:
            self._starts.clear()
            self._kept.clear()
            self._states.clear()
            index = 0
        moment = self._made(at)
        self._starts.insert(index, moment.since)
        self._kept.insert(index, moment)
        return moment

    def _made(self, at: datetime) -> Moment:
        seconds = at.timestamp()
        clocks = [self.clocks.period(site.zone, seconds) for _, site in self.queues]
        block = int(seconds // _BLOCK) * _BLOCK
        since = moment_of(max((period.start for period in clocks), default=block))
        until = moment_of(min((period.end for period in clocks), default=block + _BLOCK))
        queues = []
        for rule, site in self.queues:
            window = self.calendars[site.id].window(at)
            leaves = window.end - timedelta(seconds=rule.leave_before_s) if window.open and window.end else None
            last = None if leaves is None else leaves - timedelta(seconds=SHORTEST_LEG)
            takes = window.open and (last is None or at < last)
            for change in (window.start, window.end, last):
                if change is not None and change > at:
                    until = min(until, change)
                elif change is not None:
                    since = max(since, change)
            key = (rule.name, window.start, window.end, takes)
            state = self._states.get(key)
            if state is None:
                state = self._states[key] = _state(rule, site, window, takes, leaves)
            queues.append(state)
        return Moment(since, until, tuple(queues), tuple(period.offset for period in clocks))


class Clocks:
    """How far the zones' clocks are ahead of UTC."""

    def __init__(self) -> None:
        self._clocks: dict[str, WallClock] = {}
        self._kept: dict[tuple[str, int], list[Period]] = {}

    def period(self, zone: str, at: float) -> Period:
        """The stretch around `at` (seconds since 1970) in which the clock of `zone` is not changed, within a month or
        so. Raises `DataError` when there is no such zone."""
        block = int(at // _BLOCK)
        periods = self._kept.get((zone, block))
        if periods is None:
            if len(self._kept) >= _CLOCKS:
                self._kept.clear()
            clock = self._clocks.get(zone)
            if clock is None:
                clock = self._clocks[zone] = WallClock(zone)
            periods = self._kept[zone, block] = clock.periods(block * _BLOCK, (block + 1) * _BLOCK)
        return next(period for period in periods if at < period.end)


def _state(rule: QueueRule, site: Site, window: Window, takes: bool, leaves: datetime | None) -> QueueNow:
    hours = _hours(site, window.open, takes, window.end)
    closed = None if takes else Candidate(rule.name, False, (hours,))
    return QueueNow(rule, site, hours, closed, leaves.timestamp() if leaves else None)


def moment_of(seconds: int) -> datetime:
    """Seconds since 1970 as a moment in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def _hours(site: Site, works: bool, takes: bool, change: datetime | None) -> Reason:
    data: dict[str, str | int] = {"site": site.id, "zone": site.zone}
    if change is None:
        return Reason("site-always" if works else "site-never", data)
    data["until"] = change.astimezone(UTC).isoformat()
    return Reason("site-open" if takes else "site-closing" if works else "site-closed", data)
