"""Work that is done now and then is done in time, whatever is done to the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.pace import due

LAST = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (4, False), (5, True), (90_000, True), (-1, True)])
def test_it_is_time_after_so_long_and_when_the_clock_was_put_back(seconds: int, expected: bool) -> None:
    assert due(LAST, LAST + timedelta(seconds=seconds), timedelta(seconds=5)) is expected


def test_what_was_never_done_is_due() -> None:
    assert due(None, LAST, timedelta(days=1))
