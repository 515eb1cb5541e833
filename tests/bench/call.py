"""The controller's own work for one call: its services, flows and database, a caller who answers at once.

It is the reference call: language, category, guidance, an operator, the ticket read out, the queue. Nothing of AGI and
no Asterisk is in it; the queues are those of a manager interface in the same process, with an operator at rest.
"loop" is the thread that talks with callers, "database" every other one, both of the processor's time.

"paced" are the same calls as the reference call has them: so many begin each second, each prompt is listened to. Every
step wakes the controller for itself then, and finds nothing in the processor's caches: that is what a call costs beside
Asterisk, several times what it costs in a row.

"callers wait for the collector": Python looks through everything that has come since the start, now and then.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain, count, repeat
from pathlib import Path
from statistics import median

from ivr.app import Controller
from ivr.collector import settle
from ivr.config import Config
from ivr.domain.phones import to_e164
from ivr.domain.queue_plan import GENERAL
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from ivr.tasks import spawn
from ivr.testing import ScriptedChannel
from ivr.wiring import read_plan
from tests.ami.fake import Action, Peer, fake_asterisk, message
from tests.bench.measure import Bench, Figure
from tests.postgres import private_postgres

#: A Tuesday, 9:30 in Moscow: the shipped call centres are at work, with nobody logged in.
NOW = "2026-11-24T09:30:00+03:00"
KEYS = ("1", "1", "1", "0")
CALLS, AT_ONCE = 200, 50
#: Calls that begin in a second, and seconds that a prompt is listened to.
RATE, LISTENS_S = 6.5, 2.0
PACED = 130
_MOST_PACED_ROUNDS = 3
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Spent:
    """Seconds of the processor for one call, and of the wall clock."""

    loop: float
    others: float
    wall: float


def calling(bench: Bench, folder: Path) -> list[Figure]:
    """Calls one after the other and fifty at once, on SQLite and on PostgreSQL."""
    found = []
    with ExitStack() as stack:
        urls = {"sqlite": f"sqlite:///{folder}/hotline.db", "postgresql": stack.enter_context(private_postgres()).url}
        for name, url in urls.items():
            state = folder / name
            state.mkdir()
            at_once, paced, (kept, looks) = asyncio.run(_rounds(url, state, bench))
            for many, rounds in at_once.items():
                found += _figures(f"call, {name}", rounds, many)
            found += _figures(f"call, {name}, paced", paced, RATE, "calls a second")
            waits = f"call, {name}: callers wait for the collector"
            found.append(Figure(waits, "s", median(looks), tuple(looks), None, None, kept, "calls kept"))
    return found


def _figures(name: str, rounds: list[Spent], size: float, of: str = "calls at once") -> list[Figure]:
    parts = {
        name: [one.loop + one.others for one in rounds],
        f"{name}, loop": [one.loop for one in rounds],
        f"{name}, database": [one.others for one in rounds],
    }
    wall = median(one.wall for one in rounds)
    return [
        Figure(part, "s", median(told), tuple(told), wall, None, size, of)
        for part, told in parts.items()
    ]


async def _rounds(
    url: str, state: Path, bench: Bench
) -> tuple[dict[int, list[Spent]], list[Spent], tuple[int, list[float]]]:
    """By how many at once, and paced; how many calls were kept then, and seconds of a collector's look at all."""
    calls, ids = bench.size(CALLS), count(1)
    found: dict[int, list[Spent]] = {1: [], AT_ONCE: []}
    async with hotline(url, state) as (controller, storage):
        await _calls(controller, storage, ids, calls, AT_ONCE)
        for _ in range(bench.rounds):
            for at_once, rounds in found.items():
                rounds.append(await _calls(controller, storage, ids, calls, at_once))
        paced = [
            await _paced(controller, storage, ids, bench.size(PACED))
            for _ in range(min(bench.rounds, _MOST_PACED_ROUNDS))
        ]
        looks = [_look() for _ in range(bench.rounds)]
    return found, paced, (next(ids) - 1, looks)


def _look() -> float:
    began = time.perf_counter()
    gc.collect()
    return time.perf_counter() - began


@asynccontextmanager
async def hotline(url: str, state: Path) -> AsyncIterator[tuple[Controller, Storage]]:
    """A controller that hears a manager interface, its queues read. The general one has an operator, at rest."""
    config = Config(state_dir=state, test_time=NOW)
    queues = [rule.name for rule in read_plan(config).queues]
    await upgrade(url)
    async with fake_asterisk() as asterisk, open_storage(url, limit=_PATIENCE_S) as storage:

        async def answer(peer: Peer, action: Action) -> None:
            if action["action"] == "QueueStatus":
                await peer.send(_queues(action["actionid"], queues))
            else:
                await peer.answer(action)

        asterisk.handler = answer
        controller = Controller(
            Config(state_dir=state, test_time=NOW, asterisk_host="127.0.0.1", ami_port=asterisk.port), storage
        )
        parts = (controller._ami, controller._board, controller._live_side, controller._desk, controller._ear)
        fresh = asyncio.Event()
        controller._board.on_change.append(lambda view: fresh.set() if view.fresh else None)
        tasks = [spawn(part.run(), "bench") for part in parts]
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await fresh.wait()
            settle()
            yield controller, storage
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            gc.unfreeze()


def _queues(id: str, names: list[str]) -> bytes:
    told = [message(Response="Success", ActionID=id, EventList="start")]
    for name in names:
        told.append(message(Event="QueueParams", ActionID=id, Queue=name, Max="0", Calls="0"))
    told.append(message(Event="QueueMember", ActionID=id, Queue=GENERAL, Name="101", Location="PJSIP/op-101",
                        StateInterface="PJSIP/op-101", Status="1", Paused="1", PausedReason="rest"))  # fmt: skip
    told.append(message(Event="QueueStatusComplete", ActionID=id, EventList="Complete", ListItems="1"))
    return b"".join(told)


async def _calls(controller: Controller, storage: Storage, ids: "count[int]", calls: int, at_once: int) -> Spent:
    """So many calls, until the last word of them is stored. Raises RuntimeError when one did not get to the queue."""
    await storage.journal.flush(_PATIENCE_S)
    todo = iter([next(ids) for _ in range(calls)])
    began, loop, all_ = time.perf_counter(), time.thread_time(), time.process_time()

    async def line() -> None:
        for number in todo:
            await _call(controller, number)

    await asyncio.gather(*(line() for _ in range(at_once)))
    await storage.journal.flush(_PATIENCE_S)
    loop, all_ = time.thread_time() - loop, time.process_time() - all_
    return Spent(loop / calls, max(all_ - loop, 1e-9) / calls, (time.perf_counter() - began) / calls)


async def _paced(controller: Controller, storage: Storage, ids: "count[int]", calls: int) -> Spent:
    """So many calls, one beginning after the other, until all are in the queue and stored."""
    began, loop, all_ = time.perf_counter(), time.thread_time(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(calls):
            group.create_task(_call(controller, next(ids), LISTENS_S))
            await asyncio.sleep(1 / RATE)
    await storage.journal.flush(_PATIENCE_S)
    loop, all_ = time.thread_time() - loop, time.process_time() - all_
    return Spent(loop / calls, max(all_ - loop, 1e-9) / calls, (time.perf_counter() - began) / calls)


async def _call(controller: Controller, number: int, listens_s: float = 0.0) -> None:
    caller = to_e164(f"8495{number % 10**7:07}")
    id = f"{1795000000 + number}x{number}"
    channel = _Caller(chain(KEYS, repeat("")), call_id=id, caller=caller, trunk="bench")
    channel.listens_s = listens_s
    await controller._reception.inbound(channel)
    if channel.queued is None or channel.queued.queue != GENERAL or not channel.queued.ticket:
        raise RuntimeError(f"the call came to no queue, or without a ticket: {channel.queued or channel.ended}")


class _Caller(ScriptedChannel):
    """Others have their turn while he listens."""

    listens_s = 0.0

    async def ask(self, *args, **kwargs) -> str:  # type: ignore[no-untyped-def]
        await asyncio.sleep(self.listens_s)
        return await super().ask(*args, **kwargs)
