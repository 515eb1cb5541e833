"""The calls that are alive, as their journal tells them; every word of it goes on to the real journal."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from ivr.domain.calls import END, START, CallRecord, CallStep, Data, JournalData, Value, fold, journal_data
from ivr.domain.live_types import call_id_of
from ivr.domain.pace import due
from ivr.services.ports import Clock, Journal

log = logging.getLogger(__name__)
#: A call that has hung up is kept so long: for the operator's work after it; one that no operator answered, only until
#: its last events are in.
_AFTERWARDS, _UNANSWERED = timedelta(minutes=15), timedelta(minutes=1)
#: One that has ended by its journal, and is not told to go on, has hung up unseen: it may be rated, or passed on.
_SETTLED = timedelta(minutes=5)
_FORGET_EVERY = timedelta(seconds=10)
#: Written of a call that is over as well; anything else says that it goes on.
_ALSO_AFTER = frozenset(("rating", "callback", "recording", "listened"))
#: One whose end nobody saw is not kept for ever.
_LONGEST = timedelta(hours=12)
_MOST = 20_000
#: More steps of one call are kept in the real journal only.
_MOST_STEPS = 500
#: A step as it is kept: tuples of words and numbers are nothing that Python's collector has to look at again and again,
#: and thousands of calls are kept. Nothing nested: why a call went where it went is read from storage.
_Kept: TypeAlias = "tuple[datetime, str, tuple[tuple[str, Value], ...]]"


@dataclass(slots=True)
class _Open:
    caller: str = ""
    steps: list[_Kept] = field(default_factory=list)
    seen: datetime | None = None
    hung_up: datetime | None = None
    ended: datetime | None = None
    record: CallRecord | None = None
    loaded: bool = False
    answered: bool = False

    def hangs_up(self, at: datetime) -> None:
        """It is seldom looked at from now on."""
        self.hung_up, self.record = at, None

    def heed(self, at: datetime, kind: str, data: Data) -> None:
        """Does the call go on after this?"""
        self.answered = self.answered or kind == "answered"
        # a controller that stops leaves its calls to the dialplan
        if kind == END and data.get("reason") != "controller_stopped":
            self.ended = at
        elif kind not in _ALSO_AFTER:
            self.ended = None


class OpenCalls(Journal):
    """A `Journal` before the `real` one. `stored` reads calls back that another controller began; may raise
    `StorageError`."""

    def __init__(
        self, real: Journal, stored: Callable[[Sequence[str]], Awaitable[Sequence[CallRecord]]], clock: Clock
    ) -> None:
        self._real, self._stored, self._clock = real, stored, clock
        self._calls: dict[str, _Open] = {}
        self._forgot: datetime | None = None
        #: goes up with every step
        self.version = 0
        #: told of every step that was written: the call's id, the step
        self.on_step: list[Callable[[str, CallStep], None]] = []

    def write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        """Take a step; never waits, never raises."""
        try:
            # masked once for both; of a call's start the real journal keeps the whole number apart
            clean = journal_data(data)
        except Exception:
            log.exception("an open call could not be followed", extra={"action": "open_call_failed"})
            self._real.write(call_id, at, kind, data)
            return
        self._real.write(call_id, at, kind, data if kind == START else clean)
        try:
            self._take(call_id, at, kind, clean, str(data.get("caller") or "") if kind == START else "")
        except Exception:  # a journal must not end a call
            log.exception("an open call could not be followed", extra={"action": "open_call_failed"})

    def get(self, call_id: str) -> CallRecord | None:
        """The call as far as it is told, without what is nested; its `caller` has the last four digits only."""
        known = self._calls.get(call_id)
        if known is None:
            return None
        record = known.record or fold(call_id, [CallStep(at, kind, dict(data)) for at, kind, data in known.steps])
        if known.hung_up is None:
            known.record = record
        return record

    async def load(self, call_id: str) -> CallRecord | None:
        """The same, read from storage first when it began before this controller. Raises `StorageError`."""
        await self.load_all([call_id])
        return self.get(call_id)

    async def load_all(self, call_ids: Sequence[str]) -> None:
        """Read those of them from storage that began before this controller. Raises `StorageError`."""
        wanted = [call_id for call_id in call_ids if self._began_before(call_id)]
        for told in await self._stored(wanted) if wanted else ():
            known = self._calls.setdefault(told.call_id, _Open())
            first = [_kept(step.at, step.kind, step.data) for step in told.steps]
            mine = set(map(_same, first))
            known.steps = [*first, *(step for step in known.steps if _same(step) not in mine)]
            for at, kind, data in known.steps:
                known.heed(at, kind, dict(data))
            known.caller, known.loaded, known.record = told.caller or known.caller, True, None
            known.seen = known.seen or self._clock.now()
            self.version += 1

    def _began_before(self, call_id: str) -> bool:
        known = self._calls.get(call_id)
        return known is None or (not known.loaded and all(kind != START for _, kind, _ in known.steps))

    def numbers(self, call_id: str) -> str:
        """The caller's whole number (E.164), "" when it is not known; for who may see it."""
        known = self._calls.get(call_id)
        return known.caller if known else ""

    def alive(self) -> list[str]:
        """The ids of the calls that have not hung up, as far as is known."""
        settled = self._clock.now() - _SETTLED
        return [
            call_id
            for call_id, known in self._calls.items()
            if known.hung_up is None and (known.ended is None or known.ended > settled)
        ]

    def event(self, message: Mapping[str, str]) -> None:
        """Hear the manager events: a call that hangs up is not alive."""
        if message.get("event", "").lower() == "hangup":
            known = self._calls.get(call_id_of(message.get("uniqueid", "")))
            if known is not None and known.hung_up is None:
                known.hangs_up(self._clock.now())
                self.version += 1
                self._forget()

    def _take(self, call_id: str, at: datetime, kind: str, data: JournalData, caller: str) -> None:
        if not call_id:
            return
        if call_id not in self._calls and kind == END:
            return  # over before we came
        known = self._calls.setdefault(call_id, _Open())
        known.caller = caller or known.caller
        known.heed(at, kind, data)
        if kind == END and data.get("reason") == "ended_unseen" and known.hung_up is None:
            known.hangs_up(at)  # there is no such channel any more
        if len(known.steps) < _MOST_STEPS:
            known.steps.append(_kept(at, kind, data))
        known.seen, known.record = at, None
        self.version += 1
        while len(self._calls) > _MOST:
            del self._calls[next(iter(self._calls))]
        step = CallStep(at, kind, data)
        for listener in self.on_step:
            listener(call_id, step)

    def _forget(self) -> None:
        """Those long over; seldom, because each time all are looked at."""
        at = self._clock.now()
        if not due(self._forgot, at, _FORGET_EVERY):
            return
        self._forgot = at
        self._calls = {
            call_id: known
            for call_id, known in self._calls.items()
            if (known.hung_up is None or at - known.hung_up < (_AFTERWARDS if known.answered else _UNANSWERED))
            and (known.seen is None or at - known.seen < _LONGEST)
        }


def _kept(at: datetime, kind: str, data: Data) -> _Kept:
    return at, kind, tuple((key, value) for key, value in data.items() if not isinstance(value, dict | list))


def _same(step: _Kept) -> tuple[datetime, str, str]:
    at, kind, data = step
    return at, kind, repr(sorted(data, key=str))
