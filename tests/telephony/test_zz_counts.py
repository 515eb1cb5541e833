"""After the other calls of this suite: what was counted is what the queue_log says, counted in another way."""

import asyncio
import os
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.pbx.paths import InstancePaths
from ivr.storage.store import Storage, open_storage
from tests.telephony.conftest import Line
from tests.telephony.live_day import Day, queue_log, recorder

pytestmark = pytest.mark.asyncio(loop_scope="session")
_ENDS = {"CONNECT": "answered", "ABANDON": "abandoned", "EXITWITHKEY": "keyed", "EXITWITHTIMEOUT": "timed_out",
         "EXITEMPTY": "emptied", "WITHDRAW": "withdrawn"}  # fmt: skip


FIELDS = ("entered", "offered", *_ENDS.values(), "lost", "missed", "refused", "short", "in_time", "wait_s", "talk_s",
          "completed")  # fmt: skip


def counted_otherwise(text: str) -> dict[str, Counter[str]]:
    """Queue -> counts, straight from the lines of a queue_log that is over: nobody waits in it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    calls: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    starts = 0
    for line in text.splitlines():
        fields = line.split("|")
        starts += fields[4] == "QUEUESTART"
        if fields[2] != "NONE":
            # a start of Asterisk ends every visit before it
            calls[fields[2], f"{fields[1]} {starts}"].append(fields)
    offered: set[tuple[str, str]] = set()
    for (queue, call), lines in calls.items():
        verbs = [fields[4] for fields in lines]
        mine = found[queue]
        mine["entered"] += verbs.count("ENTERQUEUE")
        if "ENTERQUEUE" in verbs and (queue, call.split()[0]) not in offered:
            offered.add((queue, call.split()[0]))
            mine["offered"] += 1
        for verb, name in _ENDS.items():
            mine[name] += verbs.count(verb)
        mine["lost"] += verbs.count("ENTERQUEUE") - sum(verbs.count(verb) for verb in _ENDS)
        mine["missed"] += verbs.count("RINGNOANSWER")
        mine["refused"] += verbs.count("JOINEMPTY") + verbs.count("FULL") + verbs.count("JOINUNAVAIL")
        mine["short"] += sum(f[4] == "ABANDON" and int(f[-1]) <= 5 for f in lines)
        mine["in_time"] += sum(f[4] == "CONNECT" and int(f[5]) <= 20 for f in lines)
        mine["wait_s"] += sum(int(f[5]) for f in lines if f[4] == "CONNECT")
        mine["talk_s"] += sum(int(f[6]) for f in lines if f[4] in ("COMPLETEAGENT", "COMPLETECALLER"))
        mine["completed"] += sum(f[4] in ("COMPLETEAGENT", "COMPLETECALLER") for f in lines)
    return found


async def stored(storage: Storage) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (kind, name, _), counts in (await storage.counts.since(datetime.fromtimestamp(0, UTC))).items():
        if kind == "queue":
            found[name].update({field: round(much) for field, much in counts.items()})
    return found


async def until_counted(line: Line, limit: float = 30) -> dict[str, Counter[str]]:
    """Wait until everything of the log is stored; what is stored."""
    async with open_storage(_database(line)) as storage, asyncio.timeout(limit):
        while True:
            place, visits = await storage.counts.place()
            size = (InstancePaths.under(line.state).log / "queue_log").stat().st_size
            if place.offset == size and not any(visit["queue"] for visit in visits.values()):
                return await stored(storage)
            await asyncio.sleep(0.5)


async def test_counts_equal_an_independent_count_of_the_queue_log(line: Line) -> None:
    phones = line.network.phones
    async with recorder(line) as told:
        day = Day(line, told, 1)
        for phone in phones.values():
            await phone.behave("answer")
            await phone.code("*11")
        await asyncio.gather(day.talked("101"), day.gave_up(1))
        await day.not_taken("101")
        await phones["101"].code("*13")
        await asyncio.gather(day.gave_up(1), day.gave_up(7), day.asked_back())
        await phones["101"].code("*14")
        await day.talked("101")
        # the controller does not see these calls: it is not there
        await day.killed()
        await day.talked("101")
        for phone in phones.values():
            await phone.code("*12")
        await told.snapshot()
    found = await until_counted(line)
    wanted = counted_otherwise(queue_log(line))
    for queue, counts in wanted.items():
        assert {name: found[queue][name] for name in FIELDS} == {name: counts[name] for name in FIELDS}, queue
    total = sum(wanted.values(), Counter())
    for field in ("answered", "abandoned", "short", "keyed", "missed", "lost"):
        assert total[field] > 0, f"nothing to compare: {field}"
    if os.environ.get("IVR_RECORD_DAY"):
        told.save(Path(os.environ["IVR_RECORD_DAY"]), queue_log(line))


def _database(line: Line) -> str:
    return f"sqlite+aiosqlite:///{line.state / 'hotline.db'}"
