"""A hotline's live side without Asterisk: what a test wants to be so is so, and the board shows it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivr.config import Config
from ivr.domain.alerts import Limits
from ivr.domain.callbacks import CallbackEvent
from ivr.domain.calls import CallRecord
from ivr.domain.live import LiveQueues
from ivr.domain.live_people import board_view
from ivr.domain.live_snapshot import Drift
from ivr.domain.live_types import call_id_of
from ivr.domain.log_fold import LogFold
from ivr.domain.queue_counts import Counts, Key
from ivr.domain.queues import BoardView
from ivr.domain.routing_moment import Moments
from ivr.services.board import LiveBoard, Plans
from ivr.services.callback_watch import CallbackWatch
from ivr.services.live_ports import CallbackCounts, CallbackFigures, CountStore, LiveQueuesSource, LogPlace, QueueLog
from ivr.services.open_calls import OpenCalls
from ivr.services.queue_counts import QueueCounts
from ivr.testing import FixedClock, MemoryJournal
from ivr.wiring import read_calendars, read_plan, read_regions


class FakeSource(LiveQueuesSource):
    """Live queues that a test fills."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock
        self.live, self.lag_s, self.wrapup_s = LiveQueues(), 0.02, 10
        self.drift: Drift | None = None
        self.silence: float | None = 2.0
        self.is_fresh = True

    @property
    def fresh(self) -> bool:
        return self.is_fresh

    @property
    def silent_s(self) -> float | None:
        return self.silence

    def view(self) -> BoardView:
        return board_view(self.live, self._clock.now(), {}, self.wrapup_s, self.is_fresh)


class FakeLog(QueueLog):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def read(self, place: LogPlace) -> tuple[list[str], LogPlace]:
        return self.lines[place.offset :], LogPlace("head", len(self.lines))


class FakeCounts(CountStore):
    async def place(self) -> tuple[LogPlace, Mapping[str, Any]]:
        return LogPlace(), {}

    async def since(self, moment: datetime) -> Mapping[Key, Counts]:
        return {}

    async def add(
        self, counts: Mapping[Key, Counts], before: LogPlace, after: LogPlace, visits: Mapping[str, Any] | None
    ) -> bool:
        return True


class FakeCallbacks(CallbackFigures):
    def __init__(self) -> None:
        self.now: dict[str, CallbackCounts] = {}
        self.happened: list[CallbackEvent] = []

    async def counts(self, at: datetime) -> Mapping[str, CallbackCounts]:
        return self.now

    async def events(self, since: datetime, until: datetime) -> AsyncIterator[CallbackEvent]:
        for event in self.happened:
            yield event


class BoardHouse:
    """The shipped plan; its clock stands until moved."""

    def __init__(self, at: datetime, limits: Limits | None = None) -> None:
        config = Config()
        self.clock = FixedClock(at)
        self.source, self.log, self.figures = FakeSource(self.clock), FakeLog(), FakeCallbacks()
        self.stored: dict[str, CallRecord] = {}
        self.asked: list[str] = []
        plan, regions = read_plan(config), read_regions(config)
        self.calls = OpenCalls(MemoryJournal(), self._stored, self.clock)

        def zone_of(queue: str) -> str:
            site = plan.site_of(queue)
            return site.zone if site else "Europe/Moscow"

        self.counts = QueueCounts(
            self.log, FakeCounts(), self.clock, lambda: LogFold(zone_of, lambda queue: 20), zone_of
        )
        self.callbacks = CallbackWatch(self.figures, self.clock)
        names = {"101": "Анна Кузнецова", "102": "Борис Ли", "103": "Вера Сафина"}
        moments = Moments(plan, read_calendars(config))
        plans = Plans(plan, moments, regions, names, "Europe/Moscow", limits or Limits())
        self.board = LiveBoard(self.source, self.counts, self.calls, self.callbacks, plans)
        self.board.on_unknown.append(self.asked.append)
        for queue in plan.names:
            self.source.live.lines.setdefault(queue, [])

    async def _stored(self, call_ids: Sequence[str]) -> list[CallRecord]:
        return [self.stored[call_id] for call_id in call_ids if call_id in self.stored]

    def event(self, event: str, **fields: str) -> None:
        """A manager event now."""
        at = self.clock.now()
        self.source.live.apply({"event": event, "timestamp": str(at.timestamp()), **fields}, at)

    def staff(self, login: str, *queues: str, status: int = 1, paused: str = "", **more: str) -> None:
        """An operator is logged in; `paused`: with this reason."""
        for queue in queues:
            self.event(
                "QueueMemberStatus", queue=queue, membername=f"op-{login}", interface=f"PJSIP/op-{login}",
                status=str(status), paused=str(int(bool(paused))), pausedreason=paused, **more,
            )  # fmt: skip

    def caller(self, uniqueid: str, queue: str, waited: float = 0, number: str = "+79161234567", region: str = "77",
               zone: str = "Europe/Moscow", category: str = "signin", language: str = "ru") -> None:  # fmt: skip
        """A caller has waited for so many seconds; "" category: the controller knows nothing of him."""
        now = self.clock.at
        self.clock.at = now - timedelta(seconds=waited)
        call, at = call_id_of(uniqueid), self.clock.at
        if category:
            self.calls.write(call, at, "start", {"caller": number, "did": "88005553535"})
            self.calls.write(call, at, "place", {"region": region, "zone": zone})
            self.calls.write(call, at, "language", {"language": language})
            self.calls.write(call, at, "ticket", {"ticket": "48215513", "category": category})
        self.event("QueueCallerJoin", queue=queue, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}",
                   calleridname=f"4821-5513 {category or 'identity'}")  # fmt: skip
        self.clock.at = now

    def answered(self, uniqueid: str, queue: str, login: str) -> None:
        """The caller talks with the operator from now on."""
        self.event("QueueCallerLeave", queue=queue, uniqueid=uniqueid)
        who = {"membername": f"op-{login}", "interface": f"PJSIP/op-{login}"}
        self.event("AgentConnect", queue=queue, uniqueid=uniqueid, holdtime="12", **who)

    def logged(self, at: datetime, uniqueid: str, queue: str, agent: str, verb: str, *arguments: object) -> None:
        """A line of the queue_log."""
        self.log.lines.append("|".join(map(str, (int(at.timestamp()), uniqueid, queue, agent, verb, *arguments))))
