"""What the soak says of its samples; no call is made here."""

import pytest

from tests.chaos.case import Result
from tests.chaos.memory import Held
from tests.chaos.soak import Samples, _told


def told(slope_mb: float, files: int, minutes: int = 40) -> Result:
    """Of minutes in which memory grows by `slope_mb` an hour, and a file is left open every `files` samples."""
    samples, result = Samples(), Result("soak")
    for number in range(minutes * 12):
        at = number * 5.0
        size = 100 + (number % 7) * 0.2 + slope_mb * at / 3600
        for points in samples.of.values():
            points.append((at, Held(size + 10, size + 5, size, 50 + (number // files if files else number % 3))))
    _told(samples, minutes * 60, result)
    return result


def test_what_only_scatters_is_flat() -> None:
    result = told(0, 0)
    assert result.faults == []
    assert all(words.endswith("flat") for words in result.notes) and len(result.notes) == 4
    assert result.figures["controller, own memory"]["seconds"] == 1435


def test_memory_and_files_that_grow_are_faults() -> None:
    assert [words.partition(" grows")[0] for words in told(60, 10).faults] == [
        "controller: own memory", "controller: files", "Asterisk: own memory", "Asterisk: files",
    ]  # fmt: skip


@pytest.mark.parametrize("minutes", [36, 40, 600])
def test_a_kilobyte_a_call_is_found(minutes: int) -> None:
    # a hundred calls of 45 s
    faults = told(100 / 45 * 3600 / 1024, 0, minutes).faults
    assert [words.partition(" grows")[0] for words in faults] == ["controller: own memory", "Asterisk: own memory"]
    assert all("1.00 kB a call" in words for words in faults)


@pytest.mark.parametrize("minutes", [25, 36, 40])
def test_calls_that_are_kept_for_a_quarter_of_an_hour_are_no_leak(minutes: int) -> None:
    # much as measured in 25 minutes: 25 kB a call, then no more
    samples, result = Samples(), Result("soak")
    for number in range(minutes * 12):
        at = number * 5.0
        size = 100 + 100 / 45 * min(at, 945) * 25 / 1024
        for points in samples.of.values():
            points.append((at, Held(size + 10, size + 5, size, 50)))
    _told(samples, minutes * 60, result)
    assert result.faults == []


def test_memory_that_grows_in_a_short_soak_is_shown_and_not_judged() -> None:
    result = told(600, 0, minutes=4)
    assert result.faults == [] and sum("too short" in words for words in result.notes) == 2
    assert len(told(600, 3, minutes=4).faults) == 2


def test_a_soak_of_a_moment_says_that_it_tells_nothing() -> None:
    result = Result("soak")
    _told(Samples(), 10, result)
    assert any("run longer" in words for words in result.faults)
