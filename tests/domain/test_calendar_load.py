"""Calendar files: what is wrong in them is named, all at once, with its place; a deployment's own files count."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from ivr.datafiles import data_reader
from ivr.domain.calendar import SHORTER, Calendar, Plan
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.terms import Term
from ivr.errors import DataError

MAIN = """
[holidays]
federal = ["01-01", "05-09"]
by_decree = ["01-01"]
[holidays.regions]
16 = ["08-30"]
[calendars.day]
hours = { workdays = ["09:00-13:00", "14:00-18:00"], sat = ["10:00-12:00"] }
observes_holidays = true
exceptions = { "2026-11-24" = [], 2026-11-25 = ["20:00-04:00"] }
[deadlines]
ordinary = { calendar = "day", due = "4h", target = "2h" }
high = { calendar = "day", due = "30m" }
complex = { calendar = "day", due = "1h 30m" }
"""
YEAR = 'year = 2026\nstatus = "decree"\nsource = "a decree"\n'


def reader(**files: str) -> Callable[[str], str | None]:
    texts = {"calendars.toml": MAIN, **{name.replace("_", ".") + ".toml": text for name, text in files.items()}}
    return texts.get


def load(**files: str) -> Calendars:
    return load_calendars(reader(**files))


def test_hours_sets_of_days_and_exceptions_are_read() -> None:
    calendar = load(holidays_2026=YEAR).bind("day", "Europe/Moscow", "16")
    monday = date(2026, 11, 16)
    assert calendar.hours(monday) == ((540, 780), (840, 1080))
    assert calendar.hours(monday + timedelta(days=5)) == ((600, 720),)
    assert calendar.hours(monday + timedelta(days=6)) == ()
    assert calendar.hours(date(2026, 11, 24)) == ()
    assert calendar.hours(date(2026, 11, 25)) == ((1200, 1680),)


def test_terms_by_priority_are_read() -> None:
    terms = load().terms
    assert terms["ordinary"] == Term("day", timedelta(hours=4), timedelta(hours=2))
    assert terms["complex"] == Term("day", timedelta(minutes=90))


def test_a_shortened_day_loses_its_last_hour() -> None:
    calendar = load(holidays_2026=YEAR).bind("day", "Europe/Moscow")
    assert calendar.hours(date(2026, 5, 8)) == ((540, 780), (840, 1080 - SHORTER))  # before 9 May, a Saturday


def test_a_last_stretch_of_an_hour_is_gone_on_a_shortened_day() -> None:
    hours = MAIN.replace("14:00-18:00", "14:00-15:00")
    calendar = load_calendars({"calendars.toml": hours}.get).bind("day", "Europe/Moscow")
    assert calendar.hours(date(2026, 5, 8)) == ((540, 780),)


def test_hours_of_holidays_and_of_their_eves_can_be_given() -> None:
    more = 'observes_holidays = true\nholidays = ["11:00-12:00"]\nshortened_days = false'
    texts = {"calendars.toml": MAIN.replace("observes_holidays = true", more)}
    calendar = load_calendars(texts.get).bind("day", "Europe/Moscow")
    assert calendar.hours(date(2026, 5, 9)) == ((660, 720),)  # a Saturday: the holiday's hours, not the day's
    assert calendar.hours(date(2026, 5, 8)) == ((540, 780), (840, 1080))


@pytest.mark.parametrize(
    ("main", "fault"),
    [
        ("calendars = 1", "calendars.toml: calendars: must be a table"),
        ("[colours]\n", "calendars.toml: colours: unknown; known are holidays, calendars, deadlines"),
        ("x = ", "calendars.toml: is not TOML"),
        ("[calendars]\n", "calendars.toml: calendars: there is none"),
        ('[holidays]\nfederal = ["30-02"]\n', "holidays.federal: '30-02' is not a day of the year"),
        ('[holidays]\nfederal = ["02-30"]\n', "holidays.federal: '02-30' is not a day of the year"),
        ('[calendars.a]\nhours = { mon = ["9-18"] }\n', "calendars.a.hours.mon: '9-18' is not written as 09:00-18:00"),
        ('[calendars.a]\nhours = { mon = ["09:00-24:30"] }\n', "'09:00-24:30' is not written as"),
        ('[calendars.a]\nhours = { monday = ["09:00-18:00"] }\n', "calendars.a.hours.monday: unknown; known are mon"),
        (
            '[calendars.a]\nhours = { mon = ["09:00-18:00"], workdays = ["10:00-11:00"] }\n',
            "calendars.a.hours.workdays: mon has hours already",
        ),
        (
            '[calendars.a]\nhours = { mon = ["09:00-13:00", "12:00-18:00"] }\n',
            "calendars.a.hours.mon: 12:00-18:00: overlaps with hours before it",
        ),
        ("[calendars.a]\nhours = { mon = 9 }\n", "calendars.a.hours.mon: must be a list"),
        ("[calendars.a]\nobserves_holidays = 1\n", "calendars.a.observes_holidays: 1 is not true or false"),
        ("[calendars.a]\nexceptions = { 2026-11-31 = [] }\n", "'2026-11-31' is not a date as 2026-05-09"),
        ("[calendars.a]\nshortened_days = 1\n", "calendars.a.shortened_days: 1 is not true or false"),
        ('[calendars.a]\nholidays = ["9"]\n', "calendars.a.holidays: '9' is not written as 09:00-18:00"),
        (
            '[calendars.a]\nholidays = ["09:00-18:00"]\n',
            "calendars.a: holidays and shortened_days mean nothing without observes_holidays = true",
        ),
        (
            "[calendars.a]\nopen = true\n",
            "calendars.a.open: unknown; known are hours, observes_holidays, holidays, shortened_days, exceptions",
        ),
        (MAIN.replace('"30m"', '"0m"'), "deadlines.high.due: '0m' is not a length of time as 30m, 4h or 1h 30m"),
        (MAIN.replace('"30m"', "30"), "deadlines.high.due: 30 is not a length of time"),
        (MAIN.replace('"30m"', '""'), "deadlines.high.due: '' is not a length of time"),
        (MAIN.replace('"2h"', '"5h"'), "deadlines.ordinary.target: is longer than what is due"),
        (
            MAIN.replace('high = { calendar = "day"', 'high = { calendar = "x"'),
            "deadlines.high.calendar: 'x' is none of",
        ),
        (
            MAIN.replace('high = { calendar = "day"', 'high = { calendar = "x"') + "[calendars.x]\n",
            "deadlines.high.calendar: 'x' has no hours: nothing would ever be due",
        ),
        (MAIN.replace("high =", "low ="), "deadlines.low: unknown; known are complex, ordinary, high"),
        (MAIN.replace("high =", "low ="), "deadlines.high: is missing"),
    ],
)
def test_a_fault_in_the_calendars_is_named(main: str, fault: str) -> None:
    with pytest.raises(DataError) as told:
        load_calendars({"calendars.toml": main}.get)
    assert fault in str(told.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (YEAR.replace("2026", "2027"), "year: 2027 does not agree with the file's name"),
        (YEAR.replace('"decree"', '"maybe"'), "status: 'maybe' is not one of decree, draft"),
        ('year = 2026\nstatus = "draft"\n', "source: is missing: which decree or draft is it?"),
        (YEAR + "moved = [3]\n", "moved: 3 is not written as { from = 2026-01-03, to = 2026-01-09 }"),
        (YEAR + "moved = [{ from = 2026-01-02, to = 2026-01-09 }]\n", "2026-01-02 is no Saturday or Sunday"),
        (YEAR + "moved = [{ from = 2026-01-03, to = 2026-01-10 }]\n", "2026-01-10 is a Saturday or Sunday"),
        (YEAR + "moved = [{ from = 2027-01-03, to = 2026-01-09 }]\n", "moved: 2027-01-03 is not of the year 2026"),
        (
            YEAR + "moved = [{ from = 2026-01-03, to = 2026-01-09 }, { from = 2026-01-04, to = 2026-01-09 }]\n",
            "2026-01-04 or 2026-01-09 is moved twice",
        ),
        (YEAR + 'holidays = ["9 May"]\n', "holidays: '9 May' is not a date as 2026-05-09"),
        (YEAR + "holidays = [2026-05-09T10:00:00]\n", "is not a date as 2026-05-09"),
        (YEAR + "working_days = 247\n", "working_days: 247, but the dates give 259"),  # 261 weekdays, two are off
        (YEAR + "[regions.Kazan]\n", "regions.Kazan: is not a region's code of two digits"),
        (YEAR + "[regions.16]\nholiday = []\n", "regions.16.holiday: unknown; known are holidays, moved, source"),
    ],
)
def test_a_fault_in_a_year_is_named(text: str, fault: str) -> None:
    with pytest.raises(DataError) as told:
        load(holidays_2026=text)
    assert f"holidays.2026.toml: {fault}" in str(told.value) or fault in str(told.value)
    assert str(told.value).startswith("holidays.2026.toml: ")


def test_of_files_that_are_no_toml_only_that_is_told() -> None:
    with pytest.raises(DataError) as told:
        load(calendars="x =", holidays_2026="y =", holidays_2027="year = 1")
    lines = str(told.value).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["calendars.toml", "is not TOML"],
        ["holidays.2026.toml", "is not TOML"],
    ]


def test_all_faults_of_all_files_are_told_at_once() -> None:
    with pytest.raises(DataError) as told:
        load(calendars="colours = 1\n", holidays_2026="year = 1\n")
    lines = str(told.value).splitlines()
    assert len(lines) == len(set(lines)) >= 5
    assert {line.split(":")[0] for line in lines} == {"calendars.toml", "holidays.2026.toml"}


def test_a_deployment_s_own_year_is_read_from_its_data_dir(tmp_path: Path) -> None:
    moved = 'year = 2027\nstatus = "decree"\nsource = "the decree"\nmoved = [{ from = 2027-01-02, to = 2027-12-31 }]\n'
    (tmp_path / "holidays.2027.toml").write_text(moved, "utf-8")
    own = load_calendars(data_reader(tmp_path))
    assert not own.days().day(date(2027, 12, 31)).working
    assert load_calendars(data_reader(None)).days().day(date(2027, 12, 31)).working
    assert own.doubts(range(2026, 2028)) == []


def test_an_unknown_calendar_or_zone_is_named_with_what_there_is() -> None:
    calendars = load()
    with pytest.raises(DataError, match=r"no calendar 'night'; calendars.toml has day"):
        calendars.bind("night", "Europe/Moscow")
    with pytest.raises(DataError, match="'Europe/Mosow' is not a time zone"):
        calendars.bind("day", "Europe/Mosow")


def test_a_week_of_six_days_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="seven days"):
        Calendar(Plan(((),) * 6, "Europe/Moscow"))


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ('["09:00-13:00", "18:00-14:00"]', "18:00-14:00 passes midnight and runs into the hours of the next day"),
        ('["09:00-13:00", "12:00-18:00"]', "12:00-18:00: overlaps with hours before it"),
    ],
)
def test_stretches_that_overlap_or_are_swapped_are_faults(hours: str, said: str) -> None:
    main = MAIN.replace('["09:00-13:00", "14:00-18:00"]', hours)
    with pytest.raises(DataError, match=said):
        load_calendars({"calendars.toml": main}.get)


def test_a_night_beside_a_day_is_no_fault() -> None:
    main = MAIN.replace('["09:00-13:00", "14:00-18:00"]', '["09:00-13:00", "20:00-09:00"]')
    assert load_calendars({"calendars.toml": main}.get).bind("day", "Europe/Moscow").hours(date(2026, 11, 16)) == (
        (540, 780), (1200, 1980))  # fmt: skip
