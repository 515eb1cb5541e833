"""The live side of the hotline, put together: open calls, counts, the board, and the task that keeps them going."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from ivr.ami.board import AmiBoard
from ivr.ami.client import AmiClient
from ivr.config import Config
from ivr.domain.alerts import Limits
from ivr.domain.calendar_load import Calendars
from ivr.domain.log_fold import LogFold
from ivr.domain.metrics import METRICS
from ivr.domain.pace import due
from ivr.domain.queue_counts import total
from ivr.domain.queue_plan import QueuePlan
from ivr.domain.regions import Regions
from ivr.domain.routing_moment import Moments
from ivr.errors import StorageError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.queue_log import QueueLogFile
from ivr.services.board import LiveBoard, Plans
from ivr.services.board_state import jsonable
from ivr.services.callback_watch import CallbackWatch
from ivr.services.open_calls import OpenCalls
from ivr.services.ports import Clock
from ivr.services.queue_counts import QueueCounts
from ivr.storage.store import Storage
from ivr.tasks import each
from ivr.web.live import Live

log = logging.getLogger(__name__)
#: Seconds between two states sent to the browsers at least; from one look at the log and the database to the next.
_PACE_S, _LOOK_S = 0.25, 1.0
#: From one look at what waiting callers hear to the next: with each answer all behind move up, and the sentence itself
#: takes six seconds.
_SETTLE_S = 1.0
#: How old the data are is told so often, though nothing else is new.
_HEARTBEAT = timedelta(seconds=5)
#: So often the alerts are looked at while no browser shows the board.
_UNSEEN = timedelta(seconds=1)
_SAVE_EVERY = timedelta(seconds=5)
#: Calls that are read from storage at once.
_AT_ONCE = 200
#: So many calls tell how long one takes.
_ENOUGH = 5


class LiveSide:
    """`calls` is the journal that everything writes to; `run` goes on until cancelled, `close` stores what is left."""

    def __init__(
        self, config: Config, storage: Storage, clock: Clock, ami: AmiClient, regions: Regions, calendars: Calendars,
        plan: QueuePlan,
    ) -> None:  # fmt: skip
        self._clock, self._storage = clock, storage
        self.queues = AmiBoard(ami, clock.now, settle=_SETTLE_S, wrapup_s=config.wrapup)
        self.calls = OpenCalls(storage.journal, storage.calls.several, clock)
        zone = regions.by_code[config.default_region].zone
        rules = {rule.name: rule for rule in plan.queues}

        def zone_of(queue: str) -> str:
            site = plan.site_of(queue)
            return site.zone if site else zone

        def in_time_s(queue: str) -> int:
            return rules[queue].answer_in_s if queue in rules else 20

        self._queue_log = QueueLogFile(InstancePaths.under(config.state_dir).log / "queue_log")
        self.counts = QueueCounts(
            self._queue_log,
            storage.counts,
            clock,
            lambda: LogFold(zone_of, in_time_s, config.short_abandon_s),
            zone_of,
        )
        self.callbacks = CallbackWatch(storage.callback_figures, clock)
        names = {operator.login: operator.name for operator in config.operators}
        limits = Limits(
            config.alert_wait_s, config.alert_service_level, config.alert_abandoned, config.alert_unattended_s,
            config.alert_silent_s,
        )  # fmt: skip
        plans = Plans(plan, Moments(plan, calendars), regions, names, zone, limits)
        self.board = LiveBoard(self.queues, self.counts, self.calls, self.callbacks, plans)
        self._changed = asyncio.Event()
        self._unknown: set[str] = set()
        self._saved = clock.now()
        self._seeded = False
        self._live: Live | None = None
        self._told: object = None
        self._told_at = clock.now()
        self._told_day: object = None
        ami.on_event.append(self.calls.event)
        self.queues.on_dirty.append(self._news)
        self.calls.on_step.append(lambda _call, _step: self._news())
        self.board.on_unknown.append(lambda call: self._unknown.add(call))

    def publish_to(self, live: Live) -> None:
        """Send every new state to the browsers that look at the board."""
        self._live = live

    def _news(self) -> None:
        """Whoever looks at the board sees it at once; where nobody does, the next second's look is soon enough."""
        if self._live is not None and self._live.listened("board"):
            self._changed.set()

    async def run(self) -> None:
        """Count, look and tell, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look(), name="counting")
            group.create_task(self._tell(), name="telling the board")

    async def _look(self) -> None:
        steps = {
            "counting calls": self._count,
            "storing the counts": self._save,
            "looking at callbacks": self.callbacks.look,
            "reading calls back": self._read_back,
        }
        while True:
            await each(steps)
            self._changed.set()
            await asyncio.sleep(_LOOK_S)

    async def _tell(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await each({"telling the board": self.tell})
            await asyncio.sleep(_PACE_S)

    async def close(self) -> None:
        """Store what was counted."""
        try:
            await self.counts.tick([])
            await self.counts.save()
        except StorageError as error:
            log.warning("the last counts are read from the log again at the next start: %s", error)

    def unread_logs(self) -> set[Path]:
        """The parts of the queue_log of which not everything is counted and stored. Raises `OSError`."""
        return self._queue_log.unread(self.counts.stored)

    async def tell(self) -> None:
        """Publish the board if it is another one than that which was told last, or that was some seconds ago."""
        live = self._live
        at = self._clock.now()
        if live is None:
            return
        if live.listened("board"):
            state = jsonable(self.board.snapshot(at))
            shape = {**state, "at": "", "health": {**state["health"], "known": "", "heard": "", "lag_s": 0}}
            if shape != self._told or due(self._told_at, at, _HEARTBEAT):
                self._told, self._told_at = shape, at
                live.publish("board", state)
        elif due(self._told_at, at, _UNSEEN):
            # alerts grow old also while nobody looks
            self._told, self._told_at = None, at
            self.board.unseen(at)
        # a call was counted, or the minute is another: callers wait also while nothing is counted
        day = (self.counts.version, at.replace(second=0, microsecond=0))
        if day != self._told_day and live.listened("board-day"):
            self._told_day = day
            live.publish("board-day", self.board.day(at))

    async def _count(self) -> None:
        waiting = {name: len(line) for name, line in self.queues.live.lines.items()}
        known = self.queues.fresh
        await self.counts.tick(self.board.people(self._clock.now()) if known else [], waiting if known else {})
        if not self._seeded and self.counts.caught_up:
            self._seeded = True
            self._learn_handle_times()

    def _learn_handle_times(self) -> None:
        """What a call takes is known from the last day until there are calls to see."""
        for name in self.queues.live.lines:
            day = total(c for (kind, queue, _), c in self.counts.rows.items() if (kind, queue) == ("queue", name))
            seconds = METRICS["aht"].of(day)
            if seconds and day.get("completed", 0) >= _ENOUGH:
                self.queues.handle.by_queue.setdefault(name, seconds)

    async def _save(self) -> None:
        at = self._clock.now()
        if self.counts.full or due(self._saved, at, _SAVE_EVERY):
            self._saved = at
            try:
                await self.counts.save()
            except StorageError as error:
                log.warning("the counts wait for the database: %s", error, extra={"action": "counts_wait"})

    async def _read_back(self) -> None:
        unknown, self._unknown = self._unknown, set()
        some = list(unknown)[:_AT_ONCE]
        self._unknown |= unknown.difference(some)
        try:
            await self.calls.load_all(some)
        except StorageError:
            self._unknown |= unknown  # the database is away: later
