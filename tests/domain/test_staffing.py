"""Erlang C against exact sums, cases worked out by hand, and the laws it must keep."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.staffing import (
    Goal,
    erlangs,
    expected_wait,
    operators_needed,
    service_level,
    wait_probability,
)


def exact_wait(load: Fraction, operators: int) -> Fraction:
    """The textbook sum a^n/n! · n/(n-a) / (Σ a^k/k! + the same), in whole fractions."""
    term, total = Fraction(1), Fraction(0)
    for k in range(operators):
        total += term
        term = term * load / (k + 1)
    last = term * operators / (operators - load)
    return last / (total + last)


@pytest.mark.parametrize(
    ("load", "operators", "waits"),
    [
        (Fraction(1, 2), 1, Fraction(1, 2)),  # one operator: the part of time that he is busy
        (Fraction(1), 2, Fraction(1, 3)),  # 1²/2! · 2 = 1 over 1 + 1 + 1
        (Fraction(2), 3, Fraction(4, 9)),  # 8/6 · 3 = 4 over 1 + 2 + 2 + 4
        (Fraction(3), 4, Fraction(27, 53)),  # 81/24 · 4 = 13.5 over 1 + 3 + 4.5 + 4.5 + 13.5
    ],
)
def test_cases_worked_out_by_hand(load: Fraction, operators: int, waits: Fraction) -> None:
    assert exact_wait(load, operators) == waits
    assert wait_probability(float(load), operators) == pytest.approx(float(waits), abs=1e-14)


@pytest.mark.parametrize(
    ("load", "operators"), [("0.1", 1), ("0.1", 9), ("7.5", 9), ("20", 24), ("33.3", 34), ("100", 101), ("180", 240)]
)
def test_agrees_with_the_exact_sum(load: str, operators: int) -> None:
    assert wait_probability(float(load), operators) == pytest.approx(
        float(exact_wait(Fraction(load), operators)), rel=1e-12
    )


def test_a_load_far_beyond_the_range_of_a_float_is_still_right() -> None:
    # a^n/n! itself overflows a float long before; 60 digits of Decimal do not
    load, operators = Decimal(5000), 5100
    with localcontext(prec=60):
        term, total = Decimal(1), Decimal(0)
        for k in range(operators):
            total += term
            term = term * load / (k + 1)
        last = term * operators / (operators - load)
    assert wait_probability(5000.0, operators) == pytest.approx(float(last / (total + last)), rel=1e-9)


def test_wait_and_service_level_of_the_classic_example() -> None:
    # 200 calls in half an hour of 3 minutes: 20 erlangs. 24 operators: exact sums, then e^(-4·20/180) and 180/4 s.
    assert erlangs(200, 180) == 20
    waits = float(exact_wait(Fraction(20), 24))
    assert waits == pytest.approx(0.298, abs=0.0005)  # 29.8 %, as Erlang C tables print it
    assert service_level(20, 24, 180, 20) == pytest.approx(1 - waits * math.exp(-80 / 180), abs=1e-12)
    assert expected_wait(20, 24, 180) == pytest.approx(waits * 45, abs=1e-9)


@pytest.mark.parametrize(
    ("arrivals", "handle", "goal", "needed"),
    [
        (0, 240, Goal(), 0),
        # 20 erlangs: 23 answer 70.2 % within 20 s, 24 answer 80.9 %; 20/24 = 83 % busy
        (200, 180, Goal(), 24),
        # the same for a stricter occupancy: 20/0.8 = 25
        (200, 180, Goal(max_occupancy=0.8), 25),
        # 24 who must sit there and 30 % away: 24/0.7 = 34.3
        (200, 180, Goal(shrinkage=0.3), 35),
        # 100 erlangs: the wait alone would need 107, busy at most 85 % needs 117.6
        (1000, 180, Goal(), 118),
        # a call a day (1/48 a half-hour of 240 s): 0.003 erlangs, one operator
        (1 / 48, 240, Goal(), 1),
        # occupancy exactly at the limit counts as kept: 17/20
        (17 * 1800 / 60, 60, Goal(share=0.5), 20),
    ],
)
def test_operators_needed(arrivals: float, handle: float, goal: Goal, needed: int) -> None:
    assert operators_needed(arrivals, handle, goal) == needed


def test_the_edges_of_the_classic_example_by_exact_sums() -> None:
    def level(operators: int) -> float:
        return 1 - float(exact_wait(Fraction(20), operators)) * math.exp(-(operators - 20) * 20 / 180)

    assert level(23) < 0.8 <= level(24)


@given(
    arrivals=st.floats(0.01, 3000),
    handle=st.floats(10, 1200),
    share=st.floats(0.05, 0.99),
    within=st.floats(0, 120),
    occupancy=st.floats(0.3, 1),
)
def test_the_number_keeps_the_goal_and_one_less_does_not(
    arrivals: float, handle: float, share: float, within: float, occupancy: float
) -> None:
    load = erlangs(arrivals, handle)
    number = operators_needed(arrivals, handle, Goal(share, within, occupancy))

    def kept(operators: int) -> bool:
        return (
            operators > load
            and load <= operators * occupancy * (1 + 1e-9)
            and service_level(load, operators, handle, within) >= share - 1e-9
        )

    assert kept(number)
    assert number == 1 or not (
        number - 1 > load
        and load < (number - 1) * occupancy * (1 - 1e-9)
        and service_level(load, number - 1, handle, within) > share + 1e-9
    )


@given(load=st.floats(0.001, 200), more=st.integers(1, 60))
def test_one_more_operator_never_makes_the_wait_longer(load: float, more: int) -> None:
    operators = math.floor(load) + more
    first, second = wait_probability(load, operators), wait_probability(load, operators + 1)
    assert 0 <= second <= first <= 1
    assert expected_wait(load, operators + 1, 180) <= expected_wait(load, operators, 180)


def test_too_few_operators_mean_an_endless_queue() -> None:
    assert wait_probability(5, 5) == 1
    assert expected_wait(5, 5, 60) == math.inf
    assert service_level(5, 4, 60, 20) == 0


def test_nobody_calls_nobody_waits() -> None:
    assert wait_probability(0, 3) == 0
    assert expected_wait(0, 0, 60) == 0
    assert service_level(0, 0, 60, 20) == 1


@pytest.mark.parametrize("values", [(-1, 60), (1, -60), (math.nan, 60), (math.inf, 60), (1, 60, 0)])
def test_senseless_figures_are_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"arrivals|handle_s|period_s"):
        erlangs(*values)


@pytest.mark.parametrize(
    "values", [{"share": 1.0}, {"share": 0.0}, {"within_s": -1}, {"max_occupancy": 0}, {"shrinkage": 1.0}]
)
def test_senseless_goals_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        Goal(**values)
