"""The shipped plan with its router, and small plans of one purpose each."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.queue_plan import QueuePlan, load_queue_plan
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.domain.regions import Regions, load_regions
from ivr.domain.routing import Router
from ivr.domain.whereabouts import Place, Reason

#: A Wednesday without holidays.
WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment from ISO 8601 with offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


@cache
def regions() -> Regions:
    return load_regions(str(data_reader(None)("regions.csv")))


@cache
def calendars() -> Calendars:
    return load_calendars(data_reader(None))


@cache
def shipped() -> Router:
    return Router(plan_of(str(data_reader(None)("queues.toml"))), calendars(), regions())


def plan_of(text: str) -> QueuePlan:
    return load_queue_plan(text)


def router_of(text: str) -> Router:
    """A router over the text of a queues.toml."""
    return Router(plan_of(text), calendars(), regions())


def place(region: str, zone: str = "") -> Place:
    """A caller who said where he is."""
    zone = zone or regions().by_code[region].zone
    return Place(region, zone, "chosen", Reason("place-chosen", {"region": region, "zone": zone, "code": "",
                                                                 "territory": ""}))  # fmt: skip


def nowhere() -> Place:
    """A caller of whom nothing is known; Moscow's clock is assumed."""
    said: Mapping[str, str | int] = {"region": "77", "zone": "Europe/Moscow", "code": "", "territory": ""}
    return Place("", "Europe/Moscow", "none", Reason("place-withheld", dict(said)), doubtful=True)


def board(**queues: tuple[int, int, int]) -> BoardView:
    """A fresh board: logged in, free, waiting; a call takes 180 s."""
    return BoardView(
        {
            name: QueueView(name, people, free, tuple(Waiting("c", n, WEDNESDAY) for n in range(1, waiting + 1)))
            for name, (people, free, waiting) in queues.items()
        },
        fresh=True,
    )
