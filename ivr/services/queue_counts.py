"""Counts of the last day by half hours: read on from Asterisk's queue_log, kept in the database every few seconds."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from ivr.domain.live_people import Person
from ivr.domain.live_types import Talk
from ivr.domain.log_fold import LogFold
from ivr.domain.queue_counts import WAITING, Counts, Key, add, half_hour, merge
from ivr.domain.queue_log import parse_line
from ivr.errors import StorageError
from ivr.services.after_call import AFTER_CALL
from ivr.services.live_ports import CountStore, LogPlace, QueueLog
from ivr.services.ports import Clock

log = logging.getLogger(__name__)
_KEPT = timedelta(hours=25)
#: state of a person -> the seconds that it counts as
_SECONDS = {
    "talking": ("handle_s",),
    "hold": ("handle_s", "hold_s"),
    "ringing": ("handle_s",),
    "wrapup": ("handle_s", "wrapup_s"),
    "ready": ("idle_s",),
    "paused": ("paused_s",),
}
#: A look later than this (s) after the last one counts no seconds of operators: the controller was away.
_LONGEST_STEP = 5.0
#: So many half hours of queues and operators from the log are stored before more of it is read: what has piled up while
#: nobody counted must fit the database's time limit. What the live queues add to that waits its turn beyond `_AT_ONCE`.
_ENOUGH, _AT_ONCE = 300, 2000
#: Storing that fails for so long is said on the board.
_PATIENCE = timedelta(seconds=30)


class QueueCounts:
    """`tick` is called every second, `save` every few and at the end. `zone_of`: the clock of a queue.

    Calls are counted from the log alone; only the seconds that operators were free or busy come from the live queues,
    and a controller that is not there does not see them.
    """

    def __init__(
        self,
        source: QueueLog,
        store: CountStore,
        clock: Clock,
        new_fold: Callable[[], LogFold],
        zone_of: Callable[[str], str],
    ) -> None:
        self._source, self._store, self._clock = source, store, clock
        self._new_fold, self._zone_of = new_fold, zone_of
        self._fold = new_fold()
        self._stored: LogPlace | None = None  # None: not known yet
        self._read = LogPlace()
        self._pending: dict[Key, dict[str, float]] = {}
        self._logged: set[Key] = set()  # those of the pending that came from the log, and so go with its place
        self._failing: datetime | None = None  # since when nothing could be stored
        self._looked: datetime | None = None
        #: half hours of the last day
        self.rows: dict[Key, dict[str, float]] = {}
        #: goes up whenever a call is counted
        self.version = 0
        #: in plain words, why the counts stand still; "": they do not
        self.trouble = ""
        #: the log is read to its end
        self.caught_up = False

    @property
    def full(self) -> bool:
        """`save` need not wait for its time: there is much, and nothing is wrong with the database."""
        return self._failing is None and (len(self._logged) >= _ENOUGH or len(self._pending) > _AT_ONCE)

    @property
    def stored(self) -> LogPlace:
        """The place in the log up to which everything is stored; its very beginning while that is not known."""
        return self._stored or LogPlace()

    async def tick(self, people: list[Person], waiting: Mapping[str, int] | None = None) -> None:
        """Read on in the log, and count a second of each operator and of the `waiting` callers of each queue.

        Never raises: what is wrong is `trouble`.
        """
        self._count_seconds(people, waiting or {})
        try:
            if self._stored is None:
                await self._load()
            await self._read_on()
            if self._failing is not None and self._clock.now() - self._failing >= _PATIENCE:
                self._complain("the counts cannot be stored: the database takes none of them")
            else:
                self.trouble = ""
        except OSError:
            self._complain("the queue_log of Asterisk cannot be read, so calls are not counted")
        except StorageError as error:
            self._complain(str(error))

    async def save(self) -> None:
        """Store what was counted since the last time, most of it. Raises `StorageError`; nothing is lost by that."""
        if self._stored is None or (not self._pending and self._read == self._stored):
            return
        pending, logged, after = self._pending, self._logged, self._read
        others = (key for key in pending if key not in logged)
        some = {key: pending[key] for key in (*logged, *islice(others, max(0, _AT_ONCE - len(logged))))}
        # no more than they change: of thousands of calls it is a long word
        visits = self._fold.state() if after != self._stored else None
        self._pending = {key: counts for key, counts in pending.items() if key not in some}
        self._logged = set()
        try:
            done = await self._store.add(some, self._stored, after, visits)
        except BaseException:
            merge(some, self._pending)
            self._pending, self._logged = some, logged | self._logged
            self._failing = self._failing or self._clock.now()
            raise
        self._failing = None
        if done:
            self._stored = after
        else:
            log.warning("the counts were taken over from the database", extra={"action": "counts_reloaded"})
            self._stored = None
            self._pending, self._logged = {}, set()

    def talks(self) -> dict[str, Talk]:
        """Operator -> the talk he is in as the log tells it: also one that began before this controller.

        Nobody while the log is not read to its end: those talks may be over long ago.
        """
        if not self.caught_up:
            return {}
        there = [(visit.answered, uniqueid) for uniqueid, visit in self._fold.visits.items()
                 if visit.queue and visit.answered]  # fmt: skip
        found = {}
        for answered, uniqueid in sorted(there):
            # of two talks, the end of one of which was not written down, he is in the later one
            visit = self._fold.visits[uniqueid]
            since = datetime.fromtimestamp(answered, UTC)
            found[visit.agent] = Talk(uniqueid, "", visit.queue, visit.agent, "", since, answered - visit.joined)
        return found

    async def _load(self) -> None:
        place, visits = await self._store.place()
        rows = await self._store.since(self._clock.now() - _KEPT)
        self._fold = self._new_fold()
        self._fold.restore(dict(visits))
        self._stored = self._read = place
        self.caught_up = False
        self.rows = {key: dict(counts) for key, counts in rows.items()}
        merge(self.rows, self._pending)
        self.version += 1

    async def _read_on(self) -> None:
        while True:
            if len(self._logged) >= _ENOUGH:
                self.caught_up = False
                break
            lines, place = await asyncio.to_thread(self._source.read, self._read)
            if place == self._read:
                self.caught_up = True
                break
            found = self._fold.feed(entry for line in lines if (entry := parse_line(line)) is not None)
            self._read = place
            if found:
                self._take(found)
                self._logged |= found.keys()
                self.version += 1
        oldest = self._clock.now() - _KEPT
        if any(since < oldest for _, _, since in self.rows):
            self.rows = {key: counts for key, counts in self.rows.items() if key[2] >= oldest}

    def _take(self, found: Mapping[Key, Counts]) -> None:
        merge(self._pending, found)
        merge(self.rows, found)

    def _count_seconds(self, people: list[Person], waiting: Mapping[str, int]) -> None:
        at = self._clock.now()
        looked, self._looked = self._looked, at
        seconds = (at - looked).total_seconds() if looked else 0.0
        if not 0 < seconds <= _LONGEST_STEP:
            return
        found: dict[Key, dict[str, float]] = {}
        epoch = at.timestamp()
        for queue, callers in waiting.items():
            if callers:
                add(found, ("queue", queue, half_hour(epoch, self._zone_of(queue))), WAITING, seconds * callers)
        for person in people:
            # who writes a conversation down is paused to be left alone with it: it is the call's work still
            state = "wrapup" if (person.state, person.reason) == ("paused", AFTER_CALL) else person.state
            for name in _SECONDS.get(state, ()):
                for queue in person.queues:
                    key = ("queue", queue, half_hour(epoch, self._zone_of(queue)))
                    add(found, key, name, seconds / len(person.queues))
                if person.queues:
                    add(found, ("agent", person.name, half_hour(epoch, self._zone_of(person.queues[0]))), name, seconds)
        self._take(found)

    def _complain(self, words: str) -> None:
        if words != self.trouble:
            log.warning("%s", words, extra={"action": "counts_trouble"})
        self.trouble = words
