"""How each site's queue stands to a caller, the board apart: nearness, skill, language, hours.

What depends on the kind of caller alone is worked out once per category, language, region and clock; what depends on
the hour too, once until something opens or closes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytz

from ivr.domain.calendar import Calendar
from ivr.domain.queue_plan import QueuePlan, QueueRule, Site
from ivr.domain.regions import Regions
from ivr.domain.routing_moment import Moment, Moments, QueueNow, ShiftCalendars, moment_of
from ivr.domain.routing_types import Candidate
from ivr.domain.whereabouts import Reason

#: The clock that is taken when the caller's is no time zone.
DEFAULT_ZONE = "Europe/Moscow"
#: How near a queue is: it serves the caller's region by name, its district, or neither.
REGION, DISTRICT, ELSEWHERE = 0, 1, 2
#: Kinds of callers that are kept; the shipped plan has a few thousand.
_KEPT = 20_000


@dataclass(slots=True)
class Entry:
    """A queue as a caller sees it. `passed` is the verdict when it is out of the question, whatever the board says.

    `rank` orders the queues for this caller: nearness, difference of the clocks in seconds, place in the file.
    """

    name: str
    rank: tuple[int, int, int]
    rule: QueueRule
    base: tuple[Reason, ...]
    passed: Candidate | None
    now: QueueNow


@dataclass(slots=True)
class View:
    """All queues but the 24/7 one for callers of one kind, nearest first; good for `since` <= at < `until`.

    `category_open`: the category's specialists may be called at this hour of the caller's. `ties`: two that are not
    passed over are equally near, so that the board decides between them.
    """

    since: datetime
    until: datetime
    entries: tuple[Entry, ...]
    reasons: tuple[Reason, ...]
    category_open: bool
    ties: bool


@dataclass(slots=True)
class _Stand:
    """A queue to a kind of caller at any hour. `unable`: it lacks the skill or the language."""

    index: int
    name: str
    rank: tuple[int, int, int]
    near: Reason
    unable: Candidate | None
    late: Candidate


@dataclass(slots=True)
class _Kind:
    """A kind of caller at any hour: the zone reckoned with, what is said before and after the category's `hours`,
    and the view that was asked for last."""

    zone: str
    hours: Calendar | None
    before: tuple[Reason, ...]
    after: tuple[Reason, ...]
    view: View | None = None


class Sites:
    """Answers `view`."""

    def __init__(self, plan: QueuePlan, calendars: ShiftCalendars, regions: Regions) -> None:
        self._plan, self._calendars = plan, calendars
        self._districts = {code: region.district for code, region in regions.by_code.items()}
        self._moments = Moments(plan, calendars)
        self.queues, self.calendars = self._moments.queues, self._moments.calendars
        self._categories = {category for queue, _ in self.queues for category in queue.categories}
        self._categories |= set(plan.categories)
        self._stands: dict[tuple[str, str, str, str, int, tuple[int, ...]], tuple[_Stand, ...]] = {}
        self._kinds: dict[tuple[str, str, str, str], _Kind] = {}

    def hours(self, category: str, zone: str) -> Calendar | None:
        """When the specialists of `category` may be called, by the caller's clock; None: always."""
        rule = self._plan.categories.get(category)
        if rule is None or not rule.shifts:
            return None
        return self._calendars.of_shifts(rule.shifts, zone, "", True)

    def view(self, category: str, language: str, region: str, zone: str, at: datetime) -> View:
        """How every queue stands to a caller of that kind at `at` (aware UTC)."""
        key = (category, language, region, zone)
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= _KEPT:
                self._kinds.clear()
            kind = self._kinds[key] = self._kind(category, language, region, zone)
        found = kind.view
        if found is None or not found.since <= at < found.until:
            found = kind.view = self._view(kind, category, language, region, at)
        return found

    def _kind(self, category: str, language: str, region: str, zone: str) -> _Kind:
        before = []
        if zone not in pytz.all_timezones_set:
            before.append(Reason("zone-unknown", {"zone": DEFAULT_ZONE}))
            zone = DEFAULT_ZONE
        if region not in self._districts:
            before.append(Reason("region-unknown", {"zone": zone}))
        return _Kind(zone, self.hours(category, zone), tuple(before), tuple(self._nobody(category, language)))

    def _view(self, kind: _Kind, category: str, language: str, region: str, at: datetime) -> View:
        moment = self._moments.at(at)
        clock = self._moments.clocks.period(kind.zone, at.timestamp())
        since, until, reasons, category_open = moment.since, moment.until, kind.before, True
        if not clock.start <= since.timestamp() < until.timestamp() <= clock.end:
            since, until = max(since, moment_of(clock.start)), min(until, moment_of(clock.end))
        if kind.hours is not None:
            window = kind.hours.window(at)
            category_open = window.open
            since, until = max(since, window.start or since), min(until, window.end or until)
            state = "open" if category_open else self._plan.categories[category].outside
            reasons = (*reasons, _hours_reason(state, category, kind.zone, window.end))
        entries, near = [], []
        for stand in self._stand(category, language, region, kind.zone, clock.offset, moment):
            now = moment.queues[stand.index]
            passed = stand.unable or (now.closed if category_open else stand.late)
            entries.append(Entry(stand.name, stand.rank, now.rule, (stand.near, now.hours), passed, now))
            if passed is None:
                near.append(stand.rank[:2])
        ties = len(set(near)) < len(near)
        return View(since, until, tuple(entries), (*reasons, *kind.after), category_open, ties)

    def _nobody(self, category: str, language: str) -> list[Reason]:
        reasons = []
        if category not in self._categories:
            reasons.append(Reason("category-unknown", {"category": category}))
        elif not any(not queue.categories or category in queue.categories for queue, _ in self.queues):
            reasons.append(Reason("skill-nobody", {"category": category}))
        if not any(language in queue.languages for queue, _ in self.queues):
            reasons.append(Reason("language-nobody", {"language": language}))
        return reasons

    def _stand(
        self, category: str, language: str, region: str, zone: str, offset: int, moment: Moment
    ) -> tuple[_Stand, ...]:
        key = (category, language, region, zone, offset, moment.offsets)
        found = self._stands.get(key)
        if found is None:
            if len(self._stands) >= _KEPT:
                self._stands.clear()
            stands = []
            for index, (rule, site) in enumerate(self.queues):
                apart = abs(moment.offsets[index] - offset)
                nearness, near = self._near(site, region, apart)
                late = Reason("out-of-hours", {"queue": rule.name, "category": category, "zone": zone})
                stands.append(
                    _Stand(
                        index,
                        rule.name,
                        (nearness, apart, index),
                        near,
                        _unable(rule, category, language),
                        Candidate(rule.name, False, (late,)),
                    )
                )
            found = self._stands[key] = tuple(sorted(stands, key=lambda stand: stand.rank))
        return found

    def _near(self, site: Site, region: str, apart: int) -> tuple[int, Reason]:
        district = self._districts.get(region, "")
        if region and (region == site.region or region in site.serves):
            return REGION, Reason("own-region", {"site": site.id, "region": region})
        if district and district in site.serves:
            return DISTRICT, Reason("own-district", {"site": site.id, "district": district})
        return ELSEWHERE, Reason("near-clock", {"site": site.id, "zone": site.zone, "minutes": apart // 60})


def zone_of(zone: str) -> str:
    """The zone that is reckoned with: `zone` itself when there is such a one."""
    return zone if zone in pytz.all_timezones_set else DEFAULT_ZONE


def _unable(rule: QueueRule, category: str, language: str) -> Candidate | None:
    if rule.categories and category not in rule.categories:
        return Candidate(rule.name, False, (Reason("no-skill", {"queue": rule.name, "category": category}),))
    if language not in rule.languages:
        return Candidate(rule.name, False, (Reason("no-language", {"queue": rule.name, "language": language}),))
    return None


def _hours_reason(state: str, category: str, zone: str, change: datetime | None) -> Reason:
    data: dict[str, str | int] = {"category": category, "zone": zone}
    if change is None:
        return Reason(f"category-{state}-always", data)
    return Reason(f"category-{state}", {**data, "until": change.astimezone(UTC).isoformat()})
