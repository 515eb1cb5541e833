"""The decision round of calling back, on both databases: among a million stored callbacks, 5,000 are due."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from ivr.domain.callbacks import FINAL, Callback
from ivr.services.callback_time import LONGEST
from ivr.services.dispatch import LINE
from ivr.storage import tables
from ivr.storage.callbacks import _row
from tests.bench import data
from tests.bench.filling import fill, new_database
from tests.bench.measure import Bench, Figure, Goal
from tests.postgres import private_postgres

STORED = 1_000_000
GROWTH = (100, 10, 1)
#: `OVERDUE`: the night is over for so many at one moment, some of whom a round looks at.
DUE, OVERDUE, FLYING, QUEUES = 5000, 5000, 20, 15
#: Of each queue so many are asked for that all the due ones are; a dispatcher asks for `LINE`.
ALL = 500
#: Of a hundred of the others: scheduled for another day, parked for the night, to be dialled again later; the rest is
#: over.
LATER, PARKED, RETRIED = 5, 5, 2
#: A round spends no longer on it before it dials.
OPENING = Goal(most=LONGEST.total_seconds())
GOALS = {"sqlite": Goal(most=0.3), "postgresql": Goal(most=0.1)}

#: One process for one database: its peak of memory is the rounds' alone. A round is what a dispatcher asks and
#: decides before it dials: what time has done, who is due, what is under way, whom to dial.
_ROUND = """
import asyncio, gc, json, re, resource, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_hours import CallbackHours
from ivr.domain.callback_timers import overdue_event
from ivr.domain.dispatching import choose
from ivr.domain.queues import BoardView, QueueView
from ivr.services.callback_desk import CallbackDesk
from ivr.services.callback_time import Timekeeper
from ivr.storage.store import open_storage

url, moment, rounds, queues, line, every = sys.argv[1], datetime.fromisoformat(sys.argv[2]), *map(int, sys.argv[3:])
hours = CallbackHours(load_calendars(data_reader(None)))
names = [f"q{number:02}" for number in range(queues)]
board = BoardView({name: QueueView(name, 20, 6) for name in names}, fresh=True)

async def round(storage, at, line):
    overdue = [each for each in await storage.callbacks.timers(at, 500) if overdue_event(each, at)]
    due = await storage.callbacks.due(at, line)
    choice = choose(due, await storage.callbacks.in_flight(), board, at, hours)
    return len(overdue), len(due), len(choice.dial)

class Stopped:
    # with a clock that stands still a timekeeper does all there is, not a few seconds' worth
    def now(self):
        return moment

async def nobody():
    return frozenset()

async def opened(storage):
    # all whose night is over: how many, in how many seconds
    time_ = Timekeeper(storage.callbacks, CallbackDesk(storage.callbacks, Stopped(), str), Stopped(), nobody, None)
    began = time.perf_counter()
    await time_.run()
    return time_.timers, time.perf_counter() - began

async def main():
    async with open_storage(url, limit=60) as storage:
        walls = {}
        for most in (line, every):
            told = await round(storage, moment, most)
            walls[most] = []
            for number in range(rounds):
                gc.collect()
                began = time.perf_counter()
                await round(storage, moment + timedelta(milliseconds=number), most)
                walls[most].append(time.perf_counter() - began)
        began = time.perf_counter()
        await storage.callbacks.ahead(names[0], moment, moment)
        ahead = time.perf_counter() - began
        night = await opened(storage)
    try:
        peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([walls[line], walls[every], peak / 1024, *told, ahead, *night]))

asyncio.run(main())
"""


def dispatching(bench: Bench, folder: Path) -> list[Figure]:
    """A round of `ivr callbacks dispatch` up to the first dial, by the wall clock: the database is another process."""
    found = []
    sizes = [max(20, bench.size(STORED // part)) for part in GROWTH]
    for stored in sizes:
        file = folder / f"callbacks{stored}.db"
        asyncio.run(_filled(f"sqlite:///{file}", stored, min(DUE, stored // 2)))
        found += _rounds("sqlite", f"sqlite:///{file}", stored, bench, stored == sizes[-1])
        file.unlink()
    with private_postgres() as server:
        for number, stored in enumerate(sizes):
            url = asyncio.run(new_database(server.url, f"callbacks{number}"))
            asyncio.run(_filled(url, stored, min(DUE, stored // 2)))
            found += _rounds("postgresql", url, stored, bench, stored == sizes[-1])
    return found


def _rounds(database: str, url: str, stored: int, bench: Bench, full: bool) -> list[Figure]:
    arguments = [url, data.NOON.isoformat(), str(max(bench.rounds, 5)), str(QUEUES), str(LINE), str(ALL)]
    run = [sys.executable, "-c", _ROUND, *arguments]
    done = subprocess.run(run, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    walls, every, peak, overdue, due, dialled, ahead, timers, night = json.loads(done.stdout)
    if not (overdue and due and dialled and timers == min(OVERDUE, stored // 10)):
        raise RuntimeError(f"the round found nothing to do: {done.stdout}")
    goal = GOALS[database] if full else None
    name = f"callbacks, {database}"
    value = median(walls)
    return [
        Figure(f"{name}, round", "s", value, tuple(walls), value, goal, stored, "stored"),
        Figure(f"{name}, round over all due", "s", median(every), tuple(every), median(every), goal, stored, "stored"),
        Figure(f"{name}, ahead of a caller", "s", ahead, (ahead,), ahead, None, stored, "stored"),
        Figure(f"{name}, opening {timers}", "s", night, (night,), night, OPENING if full else None, stored, "stored"),
        Figure(f"{name}, peak memory", "MB", peak, (peak,), None, None, stored, "stored"),
    ]


async def _filled(url: str, stored: int, due: int) -> None:
    """Make the tables and fill them: so many callbacks in all, in no order."""
    columns = [column.name for column in tables.callbacks.columns]
    await fill(url, {"callbacks": (columns, ([row[name] for name in columns] for row in _made(stored, due)))})


def _made(stored: int, due: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(4)
    kinds = ["due"] * due + ["dialling"] * min(FLYING, stored // 10) + ["overdue"] * min(OVERDUE, stored // 10)
    more = ["later"] * LATER + ["parked"] * PARKED + ["retry_wait"] * RETRIED
    more += [("done", "cancelled", "failed", "expired")[n % 4] for n in range(100 - len(more))]
    kinds += [more[n % 100] for n in range(stored - len(kinds))]
    chance.shuffle(kinds)
    rows = {kind: _row(_callback(kind)) for kind in set(kinds)}
    for number, kind in enumerate(kinds):
        row = rows[kind] | {
            "id": f"{chance.getrandbits(80):020x}",
            "number": f"+79{number:09}",
            "queue": f"q{number % QUEUES:02}",
            "origin_call": f"1732525200.{number}",
        }
        if kind == "dialling":
            row["attempt"] = f"attempt{number}"
        aside = timedelta(seconds=chance.randrange(3600))
        for name in ("virtual_start", "created_at", "not_before", "wake_at"):
            if row[name] is not None and not (kind == "overdue" and name in ("not_before", "wake_at")):
                row[name] += -aside if kind in ("due", "overdue") and name != "wake_at" else aside
        yield row


def _callback(kind: str) -> Callback:
    """One of this kind, by the way it would come to it."""
    at = data.NOON
    day = timedelta(days=1)
    start = at + day if kind == "later" else at - 30 * day if kind in FINAL else at
    plain = Callback(
        id="", number="", service="88005553535", category="signin", queue="", language="ru", region="77",
        zone="Europe/Moscow", ticket="48215513", source="queue", virtual_start=start, created_at=min(start, at),
        window_from=start if kind == "later" else start - day, window_to=start + day, expires_at=start + day,
        zones=("Europe/Moscow",), asap=kind != "later", version=3,
    )  # fmt: skip
    if kind in FINAL:
        return replace(plain, state=kind, reason=kind)
    if kind in ("due", "later"):
        return replace(plain, state="waiting")
    if kind == "dialling":
        return replace(plain, state=kind, attempt="a", lease_owner="d", lease_until=at + timedelta(minutes=1))
    wait = -timedelta(minutes=1) if kind == "overdue" else timedelta(hours=2)
    state = "retry_wait" if kind == "retry_wait" else "parked"
    return replace(plain, state=state, not_before=at + wait, attempts=1)
