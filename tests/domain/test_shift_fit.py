"""How many people a plan of shifts has at each half-hour, and how many its hours need."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.queue_plan import Shift
from ivr.domain.shift_fit import WEEK, fitted, operators_at, planned_week

WORKDAYS, EVERY = frozenset(range(5)), frozenset(range(7))
EARLY = Shift(WORKDAYS, 8 * 60, 16 * 60, 5)
LATE = Shift(WORKDAYS, 14 * 60, 22 * 60, 3)
NIGHT = Shift(WORKDAYS, 22 * 60, 30 * 60, 2)


def slot(day: int, hour: float) -> int:
    return day * 48 + int(hour * 2)


@pytest.mark.parametrize(
    ("day", "hour", "people"),
    [
        (0, 7.5, 0),
        (0, 8, 5),
        (0, 14, 8),
        (0, 16, 3),
        (0, 21.5, 3),
        (0, 22, 2),
        (1, 5.5, 2),
        (1, 6, 0),
        (0, 5, 0),  # Sunday has no night shift
        (5, 5.5, 2),  # Friday's ends on Saturday
        (5, 8, 0),
    ],
)
def test_people_planned(day: int, hour: float, people: int) -> None:
    assert planned_week((EARLY, LATE, NIGHT))[slot(day, hour)] == people


def test_sundays_night_shift_goes_on_on_monday() -> None:
    night = Shift(frozenset({6}), 22 * 60, 30 * 60, 2)
    week = planned_week((night,))
    assert [number for number, people in enumerate(week) if people] == [
        *range(12), *range(slot(6, 22), WEEK)
    ]  # fmt: skip


def test_a_half_hour_in_which_a_shift_begins_or_ends_has_the_fewest() -> None:
    week = planned_week((Shift(EVERY, 8 * 60 + 15, 16 * 60 + 45, 4),))
    assert [week[slot(2, hour)] for hour in (8, 8.5, 16, 16.5)] == [0, 4, 4, 0]


def test_people_at_a_minute() -> None:
    assert operators_at((EARLY,), 4, 8 * 60 - 1) == 0
    assert operators_at((EARLY,), 4, 8 * 60) == 5
    assert operators_at((EARLY,), 5, 8 * 60) == 0


def test_shifts_that_overlap_share_the_peak() -> None:
    # 4 in the morning, 9 while both are there, 6 in the evening: no fewer than 6 late and 4 early will do
    needed = {slot(1, 9): 4, slot(1, 15): 9, slot(1, 20): 6}
    assert fitted((EARLY, LATE), needed) == (4, 6)


def test_one_shift_alone_is_as_strong_as_its_peak() -> None:
    assert fitted((EARLY,), {slot(0, 9): 4, slot(3, 12): 11}) == (11,)


def test_need_that_no_shift_covers_is_left_out_and_nobody_needed_still_means_one() -> None:
    assert fitted((EARLY, LATE), {slot(6, 9): 40}) == (1, 1)
    assert fitted((), {slot(6, 9): 40}) == ()


def test_a_shift_covers_only_whole_half_hours() -> None:
    quarter = Shift(EVERY, 8 * 60 + 15, 9 * 60 + 15, 1)
    assert fitted((quarter,), {slot(0, 8): 7, slot(0, 8.5): 3, slot(0, 9): 7}) == (3,)


_SHIFTS = st.builds(
    lambda days, start, length: Shift(frozenset(days), start * 30, (start + length) * 30, 1),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 47),
    st.integers(1, 24),
)


@given(
    shifts=st.lists(_SHIFTS, min_size=1, max_size=3),
    needed=st.dictionaries(st.integers(0, WEEK - 1), st.integers(0, 4), max_size=12),
)
def test_everybody_needed_is_there_and_nobody_can_be_spared(shifts: list[Shift], needed: dict[int, int]) -> None:
    def enough(counts: tuple[int, ...]) -> bool:
        week = planned_week([Shift(s.days, s.start, s.end, n) for s, n in zip(shifts, counts, strict=True)])
        reach = planned_week(shifts)
        return all(week[at] >= people for at, people in needed.items() if reach[at])

    counts = fitted(shifts, needed)
    assert enough(counts)
    for number, count in enumerate(counts):
        assert count == 1 or not enough((*counts[:number], count - 1, *counts[number + 1 :]))


def test_is_the_least_for_two_shifts_in_every_small_case() -> None:
    for morning, both, evening in product(range(5), repeat=3):
        needed = {slot(0, 9): morning, slot(0, 15): both, slot(0, 20): evening}
        counts = fitted((EARLY, LATE), needed)
        least = max(morning, 1) + max(evening, 1)
        assert sum(counts) == max(least, both)
