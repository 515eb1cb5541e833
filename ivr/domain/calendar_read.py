"""Reading the pieces of calendar files: days, hours, a year's moved days; every fault is named with its place."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from ivr.domain.calendar import Hours
from ivr.domain.holidays import ProductionCalendar, RegionalYear, Year, Yearly

STATUSES = ("decree", "draft")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])\Z")
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}\Z")
_DAY_MINUTES = 1440


@dataclass(frozen=True)
class Reading:
    """Collects the faults of one file."""

    file: str
    faults: list[str]

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{self.file}: {where}: {what}" if where else f"{self.file}: {what}")

    def only(self, table: Mapping[str, object], where: str, known: tuple[str, ...]) -> None:
        """Every other key is a fault."""
        for key in table:
            if key not in known:
                self.fault(f"{where}.{key}" if where else key, f"unknown; known are {', '.join(known)}")


def toml_of(text: str, name: str, faults: list[str]) -> dict[str, Any]:
    """The file's table, {} when it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{name}: is not TOML: {error}")
        return {}


def table_of(raw: object, where: str, reading: Reading) -> dict[str, Any]:
    """`raw` itself when it is a table."""
    if isinstance(raw, dict):
        return raw
    reading.fault(where, "must be a table")
    return {}


def list_of(raw: object, where: str, reading: Reading) -> list[Any]:
    """`raw` itself when it is a list."""
    if isinstance(raw, list):
        return raw
    reading.fault(where, "must be a list")
    return []


def days_of(raw: object, where: str, reading: Reading) -> frozenset[tuple[int, int]]:
    """Days of every year, written "MM-DD"."""
    found = set()
    for item in list_of(raw, where, reading):
        try:
            if not isinstance(item, str) or not _MONTH_DAY.match(item):
                raise ValueError
            day = datetime.strptime(f"2024-{item}", "%Y-%m-%d").date()
        except ValueError:
            reading.fault(where, f"{item!r} is not a day of the year as 05-09 (month-day)")
            continue
        found.add((day.month, day.day))
    return frozenset(found)


def moments_of(raw: object, where: str, reading: Reading, year: int = 0) -> list[date]:
    """Dates, of `year` only when it is given; TOML's own dates or text YYYY-MM-DD."""
    found = []
    for item in list_of(raw, where, reading):
        day = item
        if isinstance(item, str):
            try:
                day = date.fromisoformat(item)
            except ValueError:
                day = None
        if not isinstance(day, date) or isinstance(day, datetime):
            reading.fault(where, f"{item!r} is not a date as 2026-05-09")
        elif year and day.year != year:
            reading.fault(where, f"{day} is not of the year {year}")
        else:
            found.append(day)
    return found


def hours_of(raw: object, where: str, reading: Reading) -> Hours:
    """Hours of a day: ["09:00-13:00", "14:00-18:00"]; an end not after the start is on the next day."""
    found: list[tuple[int, int]] = []
    for item in list_of(raw, where, reading):
        match = _HOURS.match(item) if isinstance(item, str) else None
        if match is None or (match[3] == "24" and match[4] != "00"):
            reading.fault(where, f"{item!r} is not written as 09:00-18:00 (20:00-08:00 passes midnight)")
            continue
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        end += _DAY_MINUTES if end <= start else 0
        if any(start < other_end and other < end for other, other_end in found):
            reading.fault(where, f"{item}: overlaps with hours before it")
        found.append((start, end))
    for start, end in found:
        if end > _DAY_MINUTES and any(other + _DAY_MINUTES < end for other, _ in found if other != start):
            begin, close = (f"{at // 60 % 24:02}:{at % 60:02}" for at in (start, end))
            reading.fault(
                where, f"{begin}-{close} passes midnight and runs into the hours of the next day: are its ends swapped?"
            )
    return tuple(sorted(found))


def read_year(raw: Mapping[str, Any], number: int, yearly: Yearly, reading: Reading) -> Year:
    """One `holidays.<year>.toml`."""
    reading.only(raw, "", ("year", "status", "source", "moved", "holidays", "working_days", "regions"))
    before = len(reading.faults)
    if raw.get("year") != number:
        reading.fault("year", f"{raw.get('year')!r} does not agree with the file's name")
    if raw.get("status") not in STATUSES:
        reading.fault("status", f"{raw.get('status')!r} is not one of {', '.join(STATUSES)}")
    if not isinstance(raw.get("source"), str) or not raw["source"].strip():
        reading.fault("source", "is missing: which decree or draft is it?")
    regional = {}
    for code, own in table_of(raw.get("regions", {}), "regions", reading).items():
        where = f"regions.{code}"
        if not re.fullmatch(r"[0-9]{2}", code):
            reading.fault(where, "is not a region's code of two digits")
        own = table_of(own, where, reading)
        reading.only(own, where, ("holidays", "moved", "source"))
        regional[code] = RegionalYear(
            frozenset(moments_of(own.get("holidays", []), f"{where}.holidays", reading, number)),
            _moves(own.get("moved", []), f"{where}.moved", reading, number),
        )
    year = Year(
        number,
        str(raw.get("status")),
        _moves(raw.get("moved", []), "moved", reading, number),
        frozenset(moments_of(raw.get("holidays", []), "holidays", reading, number)),
        MappingProxyType(regional),
    )
    if len(reading.faults) == before:
        _check_count(raw.get("working_days"), year, yearly, reading)
    return year


def _moves(raw: object, where: str, reading: Reading, year: int) -> Mapping[date, date]:
    found: dict[date, date] = {}
    for item in list_of(raw, where, reading):
        if not isinstance(item, dict) or set(item) != {"from", "to"}:
            reading.fault(where, f"{item!r} is not written as {{ from = 2026-01-03, to = 2026-01-09 }}")
            continue
        pair = moments_of([item["from"], item["to"]], where, reading, year)
        if len(pair) != 2:
            continue
        day_off, to = pair
        if day_off.weekday() < 5:
            reading.fault(where, f"{day_off} is no Saturday or Sunday; `from` is the day off that is moved")
        if to.weekday() >= 5:
            reading.fault(where, f"{to} is a Saturday or Sunday; `to` is the working day that becomes a day off")
        if day_off in found or to in found.values():
            reading.fault(where, f"{day_off} or {to} is moved twice")
        found[day_off] = to
    return MappingProxyType(found)


def _check_count(raw: object, year: Year, yearly: Yearly, reading: Reading) -> None:
    """`working_days`, when given, guards against a slip in the dates."""
    if raw is None:
        return
    days = ProductionCalendar(yearly, {year.year: year})
    on, count = date(year.year, 1, 1), 0
    while on.year == year.year:
        count += days.day(on).working
        on += timedelta(days=1)
    if raw != count:
        reading.fault("working_days", f"{raw!r}, but the dates give {count} (a week of five days)")
