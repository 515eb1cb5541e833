"""Where shifts and peaks disagree, in few lines: half-hours of one verdict that follow each other are one stretch."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ivr.services.peak_types import Days, HalfHour, Peaks, SitePeaks


@dataclass(frozen=True)
class Stretch:
    """`first` to `last` half-hour (both included) of `days` in which a site has too few people, or too many.

    `worst`: the half-hour in which it is furthest off. `verdict`: few or many.
    """

    site: SitePeaks
    days: Days
    first: int
    last: int
    verdict: str
    worst: HalfHour


def disagreements(peaks: Peaks) -> list[Stretch]:
    """All of them, site by site in the plan's order, day by day; the 24/7 queue last and only where it lacks people.
    Days of a kind of which too little is known are left out, and sites that are not judged."""
    return [
        stretch
        for site in peaks.sites
        if site.judged
        for days in site.days
        if days.kind not in peaks.unknown
        for stretch in _stretches(site, days)
        if site.id or stretch.verdict == "few"  # people left over for the 24/7 queue are those of the sites
    ]


def day_words(days: tuple[int, ...]) -> str:
    """Mon-Fri, Sat, Mon Wed: the days of a week (0 Monday) for people."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    runs = []
    for _, run in groupby(enumerate(sorted(days)), lambda pair: pair[1] - pair[0]):
        part = [day for _, day in run]
        runs.append(names[part[0]] if len(part) == 1 else f"{names[part[0]]}-{names[part[-1]]}")
    return " ".join(runs)


def clock(minutes: int) -> str:
    """Minutes since midnight as a clock shows them; 24:00 is the end of the day, the next day's hours are its own."""
    minutes = minutes if minutes <= 1440 else minutes - 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _stretches(site: SitePeaks, days: Days) -> Iterator[Stretch]:
    for verdict, run in groupby(days.half_hours, lambda cell: cell.verdict):
        cells = list(run)
        if verdict in ("few", "many"):
            worst = max(cells, key=lambda cell: (abs(cell.needed - cell.planned), cell.arrivals))
            yield Stretch(site, days, cells[0].slot, cells[-1].slot, verdict, worst)
