"""Who would serve which region at which hour, and where the holes are. By plan: everybody on shift is logged in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ivr.domain.queue_plan import GENERAL
from ivr.domain.queues import BoardView, QueueView
from ivr.domain.regions import Region, Regions
from ivr.domain.routing import Router, RouteRequest
from ivr.domain.shift_fit import operators_at
from ivr.domain.whereabouts import Place, Reason, local_time, timezone

#: c is the sign of a call back.
_LETTERS = "abdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Cell:
    """One hour of one region, judged at its half (`at`, UTC). `queues`: in the order in which a caller waits there.

    `callback`: no queue takes the call now, and it is known when they call back (`opens`); `hole`: nobody takes it,
    and nobody knows when; `common_only`: no site does.
    """

    at: datetime
    queues: tuple[str, ...]
    opens: datetime | None = None

    @property
    def callback(self) -> bool:
        return not self.queues and self.opens is not None

    @property
    def hole(self) -> bool:
        return not self.queues and not self.callback

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
    local: bool
    rows: tuple[Row, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for row in self.rows for cell in row.cells)


@dataclass(frozen=True)
class Sheet:
    """Categories and languages that have one and the same grid."""

    categories: tuple[str, ...]
    languages: tuple[str, ...]
    grid: Grid


@dataclass(frozen=True)
class Coverage:
    """All of it. The figures count every category and language by itself: hours in all, without any answer, with
    the 24/7 queue alone, and with the promise of a call back."""

    day: date
    sheets: tuple[Sheet, ...]
    hours: int
    holes: int
    common_hours: int
    callback_hours: int = 0


def whole_coverage(
    router: Router,
    regions: Regions,
    day: date,
    categories: Sequence[str],
    languages: Sequence[str],
    local: bool = True,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Coverage:
    """The grids of all `categories` and `languages`; equal ones are one sheet. `step` hears how far it is."""
    found: dict[Grid, list[tuple[str, str]]] = {}
    pairs = [(category, language) for language in languages for category in categories]
    for done, (category, language) in enumerate(pairs, 1):
        found.setdefault(coverage(router, regions, day, category, language, local), []).append((category, language))
        step(done, len(pairs))
    sheets = [sheet for grid, of in found.items() for sheet in _sheets(grid, of)]
    cells = [cell for grid, of in found.items() for cell in grid.cells * len(of)]
    return Coverage(
        day,
        tuple(sheets),
        len(cells),
        sum(cell.hole for cell in cells),
        sum(cell.common_only for cell in cells),
        sum(cell.callback for cell in cells),
    )


def _sheets(grid: Grid, pairs: Sequence[tuple[str, str]]) -> Iterable[Sheet]:
    """Pairs that share their languages are told together."""
    by_category: dict[str, list[str]] = {}
    for category, language in pairs:
        by_category.setdefault(category, []).append(language)
    alike: dict[tuple[str, ...], list[str]] = {}
    for category, languages in by_category.items():
        alike.setdefault(tuple(languages), []).append(category)
    return [Sheet(tuple(categories), languages, grid) for languages, categories in alike.items()]


def coverage(router: Router, regions: Regions, day: date, category: str, language: str, local: bool = True) -> Grid:
    """The grid of one day for one category and language; every clock of a region has its row."""
    rows = [
        _row(router, region, zone, _hours(day, zone if local else "UTC"), category, language)
        for region in _by_clock(regions.by_code.values(), day)
        for zone in region.zones
    ]
    return Grid(day, local, tuple(rows))


def categories_of(router: Router) -> tuple[str, ...]:
    """Every category that the plan names."""
    plan = router.plan
    named = [category for queue in plan.queues for category in queue.categories]
    return tuple(dict.fromkeys([*named, *plan.categories]))


def letters_of(router: Router) -> dict[str, str]:
    """A letter for each site's queue, in the file's order; "?" when there are none left."""
    names = [name for name in router.plan.names if name != GENERAL]
    return {name: (_LETTERS[number] if number < len(_LETTERS) else "?") for number, name in enumerate(names)}


def prefixes_of(router: Router) -> dict[str, str]:
    """For each site's queue, the shortest beginning of its name that is no other's; the whole name when there is
    none."""
    names = [name for name in router.plan.names if name != GENERAL]
    return {
        name: next(
            (name[:n] for n in range(1, len(name)) if sum(other.startswith(name[:n]) for other in names) == 1), name
        )
        for name in names
    }


def board_by_plan(router: Router, at: datetime) -> BoardView:
    """A board with as many operators logged in and free as the shifts plan at `at`; one in the 24/7 queue at least."""
    queues = {}
    for queue in router.plan.queues:
        site = router.plan.site_of(queue.name)
        local = None if site is None else local_time(at, site.zone)
        people = (
            1
            if site is None or local is None
            else operators_at(site.shifts, local.weekday(), local.hour * 60 + local.minute)
        )
        queues[queue.name] = QueueView(queue.name, people, people)
    return BoardView(queues, fresh=True)


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
        cells.append(Cell(at, queues, decision.opens))
    return Row(region.code, zone, tuple(cells))


def _said(region: str, zone: str) -> dict[str, str | int]:
    return {"region": region, "zone": zone, "code": "", "territory": ""}
