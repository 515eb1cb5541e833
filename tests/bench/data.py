"""Made-up data of any size: a registry of numbers, callers, questions to the router. Always the same for one size."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ivr.datafiles import data_reader, read_data
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.locate import Locator
from ivr.domain.queue_plan import QueuePlan, load_queue_plan
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.domain.regions import Regions, load_regions
from ivr.domain.routing import RouteRequest
from ivr.domain.shift_fit import operators_at
from ivr.domain.whereabouts import local_time

#: Rows of each part as the registry had them on 2026-07-18: 446,312 in all.
FULL = {"ABC-3xx": 68_546, "ABC-4xx": 286_946, "ABC-8xx": 73_826, "DEF-9xx": 16_994}
HEAD = "\ufeffАВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
CATEGORIES = ("signin", "services", "recovery", "identity", "applications", "other")
#: A Wednesday without holidays, 12:00 in Moscow.
NOON = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


@cache
def regions() -> Regions:
    return load_regions(read_data("regions.csv", None))


@cache
def calendars() -> Calendars:
    return load_calendars(data_reader(None))


@cache
def plan() -> QueuePlan:
    return load_queue_plan(read_data("queues.toml", None))


def registry(folder: Path, rows: int) -> list[Path]:
    """Files in the form of the official registry with about `rows` rows in all, shared out as in the real one.

    Every row is another town than the one before, so that few rows can be merged: the import's worst case.
    """
    whole = sum(FULL.values())
    return [_part(folder, part, max(1, round(rows * share / whole))) for part, share in FULL.items()]


def _part(folder: Path, part: str, rows: int) -> Path:
    chance = random.Random(part)
    names = [region.names["ru"] for region in regions().by_code.values()]
    codes = _codes(part)
    each = -(-rows // len(codes))
    step = 10**7 // each
    path = folder / f"{part}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for row in range(rows):
            code, first = codes[row // each], row % each * step
            name, town = chance.choice(names), chance.randrange(9000)
            territory = f"г. Город {town}|м.р-н Район {town // 30}|{name}"
            file.write(f'{code};{first:07};{first + step - 1:07};{step};ООО "СВЯЗЬ {row % 50}";{territory};'
                       f"{territory};77{row % 9:08}\n")  # fmt: skip
    return path


def _codes(part: str) -> list[str]:
    return [f"{part[4]}{number:02}" for number in range(1, 100)]


def numbers(count: int) -> list[str]:
    """E.164 numbers as they may call: most mobile, some fixed, a few withheld or foreign."""
    chance = random.Random(5)
    made = []
    for _ in range(count):
        kind = chance.random()
        if kind < 0.75:
            made.append(f"+79{chance.randrange(10**9):09}")
        elif kind < 0.97:
            made.append(f"+7{chance.choice('348')}{chance.randrange(10**9):09}")
        else:
            made.append(chance.choice(("", "+77012345678", "+375291234567")))
    return made


def requests(count: int, locator: Locator, at: Sequence[datetime], waiting: int = 20) -> list[RouteRequest]:
    """Questions to the router: callers from everywhere, one board a moment (everybody on shift logged in, `waiting`
    callers over all queues). `at`: the moments, in turn."""
    chance = random.Random(6)
    callers = numbers(min(count, 5000))
    boards = {moment: board(moment, waiting) for moment in dict.fromkeys(at)}
    return [
        RouteRequest(
            place=locator.place(callers[number % len(callers)]),
            category=chance.choice(CATEGORIES),
            language=chance.choices(("ru", "en", "tt"), (95, 4, 1))[0],
            at=moment + timedelta(microseconds=number),
            board=boards[moment],
            reachable=bool(callers[number % len(callers)]),
        )
        for number, moment in ((number, at[number % len(at)]) for number in range(count))
    ]


def board(at: datetime, waiting: int) -> BoardView:
    """The queues of the shipped call centres at a moment."""
    views, everybody = {}, 0
    queues = plan().queues
    for number, queue in enumerate(queues):
        site = plan().sites.get(queue.site)
        people = everybody
        if site is not None:
            local = local_time(at, site.zone)
            people = operators_at(site.shifts, local.weekday(), local.hour * 60 + local.minute)
            everybody += people
        here = waiting // len(queues) + (number < waiting % len(queues))
        views[queue.name] = QueueView(queue.name, people, people // 4, tuple(
            Waiting(f"PJSIP/trunk-{number:04}{place:04}", place + 1, at - timedelta(seconds=5 * (here - place)))
            for place in range(here)
        ))  # fmt: skip
    return BoardView(views, fresh=True)


def moments(count: int, days: int) -> list[datetime]:
    """Moments by chance within so many days from `NOON` on."""
    chance = random.Random(7)
    return [NOON + timedelta(seconds=chance.randrange(days * 86_400)) for _ in range(count)]
