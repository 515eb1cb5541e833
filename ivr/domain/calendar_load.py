"""All calendars: `calendars.toml` and `holidays.<year>.toml`, read and checked, bound to zones and regions."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ivr.domain.calendar import Calendar, Hours, Plan
from ivr.domain.calendar_read import Reading, days_of, hours_of, list_of, moments_of, read_year, table_of, toml_of
from ivr.domain.holidays import ProductionCalendar, Year, Yearly
from ivr.domain.queue_plan import Shift
from ivr.domain.terms import Term, read_terms
from ivr.errors import DataError

#: The years whose `holidays.<year>.toml` is looked for.
YEARS = range(2020, 2051)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SETS = {"workdays": WEEK[:5], "weekend": WEEK[5:], "everyday": WEEK}


@dataclass(frozen=True)
class Week:
    """A calendar by its name, not yet bound to a zone: as `Plan`."""

    weekly: tuple[Hours, ...]
    observes: bool = False
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    on_holidays: Hours = ()
    shortens: bool = True


class Calendars:
    """Calendars by name, and of shifts, in any zone and region; each is made once and kept.

    `digest`: of the data, the same for the same data. `years`: what is known of which year. `terms`: the deadlines
    of tickets by priority.
    """

    def __init__(
        self,
        weeks: Mapping[str, Week],
        yearly: Yearly,
        years: Mapping[int, Year],
        terms: Mapping[str, Term],
        digest: str,
    ) -> None:
        self.names = tuple(weeks)
        self.years = years
        self.terms = terms
        self.digest = digest
        self._weeks, self._yearly = weeks, yearly
        self._days: dict[str, ProductionCalendar] = {}
        self._bound: dict[tuple[str, str, str], Calendar] = {}
        self._of_shifts: dict[tuple[tuple[Shift, ...], str, str, bool], Calendar] = {}

    def bind(self, name: str, zone: str, region: str = "") -> Calendar:
        """The calendar `name` of `calendars.toml` by the clock of `zone`, with the holidays of `region`.

        Raises `DataError` for an unknown name or zone; an unknown region has the country's holidays only.
        """
        key = (name, zone, region)
        found = self._bound.get(key)
        if found is None:
            week = self._weeks.get(name)
            if week is None:
                raise DataError(f"there is no calendar {name!r}; calendars.toml has {', '.join(self.names)}")
            plan = Plan(week.weekly, zone, week.observes, week.exceptions, week.on_holidays, week.shortens)
            found = self._bound[key] = Calendar(plan, self.days(region))
        return found

    def of_shifts(self, shifts: tuple[Shift, ...], zone: str, region: str, works_holidays: bool) -> Calendar:
        """Open while one of `shifts` runs, by the clock of `zone`; no shifts: never. Raises `DataError`.

        Without `works_holidays` it is closed on public holidays and follows moved and shortened days.
        """
        key = (shifts, zone, "" if works_holidays else region, works_holidays)
        found = self._of_shifts.get(key)
        if found is None:
            weekly = tuple(tuple((s.start, s.end) for s in shifts if day in s.days) for day in range(7))
            plan = Plan(weekly, zone, observes=not works_holidays)
            found = self._of_shifts[key] = Calendar(plan, self.days(region))
        return found

    def days(self, region: str = "") -> ProductionCalendar:
        """The production calendar of a region, "" for what is the same in the whole country."""
        if region and not self._has_own(region):
            region = ""
        found = self._days.get(region)
        if found is None:
            found = self._days[region] = ProductionCalendar(self._yearly, self.years, region)
        return found

    @property
    def region_codes(self) -> frozenset[str]:
        """Every region that the files name."""
        of_years = [code for year in self.years.values() for code in year.regional]
        return frozenset((*self._yearly.regional, *self._yearly.moving, *of_years))

    def doubts(self, years: range) -> list[str]:
        """What `ivr doctor` warns about: years of which there is no data, or only a draft; one line each."""
        told = []
        for number in years:
            year = self.years.get(number)
            if year is None:
                told.append(
                    f"holidays.{number}.toml: is missing: days off moved by decree are unknown, only the law's own"
                    " rules count; put the file into data_dir once the decree is out"
                )
            elif year.status != "decree":
                told.append(
                    f"holidays.{number}.toml: is a {year.status}; check it against the Government's decree and set"
                    ' status = "decree"'
                )
        return told

    def _has_own(self, region: str) -> bool:
        return region in self._yearly.regional or any(region in year.regional for year in self.years.values())


def load_calendars(read: Callable[[str], str | None]) -> Calendars:
    """Read `calendars.toml` and every `holidays.<year>.toml` there is; `read` gives a data file's text or None.

    Raises `DataError` naming every fault found.
    """
    texts = {"calendars.toml": read("calendars.toml")}
    if texts["calendars.toml"] is None:
        raise DataError("calendars.toml: no such data file")
    for number in YEARS:
        text = read(f"holidays.{number}.toml")
        if text is not None:
            texts[f"holidays.{number}.toml"] = text
    faults: list[str] = []
    raws = {name: toml_of(text or "", name, faults) for name, text in texts.items()}
    if faults:  # without one file, faults would be found in the others that are none
        raise DataError("\n".join(faults))
    main = Reading("calendars.toml", faults)
    raw = raws.pop("calendars.toml")
    main.only(raw, "", ("holidays", "calendars", "deadlines"))
    yearly = _yearly(table_of(raw.get("holidays", {}), "holidays", main), main)
    weeks = {
        name: _week(table_of(one, f"calendars.{name}", main), f"calendars.{name}", main)
        for name, one in table_of(raw.get("calendars", {}), "calendars", main).items()
    }
    years = {}
    for name, one in raws.items():
        year = read_year(one, int(name.split(".")[1]), yearly, Reading(name, faults))
        years[year.year] = year
    if not weeks:
        main.fault("calendars", "there is none; the deadlines of tickets need at least one")
    terms = read_terms(raw.get("deadlines", {}), weeks, main)
    for priority, term in terms.items():
        if term.calendar in weeks and not any(weeks[term.calendar].weekly):
            main.fault(f"deadlines.{priority}.calendar", f"{term.calendar!r} has no hours: nothing would ever be due")
    if faults:
        raise DataError("\n".join(faults))
    digest = hashlib.sha256(json.dumps([raw, raws], sort_keys=True, default=str).encode()).hexdigest()[:16]
    return Calendars(MappingProxyType(weeks), yearly, MappingProxyType(years), terms, digest)


def _yearly(raw: Mapping[str, object], reading: Reading) -> Yearly:
    reading.only(raw, "holidays", ("federal", "by_decree", "moving_regions", "regions"))
    regions = table_of(raw.get("regions", {}), "holidays.regions", reading)
    moving = [str(code) for code in list_of(raw.get("moving_regions", []), "holidays.moving_regions", reading)]
    named = [*((f"holidays.regions.{code}", code) for code in regions),
             *((f"holidays.moving_regions: {code!r}", code) for code in moving)]  # fmt: skip
    for where, code in named:
        if not re.fullmatch(r"[0-9]{2}", code, re.ASCII):
            reading.fault(where, "is not a region's code of two digits, such as 02")
    return Yearly(
        days_of(raw.get("federal", []), "holidays.federal", reading),
        days_of(raw.get("by_decree", []), "holidays.by_decree", reading),
        MappingProxyType({code: days_of(days, f"holidays.regions.{code}", reading) for code, days in regions.items()}),
        frozenset(moving),
    )


def _week(raw: Mapping[str, object], where: str, reading: Reading) -> Week:
    reading.only(raw, where, ("hours", "observes_holidays", "holidays", "shortened_days", "exceptions"))
    weekly: dict[str, Hours] = dict.fromkeys(WEEK, ())
    for key, value in table_of(raw.get("hours", {}), f"{where}.hours", reading).items():
        hours = hours_of(value, f"{where}.hours.{key}", reading)
        if key not in WEEK and key not in _SETS:
            reading.fault(f"{where}.hours.{key}", f"unknown; known are {', '.join((*WEEK, *_SETS))}")
        for day in _SETS.get(key, (key,)):
            if weekly.get(day):
                reading.fault(f"{where}.hours.{key}", f"{day} has hours already")
            weekly[day] = hours
    observes, shortens = raw.get("observes_holidays", False), raw.get("shortened_days", True)
    for key, value in (("observes_holidays", observes), ("shortened_days", shortens)):
        if not isinstance(value, bool):
            reading.fault(f"{where}.{key}", f"{value!r} is not true or false")
    on_holidays = hours_of(raw.get("holidays", []), f"{where}.holidays", reading)
    if observes is False and ("holidays" in raw or "shortened_days" in raw):
        reading.fault(where, "holidays and shortened_days mean nothing without observes_holidays = true")
    exceptions = {
        day: hours_of(value, f"{where}.exceptions.{key}", reading)
        for key, value in table_of(raw.get("exceptions", {}), f"{where}.exceptions", reading).items()
        for day in moments_of([key], f"{where}.exceptions", reading)
    }
    days = tuple(weekly[day] for day in WEEK)
    return Week(days, bool(observes), MappingProxyType(exceptions), on_holidays, bool(shortens))
