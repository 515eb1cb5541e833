"""What grows is told from what only scatters."""

import os

import pytest

from tests.chaos.memory import held, trend


def test_this_process_holds_memory_and_files() -> None:
    before = held(os.getpid())
    with open(os.devnull), open(os.devnull):  # noqa: PTH123
        assert held(os.getpid()).files == before.files + 2
    assert 1 < before.pss <= before.rss


def test_a_slope_is_found_by_least_squares() -> None:
    found = trend([(float(t), 100 + 0.5 * t) for t in range(0, 100, 5)])
    assert (found.slope, found.mean, found.growth) == (pytest.approx(0.5), pytest.approx(123.75), pytest.approx(47.5))
    assert not found.flat(4) and found.flat(48)


def test_scatter_without_a_slope_is_flat() -> None:
    found = trend([(float(t), 100 + (t % 3) * 10) for t in range(100)])
    assert found.flat(0)


def test_two_points_make_no_trend() -> None:
    with pytest.raises(ValueError, match="three"):
        trend([(0, 1), (1, 1)])
