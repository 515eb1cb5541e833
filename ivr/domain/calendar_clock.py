"""A zone's wall clock over a stretch of time: when is the local time this or that, also when clocks are changed.

The zone is only ever asked about moments in UTC (pytz then always answers right), never about local times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytz

from ivr.errors import DataError

DAY = 86_400
_EPOCH = datetime(1970, 1, 1)
#: The calendars answer within 1970 to 2199; a moment of these years stays within, by every clock and a year around.
FIRST_YEAR, LAST_YEAR = 1972, 2198


def reckoned(on: date) -> bool:
    """Is the moment or day one that can be reckoned with? Others are out of the calendars' reach, some of Python's."""
    return FIRST_YEAR <= on.year <= LAST_YEAR


@dataclass(frozen=True)
class Period:
    """A stretch in which the clock is not changed. Seconds since 1970 UTC; `offset`: local minus UTC."""

    start: int
    end: int
    offset: int


class WallClock:
    """Local times, as seconds since 1970 on the wall clock, to moments (seconds since 1970 UTC).

    Clocks put forward: a local time that does not exist stands for the moment of the change. Clocks put back: of a
    local time that exists twice, opening hours start at the first and end at the second, so nothing that is open
    through the change closes in between. The minute that the clock is put back to is an end when it is first shown:
    of 02:00 to 03:00 shown twice, hours until 02:00 end before both, hours until 02:01 in the second.
    """

    def __init__(self, zone: str) -> None:
        if zone not in pytz.all_timezones_set:
            raise DataError(f"{zone!r} is not a time zone (IANA name, as Europe/Moscow)")
        self._zone = pytz.timezone(zone)

    def periods(self, start: int, end: int) -> list[Period]:
        """The periods of [start, end), in order; two changes within a day are not told apart."""
        found: list[Period] = []
        since, offset, at = start, self._offset(start), start
        while at < end:
            after = min(at + DAY, end)
            then = self._offset(after)
            if then != offset:
                change = self._change(at, after, offset)
                found.append(Period(since, change, offset))
                since, offset = change, then
            at = after
        found.append(Period(since, end, offset))
        return found

    def _offset(self, at: int) -> int:
        moment = (_EPOCH + timedelta(seconds=at)).replace(tzinfo=UTC)
        return round((moment.astimezone(self._zone).utcoffset() or timedelta()).total_seconds())

    def _change(self, before: int, after: int, offset: int) -> int:
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after


def opening(local: int, periods: Sequence[Period]) -> int:
    """The first moment at which the wall clock shows `local` or later."""
    for period in periods:
        if local < period.end + period.offset:
            return max(period.start, local - period.offset)
    return periods[-1].end


def closing(local: int, periods: Sequence[Period]) -> int:
    """The moment after which the wall clock never again shows a time before `local`."""
    for period in reversed(periods):
        if local > period.start + period.offset:
            return min(period.end, local - period.offset)
    return periods[0].start
