"""Which call centres work at a moment, and how each queue stands to a caller: all that does not need the board.

Between two changes (a site opens, closes, takes nobody new any more; clocks are only ever changed at a quarter of an
hour) all of it stays the same, so it is worked out once and kept.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytz

from ivr.domain.calendar import Calendar
from ivr.domain.queue_plan import GENERAL, QueuePlan, QueueRule, Shift, Site
from ivr.domain.regions import Regions
from ivr.domain.routing_types import Candidate
from ivr.domain.whereabouts import Reason, timezone

#: The clock that is taken when the caller's is no time zone.
DEFAULT_ZONE = "Europe/Moscow"
#: Nobody is sent to wait for less than so many seconds.
SHORTEST_LEG = 30
#: How near a queue is: its region by name, its district, anything else.
REGION, DISTRICT, ELSEWHERE = 0, 1, 2
_QUARTER = 900
#: What is kept: a day and more of moments, so many views of callers.
_KEPT, _KEPT_VIEWS = 160, 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ShiftCalendars(Protocol):
    """What is needed of `ivr.domain.calendar_load.Calendars`."""

    digest: str

    def of_shifts(self, shifts: tuple[Shift, ...], zone: str, region: str, works_holidays: bool) -> Calendar: ...


@dataclass(slots=True)
class QueueNow:
    """A site's queue at a moment. `open`: it takes new callers; `reason` says which hours make it so.

    `leaves` (seconds since 1970): when those who wait must be gone, None: never. `offset`: of its clock, seconds.
    """

    index: int
    rule: QueueRule
    site: Site
    open: bool
    reason: Reason
    leaves: float | None
    offset: int


@dataclass(slots=True)
class Entry:
    """A queue as a caller sees it. `passed` is the verdict when it is out of the question, whatever the board says.

    `rank` orders the queues for this caller: nearness, difference of the clocks in seconds, place in the file.
    """

    name: str
    rank: tuple[int, int, int]
    rule: QueueRule
    base: tuple[Reason, ...]
    passed: Candidate | None = None
    now: QueueNow | None = None


@dataclass(slots=True)
class View:
    """All queues but the 24/7 one for callers of one kind, nearest first; good for `since` <= at < `until`.

    `category_open`: the category's specialists may be called at this hour of the caller's.
    """

    since: datetime
    until: datetime
    entries: tuple[Entry, ...]
    reasons: tuple[Reason, ...]
    category_open: bool


@dataclass(slots=True)
class _Moment:
    since: datetime
    until: datetime
    queues: tuple[QueueNow, ...]
    closed: dict[int, Candidate]
    views: dict[tuple[str, str, str, str], View] = field(default_factory=dict)


class Sites:
    """Answers `view`; keeps what it worked out for the last few moments."""

    def __init__(self, plan: QueuePlan, calendars: ShiftCalendars, regions: Regions) -> None:
        self._plan, self._calendars = plan, calendars
        self._districts = {code: region.district for code, region in regions.by_code.items()}
        self._moments: dict[int, list[_Moment]] = {}
        self._last: _Moment | None = None
        self._views = 0
        self.queues = tuple(
            (queue, plan.sites[queue.site]) for queue in plan.queues if queue.name != GENERAL and queue.site
        )
        self.calendars = {site.id: self._calendar(site) for _, site in self.queues}
        self._categories = {category for queue, _ in self.queues for category in queue.categories}
        self._categories |= set(plan.categories)

    def hours(self, category: str, zone: str) -> Calendar | None:
        """When the specialists of `category` may be called, by the caller's clock; None: always."""
        rule = self._plan.categories.get(category)
        if rule is None or not rule.shifts:
            return None
        return self._calendars.of_shifts(rule.shifts, zone, "", True)

    def view(self, category: str, language: str, region: str, zone: str, at: datetime) -> View:
        """How every queue stands to a caller of that kind at `at` (aware UTC)."""
        moment = self._last
        if moment is None or not moment.since <= at < moment.until:
            moment = self._last = self._moment(at)
        key = (category, language, region, zone)
        found = moment.views.get(key)
        if found is None or not found.since <= at < found.until:
            self._make_room()
            found = moment.views[key] = self._view(moment, category, language, region, zone, at)
        return found

    def _calendar(self, site: Site) -> Calendar:
        return self._calendars.of_shifts(site.shifts, site.zone, site.region, site.works_holidays)

    def _make_room(self) -> None:
        self._views += 1
        if self._views > _KEPT_VIEWS:
            self._views = 0
            for moments in self._moments.values():
                for moment in moments:
                    moment.views.clear()

    def _moment(self, at: datetime) -> _Moment:
        quarter = int(at.timestamp() // _QUARTER)
        for moment in self._moments.get(quarter, ()):
            if moment.since <= at < moment.until:
                return moment
        if len(self._moments) > _KEPT:
            self._moments.clear()
        since = _EPOCH + timedelta(seconds=quarter * _QUARTER)
        until = since + timedelta(seconds=_QUARTER)
        queues = []
        for index, (rule, site) in enumerate(self.queues):
            window = self.calendars[site.id].window(at)
            leaves = window.end - timedelta(seconds=rule.leave_before_s) if window.open and window.end else None
            last = None if leaves is None else leaves - timedelta(seconds=SHORTEST_LEG)
            takes = window.open and (last is None or at < last)
            for change in (window.start, window.end, last):
                if change is not None and change > at:
                    until = min(until, change)
                elif change is not None:
                    since = max(since, change)
            reason = _site_reason(site, window.open, takes, window.end)
            offset = _offset(site.zone, at)
            queues.append(QueueNow(index, rule, site, takes, reason, leaves.timestamp() if leaves else None, offset))
        closed = {q.index: Candidate(q.rule.name, False, (q.reason,)) for q in queues if not q.open}
        moment = _Moment(since, until, tuple(queues), closed)
        self._moments.setdefault(quarter, []).append(moment)
        return moment

    def _view(self, moment: _Moment, category: str, language: str, region: str, zone: str, at: datetime) -> View:
        since, until, reasons = moment.since, moment.until, []
        known = zone in pytz.all_timezones_set
        if not known:
            reasons.append(Reason("zone-unknown", {"zone": DEFAULT_ZONE}))
            zone = DEFAULT_ZONE
        if region not in self._districts:
            reasons.append(Reason("region-unknown", {"zone": zone}))
        hours, category_open = self.hours(category, zone), True
        if hours is not None:
            window = hours.window(at)
            category_open = window.open
            since, until = max(since, window.start or since), min(until, window.end or until)
            state = "open" if category_open else self._plan.categories[category].outside
            reasons.append(_hours_reason(state, category, zone, window.end))
        if category not in self._categories:
            reasons.append(Reason("category-unknown", {"category": category}))
        elif not any(not queue.categories or category in queue.categories for queue, _ in self.queues):
            reasons.append(Reason("skill-nobody", {"category": category}))
        if not any(language in queue.languages for queue, _ in self.queues):
            reasons.append(Reason("language-nobody", {"language": language}))
        offset = _offset(zone, at)
        entries = [self._entry(moment, now, category, language, region, zone, offset, category_open)
                   for now in moment.queues]  # fmt: skip
        entries.sort(key=lambda entry: entry.rank)
        return View(since, until, tuple(entries), tuple(reasons), category_open)

    def _entry(self, moment: _Moment, now: QueueNow, category: str, language: str, region: str, zone: str, offset: int,
               category_open: bool) -> Entry:  # fmt: skip
        rule, site = now.rule, now.site
        apart = abs(now.offset - offset)
        district = self._districts.get(region, "")
        if region and (region == site.region or region in site.serves):
            nearness, near = REGION, Reason("own-region", {"site": site.id, "region": region})
        elif district and district in site.serves:
            nearness, near = DISTRICT, Reason("own-district", {"site": site.id, "district": district})
        else:
            nearness, near = (
                ELSEWHERE,
                Reason("near-clock", {"site": site.id, "zone": site.zone, "minutes": apart // 60}),
            )
        entry = Entry(rule.name, (nearness, apart, now.index), rule, (near, now.reason), None, now)
        data: dict[str, str | int] = {"queue": rule.name}
        if rule.categories and category not in rule.categories:
            data["category"] = category
            entry.passed = Candidate(rule.name, False, (Reason("no-skill", data),))
        elif language not in rule.languages:
            data["language"] = language
            entry.passed = Candidate(rule.name, False, (Reason("no-language", data),))
        elif not category_open:
            data |= {"category": category, "zone": zone}
            entry.passed = Candidate(rule.name, False, (Reason("out-of-hours", data),))
        elif not now.open:
            entry.passed = moment.closed[now.index]
        return entry


def zone_of(zone: str) -> str:
    """The zone that is reckoned with: `zone` itself when there is such a one."""
    return zone if zone in pytz.all_timezones_set else DEFAULT_ZONE


def _offset(zone: str, at: datetime) -> int:
    return round((at.astimezone(timezone(zone)).utcoffset() or timedelta()).total_seconds())


def _site_reason(site: Site, works: bool, takes: bool, change: datetime | None) -> Reason:
    data: dict[str, str | int] = {"site": site.id, "zone": site.zone}
    if change is None:
        return Reason("site-always" if works else "site-never", data)
    data["until"] = change.astimezone(UTC).isoformat()
    return Reason("site-open" if takes else "site-closing" if works else "site-closed", data)


def _hours_reason(state: str, category: str, zone: str, change: datetime | None) -> Reason:
    data: dict[str, str | int] = {"category": category, "zone": zone}
    if change is None:
        return Reason(f"category-{state}-always", data)
    return Reason(f"category-{state}", {**data, "until": change.astimezone(UTC).isoformat()})
