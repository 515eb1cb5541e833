"""The Russian production calendar: public holidays, days off and working days moved, shortened days.

Source of the rules: Labour Code, art. 112 (holidays; a day off that falls on one moves to the next working day,
those of January where the Government puts them), art. 95 (the day before a holiday is an hour shorter); a working
day put in a day off's place is as long as the day whose place it took.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Day:
    """What is special of a date. `weekday` 0 (Monday) to 6: whose hours it has, not always its own."""

    weekday: int
    holiday: bool = False
    shortened: bool = False

    @property
    def working(self) -> bool:
        """Does an office with a week of five days work?"""
        return not self.holiday and self.weekday < SATURDAY


@dataclass(frozen=True)
class Year:
    """What was decreed for a year. `moved`: day off -> the date it is taken on; `holidays`: beside the yearly ones.

    `status`: "decree", "draft" (may still change) or "computed" (no data: only what the law itself says).
    `regional`: region code -> its holidays and moved days.
    """

    year: int
    status: str = "computed"
    moved: Mapping[date, date] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    regional: Mapping[str, "RegionalYear"] = field(default_factory=dict)


@dataclass(frozen=True)
class RegionalYear:
    """One region's own days of one year."""

    holidays: frozenset[date] = frozenset()
    moved: Mapping[date, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Yearly:
    """The holidays of every year as (month, day). `by_decree`: those whose days off only the Government moves.

    `moving`: the regions where a day off that falls on the region's own holiday moves to the next working day.
    """

    federal: frozenset[tuple[int, int]] = frozenset()
    by_decree: frozenset[tuple[int, int]] = frozenset()
    regional: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()


class ProductionCalendar:
    """The days of one region ("" for the country): `day(date)`; years are worked out when first asked for."""

    def __init__(self, yearly: Yearly, years: Mapping[int, Year], region: str = "") -> None:
        self._yearly, self._years, self._region = yearly, years, region
        self._special: dict[int, Mapping[date, Day]] = {}

    def day(self, on: date) -> Day:
        """The kind of a date."""
        special = self._special.get(on.year)
        if special is None:
            special = self._special[on.year] = self._year(on.year)
        return special.get(on) or Day(on.weekday())

    def _holiday(self, on: date) -> bool:
        return self._federal(on) or self._own(on)

    def _federal(self, on: date) -> bool:
        year = self._years.get(on.year)
        return (on.month, on.day) in self._yearly.federal or (year is not None and on in year.holidays)

    def _own(self, on: date) -> bool:
        """Is it a holiday of this region?"""
        year = self._years.get(on.year)
        own = year.regional.get(self._region) if year is not None else None
        yearly = self._yearly.regional.get(self._region, frozenset())
        return (on.month, on.day) in yearly or (own is not None and on in own.holidays)

    def _year(self, number: int) -> Mapping[date, Day]:
        first, last = date(number, 1, 1), date(number, 12, 31)
        days = [first + n * _DAY for n in range((last - first).days + 1)]
        weekdays = self._moved(number, days)
        special: dict[date, Day] = {}
        for on in days:
            like = weekdays.get(on, on)
            # A working Saturday takes the place of a day and with it that day's length.
            kind = Day(like.weekday(), self._holiday(on), False)
            short = kind.working and like < date.max and self._holiday(like + _DAY)
            kind = Day(kind.weekday, kind.holiday, short)
            if kind != Day(on.weekday()):
                special[on] = kind
        return MappingProxyType(special)

    def _moved(self, number: int, days: list[date]) -> dict[date, date]:
        """Date -> the date whose hours it has: a day off moved to `on` and the day that lost it change places."""
        year = self._years.get(number) or Year(number)
        own = year.regional.get(self._region) or RegionalYear()
        moved = {**year.moved, **own.moved}
        taken = set(moved.values())
        for on in days:
            decreed = (on.month, on.day) in self._yearly.by_decree or on in moved
            moves = self._federal(on) or (self._region in self._yearly.moving and self._own(on))
            if on.weekday() < SATURDAY or not moves or decreed:
                continue
            to = on + _DAY
            while to.weekday() >= SATURDAY or self._holiday(to) or to in taken:
                to += _DAY
            moved[on] = to
            taken.add(to)
        like: dict[date, date] = {}
        for day_off, to in moved.items():
            like[to], like[day_off] = day_off, to
        return like


NO_HOLIDAYS = ProductionCalendar(Yearly(), MappingProxyType({}))
