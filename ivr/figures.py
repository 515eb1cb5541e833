"""The figures of a running controller for `ivr.monitor`: calls, queues, the manager link, callbacks, browsers."""

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client.core import Metric

from ivr.agi.server import AgiCounters
from ivr.ami.client import AmiClient
from ivr.domain.queues import BoardView
from ivr.errors import StorageError
from ivr.monitor import Monitor, counter, gauge, table
from ivr.services.ports import Clock
from ivr.storage.callbacks import SqlCallbacks
from ivr.web.live import Live


class Figures:
    """Everything is read at the moment a monitor asks. `trial`: routing stands at one moment (`test_time`); `state`:
    the folder whose disk is looked at."""

    def __init__(
        self,
        agi: AgiCounters,
        ami: AmiClient,
        view: Callable[[], BoardView],
        callbacks: SqlCallbacks,
        live: Live,
        trial: bool,
        state: Path,
        clock: Clock,
    ) -> None:
        self._agi, self._ami, self._view = agi, ami, view
        self._callbacks, self._live, self._trial = callbacks, live, trial
        self._started, self._state, self._clock = time.monotonic(), state, clock

    def tell(self, monitor: Monitor) -> None:
        """Be asked by `monitor`."""
        for source in (self._process, self._queues, self._promises):
            monitor.add(source)

    async def _process(self) -> Iterable[Metric]:
        agi, silent = self._agi, self._ami.silent_s
        return [
            gauge("calls_running", "Calls that are in a menu now", agi.running),
            counter("calls_total", "Calls taken since the start, coming back ones counted again", agi.calls),
            counter("calls_refused_total", "Calls refused, and served by the dialplan's fallback", agi.refused),
            counter("calls_failed_total", "Calls that an error of ours sent to the fallback", agi.failed),
            counter("agi_bad_headers_total", "AGI connections without a usable header", agi.bad_headers),
            gauge("manager_link_up", "1 while logged in to Asterisk's manager interface", self._ami.connected),
            *([] if silent is None else [
                gauge("manager_silence_seconds", "Since anything was heard from Asterisk; a ping is sent each 10 s",
                      round(silent, 3))
            ]),
            counter("manager_events_lost_total", "Events dropped because they came too fast", self._ami.lost_events),
            gauge("manager_events_pending", "Events received and not worked through yet: the lag", self._ami.pending),
            gauge("test_time", "1 while routing stands at one moment: for trials only", self._trial),
            gauge("uptime_seconds", "Since the controller began", int(time.monotonic() - self._started)),
            gauge("disk_free_bytes", "Room on the disk of the state folder", shutil.disk_usage(self._state).free),
            gauge("browsers", "Pages connected to the live state", self._live.count),
            counter("live_overtaken_total", "States that a slow browser skipped for a newer one", self._live.skipped),
        ]

    async def _queues(self) -> Iterable[Metric]:
        view = self._view()
        queues = sorted(view.queues.items())
        people = [((name, state), count) for name, queue in queues
                  for state, count in (("ready", queue.ready), ("logged_in", queue.logged_in))]
        return [
            gauge("queues_known", "1 while the queues' state is known", view.fresh),
            gauge("callers_waiting", "Callers in all queues", sum(len(queue.waiting) for _, queue in queues)),
            table("queue_callers", "Callers in a queue", ("queue",),
                  (((name,), len(queue.waiting)) for name, queue in queues)),
            table("queue_operators", "Operators of a queue: those logged in, those free of them", ("queue", "state"),
                  people),
        ]

    async def _promises(self) -> Iterable[Metric]:
        try:
            states, overdue = await self._callbacks.by_state(), await self._callbacks.overdue(self._clock.now())
        except StorageError:
            return [gauge("database_up", "1 while the database answers", 0)]
        return [gauge("database_up", "1 while the database answers", 1),
                table("callbacks", "Callbacks that are not over, by state", ("state",),
                      (((state,), count) for state, count in sorted(states.items()))),
                gauge("callbacks_overdue", "Callbacks that no dispatcher has seen to for five minutes (1000: or more)",
                      overdue)]
