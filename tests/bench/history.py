"""Searching the history of calls, and the tickets overdue, among ever more of them, on both databases. Wall clock."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from ivr.domain.call_summary import CallSearch
from ivr.storage.store import Storage, open_storage
from tests.bench import data
from tests.bench.filling import fill, new_database
from tests.bench.measure import Bench, Figure
from tests.postgres import private_postgres

#: Calls kept; each has four lines in the journal, every third one a ticket.
CALLS = (2000, 20_000, 200_000)
#: Of how many numbers the calls are, so that a number has ten.
_PER_NUMBER = 10
#: Asked in one round, each for another number, operator or moment.
ASKED = 20
PAGE = 100
_KINDS = ("start", "ticket", "answered", "end")


def searching(bench: Bench, folder: Path) -> list[Figure]:
    """A page of `/history` (by number, by operator, of a queue, newest, further back), one call, tickets overdue."""
    found = []
    sizes = sorted({max(100, bench.size(calls)) for calls in CALLS})
    for calls in sizes:
        file = folder / f"calls{calls}.db"
        found += asyncio.run(_asked(f"sqlite:///{file}", "sqlite", calls, bench))
        file.unlink()
    with private_postgres() as server:
        for number, calls in enumerate(sizes):
            url = asyncio.run(new_database(server.url, f"calls{number}"))
            found += asyncio.run(_asked(url, "postgresql", calls, bench))
    return found


async def _asked(url: str, database: str, calls: int, bench: Bench) -> list[Figure]:
    await fill(url, {
        "calls": (("call_id", "caller", "started_at", "did", "language", "category", "ticket", "queue", "region",
                   "operator", "source", "reason", "waited_s", "talked_s", "answered_at", "ended_at"), _calls(calls)),
        "journal": (("run", "seq", "call_id", "at", "kind", "data"), _journal(calls)),
        "tickets": (("number", "category", "language", "region", "call_id", "caller", "status", "purpose", "opened_at",
                     "version", "priority", "due_at", "due_digest"), _tickets(calls)),
    })  # fmt: skip
    questions: dict[str, Callable[[Storage, int], Awaitable[list[Any]]]] = {
        "by number": lambda kept, n: kept.calls.search(CallSearch(number=_number(n * 7, calls), limit=PAGE)),
        "by operator": lambda kept, n: kept.calls.search(CallSearch(operator=f"op-{101 + n % 50}", limit=PAGE)),
        "of a queue": lambda kept, n: kept.calls.search(CallSearch(queue=f"q{n % 15:02}", limit=PAGE)),
        "newest": lambda kept, n: kept.calls.search(CallSearch(limit=PAGE)),
        "further back": lambda kept, n: kept.calls.search(
            CallSearch(after=(_at(calls // 2 + n), f"{calls // 2 + n}x1"), limit=PAGE)
        ),
        "one call": lambda kept, n: kept.calls.several([f"{n * 31 % calls}x1"]),
        "tickets overdue": lambda kept, n: kept.tickets.overdue(data.NOON, 50),
    }
    found = []
    async with open_storage(url, limit=60) as kept:
        for name, ask in questions.items():
            rounds = []
            for number in range(bench.rounds + 1):
                began = time.perf_counter()
                for n in range(ASKED):
                    if not await ask(kept, number * ASKED + n):
                        raise RuntimeError(f"{database}, {name}: nothing was found")
                rounds.append((time.perf_counter() - began) / ASKED)
            value = median(rounds[1:])
            found.append(Figure(f"{name}, {database}", "s", value, tuple(rounds[1:]), value, None, calls, "calls"))
    return found


def _at(number: int) -> datetime:
    """When the call began; the last one is the oldest."""
    return data.NOON - timedelta(seconds=30 * number)


def _number(number: int, calls: int) -> str:
    return f"+79{number % max(1, calls // _PER_NUMBER):09}"


def _calls(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(9)
    for n in range(count):
        at = _at(n)
        yield (
            f"{n}x1", _number(n, count), at, "88005553535", "ru", data.CATEGORIES[n % 6],
            "" if n % 3 else _ticket(n), f"q{n % 15:02}", "77", f"op-{101 + n % 50}", "phone", "talked",
            chance.randrange(600), chance.randrange(900), at + timedelta(minutes=1), at + timedelta(minutes=9),
        )  # fmt: skip


def _journal(count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        at, told = _at(n), json.dumps({"caller": _number(n, count), "queue": f"q{n % 15:02}", "language": "ru"})
        for place, kind in enumerate(_KINDS):
            yield "bench", n * len(_KINDS) + place, f"{n}x1", at + timedelta(seconds=place), kind, told


def _tickets(count: int) -> Iterator[tuple[Any, ...]]:
    """One in ten of them is still open, and overdue."""
    for n in range(0, count, 3):
        at, status = _at(n), "open" if n % 30 == 0 else "closed"
        yield (_ticket(n), data.CATEGORIES[n % 6], "ru", "77", f"{n}x1", _number(n, count), status, "operator", at, 1,
               "ordinary", at - timedelta(hours=1), "digest")  # fmt: skip


def _ticket(number: int) -> str:
    return f"{number:08}"
