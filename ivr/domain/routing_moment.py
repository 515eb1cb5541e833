"""Which call centres work at a moment, by their own clocks.

Between two changes (a site opens, closes, takes nobody new any more; clocks are only ever changed at a quarter of an
hour) all of it stays the same, so it is worked out once and kept.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ivr.domain.calendar import Calendar
from ivr.domain.queue_plan import GENERAL, SHORTEST_LEG, QueuePlan, QueueRule, Shift, Site
from ivr.domain.routing_types import Candidate
from ivr.domain.whereabouts import Reason, timezone

_QUARTER = 900
#: Quarters of an hour that are kept: a day and more.
_KEPT = 160
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
        self._kept: dict[int, list[Moment]] = {}

    def at(self, at: datetime) -> Moment:
        """The sites at `at` (aware UTC)."""
        quarter = int(at.timestamp() // _QUARTER)
        for moment in self._kept.get(quarter, ()):
            if moment.since <= at < moment.until:
                return moment
        if len(self._kept) > _KEPT:
            self._kept.clear()
        moment = self._made(at, quarter)
        self._kept.setdefault(quarter, []).append(moment)
        return moment

    def _made(self, at: datetime, quarter: int) -> Moment:
        since = _EPOCH + timedelta(seconds=quarter * _QUARTER)
        until = since + timedelta(seconds=_QUARTER)
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
            hours = _hours(site, window.open, takes, window.end)
            closed = None if takes else Candidate(rule.name, False, (hours,))
            queues.append(QueueNow(rule, site, hours, closed, leaves.timestamp() if leaves else None))
        return Moment(since, until, tuple(queues), tuple(offset_of(site.zone, at) for _, site in self.queues))


def offset_of(zone: str, at: datetime) -> int:
    """Seconds by which the clock in `zone` is ahead of UTC at `at`."""
    return round((at.astimezone(timezone(zone)).utcoffset() or timedelta()).total_seconds())


def _hours(site: Site, works: bool, takes: bool, change: datetime | None) -> Reason:
    data: dict[str, str | int] = {"site": site.id, "zone": site.zone}
    if change is None:
        return Reason("site-always" if works else "site-never", data)
    data["until"] = change.astimezone(UTC).isoformat()
    return Reason("site-open" if takes else "site-closing" if works else "site-closed", data)
