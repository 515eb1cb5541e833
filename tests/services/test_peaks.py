"""Load, need and plan of sites, worked out by hand for a plan of two sites and a router that is a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ivr.domain.arrivals import Arrivals, Origin
from ivr.domain.queue_plan import QueuePlan, QueueRule, Shift, Site
from ivr.domain.queues import BoardView
from ivr.domain.routing import Decision, Leg, RouteRequest
from ivr.domain.staffing import Goal
from ivr.services.peak_stretches import clock, day_words, disagreements
from ivr.services.peak_types import Days, HalfHour, Peaks, SitePeaks
from ivr.services.peaks import find_peaks, ordinary_week

WEEK = date(2026, 3, 2)  # a Monday
START = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)  # its midnight in Moscow
WORKDAYS, EVERY = frozenset(range(5)), frozenset(range(7))
MOSCOW, KAMCHATKA = Origin("77", "Europe/Moscow"), Origin("41", "Asia/Kamchatka")
PLAN = QueuePlan(
    (
        QueueRule("moscow", site="moscow"),
        QueueRule("english", site="moscow"),
        QueueRule("kamchatka", site="kamchatka"),
        QueueRule("common"),
    ),
    sites={
        "moscow": Site("moscow", {"en": "Moscow"}, "77", "Europe/Moscow", (Shift(WORKDAYS, 540, 1080, 20),)),
        "kamchatka": Site("kamchatka", {"en": "Kamchatka"}, "41", "Asia/Kamchatka", (Shift(EVERY, 480, 1200, 2),)),
    },
)


@dataclass
class Table:
    """Region -> queue; everything else is called back."""

    queues: Mapping[str, str]
    asked: list[RouteRequest] = field(default_factory=list)

    def decide(self, request: RouteRequest) -> Decision:
        self.asked.append(request)
        queue = self.queues.get(request.place.region)
        if queue is None:
            return Decision("callback", (), (), (), opens=request.at)
        return Decision("queue", (Leg(queue, 60), Leg("common")), (), ())


def weekly(*loads: tuple[Origin, int, float, int]) -> Arrivals:
    """One week with `count` calls of an origin on a day (0 Monday) at an hour of its own clock."""
    arrivals = Arrivals(START, START + timedelta(days=7))
    offsets = {"Europe/Moscow": 3, "Asia/Kamchatka": 12}
    for origin, day, hour, count in loads:
        at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day, hours=hour - offsets[origin.zone])
        for _ in range(count):
            arrivals.add(origin, at)
    return arrivals


def peaks(arrivals: Arrivals, queues: Mapping[str, str], goal: Goal = Goal()) -> tuple[Peaks, Table]:  # noqa: B008
    table = Table(queues)
    return find_peaks(arrivals, table, PLAN, WEEK, 180, "Europe/Moscow", goal), table


def site(found: Peaks, id: str) -> SitePeaks:
    return next(one for one in found.sites if one.id == id)


def cell(days: Days, hour: float) -> HalfHour:
    return days.half_hours[int(hour * 2)]


def test_calls_of_two_regions_meet_at_the_site_that_serves_both() -> None:
    # Moscow 10:00 and Kamchatka 19:00 are one moment: 120 + 80 calls each working day, 20 erlangs, 24 people
    arrivals = weekly(*((MOSCOW, day, 10, 120) for day in range(5)), *((KAMCHATKA, day, 19, 80) for day in range(5)))
    found, _ = peaks(arrivals, {"77": "moscow", "41": "english"})
    workdays, rest = site(found, "moscow").days
    assert (workdays.days, workdays.kind, rest.days, rest.kind) == ((0, 1, 2, 3, 4), "weekday", (5, 6), "weekend")
    busy = cell(workdays, 10)
    assert (busy.arrivals, busy.needed, busy.planned, busy.verdict) == (pytest.approx(200), 24, 20, "few")
    assert busy.level == 0  # 20 people for 20 erlangs: the queue only grows
    assert (cell(workdays, 12).needed, cell(workdays, 12).verdict) == (0, "many")
    assert {each.verdict for each in rest.half_hours} == {"closed"}


def test_a_shift_is_advised_what_its_busiest_half_hour_needs() -> None:
    found, _ = peaks(weekly((MOSCOW, 2, 10, 1000)), {"77": "moscow"})
    # 1000 calls on one of five working days: 200 on each, by the mean
    assert [(each.shift.operators, each.suggested) for each in site(found, "moscow").shifts] == [(20, 24)]
    assert [each.suggested for each in site(found, "kamchatka").shifts] == [1]


def test_days_off_by_the_callers_clock_are_asked_as_such() -> None:
    # Saturday 02:30 in Kamchatka is Friday 17:30 in Moscow
    found, table = peaks(weekly((KAMCHATKA, 5, 2.5, 4)), {"41": "moscow"})
    assert sorted({request.at for request in table.asked}) == [
        datetime(2026, 3, 6, 14, 45, tzinfo=UTC), datetime(2026, 3, 7, 14, 45, tzinfo=UTC)
    ]  # fmt: skip
    workdays, rest = site(found, "moscow").days
    # two calls on either day off of Kamchatka: on Friday that is 2/5 of a working day, on Saturday 2/2
    assert (cell(workdays, 17.5).arrivals, cell(rest, 17.5).arrivals) == (pytest.approx(0.4), pytest.approx(1.0))


def test_the_router_is_asked_with_everybody_on_shift_logged_in_and_free() -> None:
    _, table = peaks(weekly((MOSCOW, 0, 10, 5)), {"77": "moscow"})
    monday = next(request for request in table.asked if request.at == datetime(2026, 3, 2, 7, 15, tzinfo=UTC))
    # 10:15 in Moscow, 19:15 in Kamchatka: both work
    assert monday.board.fresh
    assert {name: (view.logged_in, view.ready) for name, view in monday.board.queues.items()} == {
        "moscow": (20, 20), "english": (20, 20), "kamchatka": (2, 2), "common": (22, 22)
    }  # fmt: skip
    assert (monday.place.region, monday.place.zone) == ("77", "Europe/Moscow")


def test_the_common_queue_lives_on_what_the_sites_have_left_over() -> None:
    # Moscow's own 10:00 load of 10 erlangs takes 14 of 20 (13: 79.6 %); Kamchatka's 2 (there 19:00) have nothing to do
    arrivals = weekly(*((MOSCOW, day, 10, 100) for day in range(5)), *((KAMCHATKA, day, 19, 1) for day in range(5)))
    found, _ = peaks(arrivals, {"77": "moscow", "41": "common"})
    workdays = next(days for days in site(found, "").days if 0 in days.days)
    assert cell(site(found, "moscow").days[0], 10).needed == 14
    assert cell(workdays, 10).planned == 20 - 14 + 2
    assert (cell(workdays, 10).needed, cell(workdays, 10).verdict) == (1, "many")
    # at 05:00 in Moscow only Kamchatka works (14:00), on Sunday too
    assert all(cell(days, 5).planned == 2 for days in site(found, "").days)


def test_calls_that_are_called_back_are_no_load_of_a_queue() -> None:
    found, _ = peaks(weekly(*((MOSCOW, day, 3, 10) for day in range(5))), {})
    assert found.later == pytest.approx(50)
    assert all(not each.arrivals for one in found.sites for days in one.days for each in days.half_hours)


def test_shrinkage_asks_for_more_and_counts_on_fewer() -> None:
    arrivals = weekly(*((MOSCOW, day, 10, 100) for day in range(5)))
    found, _ = peaks(arrivals, {"77": "moscow"}, Goal(shrinkage=0.3))
    busy = cell(site(found, "moscow").days[0], 10)
    # 14 who sit there of 20 planned: 14 / 0.7 = 20
    assert (busy.needed, busy.verdict) == (20, "fits")
    assert busy.level >= 0.8


def test_loads_of_regions_by_their_own_clock() -> None:
    found, _ = peaks(weekly((KAMCHATKA, 0, 9, 10), (KAMCHATKA, 6, 9.5, 4), (MOSCOW, 0, 9, 5)), {"77": "moscow"})
    told = {(each.region, each.kind): each.half_hours for each in found.regions}
    assert set(told) == {("41", "weekday"), ("41", "weekend"), ("77", "weekday")}
    assert (told["41", "weekday"][18], told["41", "weekend"][19], told["77", "weekday"][18]) == (2, 2, 1)
    assert sum(told["41", "weekday"]) == 2


def test_days_with_another_plan_are_told_apart() -> None:
    night = QueuePlan(
        PLAN.queues,
        sites={"moscow": Site("moscow", {}, "77", "Europe/Moscow", (Shift(WORKDAYS, 1320, 1800, 3),))},
    )
    found = find_peaks(weekly(), Table({}), night, WEEK, 180, "Europe/Moscow")
    # Monday's early hours have no shift of Sunday; Saturday's have Friday's
    assert [days.days for days in site(found, "moscow").days] == [(0,), (1, 2, 3, 4), (5,), (6,)]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    arrivals = weekly((MOSCOW, 0, 9, 1), (MOSCOW, 0, 10, 1))
    find_peaks(arrivals, Table({}), PLAN, WEEK, 180, "Europe/Moscow", asked=lambda *done: told.append(done))
    assert told == [(0, 10), (10, 10)]  # two half-hours of five working days


def test_an_ordinary_week_has_no_holiday() -> None:
    holidays = {date(2026, 3, 9), date(2026, 3, 18)}

    def working(on: date) -> bool:
        return on.weekday() < 5 and on not in holidays

    assert ordinary_week(date(2026, 3, 2), working) == date(2026, 3, 2)
    assert ordinary_week(date(2026, 3, 3), working) == date(2026, 3, 23)
    assert ordinary_week(date(2026, 3, 3), lambda on: False) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("needed", "planned", "verdict"),
    [(0, 0, "closed"), (3, 2, "few"), (3, 3, "fits"), (3, 4, "fits"), (3, 5, "many"), (20, 24, "fits"),
     (20, 25, "many"), (0, 1, "fits"), (0, 2, "many")],
)  # fmt: skip
def test_verdicts(needed: int, planned: int, verdict: str) -> None:
    assert HalfHour(0, 1.0, needed, planned, 1.0).verdict == verdict


def test_an_empty_board_is_never_asked() -> None:
    _, table = peaks(weekly((MOSCOW, 0, 10, 1)), {"77": "moscow"})
    assert all(request.board != BoardView() for request in table.asked)


def test_days_of_which_nothing_is_known_are_not_judged() -> None:
    arrivals = Arrivals(START, START + timedelta(days=5))  # Monday to Friday
    arrivals.add(MOSCOW, START + timedelta(hours=10))
    found, _ = peaks(arrivals, {"77": "moscow"})
    assert found.unknown == ("weekend",)
    assert {each.days.kind for each in disagreements(found)} == {"weekday"}
    saturdays = replace(PLAN.sites["moscow"], shifts=(Shift(frozenset({5}), 540, 1080, 9), Shift(EVERY, 540, 1080, 9)))
    plan = replace(PLAN, sites={"moscow": saturdays})
    found = find_peaks(arrivals, Table({"77": "moscow"}), plan, WEEK, 180, "Europe/Moscow")
    # Saturday's own shift is not judged; the other is judged by the working days
    assert [each.suggested for each in site(found, "moscow").shifts] == [None, 1]


def test_half_a_day_is_not_a_day_known() -> None:
    arrivals = Arrivals(START, START + timedelta(hours=23))
    arrivals.add(MOSCOW, START + timedelta(hours=10))
    assert peaks(arrivals, {})[0].unknown == ("weekday", "weekend")


def test_disagreements_are_told_in_stretches() -> None:
    loads = [(MOSCOW, day, hour, count) for day in range(5) for hour, count in ((10, 200), (10.5, 240), (12, 240))]
    found, _ = peaks(weekly(*loads), {"77": "moscow"})
    told = [each for each in disagreements(found) if each.site.id == "moscow"]
    # 20 people; the day begins at 09:00, 20 erlangs need 24 and 24 of them 29 (24 / 29 = 83 %)
    assert [(each.first, each.last, each.verdict, each.worst.slot) for each in told] == [
        (18, 19, "many", 18), (20, 21, "few", 21), (22, 23, "many", 22), (24, 24, "few", 24), (25, 35, "many", 25)
    ]  # fmt: skip
    assert told[1].worst.needed == 29


def test_a_federal_queue_with_people_to_spare_is_no_disagreement() -> None:
    found, _ = peaks(weekly((MOSCOW, 0, 10, 1)), {"77": "moscow"})
    assert all(each.site.id for each in disagreements(found))


@pytest.mark.parametrize(
    ("days", "words"),
    [((0, 1, 2, 3, 4), "Mon-Fri"), ((5,), "Sat"), ((0, 2, 3, 6), "Mon Wed-Thu Sun"), ((6, 5), "Sat-Sun")],
)
def test_days_in_words(days: tuple[int, ...], words: str) -> None:
    assert day_words(days) == words


@pytest.mark.parametrize(("minutes", "shown"), [(0, "00:00"), (450, "07:30"), (1440, "24:00"), (1560, "02:00")])
def test_minutes_as_a_clock(minutes: int, shown: str) -> None:
    assert clock(minutes) == shown
