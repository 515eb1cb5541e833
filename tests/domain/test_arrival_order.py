"""Inversions of the order of arrival: lines worked out by hand, and a replay of queues that keep it."""

import heapq
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.arrival_order import Stay, inversions

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def stay(
    id: str, arrived: float, since: float, until: float, served: bool = True, offered: float | None = None,
    line: str = "moscow",
) -> Stay:  # fmt: skip
    return Stay(id, line, at(arrived), at(since), at(until), served, None if offered is None else at(offered))


def pairs(*stays: Stay) -> list[tuple[str, str]]:
    """(overtaken, by whom)"""
    return [(each.earlier.id, each.later.id) for each in inversions(stays)]


def test_in_order_of_arrival_there_is_none() -> None:
    assert pairs(stay("a", 0, 0, 60), stay("b", 10, 10, 70), stay("c", 20, 20, 80)) == []


def test_a_later_caller_who_is_taken_first_has_overtaken_everybody_before_him() -> None:
    late = stay("c", 20, 20, 50)
    (first, second) = inversions([stay("a", 0, 0, 60), stay("b", 10, 10, 55, served=False), late])
    assert (first.earlier.id, second.earlier.id) == ("a", "b")
    assert (first.later, first.at, first.line) == (late, at(50), "moscow")


def test_whoever_is_not_there_is_not_overtaken() -> None:
    gone, taken = stay("gone", 0, 0, 40, served=False), stay("taken", 20, 20, 50)
    called_back = stay("back", 5, 51, 90)  # pressed 1 after the other was taken
    elsewhere = stay("other", 1, 1, 99, line="ural")
    assert pairs(gone, taken, called_back, elsewhere) == []


def test_one_called_back_who_stands_in_the_line_has_his_old_place() -> None:
    assert pairs(stay("back", 5, 45, 90), stay("live", 20, 20, 50)) == [("back", "live")]
    assert pairs(stay("back", 5, 45, 49), stay("live", 20, 20, 50)) == []


def test_who_comes_in_while_a_phone_rings_for_another_is_not_overtaken_by_him() -> None:
    assert pairs(stay("back", 5, 45, 90), stay("live", 20, 20, 50, offered=44)) == []
    assert pairs(stay("back", 5, 45, 90), stay("live", 20, 20, 50, offered=45)) == [("back", "live")]


def test_two_put_through_at_once_may_be_answered_in_any_order() -> None:
    assert pairs(stay("a", 0, 0, 52, offered=40), stay("b", 10, 10, 50, offered=41)) == []
    # but not when the earlier one is only offered later
    assert pairs(stay("a", 0, 0, 60, offered=42), stay("b", 10, 10, 50, offered=41)) == [("a", "b")]


def test_who_came_at_the_same_moment_may_be_taken_in_any_order() -> None:
    assert pairs(stay("a", 0, 0, 60), stay("b", 0, 0, 50)) == []


def test_nobody_at_all() -> None:
    assert pairs() == []


@pytest.mark.parametrize("size", [2, 7])
def test_a_line_taken_backwards_has_every_pair(size: int) -> None:
    line = [stay(f"c{n}", n, n, 100 - n) for n in range(size)]
    assert len(pairs(*line)) == size * (size - 1) // 2


COMING = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 100), st.booleans()), max_size=25)


@given(COMING, st.integers(1, 60))
def test_a_queue_that_takes_the_earliest_there_has_none(coming: list[tuple[int, int, bool]], handle: int) -> None:
    """One operator who takes, whenever free, whoever of those there came first; some hang up before."""
    people = sorted((arrived + (0 if live else away), arrived, n) for n, (arrived, away, live) in enumerate(coming))
    stays, there, now = [], list[tuple[int, int, int]](), 0
    while people or there:
        if not there:
            now = max(now, people[0][0])
        while people and people[0][0] <= now:
            since, arrived, n = people.pop(0)
            heapq.heappush(there, (arrived, n, since))
        arrived, n, since = heapq.heappop(there)
        stays.append(stay(f"c{n}", arrived, since, now + 0.5, offered=now))
        now += handle
    assert inversions(stays) == []


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 3, st.booleans(), st.none() | st.integers(0, 40)), max_size=12))
def test_it_finds_the_same_as_looking_at_every_pair(rows: list[tuple[int, int, int, bool, int | None]]) -> None:
    stays = [
        stay(f"c{n}", arrived, since, since + length, served, offered)
        for n, (arrived, since, length, served, offered) in enumerate(rows)
    ]
    expected = {
        (one.id, two.id)
        for one in stays
        for two in stays
        if two.served and one.arrived < two.arrived and one.until > two.until
        for offer in (max(two.since, min(two.offered or two.until, two.until)),)
        if one.since <= offer
        and not (one.served and one.offered is not None and one.offered <= (two.offered or two.until))
    }
    assert set(pairs(*stays)) == expected


def test_a_stay_that_ends_before_it_began_by_another_clock_breaks_nothing() -> None:
    skewed = stay("a", 60, 300, 240)
    assert pairs(skewed) == []
    assert pairs(skewed, stay("b", 0, 0, 540)) == [("b", "a")]
