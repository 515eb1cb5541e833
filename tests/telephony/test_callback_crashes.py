"""Everything that calls citizens back is killed at random moments. Counted where it matters: at the citizens' phones.

`make chaos ARGS='callbacks --rounds 200'` does so many, one half on each database, by IVR_CHAOS_ROUNDS and
IVR_CHAOS_SEED.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.domain.callbacks import Callback
from ivr.pbx.paths import AsteriskInstall
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.store import open_storage
from tests.postgres import private_postgres
from tests.telephony.chaos import Chaos
from tests.telephony.chaos_databases import PostgresStruck, SqliteStruck, Struck
from tests.telephony.conftest import Line, hotline
from tests.telephony.dispatch_later import LaterClock
from tests.telephony.test_callbacks import operator

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROUNDS = int(os.environ.get("IVR_CHAOS_ROUNDS", "20"))
#: The short run is the same each time, the long one is not.
_SHORT = 20261125
SEED = int(os.environ.get("IVR_CHAOS_SEED", "0")) or (
    secrets.randbelow(10**6) if "IVR_CHAOS_ROUNDS" in os.environ else _SHORT
)
#: Then the clock is put right again, so that nothing gets a day old.
_FAR = timedelta(hours=15)


@dataclass
class Tally:
    """Of both databases together."""

    began: float = field(default_factory=time.monotonic)
    rounds: int = 0
    kills: int = 0
    duplicates: int = 0
    losses: int = 0


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    made = Tally()
    yield made
    print(
        f"\nchaos: in all {made.rounds} rounds, {made.kills} kills, duplicates {made.duplicates}, "
        f"losses {made.losses}, {time.monotonic() - made.began:.0f} s (seed {SEED})"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def on_postgres(
    install: AsteriskInstall, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Line, Struck]]:
    """Another hotline, its state in a PostgreSQL of its own."""
    with private_postgres() as server:
        async with hotline(install, tmp_path_factory.mktemp("line") / "var", 1, server.url) as running:
            database = PostgresStruck(server)
            yield running, database
            await database.close()
            print(f"chaos: {database.cut} connections were cut")


@pytest_asyncio.fixture(loop_scope="session")
async def on_sqlite(line: Line) -> AsyncIterator[tuple[Line, Struck]]:
    database = SqliteStruck(line.state / "hotline.db")
    yield line, database
    await database.close()


@contextlib.asynccontextmanager
async def helpers(line: Line) -> AsyncIterator[None]:
    """More operators, so that several citizens are dialled in one round."""
    phones = [line.network.phones[login] for login in ("102", "103")]
    for phone in phones:
        await phone.code("*11")
    try:
        yield
    finally:
        for phone in phones:
            await phone.code("*12")


async def test_on_sqlite_whatever_is_killed_nobody_is_lost_and_nobody_is_rung_twice(
    on_sqlite: tuple[Line, Struck], tally: Tally
) -> None:
    await happens("SQLite", *on_sqlite, ROUNDS // 2, tally)


async def test_on_postgresql_whatever_is_killed_nobody_is_lost_and_nobody_is_rung_twice(
    on_postgres: tuple[Line, Struck], tally: Tally
) -> None:
    await happens("PostgreSQL", *on_postgres, ROUNDS - ROUNDS // 2, tally)


async def happens(place: str, line: Line, database: Struck, rounds: int, tally: Tally) -> None:
    """So many rounds, and what may not come of them."""
    print(f"\nchaos: {place}, {rounds} rounds, seed {SEED}")
    lost: list[Callback] = []
    async with operator(line), helpers(line), open_storage(database.url, 10) as storage:
        chaos = Chaos(line, storage, database, SEED)
        for done in range(1, rounds + 1):
            await chaos.killed()
            if chaos.shift > _FAR:
                lost += await chaos.drain()
            if done % 10 == 0:
                print(f"chaos: {done} of {rounds} rounds, {len(chaos.duplicates)} duplicates, {len(lost)} losses")
        lost += await chaos.drain()
        ends = [await storage.callbacks.get(id) for id in chaos.numbers.values()]
        events = Counter([e.event for id in chaos.numbers.values() for e in await storage.callbacks.history(id)])
    states = Counter(end.state for end in ends if end is not None)
    rings = sum(line.network.citizens.rings[number] for number in chaos.numbers)
    dialled = chaos.dialled.total()
    by_kind = ", ".join(f"{kind} {count} ({chaos.dialled[kind]})" for kind, count in chaos.kills.items())
    print(
        f"chaos: {place}: {rounds} rounds, {chaos.kills.total()} kills, duplicates {len(chaos.duplicates)}, "
        f"losses {len(lost)}\n"
        f"chaos: {len(chaos.numbers)} callbacks, {events['dial']} dials, {rings} rings; somebody was dialled in "
        f"{dialled} rounds; kills (where somebody was dialled): {by_kind}\n"
        f"chaos: ends {dict(states)}; recovered leases {chaos.recovered}, of them {events['recover_unseen']} unseen, "
        f"{events['recover']} charged"
    )
    tally.rounds += rounds
    tally.kills += chaos.kills.total()
    tally.duplicates += len(chaos.duplicates)
    tally.losses += len(lost)
    assert chaos.duplicates == {}
    assert lost == []
    assert set(states) <= {"done", "failed"}, states
    # rounds in which nobody is dialled show nothing
    assert dialled > rounds / 3
    assert rings > rounds


async def test_a_dispatcher_that_wakes_up_after_its_lease_rings_nobody(on_sqlite: tuple[Line, Struck]) -> None:
    line, database = on_sqlite
    async with operator(line), open_storage(database.url, 10) as storage:
        chaos = Chaos(line, storage, database, SEED)
        number = await chaos.promise("busy")
        late = await chaos.dispatcher("late")
        async with asyncio.timeout(60):
            while _state(late.pid) != "T":  # noqa: ASYNC110 another process
                await asyncio.sleep(0.02)
        assert line.network.citizens.rings[number] == 0
        chaos.shift = timedelta(seconds=62)
        await chaos.quiet()
        assert await line.network.citizens.rang(number) == 1
        late.send_signal(signal.SIGCONT)
        await late.wait()
        await chaos.settle()
        told = [event.event for event in await storage.callbacks.history(chaos.numbers[number])]
        assert told == ["confirm", "dial", "recover_unseen", "dial", "busy"]
        assert await line.network.citizens.rang(number) == 1
        await CallbackDesk(storage.callbacks, LaterClock(timedelta()), str).cancel(chaos.numbers[number], "over")


def _state(pid: int) -> str:
    """How the kernel calls what a process does: R, S, T (stopped) …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
