"""Who would serve which region at which hour, and where the holes are. By plan: everybody on shift is logged in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ivr.domain.queue_plan import GENERAL
from ivr.domain.regions import Region, Regions
from ivr.domain.routing import Router, RouteRequest
from ivr.domain.whereabouts import Place, Reason, local_time, timezone


@dataclass(frozen=True)
class Cell:
    """One hour of one region, judged at the half hour. `queues`: in the order in which a caller waits there.

    `hole`: no queue takes the call at all (it is called back at `opens`, or never); `common_only`: no site does.
    `local`: the hour by the region's clock.
    """

    at: datetime
    local: int
    queues: tuple[str, ...]
    opens: datetime | None = None

    @property
    def hole(self) -> bool:
        return not self.queues

    @property
    def common_only(self) -> bool:
        return self.queues == (GENERAL,)


@dataclass(frozen=True)
class Row:
    """One region (or a part of it with a clock of its own): 24 cells."""

    region: str
    zone: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """`local`: the columns are hours of each region's own day, else of the UTC day."""

    day: date
    category: str
    language: str
    local: bool
    rows: tuple[Row, ...]

    @property
    def holes(self) -> tuple[tuple[Row, Cell], ...]:
        return tuple((row, cell) for row in self.rows for cell in row.cells if cell.hole)

    @property
    def common_hours(self) -> int:
        """So many cells are served by the 24/7 queue alone."""
        return sum(cell.common_only for row in self.rows for cell in row.cells)


def coverage(router: Router, regions: Regions, day: date, category: str, language: str, local: bool = True) -> Grid:
    """The grid of one day for one category and language; every clock of a region has its row."""
    rows = [
        _row(router, region, zone, _hours(day, zone if local else "UTC"), category, language)
        for region in _by_clock(regions.by_code.values(), day)
        for zone in region.zones
    ]
    return Grid(day, category, language, local, tuple(rows))


def categories_of(router: Router) -> tuple[str, ...]:
    """Every category that the plan names."""
    plan = router.plan
    named = [category for queue in plan.queues for category in queue.categories]
    return tuple(dict.fromkeys([*named, *plan.categories]))


def _by_clock(regions: Iterable[Region], day: date) -> Sequence[Region]:
    """West to east, by code at one clock."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return sorted(regions, key=lambda region: (local_time(noon, region.zone).utcoffset(), region.code))


def _hours(day: date, zone: str) -> list[datetime]:
    """The half hour of each of the day's 24 hours by the clock of `zone`, in UTC. An hour that the clock skips is
    judged at the moment of the change's other side, one that it shows twice at the second."""
    midnight = datetime(day.year, day.month, day.day)
    clock = timezone(zone)
    return [
        clock.normalize(clock.localize(midnight + timedelta(hours=hour, minutes=30))).astimezone(UTC)
        for hour in range(24)
    ]


def _row(router: Router, region: Region, zone: str, moments: Sequence[datetime], category: str, language: str) -> Row:
    place = Place(region.code, zone, "chosen", Reason("place-chosen", _said(region.code, zone)))
    cells = []
    for at in moments:
        decision = router.decide(RouteRequest(place, category, language, at))
        queues = tuple(leg.queue for leg in decision.legs)
        cells.append(Cell(at, local_time(at, zone).hour, queues, decision.opens))
    return Row(region.code, zone, tuple(cells))


def _said(region: str, zone: str) -> dict[str, str | int]:
    return {"region": region, "zone": zone, "code": "", "territory": ""}
