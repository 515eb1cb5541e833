"""Work that is done now and then."""

from datetime import datetime, timedelta


def due(last: datetime | None, at: datetime, every: timedelta) -> bool:
    """Is it time again at `at`, after `last` (None: never)? Also when the clock was put back meanwhile: else nothing
    would be done until it is where it was."""
    return last is None or not timedelta() <= at - last < every
