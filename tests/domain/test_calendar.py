"""Opening hours: examples worked out by hand, clocks that are changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.datafiles import data_reader
from ivr.domain.calendar import Calendar, Hours, Plan, Window
from ivr.domain.calendar_load import load_calendars
from ivr.domain.queue_plan import Shift
from ivr.errors import DataError

SHIPPED = load_calendars(data_reader(None))
HOUR = timedelta(hours=1)
OFFICE = tuple(((540, 780), (840, 1080)) if day < 5 else () for day in range(7))
NIGHT = (((22 * 60, 30 * 60),),) * 7


def at(text: str, zone: str = "Europe/Moscow") -> datetime:
    """A local time as the tests' own clock (zoneinfo) has it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def office(zone: str = "Europe/Moscow", region: str = "") -> Calendar:
    return SHIPPED.bind("office", zone, region)


@pytest.mark.parametrize(
    ("region", "start", "end", "hours"),
    [
        ("", "2026-01-01", "2026-02-01", 120),  # 15 days of 8 hours
        ("", "2026-02-01", "2026-03-01", 152),  # 19 days
        ("", "2026-05-01", "2026-06-01", 151),  # 19 days, 8 May is an hour shorter
        ("16", "2026-05-01", "2026-06-01", 142),  # without 27 May, and 26 May is an hour shorter too
        ("", "2026-11-01", "2026-12-01", 159),  # 20 days, 3 November is shorter
        ("16", "2026-11-01", "2026-12-01", 150),  # without 6 November, 5 November is shorter too
        ("", "2026-12-01", "2027-01-01", 176),  # 22 days: 31 December is off
        ("", "2026-01-01", "2027-01-01", 1972),  # the norm of the year for a week of 40 hours
    ],
)
def test_working_hours_of_the_production_calendar(region: str, start: str, end: str, hours: int) -> None:
    assert office(region=region).working_between(at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-11-23T10:00", "2026-11-23T15:00"),  # lunch does not count
        ("2026-11-23T16:00", "2026-11-24T11:00"),
        ("2026-11-20T17:30", "2026-11-23T12:30"),  # Friday evening to Monday
        ("2026-11-21T12:00", "2026-11-23T13:00"),  # Saturday; due at the beginning of lunch, not at its end
        ("2026-11-03T16:30", "2026-11-05T12:30"),  # 3 November ends at 17:00, 4 November is off
        ("2026-12-30T17:00", "2027-01-11T12:00"),  # 31 December to 10 January are off
        ("2026-04-30T16:00", "2026-05-04T12:00"),  # 30 April ends at 17:00
    ],
)
def test_four_working_hours_in_moscow(opened: str, due: str) -> None:
    assert office().add_working(at(opened), 4 * HOUR) == at(due)


def test_the_same_moment_is_within_hours_here_and_outside_there() -> None:
    moment = at("2026-11-23T09:00", "Asia/Vladivostok")
    assert office("Asia/Vladivostok").is_open(moment)
    assert not office("Europe/Moscow").is_open(moment)
    assert office("Europe/Moscow").next_opening(moment) == at("2026-11-23T09:00")


def test_tatarstan_is_closed_on_its_own_holiday() -> None:
    moment = at("2026-11-06T12:00")
    assert not office(region="16").is_open(moment)
    assert office(region="63").is_open(moment)


def test_a_site_that_works_through_holidays_does() -> None:
    shifts = (Shift(frozenset(range(7)), 480, 1200, 5),)
    moment = at("2026-05-09T12:00")
    assert SHIPPED.of_shifts(shifts, "Europe/Moscow", "77", True).is_open(moment)
    assert not SHIPPED.of_shifts(shifts, "Europe/Moscow", "77", False).is_open(moment)


def test_calendars_are_made_once() -> None:
    shifts = (Shift(frozenset(range(7)), 480, 1200, 5),)
    first = SHIPPED.of_shifts(shifts, "Europe/Moscow", "77", True)
    assert SHIPPED.of_shifts((replace(shifts[0]),), "Europe/Moscow", "16", True) is first
    assert office() is office()


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Shift(frozenset({4}), 22 * 60, 30 * 60, 1)
    calendar = SHIPPED.of_shifts((friday_night,), "Europe/Moscow", "77", True)
    window = calendar.window(at("2026-11-28T03:00"))  # a Saturday
    assert window == Window(True, at("2026-11-27T22:00"), at("2026-11-28T06:00"))
    assert calendar.next_opening(at("2026-11-28T06:00")) == at("2026-12-04T22:00")


def test_day_and_night_shifts_join_without_a_gap() -> None:
    week = frozenset(range(7))
    shifts = (Shift(week, 480, 1200, 1), Shift(week, 1200, 1440 + 480, 1))
    calendar = SHIPPED.of_shifts(shifts, "Europe/Moscow", "77", True)
    assert calendar.window(at("2026-05-09T08:00")) == Window(True, None, None)


def test_always_and_never() -> None:
    now = at("2026-05-09T03:00")
    always, never = SHIPPED.bind("always", "Asia/Omsk"), SHIPPED.of_shifts((), "Asia/Omsk", "55", False)
    assert (always.next_closing(now), always.next_opening(now)) == (None, now)
    assert always.add_working(now, 24 * HOUR) == now + 24 * HOUR
    assert always.working_between(now, now + 90 * HOUR) == 90 * HOUR
    assert (never.next_opening(now), never.next_closing(now)) == (None, now)
    assert never.working_between(now, now + 90 * HOUR) == timedelta()
    with pytest.raises(DataError, match="never open"):
        never.add_working(now, HOUR)


def test_exceptions_by_date_win_over_week_and_holiday() -> None:
    closed, short = date(2026, 11, 24), date(2026, 11, 4)
    plan = Plan(OFFICE, "Europe/Moscow", True, {closed: (), short: ((600, 720),)})
    calendar = Calendar(plan, SHIPPED.days())
    assert calendar.next_opening(at("2026-11-23T18:00")) == at("2026-11-25T09:00")
    assert calendar.window(at("2026-11-04T11:00")) == Window(True, at("2026-11-04T10:00"), at("2026-11-04T12:00"))


def test_one_open_day_in_years_is_found_from_a_year_away_only() -> None:
    nothing: tuple[Hours, ...] = ((),) * 7
    calendar = Calendar(Plan(nothing, "Europe/Moscow", False, {date(2026, 11, 24): ((600, 720),)}))
    assert calendar.next_opening(at("2025-11-24T12:00")) == at("2026-11-24T10:00")
    assert calendar.next_opening(at("2020-11-24T12:00")) is None
    assert calendar.next_opening(at("2026-11-24T12:00")) is None


# Clocks put forward: New York 2026-03-08 02:00 -> 03:00, Berlin 2026-03-29 02:00 -> 03:00,
# Lord Howe 2026-10-04 02:00 -> 02:30. Back: New York 2026-11-01 02:00 -> 01:00, Berlin 2026-10-25 03:00 -> 02:00,
# Lord Howe 2026-04-05 02:00 -> 01:30.
@pytest.mark.parametrize(
    ("zone", "hours", "moment", "start", "end"),
    [
        ("America/New_York", (150, 600), "2026-03-08T12:00", "2026-03-08T07:00", "2026-03-08T14:00"),
        ("America/New_York", (60, 150), "2026-03-08T06:30", "2026-03-08T06:00", "2026-03-08T07:00"),
        ("America/New_York", (75, 240), "2026-11-01T08:00", "2026-11-01T05:15", "2026-11-01T09:00"),
        ("America/New_York", (0, 90), "2026-11-01T06:00", "2026-11-01T04:00", "2026-11-01T06:30"),
        ("America/New_York", (0, 60), "2026-11-01T04:30", "2026-11-01T04:00", "2026-11-01T05:00"),
        ("America/New_York", (120, 240), "2026-11-01T08:00", "2026-11-01T07:00", "2026-11-01T09:00"),
        ("Europe/Berlin", (120, 240), "2026-03-29T01:30", "2026-03-29T01:00", "2026-03-29T02:00"),
        ("Europe/Berlin", (120, 240), "2026-10-25T01:30", "2026-10-25T00:00", "2026-10-25T03:00"),
        ("Australia/Lord_Howe", (135, 300), "2026-10-03T16:00", "2026-10-03T15:30", "2026-10-03T18:00"),
        ("Australia/Lord_Howe", (105, 300), "2026-04-04T16:00", "2026-04-04T14:45", "2026-04-04T18:30"),
    ],
)
def test_hours_when_clocks_are_changed(zone: str, hours: tuple[int, int], moment: str, start: str, end: str) -> None:
    calendar = Calendar(Plan(((hours,),) * 7, zone))
    assert calendar.window(utc(moment)) == Window(True, utc(start), utc(end))


def test_hours_that_do_not_exist_one_night_are_left_out() -> None:
    calendar = Calendar(Plan((((125, 175),),) * 7, "America/New_York"))
    assert calendar.next_opening(utc("2026-03-07T08:00")) == utc("2026-03-09T06:05")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28T22:00", 7),
        ("Europe/Berlin", "2026-10-24T22:00", 9),
        ("Europe/Berlin", "2026-06-24T22:00", 8),
        ("Australia/Lord_Howe", "2026-04-04T22:00", 8.5),
        ("Asia/Kamchatka", "2026-03-28T22:00", 8),
    ],
)
def test_a_night_shift_is_as_long_as_the_night(zone: str, day: str, hours: float) -> None:
    calendar = Calendar(Plan(NIGHT, zone))
    start = at(day, zone).astimezone(UTC)
    window = calendar.window(start)
    assert window.start == start
    assert window.end == start + timedelta(hours=hours)


def test_hours_asked_all_over_the_years_do_not_pile_up() -> None:
    calendar = Calendar(Plan(OFFICE, "Europe/Moscow"))
    for year in range(1980, 2100):
        for month in range(1, 13):
            calendar.window(datetime(year, month, 15, tzinfo=UTC))
    assert len(calendar._blocks) <= 48


@pytest.mark.parametrize("year", [1969, 2300])
def test_outside_the_years_it_knows_nothing_is_open(year: int) -> None:
    assert not Calendar(Plan(OFFICE, "Europe/Moscow")).is_open(datetime(year, 6, 4, 9, tzinfo=UTC))


@pytest.mark.parametrize("days", [{0, 2, 4, 6}, {1, 2, 5}])
def test_whole_days_change_at_midnight_on_every_day_of_years(days: set[int]) -> None:
    calendar = Calendar(Plan(tuple(((0, 1440),) if day in days else () for day in range(7)), "Etc/UTC"))
    moment, tick = utc("2025-06-01T00:00"), timedelta(microseconds=1)
    for _ in range(800):
        today, yesterday = moment.weekday() in days, (moment.weekday() - 1) % 7 in days
        assert (calendar.is_open(moment - tick), calendar.is_open(moment)) == (yesterday, today)
        moment += 24 * HOUR


def test_nights_are_open_over_midnight_on_every_day_of_years() -> None:
    calendar = Calendar(Plan(NIGHT, "Etc/UTC"))
    for day in range(800):
        midnight = utc("2025-06-01T00:00") + day * 24 * HOUR
        assert calendar.window(midnight) == Window(True, midnight - 2 * HOUR, midnight + 6 * HOUR)


def test_open_day_and_night_but_for_one_day() -> None:
    calendar = Calendar(Plan((((0, 1440),),) * 7, "Europe/Moscow", False, {date(2026, 12, 31): ()}))
    assert calendar.window(at("2026-12-31T12:00")) == Window(False, at("2026-12-31T00:00"), at("2027-01-01T00:00"))
    assert calendar.is_open(at("2026-12-30T23:59"))


@pytest.mark.parametrize(
    ("end", "closes"),
    [
        (1439 + 120, "2026-10-24T23:59"),  # 01:59, before the clock goes from 03:00 back to 02:00 at 01:00 UTC
        (1440 + 120, "2026-10-25T00:00"),  # 02:00, when it is first shown
        (1441 + 120, "2026-10-25T01:01"),  # 02:01, the second time
        (1440 + 179, "2026-10-25T01:59"),
        (1440 + 180, "2026-10-25T02:00"),
    ],
)
def test_hours_that_end_in_the_repeated_hour_end_in_its_second_turn(end: int, closes: str) -> None:
    night = Calendar(Plan(((),) * 5 + (((1200, end),), ()), "Europe/Berlin"))
    assert night.next_closing(datetime(2026, 10, 24, 20, tzinfo=UTC)) == datetime.fromisoformat(closes + "+00:00")
