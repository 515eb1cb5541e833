"""Ends in the journal what ended unseen: a caller who hung up while no controller ran, or in the fallback."""

import asyncio
import logging
from datetime import timedelta

from ivr.ami.client import AmiClient, AmiError
from ivr.domain.live_types import call_id_of
from ivr.errors import StorageError
from ivr.services.ports import Clock, Journal
from ivr.storage.calls import SqlCalls

log = logging.getLogger(__name__)
#: A call that began so lately may not have its channel in the list yet, or its ending in the database.
_YOUNG = timedelta(seconds=30)
_OLDEST = timedelta(days=1)


class CallSweep:
    """Compares the calls without an ending with the channels that are really up. Times in seconds."""

    def __init__(self, ami: AmiClient, calls: SqlCalls, journal: Journal, clock: Clock, every: float = 30.0) -> None:
        self._ami, self._calls, self._journal, self._clock = ami, calls, journal, clock
        self._every = every

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            if self._ami.connected:
                try:
                    await self.sweep()
                except (AmiError, StorageError) as error:
                    log.warning("calls were not compared with the channels: %s", error)

    async def sweep(self) -> int:
        """Journal an ending for every call that is gone; returns how many. Raises `AmiError`, `StorageError`."""
        at = self._clock.now()
        lasting = await self._calls.lasting(at - _OLDEST, at - _YOUNG)
        if not lasting:
            return 0
        messages = await self._ami.action("CoreShowChannels")
        up = {call_id_of(m["uniqueid"]) for m in messages if m.get("uniqueid")}
        gone = [call_id for call_id in lasting if call_id not in up]
        for call_id in gone:
            self._journal.write(call_id, at, "end", {"reason": "ended_unseen"})
        return len(gone)
