"""When calls arrive: how many came in each half-hour of a day, by the clock of the place they came from. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from ivr.domain.whereabouts import local_time

#: Days with another rhythm: working days of an office, and days off.
DayKind = Literal["weekday", "weekend"]
DAY_KINDS: tuple[DayKind, ...] = ("weekday", "weekend")
SLOTS = 48
_SLOT = timedelta(minutes=30)
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Origin:
    """Who calls: region code ("" unknown) and zone of the place, category id ("" none) and language of the call."""

    region: str
    zone: str
    category: str = ""
    language: str = "ru"


def by_weekday(on: date) -> DayKind:
    """Monday to Friday, Saturday and Sunday; knows no holidays."""
    return "weekend" if on.weekday() >= _SATURDAY else "weekday"


def slot_of(local: datetime) -> int:
    """The half-hour of the day, 0 to 47."""
    return local.hour * 2 + local.minute // 30


class Arrivals:
    """Counts of a period [start, end) (aware), by origin, kind of day and half-hour of the local clock.

    A bound that is None is told by the calls themselves: the first and the last of each zone, as a list of calls may
    be cut at everybody's own midnight or at one for all; a zone silent for more than a day there has those of all.
    `kind_of` tells the kind of a local date (a production calendar knows holidays and moved days).
    """

    def __init__(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        kind_of: Callable[[date], DayKind] = by_weekday,
    ) -> None:
        if start is not None and end is not None and end <= start:
            raise ValueError("the period ends before it starts")
        self.counts: Counter[tuple[Origin, DayKind, int]] = Counter()
        self.talks, self.talked_s = 0, 0.0
        #: calls of which nobody told the category; they are counted under one all the same
        self.unsorted = 0
        self._start, self._end = start, end
        self._kind_of = cache(kind_of)
        self._seen: dict[str, tuple[datetime, datetime]] = {}
        self._lengths: dict[str, Counter[tuple[DayKind, int]]] = {}

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """Begin and end; None when neither bound nor call tells them."""
        if self._start is not None and self._end is not None:
            return self._start, self._end
        if not self._seen:
            return None
        start = self._start or _begin(min(first for first, _ in self._seen.values()))
        end = self._end or _begin(max(last for _, last in self._seen.values())) + _SLOT
        return start, max(end, start + _SLOT)

    @property
    def calls(self) -> int:
        return self.counts.total()

    @property
    def mean_talk_s(self) -> float | None:
        """Seconds that an operator talked to a caller; None when nobody did."""
        return self.talked_s / self.talks if self.talks else None

    def add(self, origin: Origin, at: datetime) -> None:
        """One call at `at` (aware). Raises `pytz.UnknownTimeZoneError`."""
        local = local_time(at, origin.zone)
        self.counts[origin, self._kind_of(local.date()), slot_of(local)] += 1
        first, last = self._seen.get(origin.zone, (at, at))
        if not first <= at <= last or first is last:
            self._seen[origin.zone] = min(first, at), max(last, at)
            self._lengths.clear()

    def talked(self, seconds: float) -> None:
        """One talk with an operator."""
        self.talks += 1
        self.talked_s += seconds

    def means(self) -> Iterator[tuple[Origin, DayKind, int, float]]:
        """Origin, kind of day, half-hour, mean number of calls in such a half-hour; only where calls came."""
        for (origin, kind, slot), count in self.counts.items():
            # A call counts where it began to wait, which may be minutes after the end of the period.
            yield origin, kind, slot, count / max(1, self.half_hours(origin.zone)[kind, slot])

    def half_hours(self, zone: str) -> Counter[tuple[DayKind, int]]:
        """How often the period has each half-hour of each kind of day, by the clock of `zone`.

        One that is begun counts. The two days a year on which clocks are changed count as any other.
        """
        found = self._lengths.get(zone)
        if found is None:
            found = self._lengths[zone] = self._count(zone)
        return found

    def _count(self, zone: str) -> Counter[tuple[DayKind, int]]:
        start, end = (local_time(at, zone).replace(tzinfo=None) for at in self._bounds(zone))
        found: Counter[tuple[DayKind, int]] = Counter()
        for number in range((end.date() - start.date()).days + 1):
            midnight = datetime.combine(start.date(), datetime.min.time()) + number * _DAY
            first = max(0, (start - midnight) // _SLOT)
            last = min(SLOTS, -((midnight - end) // _SLOT))
            kind = self._kind_of(midnight.date())
            for slot in range(first, last):
                found[kind, slot] += 1
        return found

    def _bounds(self, zone: str) -> tuple[datetime, datetime]:
        period = self.period
        if period is None:
            raise ValueError("there is neither a period nor a call")
        start, end = period
        if zone in self._seen:
            first, last = _begin(self._seen[zone][0]), _begin(self._seen[zone][1]) + _SLOT
            if self._start is None and first < start + _DAY:
                start = first
            if self._end is None and last > end - _DAY:
                end = last
        return start, end


def _begin(at: datetime) -> datetime:
    """The begin of its half-hour."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
