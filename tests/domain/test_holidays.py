"""The production calendar against published figures of years gone by and of 2026, not against its own rules."""

from datetime import date, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.holidays import ProductionCalendar, RegionalYear, Year, Yearly

JANUARY = frozenset((1, day) for day in range(1, 9))
FEDERAL = JANUARY | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


SHIPPED = load_calendars(data_reader(None))


@pytest.fixture
def shipped() -> Calendars:
    return SHIPPED


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def decreed(number: int, moved: dict[str, str], yearly: Yearly | None = None, region: str = "") -> ProductionCalendar:
    moves = {date.fromisoformat(f"{number}-{a}"): date.fromisoformat(f"{number}-{b}") for a, b in moved.items()}
    year = Year(number, "decree", MappingProxyType(moves))
    return ProductionCalendar(yearly or Yearly(FEDERAL, JANUARY), {number: year}, region)


def working(calendar: ProductionCalendar, year: int) -> int:
    return sum(calendar.day(on).working for on in days_of(year))


def shortened(calendar: ProductionCalendar, year: int) -> str:
    return " ".join(f"{on:%d.%m}" for on in days_of(year) if calendar.day(on).shortened)


def test_the_country_s_2026_is_the_published_one(shipped: Calendars) -> None:
    days = shipped.days()
    off = [on for on in days_of(2026) if on.weekday() < 5 and not days.day(on).working]
    assert " ".join(f"{on:%d.%m}" for on in off) == (
        "01.01 02.01 05.01 06.01 07.01 08.01 09.01 23.02 09.03 01.05 11.05 12.06 04.11 31.12"
    )
    assert not any(days.day(on).working for on in days_of(2026) if on.weekday() >= 5)
    assert working(days, 2026) == 247
    assert shortened(days, 2026) == "30.04 08.05 11.06 03.11"


def test_tatarstan_s_2026_is_the_one_of_its_ministry(shipped: Calendars) -> None:
    days = shipped.days("16")
    assert working(days, 2026) == 244
    assert shortened(days, 2026) == "19.03 30.04 08.05 26.05 11.06 03.11 05.11"
    assert days.day(date(2026, 8, 31)).working  # 30 August is a Sunday: it is not made up for there


def test_bashkortostan_s_2026_is_the_one_of_its_government(shipped: Calendars) -> None:
    days = shipped.days("02")
    assert working(days, 2026) == 244
    assert not days.day(date(2026, 10, 12)).working  # 11 October is a Sunday: made up for on Monday


def test_neighbours_keep_the_country_s_days(shipped: Calendars) -> None:
    assert shipped.days("63").day(date(2026, 11, 6)).working
    assert not shipped.days("16").day(date(2026, 11, 6)).working


@pytest.mark.parametrize(
    ("year", "moved", "count", "short"),
    [
        (2021, {"01-02": "11-05", "01-03": "12-31", "02-20": "02-22"}, 247, "20.02 30.04 11.06 03.11"),
        (2022, {"01-01": "05-03", "01-02": "05-10", "03-05": "03-07"}, 247, "22.02 05.03 03.11"),
        (2023, {"01-01": "02-24", "01-08": "05-08"}, 247, "22.02 07.03 03.11"),
        (
            2024,
            {"01-06": "05-10", "01-07": "12-31", "04-27": "04-29", "11-02": "04-30", "12-28": "12-30"},
            248,
            "22.02 07.03 08.05 11.06 02.11",
        ),
        (
            2025,
            {"01-04": "05-02", "01-05": "12-31", "02-23": "05-08", "03-08": "06-13", "11-01": "11-03"},
            247,
            "07.03 30.04 11.06 01.11",
        ),
    ],
)
def test_earlier_years_come_out_as_they_were_published(
    year: int, moved: dict[str, str], count: int, short: str
) -> None:
    calendar = decreed(year, moved)
    assert working(calendar, year) == count
    assert shortened(calendar, year) == short


def test_a_working_saturday_has_the_hours_of_the_day_it_stands_for() -> None:
    calendar = decreed(2024, {"04-27": "04-29", "11-02": "04-30"})
    saturday, preholiday = calendar.day(date(2024, 4, 27)), calendar.day(date(2024, 11, 2))
    assert (saturday.weekday, saturday.working, saturday.shortened) == (0, True, False)
    assert (preholiday.weekday, preholiday.working, preholiday.shortened) == (1, True, True)
    assert calendar.day(date(2024, 4, 29)).weekday == 5


def test_tuva_s_constitution_day_of_2023_went_on_to_the_tenth_of_may() -> None:
    yearly = Yearly(FEDERAL, JANUARY, {"17": frozenset({(5, 6), (8, 15)})}, frozenset({"17"}))
    calendar = decreed(2023, {"01-01": "02-24", "01-08": "05-08"}, yearly, "17")
    assert [calendar.day(date(2023, 5, n)).working for n in (5, 8, 9, 10, 11)] == [True, False, False, False, True]


def test_a_region_may_move_days_by_a_decree_of_its_own() -> None:
    # Adygea 2025: Radonitsa on 29 April, the day off of Saturday 26 April on Wednesday 30 April
    own = RegionalYear(frozenset({date(2025, 4, 29)}), {date(2025, 4, 26): date(2025, 4, 30)})
    year = Year(2025, "decree", {}, frozenset(), {"01": own})
    yearly = Yearly(FEDERAL, JANUARY)
    there, elsewhere = (ProductionCalendar(yearly, {2025: year}, region) for region in ("01", "77"))
    week = [date(2025, 4, 26) + timedelta(days=n) for n in range(6)]  # Saturday to Thursday, 1 May
    assert [there.day(on).working for on in week] == [True, False, True, False, False, False]
    assert [elsewhere.day(on).working for on in week] == [False, False, True, True, True, False]
    assert there.day(date(2025, 4, 28)).shortened


def test_a_year_without_data_has_the_law_s_own_days_and_says_so(shipped: Calendars) -> None:
    days = shipped.days()
    # 2028: 1 and 2 January are Saturday and Sunday (their days off wait for a decree), 4 November is a Saturday
    off = [on for on in days_of(2028) if on.weekday() < 5 and not days.day(on).working]
    assert " ".join(f"{on:%d.%m}" for on in off) == (
        "03.01 04.01 05.01 06.01 07.01 23.02 08.03 01.05 09.05 12.06 06.11"
    )
    told = shipped.doubts(range(2026, 2029))
    assert [line.split(":")[0] for line in told] == ["holidays.2027.toml", "holidays.2028.toml"]
    assert "draft" in told[0]
    assert "missing" in told[1]


def test_what_is_known_of_2027_is_there(shipped: Calendars) -> None:
    days = shipped.days()
    off = [on for on in days_of(2027) if on.weekday() < 5 and not days.day(on).working]
    assert " ".join(f"{on:%d.%m}" for on in off) == (
        "01.01 04.01 05.01 06.01 07.01 08.01 23.02 08.03 03.05 10.05 14.06 04.11 05.11"
    )
    assert days.day(date(2027, 11, 13)).working


@given(st.dates(date(2020, 1, 1), date(2050, 12, 31)))
def test_a_shortened_day_is_a_working_one_and_a_holiday_is_not(on: date) -> None:
    kind = SHIPPED.days("16").day(on)
    assert not (kind.holiday and kind.working)
    assert kind.working or not kind.shortened
    assert SHIPPED.days("16").day(on) == kind


def test_the_digest_changes_with_the_data_only() -> None:
    def edited(name: str) -> str | None:
        text = data_reader(None)(name)
        return text.replace("09:00", "08:00") if text and name == "calendars.toml" else text

    def commented(name: str) -> str | None:
        text = data_reader(None)(name)
        return None if text is None else f"# a remark\n{text}"

    assert load_calendars(data_reader(None)).digest == SHIPPED.digest
    assert load_calendars(commented).digest == SHIPPED.digest
    assert load_calendars(edited).digest != SHIPPED.digest
