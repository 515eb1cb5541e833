"""When a citizen may be rung up: cases worked out by hand from the shipped hours (09-20, days off 10-18), and laws.

2026-11-25 is a Wednesday. Moscow is UTC+3, Kaliningrad +2, Kamchatka +12, all the year.
"""

from datetime import UTC, datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_hours import CallbackHours, Person, Window, offered, slot_room
from ivr.errors import DataError

CALENDARS = load_calendars(data_reader(None))
HOURS = CallbackHours(CALENDARS)
KALININGRAD, MOSCOW, KAMCHATKA = "Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"
MUSCOVITE = Person((MOSCOW,), "77")
DOUBTFUL = Person((MOSCOW, KALININGRAD, KAMCHATKA))


def utc(text: str) -> datetime:
    """ "25 06:00": of November 2026; other months "11-25" with the month."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-{day if '-' in day else f'11-{day}'}T{clock}:00+00:00")


def window(start: str, end: str) -> Window:
    return Window(utc(start), utc(end))


@pytest.mark.parametrize(
    ("zone", "region", "at", "allowed"),
    [
        (KAMCHATKA, "41", "25 07:59", True),  # 19:59 there, 10:59 in Moscow
        (KAMCHATKA, "41", "25 08:00", False),  # 20:00 there while Moscow is open
        (MOSCOW, "77", "25 08:00", True),
        (KALININGRAD, "39", "25 06:59", False),  # 08:59
        (KALININGRAD, "39", "25 07:00", True),
        (MOSCOW, "77", "28 06:59", False),  # Saturday 09:59
        (MOSCOW, "77", "28 07:00", True),
        (MOSCOW, "77", "28 15:00", False),  # 18:00
        (MOSCOW, "77", "04 06:30", False),  # Unity Day, a Wednesday, 09:30
        (MOSCOW, "77", "04 07:00", True),
        (MOSCOW, "77", "03 16:30", True),  # its eve, 19:30: a shortened day is not shortened here
        (MOSCOW, "16", "06 06:30", False),  # 09:30 on Tatarstan's own holiday, a Friday
        (MOSCOW, "77", "06 06:30", True),
        (MOSCOW, "77", "12-31 06:30", False),  # a day off moved to the Thursday
        ("Europe/Berlin", "", "10-24 08:00", True),  # Saturday 10:00 of summer time
        ("Europe/Berlin", "", "10-25 08:00", False),  # Sunday 09:00: clocks were put back in the night
        ("Europe/Berlin", "", "10-25 09:00", True),
    ],
)
def test_house_hours_are_by_the_citizen_s_own_clock_and_holidays(
    zone: str, region: str, at: str, allowed: bool
) -> None:
    assert HOURS.allowed(Person((zone,), region), utc(at)) is allowed


def test_a_phone_does_not_ring_on_into_the_quiet_hours() -> None:
    evening = utc("25 17:00")  # 20:00
    assert not HOURS.allowed(MUSCOVITE, evening - timedelta(seconds=40))
    assert HOURS.allowed(MUSCOVITE, evening - timedelta(seconds=41))
    assert HOURS.opens(MUSCOVITE, evening - timedelta(seconds=40)) == utc("26 06:00")


def test_in_doubt_the_hours_of_every_possible_clock_count() -> None:
    # working days: 07-18 UTC in Kaliningrad, 21-08 in Kamchatka
    assert HOURS.allowed(DOUBTFUL, utc("25 07:30"))
    assert not HOURS.allowed(DOUBTFUL, utc("25 06:59")) and not HOURS.allowed(DOUBTFUL, utc("25 08:00"))
    assert HOURS.opens(DOUBTFUL, utc("25 12:00")) == utc("26 07:00")
    assert HOURS.closes(DOUBTFUL, utc("25 07:30")) == utc("25 08:00")
    # days off: 08-16 and 22-06, never both
    assert HOURS.opens(DOUBTFUL, utc("27 12:00")) == utc("30 07:00")


def test_only_he_himself_opens_the_quiet_hours_and_for_his_ninety_minutes() -> None:
    night = Person((MOSCOW,), "77", tonight_until=utc("25 22:10"))
    assert HOURS.allowed(night, utc("25 20:40")) and not HOURS.allowed(MUSCOVITE, utc("25 20:40"))
    assert HOURS.closes(night, utc("25 20:40")) == utc("25 22:10")
    assert not HOURS.allowed(night, utc("25 22:10"))
    assert HOURS.opens(night, utc("25 22:10")) == utc("26 06:00")


@pytest.mark.parametrize(
    ("at", "estimate", "promised", "about", "tonight"),
    [
        # half as long again and ten minutes
        ("25 09:00", 1200, ("25 09:00", "25 09:40"), "25 09:20", None),
        ("25 09:00", None, ("25 09:00", "25 10:40"), "25 10:00", None),
        # 19:30, his turn at 19:45: not later than 20:00
        ("25 16:30", 900, ("25 16:30", "25 17:00"), "25 16:45", None),
        # 19:50, his turn at 20:20: asked; in the morning an hour
        ("25 16:50", 1800, ("26 06:00", "26 07:00"), "26 06:00", ("25 16:50", "25 17:45")),
        # 23:40
        ("25 20:40", 1200, ("26 06:00", "26 07:00"), "26 06:00", ("25 20:40", "25 21:20")),
        # an hour's wait at night: no more than ninety minutes of it; two hours: not tonight
        ("25 20:40", 3600, ("26 06:00", "26 07:40"), "26 06:00", ("25 20:40", "25 22:10")),
        ("25 20:40", 7200, ("26 06:00", "26 09:10"), "26 06:00", None),
        # Friday 19:50: Saturday from ten
        ("27 16:50", 1800, ("28 07:00", "28 08:00"), "28 07:00", ("27 16:50", "27 17:45")),
        # 05:00, ten hours to wait: his turn is at 15:00, within the hours that begin at nine
        ("25 02:00", 36_000, ("25 06:00", "25 17:00"), "25 12:00", None),
    ],
)
def test_as_soon_as_possible_comes_to_a_window_before_it_is_confirmed(
    at: str, estimate: int | None, promised: tuple[str, str], about: str, tonight: tuple[str, str] | None
) -> None:
    promise = HOURS.promise(MUSCOVITE, utc(at), estimate)
    assert (promise.window, promise.about) == (window(*promised), utc(about))
    assert promise.tonight == (window(*tonight) if tonight else None)
    assert promise.quiet is (promise.window.start != utc(at))
    assert promise.soon_at == (promise.window.start - timedelta(minutes=5) if promise.quiet else None)


@pytest.mark.parametrize(
    ("person", "created", "promised", "expires"),
    [
        (MUSCOVITE, "25 09:00", ("25 09:00", "25 09:40"), "26 17:00"),  # Thursday 20:00
        (MUSCOVITE, "27 12:00", ("27 12:00", "27 13:00"), "29 12:00"),  # Friday: 48 hours, not Monday
        (MUSCOVITE, "25 09:00", ("30 10:00", "30 10:30"), "30 17:00"),  # a window of his own choice: that day
        (DOUBTFUL, "27 12:00", ("30 07:00", "30 08:00"), "30 08:00"),  # no hour before Monday
    ],
)
def test_it_expires_after_the_next_working_day_but_never_before_its_window(
    person: Person, created: str, promised: tuple[str, str], expires: str
) -> None:
    assert HOURS.expires(person, utc(created), window(*promised)) == utc(expires)


def test_slots_are_free_half_hours_within_his_hours() -> None:
    at = utc("25 15:50")  # 18:50
    booked = {utc("26 06:00"): 2, utc("26 06:30"): 1}
    slots = HOURS.slots(MUSCOVITE, at, booked, lambda start: 2, most=3)
    assert slots == [window("25 16:30", "25 17:00"), window("26 06:30", "26 07:00"), window("26 07:00", "26 07:30")]
    assert HOURS.slots(MUSCOVITE, at, {}, lambda start: 0) == []
    week = HOURS.slots(MUSCOVITE, at, {}, lambda start: 1, most=1000)
    assert week[-1].start == utc("12-02 15:30") and len(week) == 1 + 22 + 22 + 16 + 16 + 22 + 22 + 20


def test_an_offer_needs_a_long_estimate_or_a_long_wait_or_nobody_there() -> None:
    assert [offered(estimate) for estimate in (None, 899, 900)] == [False, False, True]
    assert [offered(None, waited) for waited in (599, 600)] == [False, True]
    assert offered(None, staffed=False)
    # 8 operators at 3 minutes answer 80 in half an hour, a quarter of them is for callbacks
    assert [slot_room(operators, 180) for operators in (8, 0)] == [20, 0]
    assert slot_room(1, 3600) == 1


def test_a_calendar_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="nights"):
        CallbackHours(CALENDARS, "nights")


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda at: at.replace(tzinfo=UTC, fold=0))
PEOPLE = st.lists(
    st.sampled_from([KALININGRAD, MOSCOW, "Asia/Yekaterinburg", "Asia/Yakutsk", KAMCHATKA]), min_size=1, max_size=3
).map(lambda zones: Person(tuple(zones)))


def in_house_hours(person: Person, at: datetime) -> bool:
    """The widest hours there are, read from the wall clock."""
    return all(9 <= at.astimezone(pytz.timezone(zone)).hour < 20 for zone in person.zones)


@given(PEOPLE, MOMENTS)
def test_what_opens_is_allowed_and_nothing_before_it_is(person: Person, at: datetime) -> None:
    opening = HOURS.opens(person, at)
    assert opening is not None and opening >= at
    assert HOURS.allowed(person, opening) and in_house_hours(person, opening)
    assert not any(HOURS.allowed(person, at + (opening - at) * part / 7) for part in range(7) if opening > at)


@given(PEOPLE, MOMENTS, st.none() | st.integers(0, 40_000))
def test_a_promise_is_kept_within_his_hours_and_before_it_expires(
    person: Person, at: datetime, estimate: int | None
) -> None:
    promise = HOURS.promise(person, at, estimate)
    start, end = promise.window.start, promise.window.end
    assert at <= start < end and start <= promise.about
    assert HOURS.allowed(person, start) and in_house_hours(person, end - timedelta(seconds=1))
    assert HOURS.expires(person, at, promise.window) >= end
    assert promise.tonight is None or timedelta() < promise.tonight.end - at <= timedelta(minutes=90)


@given(PEOPLE, MOMENTS)
def test_every_slot_lies_within_his_hours(person: Person, at: datetime) -> None:
    for slot in HOURS.slots(person, at, {}, lambda start: 1, most=10):
        assert slot.end - slot.start == timedelta(minutes=30) and at < slot.start <= at + timedelta(days=7)
        assert HOURS.allowed(person, slot.start) and in_house_hours(person, slot.end - timedelta(seconds=1))
