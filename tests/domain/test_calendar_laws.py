"""Laws of opening hours that hold for any hours in any zone: windows join, working time adds up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ivr.datafiles import data_reader
from ivr.domain.calendar import Calendar, Hours, Plan, Window
from ivr.domain.calendar_load import load_calendars

SHIPPED = load_calendars(data_reader(None))
ZONES = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Kamchatka",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
)
MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2027, 3, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
STRETCH = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1]))
DAY_HOURS = st.lists(STRETCH, max_size=3).map(tuple)
PLANS = st.builds(
    Plan,
    weekly=st.lists(DAY_HOURS, min_size=7, max_size=7).map(tuple),
    zone=st.sampled_from(ZONES),
    observes=st.booleans(),
    exceptions=st.dictionaries(st.dates(date(2025, 12, 1), date(2027, 1, 31)), DAY_HOURS, max_size=3),
)
CALENDARS = PLANS.map(lambda plan: Calendar(plan, SHIPPED.days("16")))
SOME_OPEN = CALENDARS.filter(lambda calendar: any(calendar.plan.weekly))
WORKING = st.timedeltas(timedelta(), timedelta(hours=60))
many = settings(max_examples=60, deadline=None)


@many
@given(CALENDARS, MOMENTS)
def test_a_window_holds_its_moment_and_the_next_one_joins_it(calendar: Calendar, moment: datetime) -> None:
    window = calendar.window(moment)
    assert window.start is None or window.start <= moment
    assert window.end is None or moment < window.end
    if window.end is not None:
        after = calendar.window(window.end)
        assert (after.start, after.open) == (window.end, not window.open)
    if window.start is not None:
        before = calendar.window(window.start - timedelta(microseconds=1))
        assert (before.end, before.open) == (window.start, not window.open)


@many
@given(PLANS, MOMENTS, MOMENTS)
def test_a_window_does_not_depend_on_what_was_asked_before(plan: Plan, one: datetime, other: datetime) -> None:
    asked, fresh = Calendar(plan, SHIPPED.days("16")), Calendar(plan, SHIPPED.days("16"))
    asked.window(other)
    assert asked.window(one) == fresh.window(one)


@many
@given(PLANS, MOMENTS)
def test_open_is_what_the_wall_clock_says(plan: Plan, moment: datetime) -> None:
    plan = replace(plan, observes=False)
    local = moment.astimezone(ZoneInfo(plan.zone))
    # on the days of a change the rules of their own count; they are worked out by hand above
    offsets = {(local + timedelta(days=n)).utcoffset() for n in (-2, -1, 0, 1, 2)}
    assume(len(offsets) == 1)
    minute = local.hour * 60 + local.minute

    def hours(day: date) -> Hours:
        return plan.exceptions.get(day, plan.weekly[day.weekday()])

    today, yesterday = local.date(), local.date() - timedelta(days=1)
    says = any(start <= minute < end for start, end in hours(today))
    says = says or any(start <= minute + 1440 < end for start, end in hours(yesterday))
    assert Calendar(plan).is_open(moment) == says


@many
@given(CALENDARS, MOMENTS)
def test_the_next_opening_is_open_and_there_is_none_before_it(calendar: Calendar, moment: datetime) -> None:
    opening = calendar.next_opening(moment)
    if opening is None:
        assert calendar.window(moment) == Window(False, calendar.window(moment).start, None)
        return
    assert calendar.is_open(opening)
    assert opening >= moment
    assert calendar.working_between(moment, opening) == timedelta()
    assert opening == moment or not calendar.is_open(opening - timedelta(microseconds=1))


@many
@given(CALENDARS, MOMENTS)
def test_the_next_closing_is_closed_and_all_is_open_before_it(calendar: Calendar, moment: datetime) -> None:
    closing = calendar.next_closing(moment)
    if closing is None:
        assert calendar.is_open(moment)
        return
    assert not calendar.is_open(closing)
    assert calendar.working_between(moment, closing) == closing - moment


@many
@given(SOME_OPEN, MOMENTS, WORKING, WORKING)
def test_adding_working_time_adds_up(calendar: Calendar, moment: datetime, one: timedelta, other: timedelta) -> None:
    together = calendar.add_working(moment, one + other)
    assert calendar.add_working(calendar.add_working(moment, one), other) == together


@many
@given(SOME_OPEN, MOMENTS, MOMENTS, WORKING, WORKING)
def test_adding_working_time_is_monotone(
    calendar: Calendar, one: datetime, other: datetime, less: timedelta, more: timedelta
) -> None:
    early, late = sorted((one, other))
    less, more = sorted((less, more))
    assert calendar.add_working(early, less) <= calendar.add_working(late, less)
    assert calendar.add_working(early, less) <= calendar.add_working(early, more)


@many
@given(SOME_OPEN, MOMENTS, WORKING)
def test_working_between_undoes_adding(calendar: Calendar, moment: datetime, working: timedelta) -> None:
    due = calendar.add_working(moment, working)
    assert calendar.working_between(moment, due) == working
    if working:
        assert calendar.working_between(moment, due - timedelta(microseconds=1)) < working


@many
@given(CALENDARS, st.lists(MOMENTS, min_size=3, max_size=3))
def test_working_time_of_parts_adds_up(calendar: Calendar, moments: list[datetime]) -> None:
    first, middle, last = moments  # in any order
    parts = calendar.working_between(first, middle) + calendar.working_between(middle, last)
    assert parts == calendar.working_between(first, last)


@many
@given(st.sampled_from(ZONES), st.dates(date(2025, 11, 1), date(2027, 3, 1)))
def test_whole_days_join_at_midnight_in_every_zone(zone: str, day: date) -> None:
    # open on all days but one, so that it is not simply always open
    calendar = Calendar(Plan((((0, 1440),),) * 7, zone, False, {date(2028, 6, 1): ()}))
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    window = calendar.window(midnight)
    assert window.open
    assert window.start is None or window.start < midnight
