"""What the hotline has counted of its queues, once all of the queue_log is in it."""

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime

from ivr.domain.log_fold import LogFold
from ivr.pbx.paths import InstancePaths
from ivr.storage.store import Storage, open_storage
from tests.telephony.conftest import Line


async def _stored(storage: Storage) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (kind, name, _), counts in (await storage.counts.since(datetime.fromtimestamp(0, UTC))).items():
        if kind == "queue":
            found[name].update({field: round(much) for field, much in counts.items()})
    return found


async def until_counted(line: Line, limit: float = 30) -> dict[str, Counter[str]]:
    """Wait until everything of the log is stored; what is stored."""
    async with open_storage(line.database, 30) as storage, asyncio.timeout(limit):
        while True:
            place, visits = await storage.counts.place()
            size = (InstancePaths.under(line.state).log / "queue_log").stat().st_size
            fold = LogFold(lambda queue: "UTC", lambda queue: 20)
            fold.restore(dict(visits))
            if place.offset == size and not any(visit.queue for visit in fold.visits.values()):
                return await _stored(storage)
            await asyncio.sleep(0.5)
