"""What `ivr route peaks` works on: the data files of the deployment, and the arrivals of a period."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

import pytz
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ivr.commands.moments import within_reach
from ivr.config import Config
from ivr.datafiles import data_reader
from ivr.domain.arrivals import Arrivals, DayKind, Origin
from ivr.domain.calendar_load import load_calendars
from ivr.domain.locate import Locator
from ivr.domain.whereabouts import timezone
from ivr.errors import DataError, HotlineError
from ivr.flow.book import CATEGORIES
from ivr.storage.arrivals import ArrivedCall, JournalArrivals
from ivr.storage.arrivals_csv import read_arrivals_csv
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.store import open_storage
from ivr.wiring import make_router, read_regions

_LIMIT = 120.0  # seconds for one day of the journal
_USUAL = timedelta(days=28)
#: The category of a call of which nobody told one.
UNSORTED = "other"
_DAY = timedelta(days=1)


class Deployment:
    """The data files that decide where a call goes. Raises `DataError` when one is not usable."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.regions = read_regions(config)
        calendars = load_calendars(data_reader(config.data_dir))
        self.router = make_router(config, calendars, self.regions)
        self.plan = self.router.plan
        self._days = calendars.days()
        self.zone = self.locator.place("").zone

    @cached_property
    def locator(self) -> Locator:
        try:
            numbers = load_plan(plan_path(self.config.state_dir))
        except (DataError, OSError):  # the area codes will do; `ivr regions status` tells why
            numbers = None
        return Locator(self.regions, numbers, self.config.default_region)

    def works(self, on: date) -> bool:
        """Is it a working day in the whole country?"""
        return self._days.day(on).working

    def kind(self, on: date) -> DayKind:
        """Holidays are days off, moved working days are not."""
        return "weekday" if self.works(on) else "weekend"

    def origin(self, call: ArrivedCall) -> Origin:
        """Where a call came from: as it was found during the call, else by its number."""
        region, zone = call.region, call.zone
        if zone not in pytz.all_timezones_set:
            place = self.regions.by_code.get(region)
            if place is not None:
                zone = place.zone
            else:
                found = self.locator.place(call.caller)
                region, zone = found.region, found.zone
        category = call.category if call.category in CATEGORIES else UNSORTED
        return Origin(region, zone, category, call.language or self.config.default_language)


def read_arrivals(deployment: Deployment, start: str | None, end: str | None, csv: Path | None) -> Arrivals:
    """The arrivals of a period, from the journal or from a file. Raises `HotlineError`."""
    first = None if start is None else moment("--from", start, deployment.zone)
    last = None if end is None else moment("--to", end, deployment.zone, ends=True)
    if first and last and last <= first:
        raise HotlineError("--to: is before --from")
    if csv is not None:
        return _from_csv(deployment, csv, first, last)
    return asyncio.run(_from_journal(deployment, first, last))


@contextmanager
def progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error where somebody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


async def _from_journal(deployment: Deployment, start: datetime | None, end: datetime | None) -> Arrivals:
    end = end or datetime.now(UTC)
    start = start or end - _USUAL
    async with open_storage(deployment.config.database, _LIMIT) as storage:
        journal = JournalArrivals(storage.database)
        oldest = await journal.first()
        # a hotline that is younger than the period had no calls before, which says nothing about its load
        begin = start if oldest is None or not start < oldest < end else _half_hour(oldest)
        arrivals = Arrivals(begin, end, deployment.kind)
        with progress("calls") as read:
            async for call in journal.read(begin, end, read):
                arrivals.add(deployment.origin(call), call.at)
                for seconds in call.talked_s:
                    arrivals.talked(seconds)
    return arrivals


def _from_csv(deployment: Deployment, path: Path, start: datetime | None, end: datetime | None) -> Arrivals:
    arrivals = Arrivals(start, end, deployment.kind)
    with progress("calls") as read:
        for call in read_arrivals_csv(path, deployment.regions.by_code, CATEGORIES, read):
            if (start is None or call.at >= start) and (end is None or call.at < end):
                arrivals.add(deployment.origin(call), call.at)
                arrivals.unsorted += not call.category
    return arrivals


def moment(option: str, text: str, zone: str, ends: bool = False) -> datetime:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise HotlineError(f"{option}: {text!r} is not a day such as 2026-03-02 or a time with offset") from None
        if at.tzinfo is None:
            raise HotlineError(f"{option}: {text!r} has no offset; write it as {text}+03:00") from None
        within_reach(at, option)
        return at.astimezone(UTC)
    within_reach(on, option)
    return _midnight(on + _DAY if ends else on, zone)


def _midnight(on: date, zone: str) -> datetime:
    midnight: datetime = timezone(zone).localize(datetime.combine(on, time()))
    return midnight.astimezone(UTC)


def _half_hour(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
