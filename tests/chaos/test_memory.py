"""What grows is told from what only scatters, steps or warms up."""

import gc
import mmap
import os
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.chaos.memory import held, trend

#: Samples of 24 minutes, every 5 s; calls a second as in the soak.
TIMES = np.arange(960.0, 2400.0, 5.0)
CALLS_A_SECOND = 100 / 45
#: MB in that time: a kB a call, and what is taken for no growth.
#: a rise that is too much, however it came.
LEAK, ALLOWED = (one * CALLS_A_SECOND * 1440 / 1024 for one in (1.0, 0.4))
MOST = 16.0


def scatter(dice: np.random.Generator, size: float = 0.35) -> np.ndarray:
    """Of so many MB, and as real samples it hangs together for half a minute."""
    keep = np.exp(-5 / 30)
    steps = dice.normal(0, size * np.sqrt(1 - keep**2), len(TIMES))
    found = np.zeros(len(TIMES))
    for at in range(1, len(TIMES)):
        found[at] = keep * found[at - 1] + steps[at]
    return found


def alarms(shape: Callable[[np.random.Generator, np.ndarray], np.ndarray]) -> int:
    """Of 40 series of `shape` (of the part of the time that is over, 0 to 1) with scatter: so many are not flat."""
    past, found = (TIMES - TIMES[0]) / (TIMES[-1] - TIMES[0]), 0
    for seed in range(40):
        dice = np.random.default_rng(seed)
        values = 100 + shape(dice, past) + scatter(dice)
        found += not trend([*zip(TIMES.tolist(), values.tolist(), strict=True)]).flat(ALLOWED, MOST)
    return found


def levels(dice: np.random.Generator, past: np.ndarray, count: int) -> np.ndarray:
    """An allocator that takes and gives back: so many levels of 0 to 2 MB, one after the other."""
    return dice.integers(0, 3, count)[np.minimum((past * count).astype(int), count - 1)].astype(float)


@pytest.fixture
def still() -> Iterator[None]:
    """Nothing is collected meanwhile: other tests' leavings would change the counts."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_this_process_holds_memory_and_files(still: None) -> None:
    before = held(os.getpid())
    with open(os.devnull), open(os.devnull):  # noqa: PTH123
        assert held(os.getpid()).files == before.files + 2
    assert 1 < before.pss <= before.rss and before.own > 1
    # from the kernel itself: an allocator may have had it already
    with mmap.mmap(-1, 20 * 2**20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as ballast:
        for page in range(0, len(ballast), mmap.PAGESIZE):
            ballast[page] = 1
        assert 19 < held(os.getpid()).own - before.own < 25


def test_the_slope_is_found() -> None:
    found = trend([(float(t), 100 + 0.5 * t) for t in range(0, 100, 5)])
    assert (found.slope, found.least, found.halves) == (pytest.approx(0.5),) * 2 + (pytest.approx((0.5, 0.5)),)
    assert (found.mean, found.growth) == (pytest.approx(123.75), pytest.approx(47.5))
    assert not found.flat(4, 48) and found.flat(48, 48) and not found.flat(48, 40)


def test_a_leak_of_a_kilobyte_a_call_is_found() -> None:
    assert alarms(lambda dice, past: LEAK * past) >= 38
    assert alarms(lambda dice, past: 2 * LEAK * past) == 40


def test_a_leak_that_an_allocator_hands_out_in_pieces_is_found() -> None:
    assert alarms(lambda dice, past: np.floor((LEAK * past + dice.uniform(0, 0.5)) / 0.5) * 0.5) >= 38
    assert alarms(lambda dice, past: np.floor(LEAK * past + dice.uniform(0, 1))) >= 36


def test_scatter_is_flat_and_so_is_what_becomes_less() -> None:
    assert alarms(lambda dice, past: 0 * past) == 0
    assert alarms(lambda dice, past: -LEAK * past) == 0
    assert trend([(float(t), 100 + (t % 3) * 10) for t in range(100)]).flat(0, 20)


@pytest.mark.parametrize("size", [1, 4, 12])
def test_a_step_at_any_time_is_no_leak(size: float) -> None:
    # the scatter adds a slope of its own to the half without the step, now and then one that would do
    assert alarms(lambda dice, past: size * (past > dice.uniform(0, 1))) <= 1


def test_what_begins_to_grow_late_and_much_is_found() -> None:
    assert alarms(lambda dice, past: 30 * np.maximum(past - 0.7, 0) / 0.3) == 40


def test_a_warm_up_that_comes_to_its_end_is_no_leak() -> None:
    assert alarms(lambda dice, past: 3 * np.minimum(past / 0.4, 1)) <= 1
    assert alarms(lambda dice, past: 4 * (1 - np.exp(-past / 0.1))) <= 1


@pytest.mark.parametrize("count", [3, 6, 20])
def test_an_allocators_plateaus_are_no_leak(count: int) -> None:
    assert alarms(lambda dice, past: levels(dice, past, count)) <= 2


def test_few_points_make_no_trend() -> None:
    with pytest.raises(ValueError, match="eight"):
        trend([(float(t), 1) for t in range(7)])
