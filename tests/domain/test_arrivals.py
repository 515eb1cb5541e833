"""Arrivals are counted by the caller's clock, and means know how often the period had each half-hour."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.arrivals import Arrivals, DayKind, Origin, by_weekday

MOSCOW = Origin("77", "Europe/Moscow")
KAMCHATKA = Origin("41", "Asia/Kamchatka")
# 2026-03-02 is a Monday; midnight in Moscow is 21:00 UTC of the day before.
MONDAY = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)


def test_a_call_counts_in_the_half_hour_of_its_own_clock() -> None:
    arrivals = Arrivals(MONDAY, MONDAY + timedelta(days=7))
    at = datetime(2026, 3, 6, 14, 45, tzinfo=UTC)  # Friday 17:45 in Moscow, Saturday 02:45 in Kamchatka (+12)
    arrivals.add(MOSCOW, at)
    arrivals.add(KAMCHATKA, at)
    assert arrivals.counts == {(MOSCOW, "weekday", 35): 1, (KAMCHATKA, "weekend", 5): 1}
    assert arrivals.calls == 2


def test_means_are_per_day_of_the_kind() -> None:
    arrivals = Arrivals(MONDAY, MONDAY + timedelta(days=14))
    for day in range(14):
        for _ in range(day):
            arrivals.add(MOSCOW, MONDAY + timedelta(days=day, hours=9, minutes=10))
    means = {kind: mean for _, kind, _, mean in arrivals.means()}
    # weekdays 0-4 and 7-11: 55 calls in 10 days; days off 5, 6, 12, 13: 36 in 4
    assert means == {"weekday": 5.5, "weekend": 9.0}


def test_a_week_has_every_half_hour_seven_times_by_any_clock() -> None:
    arrivals = Arrivals(MONDAY, MONDAY + timedelta(days=7))
    for zone in ("Europe/Moscow", "Asia/Kamchatka", "Asia/Kolkata"):
        hours = arrivals.half_hours(zone)
        assert all(hours["weekday", slot] == 5 and hours["weekend", slot] == 2 for slot in range(48))


def test_a_period_that_begins_and_ends_within_a_day() -> None:
    start = MONDAY + timedelta(hours=9, minutes=10)
    arrivals = Arrivals(start, start + timedelta(hours=1))  # 09:10 to 10:10: 09:00, 09:30, 10:00 are begun
    assert arrivals.half_hours("Europe/Moscow") == {("weekday", 18): 1, ("weekday", 19): 1, ("weekday", 20): 1}


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1)),
    length=st.integers(1, 40 * 1440),
    zone=st.sampled_from(["Europe/Kaliningrad", "Asia/Kathmandu", "UTC"]),
)
def test_half_hours_of_a_period_are_as_many_as_it_is_long(start: datetime, length: int, zone: str) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    counted = Arrivals(begin, begin + timedelta(minutes=length)).half_hours(zone).total()
    assert length / 30 <= counted < length / 30 + 2


def test_a_holiday_counts_as_the_calendar_says() -> None:
    def kind(on: date) -> DayKind:
        return "weekend" if on == date(2026, 3, 9) else by_weekday(on)

    arrivals = Arrivals(MONDAY, MONDAY + timedelta(days=14), kind)
    arrivals.add(MOSCOW, datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    assert list(arrivals.counts) == [(MOSCOW, "weekend", 24)]
    assert arrivals.half_hours("Europe/Moscow")["weekday", 24] == 9


def test_the_mean_talk() -> None:
    arrivals = Arrivals(MONDAY, MONDAY + timedelta(days=1))
    assert arrivals.mean_talk_s is None
    arrivals.talked(100)
    arrivals.talked(260)
    assert arrivals.mean_talk_s == 180


def test_a_call_behind_the_end_of_the_period_does_no_harm() -> None:
    arrivals = Arrivals(MONDAY, MONDAY + timedelta(hours=1))
    arrivals.add(MOSCOW, MONDAY + timedelta(hours=1, minutes=1))
    assert [mean for *_, mean in arrivals.means()] == [1.0]


def test_a_period_must_have_a_length() -> None:
    with pytest.raises(ValueError, match="period"):
        Arrivals(MONDAY, MONDAY)


def test_a_list_cut_at_everybodys_own_midnight_has_whole_days_in_every_zone() -> None:
    arrivals = Arrivals()
    for half_hour in range(48 * 7):
        for origin, hours in ((MOSCOW, 3), (KAMCHATKA, 12)):
            arrivals.add(origin, datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=30 * half_hour, hours=-hours))
    assert arrivals.period == (datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 8, 21, tzinfo=UTC))
    for zone in ("Europe/Moscow", "Asia/Kamchatka"):
        hours = arrivals.half_hours(zone)
        assert all(hours["weekday", slot] == 5 and hours["weekend", slot] == 2 for slot in range(48))
    assert all(mean == 1 for *_, mean in arrivals.means())


def test_a_zone_that_calls_seldom_has_the_period_of_all() -> None:
    arrivals = Arrivals()
    for day in range(14):
        arrivals.add(MOSCOW, MONDAY + timedelta(days=day, hours=12))
    arrivals.add(KAMCHATKA, MONDAY + timedelta(days=7, hours=1))  # Monday 10:00 there
    means = {origin: mean for origin, kind, _, mean in arrivals.means() if kind == "weekday"}
    # from Monday 21:00 of the first week to Sunday 21:30 of the second: nine times 10:00 on a working day
    assert means == {MOSCOW: 1.0, KAMCHATKA: 1 / 9}


def test_nothing_is_known_of_no_calls() -> None:
    assert Arrivals().period is None
    assert Arrivals(MONDAY).period is None
    assert not list(Arrivals().means())


def test_one_call_is_a_period_of_half_an_hour() -> None:
    arrivals = Arrivals()
    arrivals.add(MOSCOW, MONDAY + timedelta(hours=9, minutes=44, seconds=3))
    assert arrivals.period == (MONDAY + timedelta(hours=9, minutes=30), MONDAY + timedelta(hours=10))
    assert [mean for *_, mean in arrivals.means()] == [1.0]
