"""Shifts against load: where the calls of each region would go, how many people that needs, how many are planned.

Every mean arrival is asked of the router in an ordinary week (no holidays) in which everybody planned is logged in
and nobody waits; the queue that it names first takes the load. The people of a site answer all its queues. The 24/7
queue has no people of its own: what the sites have left over at that moment answers it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Protocol

from ivr.domain.arrivals import DAY_KINDS, SLOTS, Arrivals, DayKind, Origin, slot_of
from ivr.domain.queue_plan import QueuePlan, Site
from ivr.domain.queues import BoardView, QueueView
from ivr.domain.routing import Decision, RouteRequest
from ivr.domain.shift_fit import fitted, operators_at, planned_week
from ivr.domain.staffing import USUAL, Goal, erlangs, operators_needed, service_level
from ivr.domain.whereabouts import Place, Reason, local_time, timezone
from ivr.services.peak_types import Days, HalfHour, Peaks, RegionLoad, ShiftAdvice, SitePeaks

_HALF_HOUR = timedelta(minutes=30)
_MIDDLE = timedelta(minutes=15)
_SATURDAY = 5


class Decides(Protocol):
    """What is asked of the router."""

    def decide(self, request: RouteRequest) -> Decision: ...


@dataclass
class _Loads:
    """Mean calls in each half-hour of the week, by the UTC moment at which it begins."""

    of_site: dict[str, dict[datetime, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    later: float = 0.0


def ordinary_week(after: date, working: Callable[[date], bool]) -> date:
    """The Monday of the first week from `after` on (a year at most) in which just Monday to Friday are `working`."""
    monday = after + timedelta(days=-after.weekday() % 7)
    weeks = [monday + timedelta(weeks=number) for number in range(53)]
    whole = (
        week for week in weeks if all(working(week + timedelta(days=day)) == (day < _SATURDAY) for day in range(7))
    )
    return next(whole, monday)


def sites_without(plan: QueuePlan, category: str) -> frozenset[str]:
    """The sites of which no queue deals with `category`."""
    serve = {queue.site for queue in plan.queues if not queue.categories or category in queue.categories}
    return frozenset(plan.sites) - serve


def find_peaks(
    arrivals: Arrivals,
    router: Decides,
    plan: QueuePlan,
    week: date,
    handle_s: float,
    common_zone: str,
    goal: Goal = USUAL,
    asked: Callable[[int, int], None] = lambda done, of: None,
    unjudged: Collection[str] = (),
) -> Peaks:
    """Load, need and plan of every site. `week`: its Monday; `common_zone`: the clock by which the 24/7 queue is
    told; `handle_s`: seconds a call keeps an operator, rest included; `asked` is told the progress: done, of;
    `unjudged`: sites whose calls cannot be told from others, see `sites_without`."""
    loads = _loads(arrivals, _Board(plan, handle_s), router, plan, week, asked)
    unknown = _unknown(arrivals, common_zone)
    weeks = [_Week(site.id, site.names, site.zone, planned_week(site.shifts), week) for site in plan.sites.values()]
    sites, spare = [], Counter[datetime]()
    for one in weeks:
        days = one.days(loads.of_site[one.id], handle_s, goal)
        for moment, cell in one.by_moment(days):
            spare[moment] += max(0, cell.planned - cell.needed)
        judged = one.id not in unjudged
        advice = _advice(plan.sites[one.id], days, unknown if judged else DAY_KINDS)
        sites.append(SitePeaks(one.id, one.names, one.zone, days, advice, judged))
    common = _Week("", {"ru": "Общая круглосуточная очередь", "en": "24/7 federal queue"}, common_zone, (), week)
    common = common.with_planned(spare)
    sites.append(SitePeaks("", common.names, common_zone, common.days(loads.of_site[""], handle_s, goal)))
    return Peaks(goal, handle_s, week, _regions(arrivals), tuple(sites), loads.later, unknown)


def _loads(
    arrivals: Arrivals,
    board: "_Board",
    router: Decides,
    plan: QueuePlan,
    week: date,
    asked: Callable[[int, int], None],
) -> _Loads:
    site_of = {queue.name: queue.site for queue in plan.queues}
    asks = [
        (_moment(week, day, slot, origin.zone), origin, mean)
        for origin, kind, slot, mean in arrivals.means()
        for day in range(7)
        if (day >= _SATURDAY) == (kind == "weekend")
    ]
    asks.sort(key=lambda ask: ask[0])  # the router remembers the moment it was last asked about
    loads = _Loads()
    for number, (moment, origin, mean) in enumerate(asks):
        middle = moment + _MIDDLE
        decision = router.decide(_request(origin, middle, board.at(middle)))
        if decision.legs:
            loads.of_site[site_of.get(decision.legs[0].queue, "")][moment] += mean
        else:
            loads.later += mean
        if number % 1000 == 0:
            asked(number, len(asks))
    asked(len(asks), len(asks))
    return loads


def _request(origin: Origin, at: datetime, board: BoardView) -> RouteRequest:
    place = Place(origin.region, origin.zone, "fixed" if origin.region else "none", Reason("place-fixed"))
    return RouteRequest(place, origin.category, origin.language, at, board)


def _moment(week: date, day: int, slot: int, zone: str) -> datetime:
    """When (UTC) a half-hour of the local week begins; always on the hour or the half of it."""
    local = datetime.combine(week + timedelta(days=day), time()) + slot * _HALF_HOUR
    found: datetime = timezone(zone).localize(local)
    utc = found.astimezone(UTC)
    return utc - timedelta(minutes=utc.minute % 30)


class _Board:
    """The queues as they are planned: everybody on shift logged in and free."""

    def __init__(self, plan: QueuePlan, handle_s: float) -> None:
        self._plan, self._handle_s = plan, handle_s
        self.at = cache(self._at)

    def _at(self, moment: datetime) -> BoardView:
        people = {site.id: self._people(site, moment) for site in self._plan.sites.values()}
        everybody = sum(people.values())
        views = {}
        for queue in self._plan.queues:
            number = people.get(queue.site, everybody)
            views[queue.name] = QueueView(queue.name, number, number, handle_s=self._handle_s)
        return BoardView(views, fresh=True)

    def _people(self, site: Site, moment: datetime) -> int:
        local = local_time(moment, site.zone)
        return operators_at(site.shifts, local.weekday(), local.hour * 60 + local.minute)


@dataclass(frozen=True)
class _Week:
    """A site's week by its own clock; `planned` for each half-hour of it."""

    id: str
    names: Mapping[str, str]
    zone: str
    planned: tuple[int, ...]
    monday: date

    def with_planned(self, spare: Counter[datetime]) -> "_Week":
        """The same with the people who are left over, on the worst day of each kind."""
        # A site's Monday may begin on a Sunday here: its hours go round to the end of the week.
        at = Counter[int]()
        for moment, people in spare.items():
            at[self._number(moment)] += people
        fewest = [
            min(at[day * SLOTS + slot] for day in alike) for alike in (range(5), range(5, 7)) for slot in range(SLOTS)
        ]
        return replace(self, planned=tuple(fewest[:SLOTS] * 5 + fewest[SLOTS:] * 2))

    def days(self, load: Mapping[datetime, float], handle_s: float, goal: Goal) -> tuple[Days, ...]:
        """Days of one kind and one plan together; their mean load is what counts."""
        calls: dict[int, float] = defaultdict(float)
        for moment, mean in load.items():
            calls[self._number(moment)] += mean
        alike: dict[tuple[DayKind, tuple[int, ...]], list[int]] = defaultdict(list)
        for day in range(7):
            alike[DAY_KINDS[day >= _SATURDAY], self.planned[day * SLOTS : (day + 1) * SLOTS]].append(day)
        return tuple(
            Days(tuple(days), kind, tuple(
                _half_hour(slot, sum(calls[day * SLOTS + slot] for day in days) / len(days), people, handle_s, goal)
                for slot, people in enumerate(planned)
            ))
            for (kind, planned), days in alike.items()
        )  # fmt: skip

    def by_moment(self, days: tuple[Days, ...]) -> list[tuple[datetime, HalfHour]]:
        """Every half-hour of the week with the moment (UTC) at which it begins."""
        return [
            (_moment(self.monday, day, cell.slot, self.zone), cell)
            for alike in days
            for day in alike.days
            for cell in alike.half_hours
        ]

    def _number(self, moment: datetime) -> int:
        local = local_time(moment, self.zone)
        return local.weekday() * SLOTS + slot_of(local)


def _half_hour(slot: int, arrivals: float, planned: int, handle_s: float, goal: Goal) -> HalfHour:
    present = int(planned * (1 - goal.shrinkage) + 1e-9)
    level = service_level(erlangs(arrivals, handle_s), present, handle_s, goal.within_s)
    return HalfHour(slot, arrivals, operators_needed(arrivals, handle_s, goal), planned, level)


def _advice(site: Site, days: tuple[Days, ...], unknown: tuple[DayKind, ...]) -> tuple[ShiftAdvice, ...]:
    known = [alike for alike in days if alike.kind not in unknown]
    needed = {
        day * SLOTS + cell.slot: cell.needed for alike in known for day in alike.days for cell in alike.half_hours
    }
    judged = frozenset(day for alike in known for day in alike.days)
    return tuple(
        ShiftAdvice(shift, people if shift.days & judged else None)
        for shift, people in zip(site.shifts, fitted(site.shifts, needed), strict=True)
    )


def _unknown(arrivals: Arrivals, zone: str) -> tuple[DayKind, ...]:
    if arrivals.period is None:
        return DAY_KINDS
    had = arrivals.half_hours(zone)
    return tuple(kind for kind in DAY_KINDS if not all(had[kind, slot] for slot in range(SLOTS)))


def _regions(arrivals: Arrivals) -> tuple[RegionLoad, ...]:
    found: dict[tuple[str, DayKind], list[float]] = defaultdict(lambda: [0.0] * SLOTS)
    for origin, kind, slot, mean in arrivals.means():
        found[origin.region, kind][slot] += mean
    return tuple(RegionLoad(region, kind, tuple(means)) for (region, kind), means in sorted(found.items()))
