"""The callback desk: asks for callbacks, and lets each event happen once, whoever hears of it first.

Notices (SMS) are written by the storage with the event itself: neither is ever without the other.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from ivr.domain.callback_hours import SLOT, SLOTS_AHEAD
from ivr.domain.callback_results import answered, result_event
from ivr.domain.callbacks import MOVES, Callback, CallbackEvent, apply, reschedule, spent
from ivr.services.ports import Callbacks, Clock

log = logging.getLogger(__name__)

#: made: it is promised now; exists: the number had one, which comes back; refused: too many in 24 hours.
Outcome = Literal["made", "exists", "refused"]
#: Somebody else was faster so often: he has done what there was to do.
_TRIES = 5
_A_DAY = timedelta(days=1)
#: What must have happened before, if nobody could write it down at the time.
_EARLIER = {"connect": "human", "caller_gone": "human", "no_agent": "human", "complete": "connect"}
#: The call of an answered dial is over: what that means in each state.
_HUNG_UP = {"dialling": "machine", "rejoining": "caller_gone", "connected": "complete"}


@dataclass(frozen=True)
class Requested:
    """`callback`: the one that is promised now, made or already there; None when refused."""

    outcome: Outcome
    callback: Callback | None = None


class CallbackDesk:
    """`new_id`: random, unguessable. `per_day`: requests by one number in 24 hours. All raise `StorageError`."""

    def __init__(self, callbacks: Callbacks, clock: Clock, new_id: Callable[[], str], per_day: int = 6) -> None:
        self._callbacks = callbacks
        self._clock = clock
        self._new_id = new_id
        self._per_day = per_day

    async def request(self, wish: Callback) -> Requested:
        """Promise `wish` (its id, state and version do not matter). One active callback a number and service."""
        now = self._clock.now()
        for _ in range(_TRIES):
            there = await self._callbacks.active(wish.number, wish.service)
            if there is not None:
                return Requested("exists", there)
            if await self._callbacks.requests_since(wish.number, now - _A_DAY) >= self._per_day:
                log.warning("too many callbacks asked for", extra={"action": "callback_refused"})
                return Requested("refused")
            made, event = apply(self._fresh(wish), "confirm", now)
            if await self._callbacks.add(made, event):
                return Requested("made", made)
        return Requested("refused")

    async def abandon_offer(self, wish: Callback) -> Callback:
        """He took the offer and hung up without a number that can be called: kept for the figures."""
        lost, event = apply(self._fresh(wish), "hang_up", self._clock.now())
        await self._callbacks.add(lost, event)
        return lost

    async def pending(self, number: str, service: str) -> Callback | None:
        """The active callback of a number; None for "" too."""
        return await self._callbacks.active(number, service) if number else None

    async def ahead(self, queue: str, before: datetime) -> int:
        """How many stand in the line of `queue` before that moment."""
        return await self._callbacks.ahead(queue, before)

    async def booked(self, queue: str, since: datetime) -> Mapping[datetime, int]:
        """Start of a half hour (UTC) -> how many of `queue` are promised for it, as far as windows are offered."""
        return await self._callbacks.booked(queue, since, since + SLOTS_AHEAD + SLOT)

    async def find(self, attempt_or_id: str) -> Callback | None:
        """By the id of the dial under way, or by its own."""
        if not attempt_or_id:
            return None
        found = await self._callbacks.of_attempt(attempt_or_id)
        return found or await self._callbacks.get(attempt_or_id)

    async def event(self, attempt_or_id: str, event: str, note: str = "") -> Callback | None:
        """Let `event` happen; the callback after it (and after giving up, when no attempt is left).

        None when it is not possible: it is over, the dial is no more the one under way, or it happened already.
        """
        for _ in range(_TRIES):
            callback = await self.find(attempt_or_id)
            if callback is None:
                return None
            if event not in MOVES[callback.state]:
                before = _EARLIER.get(event)
                if before is None or await self.event(attempt_or_id, before) is None:
                    return None
                continue
            moved = await self._store(*apply(callback, event, self._clock.now(), note=note))
            if moved is None:
                continue
            if moved.state == "retry_wait" and spent(moved):
                return await self.event(moved.id, "give_up", event) or moved
            return moved
        return None

    async def result(self, attempt: str, cause: int, status: str, talked: bool = False) -> Callback | None:
        """A dial is over: Q.850 cause and DIALSTATUS. `talked`: an operator was connected. Like `event`."""
        if not answered(status):
            return await self.event(attempt, result_event(cause, status), f"cause {cause}")
        callback = await self._callbacks.of_attempt(attempt)
        if callback is None:
            return None
        return await self.event(attempt, "complete" if talked else _HUNG_UP.get(callback.state, ""))

    async def cancel(self, attempt_or_id: str, reason: str) -> Callback | None:
        """Take the promise back; `reason`: caller, agent, served_live … Like `event`."""
        return await self.event(attempt_or_id, "cancel", reason)

    async def reschedule(self, id: str, changes: Mapping[str, Any], note: str = "") -> Callback | None:
        """Another window or number (fields of `callbacks.CHANGEABLE`). None: not possible (any more)."""
        for _ in range(_TRIES):
            callback = await self._callbacks.get(id)
            if callback is None or "moved" not in MOVES[callback.state]:
                return None
            moved = await self._store(*reschedule(callback, self._clock.now(), changes, note=note))
            if moved is not None:
                return moved
        return None

    async def _store(self, moved: Callback, told: CallbackEvent) -> Callback | None:
        if not await self._callbacks.move(moved, told):
            return None
        log.info("callback %s -> %s -> %s", told.before, told.event, told.after, extra={"action": "callback_moved"})
        return moved

    def _fresh(self, wish: Callback) -> Callback:
        return replace(wish, id=self._new_id(), state="provisional", version=0, created_at=self._clock.now())
