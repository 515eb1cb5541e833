"""Calls that ended while nobody looked get their ending."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from ivr.callsweep import CallSweep
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.testing import NOON, FixedClock


class _Ami:
    connected = True

    async def action(self, name: str, **fields: str) -> list[dict[str, str]]:
        assert name == "CoreShowChannels"
        return [{"response": "Success"}, {"event": "CoreShowChannel", "uniqueid": "100.1"}]


async def test_only_calls_that_are_gone_are_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    await upgrade(url)
    clock = FixedClock()
    async with open_storage(url, 30) as storage:
        for call_id, seconds in (("100x1", 600), ("100x2", 600), ("100x3", 5), ("100x4", 600)):
            storage.journal.write(call_id, NOON - timedelta(seconds=seconds), "start", {"caller": "", "did": "1"})
        storage.journal.write("100x4", NOON, "end", {"reason": "hung_up"})
        assert await storage.journal.flush(30)
        sweep = CallSweep(cast(Any, _Ami()), storage.calls, storage.journal, clock)
        assert await sweep.sweep() == 1
        assert await storage.journal.flush(30)
        reasons = {c.call_id: c.reason for c in await storage.calls.list()}
        assert reasons == {"100x1": "", "100x2": "ended_unseen", "100x3": "", "100x4": "hung_up"}
        assert await sweep.sweep() == 0
