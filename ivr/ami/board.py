"""The live queues over the manager link: a snapshot at each login, then events; compared with Asterisk each minute."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from ivr.ami.client import AmiClient, AmiError
from ivr.ami.events import HandleTimes
from ivr.domain.live import LiveQueues
from ivr.domain.live_people import board_view
from ivr.domain.live_snapshot import Drift, Snapshot, differences, read_snapshot, seed
from ivr.domain.live_types import Message, event_time, moment
from ivr.domain.queues import BoardView
from ivr.tasks import spawn

log = logging.getLogger(__name__)
_STALE_S = 30.0
#: After a snapshot that failed the next is tried so soon.
_AGAIN_S = 2.0
_EPOCH = datetime.fromtimestamp(0, UTC)


class AmiBoard:
    """`ivr.services.ports.Board` over the manager link. `now` gives aware UTC; times in seconds.

    `settle`: listeners hear of changes at most so often; `every`: from one comparison to the next; `wrapup_s`: an
    operator's rest after a call.
    """

    def __init__(
        self,
        client: AmiClient,
        now: Callable[[], datetime],
        settle: float = 0.3,
        every: float = 60.0,
        wrapup_s: int = 0,
    ) -> None:
        self._client, self._now = client, now
        self._settle, self._every, self.wrapup_s = settle, every, wrapup_s
        self.live = LiveQueues()
        self.handle = HandleTimes(wrapup_s)
        #: what the last comparison found; None: there was none yet
        self.drift: Drift | None = None
        #: seconds that the last event was on its way, from Asterisk's own time stamp
        self.lag_s = 0.0
        self.on_change: list[Callable[[BoardView], None]] = []
        #: told at once, of every change
        self.on_dirty: list[Callable[[], None]] = []
        self._synced = False
        self._anew = asyncio.Event()
        self._dirty = asyncio.Event()
        self._lost = 0
        self._asked: set[str] = set()
        #: events since the snapshot under way was asked for
        self._meanwhile: list[Message] | None = None
        self._known = (-1, False, _EPOCH, BoardView())
        client.on_event.append(self._event)
        client.on_link.append(self._link)

    @property
    def silent_s(self) -> float | None:
        """Seconds since Asterisk said anything; None while there is no link."""
        return self._client.silent_s

    @property
    def fresh(self) -> bool:
        """The live queues are those of Asterisk; False while the link is down, silent, or not read yet."""
        silent = self._client.silent_s
        return self._synced and silent is not None and silent < _STALE_S

    def view(self) -> BoardView:
        """The queues as they are now; with `fresh` False, as they were when last known."""
        # who rests after a call is free again without an event: the view is made anew each second
        second = self._now().replace(microsecond=0)
        key = (self.live.version, self.fresh, second)
        if self._known[:3] != key:
            made = board_view(self.live, self._now(), self.handle.by_queue, self.wrapup_s, key[1])
            self._known = (*key, made)
        return self._known[3]

    async def run(self) -> None:
        """Keep the live queues right until cancelled."""
        teller = spawn(self._tell_changes(), "board-changes")
        try:
            while True:
                try:
                    async with asyncio.timeout(self._every if self._synced else min(self._every, _AGAIN_S)):
                        await self._anew.wait()
                except TimeoutError:
                    pass
                self._anew.clear()
                if self._client.connected:
                    try:
                        await self.snapshot()
                    except AmiError as error:
                        log.warning("the queues could not be read: %s", error)
        finally:
            teller.cancel()

    async def snapshot(self) -> None:
        """Read all queues now: begin with them, or find out how far the live ones have drifted. Raises `AmiError`."""
        meanwhile: list[Message] = []
        self._meanwhile = meanwhile
        try:
            messages = await self._client.action("QueueStatus")
            read = read_snapshot(messages, self._now())
            await self._client.caught_up()
            await self._ask_arrivals(read)
        finally:
            self._meanwhile = None
        if self._synced:
            self._compare(read, meanwhile)
        seed(self.live, read)
        for message in meanwhile:
            self.live.apply(message, self._now())
        self._synced = self._client.connected
        self._change()

    def _compare(self, read: Snapshot, meanwhile: list[Message]) -> None:
        moved = frozenset(m.get(key, "") for m in meanwhile for key in ("uniqueid", "interface")) - {""}
        found = differences(self.live, read, moved)
        self.drift = Drift(self._now(), found)
        for difference in found[:10]:
            log.warning("the live queues had drifted: %s", difference, extra={"action": "drift"})

    async def _ask_arrivals(self, read: Snapshot) -> None:
        """Since when those callers wait who joined before anybody listened."""
        self._asked &= {caller.uniqueid for caller in read.callers}
        for caller in read.callers:
            known = self.live.callers.get(caller.uniqueid) or self.live.between.get(caller.uniqueid)
            if known is not None and known.since is not None:
                caller.since = known.since
            elif caller.uniqueid not in self._asked:
                self._asked.add(caller.uniqueid)
                try:
                    answer = await self._client.action("Getvar", Channel=caller.channel, Variable="IVR_ARRIVED")
                except AmiError:
                    continue  # gone again
                caller.since = moment(answer[0].get("value", ""))

    def _event(self, message: Message) -> None:
        at = self._now()
        name = message.get("event", "").lower()
        if name == "agentcomplete":
            self.handle.observe(message)
        elif name == "hangup":
            self._asked.discard(message.get("uniqueid", ""))
        self.lag_s = max(0.0, (at - event_time(message, at)).total_seconds())
        if self._meanwhile is not None:
            self._meanwhile.append(message)
        if self.live.apply(message, at):
            self._change()
        if self._client.lost_events != self._lost:
            self._lost = self._client.lost_events
            self._synced = False
            self._anew.set()

    def _link(self, up: bool) -> None:
        # until the next snapshot these figures are old, also when the link is up again before that
        self._synced = False
        self._asked.clear()
        if up:
            self._anew.set()
        else:
            self._change()

    def _change(self) -> None:
        self._dirty.set()
        for listener in self.on_dirty:
            listener()

    async def _tell_changes(self) -> None:
        told: object = None
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            shape = (self.live.version, self.fresh)
            if shape != told:
                told = shape
                self._tell()
            await asyncio.sleep(self._settle)

    def _tell(self) -> None:
        try:
            view = self.view()
        except Exception:  # the next change must be told
            log.exception("the queues could not be looked at")
            return
        for callback in self.on_change:
            try:
                callback(view)
            except Exception:
                log.exception("a listener of the board failed")
