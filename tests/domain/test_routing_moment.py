"""The sites at a moment: kept from change to change, the same whatever was asked before, within limits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain import routing_moment
from ivr.domain.calendar import Calendar, Window
from ivr.domain.routing_moment import Clocks, Moments
from tests.domain.routes import at, calendars, shipped

ZONES = ("Europe/Moscow", "Asia/Kamchatka", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
moments_of_time = st.integers(0, 60 * 366 * 86_400).map(lambda s: datetime(1975, 1, 1, tzinfo=UTC) + timedelta(0, s))
PLAN = shipped().plan


def test_between_two_changes_no_calendar_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []
    window = Calendar.window

    def count(calendar: Calendar, moment: datetime) -> Window:
        asked.append(moment)
        return window(calendar, moment)

    monkeypatch.setattr(Calendar, "window", count)
    moments = Moments(PLAN, calendars())
    # by Moscow's clock: Vladivostok closes at 13:00, and next Novosibirsk at 16:00
    first = moments.at(at("2026-11-25T13:00:00+03:00"))
    known = len(asked)
    assert known > 0
    for clock in ("13:05", "13:16", "13:31", "14:50", "15:50"):
        assert moments.at(at(f"2026-11-25T{clock}:00+03:00")) is first
    assert len(asked) == known
    assert moments.at(at("2026-11-25T16:00:00+03:00")) is not first


@settings(max_examples=100, deadline=None)
@given(st.lists(moments_of_time, min_size=2, max_size=12))
def test_a_moment_is_the_same_whatever_was_asked_before(asked: list[datetime]) -> None:
    moments = Moments(PLAN, calendars())
    for moment in (*asked, *asked):
        found, alone = moments.at(moment), Moments(PLAN, calendars()).at(moment)
        assert found == alone
        assert found.since <= moment < found.until


def test_what_is_kept_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_moment, "_KEPT", 100 * len(PLAN.sites))
    monkeypatch.setattr(routing_moment, "_CLOCKS", 30)
    moments = Moments(PLAN, calendars())
    most = 0
    for day in range(1000):
        for hour in (1, 9, 17):
            moments.at(datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day))
        most = max(most, len(moments._kept))
        assert len(moments._starts) == len(moments._kept)
        assert len(moments._states) <= (len(moments._kept) + 1) * len(moments.queues)
        assert len(moments.clocks._kept) <= 30
    assert 64 <= most <= 120


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), moments_of_time)
def test_a_clock_is_as_far_ahead_as_elsewhere_in_the_whole_stretch(zone: str, moment: datetime) -> None:
    period = Clocks().period(zone, moment.timestamp())
    assert period.start <= moment.timestamp() < period.end
    for seconds in (period.start, moment.timestamp(), period.end - 1):
        local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
        assert period.offset == (local.utcoffset() or timedelta()).total_seconds()
