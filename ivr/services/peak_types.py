"""What `find_peaks` finds out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ivr.domain.arrivals import DayKind
from ivr.domain.queue_plan import Shift
from ivr.domain.staffing import Goal

#: So many more than needed are too many: a quarter, and at least two people.
_SLACK, _SLACK_LEAST = 0.25, 2


@dataclass(frozen=True)
class HalfHour:
    """One half-hour of a day. `arrivals`: mean number of calls; `needed`, `planned`: operators.

    `level`: part of the calls answered in time by those planned.
    """

    slot: int
    arrivals: float
    needed: int
    planned: int
    level: float

    @property
    def verdict(self) -> str:
        """few, many, fits, or closed: nobody is needed and nobody planned."""
        if not self.needed and not self.planned:
            return "closed"
        if self.planned < self.needed:
            return "few"
        return "many" if self.planned - self.needed >= max(_SLACK_LEAST, self.needed * _SLACK) else "fits"


@dataclass(frozen=True)
class Days:
    """Days of the week (0 Monday) of one kind with the same people planned; `half_hours` all 48 of a day."""

    days: tuple[int, ...]
    kind: DayKind
    half_hours: tuple[HalfHour, ...]


@dataclass(frozen=True)
class ShiftAdvice:
    """A shift as it is planned, and the number of operators that its hours need; None where nothing is judged."""

    shift: Shift
    suggested: int | None

    @property
    def change(self) -> int:
        """So many more operators than planned."""
        return 0 if self.suggested is None else self.suggested - self.shift.operators


@dataclass(frozen=True)
class SitePeaks:
    """One site by its own clock; `id` "" is the 24/7 queue, whose `planned` is what the sites have left over.

    `judged` False: the calls that its people take cannot be told from the others, so no load there means nothing.
    """

    id: str
    names: Mapping[str, str]
    zone: str
    days: tuple[Days, ...]
    shifts: tuple[ShiftAdvice, ...] = ()
    judged: bool = True


@dataclass(frozen=True)
class RegionLoad:
    """Mean arrivals of a region ("" unknown) in the 48 half-hours of a kind of day, by the callers' clocks."""

    region: str
    kind: DayKind
    half_hours: tuple[float, ...]


@dataclass(frozen=True)
class Peaks:
    """All of it. `later`: calls a week that the router answers with a call back or an announcement.

    `unknown`: kinds of days of which the period had not even one whole; no load there means nothing.
    """

    goal: Goal
    handle_s: float
    week: date
    regions: tuple[RegionLoad, ...]
    sites: tuple[SitePeaks, ...]
    later: float
    unknown: tuple[DayKind, ...] = ()

    @property
    def judged(self) -> bool:
        """Is enough known to say anything about any shift?"""
        return any(days.kind not in self.unknown for site in self.sites if site.judged for days in site.days)
