"""The callback desk: asks for callbacks, and lets each event happen once, whoever hears of it first.

Notices (SMS) are written by the storage with the event itself: neither is ever without the other.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from ivr.domain.callback_hours import SLOT, SLOTS_AHEAD
from ivr.domain.callback_results import answered, result_event
from ivr.domain.callbacks import CHANGEABLE, MOVES, Callback, CallbackEvent, apply, reschedule, spent
from ivr.services.ports import Callbacks, Clock

log = logging.getLogger(__name__)

#: made: it is promised now; exists: the number had one, which comes back; refused: too many in 24 hours.
Outcome = Literal["made", "exists", "refused"]
#: Somebody else was faster so often: he has done what there was to do.
_TRIES = 5
_A_DAY = timedelta(days=1)
#: A call of his own in which nothing is heard of him any more holds up his callback no longer.
_HELD = timedelta(minutes=15)
#: In the data of "hold": the time (ISO 8601) that it put off.
_BEFORE = "not_before"
#: Events that leave a callback held.
_BESIDE = frozenset({"soon", "missed", "language"})
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
    """`new_id`: random, unguessable. `per_day`: requests by one number in 24 hours. `agent_first`: queues whose
    operator is called before the citizen. All raise `StorageError`."""

    def __init__(
        self,
        callbacks: Callbacks,
        clock: Clock,
        new_id: Callable[[], str],
        per_day: int = 6,
        agent_first: Collection[str] = (),
    ) -> None:
        self._callbacks = callbacks
        self._clock = clock
        self._new_id = new_id
        self._per_day = per_day
        self._agent_first = agent_first

    def name(self) -> str:
        """For an offer that is about to begin: random, unguessable."""
        return self._new_id()

    async def begin(self, id: str, wish: Callback) -> None:
        """He took the offer: keep `wish` as `id`, so that it outlives whoever talks with him. `request` with `begun`
        makes it a promise, `decline` ends it, and time promises what was forgotten. Nothing is kept where none can be
        promised."""
        there = await self._callbacks.active(wish.number, wish.service)
        if there is None and not await self._too_many(wish):
            offer = self._fresh(wish, id)
            await self._callbacks.add(offer, CallbackEvent(id, offer.created_at, "taken", "", offer.state))

    async def decline(self, id: str) -> None:
        """He thinks better of the offer that was begun as `id`."""
        # forgotten for so long that time has promised it
        await self.event(id, "decline") or await self.cancel(id, "declined")

    async def request(self, wish: Callback, begun: str = "") -> Requested:
        """Promise `wish` (its id, state and version do not matter). One active callback a number and service.

        `begun`: the id of his offer; it becomes the promise, if it is still there.
        """
        now = self._clock.now()
        for _ in range(_TRIES):
            offer = await self._callbacks.get(begun) if begun else None
            there = await self._callbacks.active(wish.number, wish.service)
            if there is not None and there.id != begun:
                return Requested("exists", there)
            if offer is not None and offer.active and offer.state != "provisional":
                return await self._late(offer, wish)
            if await self._too_many(wish):
                return Requested("refused")
            if offer is None or not offer.active:
                made, event = apply(self._fresh(wish), "confirm", now)
                stored = await self._callbacks.add(made, event)
            else:
                kept = {name: getattr(offer, name) for name in ("id", "state", "version", "created_at")}
                wished = replace(wish, virtual_start=min(offer.virtual_start, wish.virtual_start), **kept)
                made, event = apply(wished, "confirm", now)
                stored = await self._callbacks.move(made, event)
            if stored:
                return Requested("made", await self._put_aside(made))
        return Requested("refused")

    async def _put_aside(self, made: Callback) -> Callback:
        """Whose window begins later stands in no line until then: no round has to look at him all night."""
        now = self._clock.now()
        if made.window_from <= now:
            return made
        return await self._store(*apply(made, "park", now, until=made.window_from)) or made

    async def abandon_offer(self, wish: Callback) -> Callback:
        """He took the offer and hung up without a number that can be called: kept for the figures."""
        lost, event = apply(self._fresh(wish), "hang_up", self._clock.now())
        await self._callbacks.add(lost, event)
        return lost

    async def pending(self, number: str, service: str) -> Callback | None:
        """The active callback of a number; None for "" too."""
        return await self._callbacks.active(number, service) if number else None

    async def ahead(self, queue: str, before: datetime) -> int:
        """How many stand in the line of `queue` before that moment, and can be called now."""
        # where an operator is called first, who is dialled stands in the queue itself, or has his operator already
        return await self._callbacks.ahead(queue, before, self._clock.now(), queue not in self._agent_first)

    async def booked(self, queue: str, since: datetime) -> Mapping[datetime, int]:
        """Start of a half hour (UTC) -> how many of `queue` are promised for it, as far as windows are offered."""
        return await self._callbacks.booked(queue, since, since + SLOTS_AHEAD + SLOT)

    async def find(self, attempt_or_id: str) -> Callback | None:
        """By the id of the dial under way, or by its own."""
        if not attempt_or_id:
            return None
        found = await self._callbacks.of_attempt(attempt_or_id)
        return found or await self._callbacks.get(attempt_or_id)

    async def event(
        self, attempt_or_id: str, event: str, note: str = "", data: Mapping[str, str | int] | None = None
    ) -> Callback | None:
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
            after, told = apply(callback, event, self._clock.now(), note=note)
            moved = await self._store(after, replace(told, data={**told.data, **data}) if data else told)
            if moved is None:
                continue
            if moved.state == "retry_wait" and spent(moved):
                return await self.event(moved.id, "give_up", event) or moved
            return moved
        return None

    async def events(self, events: Sequence[tuple[Callback, str]]) -> int:
        """Apply to each callback, as it was read, its event, all in one transaction; how many were moved. Somebody else
        has been faster with the others."""
        moves = [apply(callback, event, self._clock.now()) for callback, event in events]
        done = await self._callbacks.move_all(moves) if moves else []
        if done:
            log.info("%d callbacks are moved by time", len(done), extra={"action": "callbacks_moved"})
        return len(done)

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

    async def hold(self, id: str) -> Callback | None:
        """He waits in a call of his own, in the same place: his phone would be busy. `let_go` ends it, or time, unless
        it is asked for again. None: he would not be called so soon anyway, or cannot be held."""
        for _ in range(_TRIES):
            callback, now = await self._callbacks.get(id), self._clock.now()
            if callback is None or "hold" not in MOVES[callback.state]:
                return None
            earlier = callback.not_before if callback.state != "waiting" else None
            if earlier is not None and earlier >= now + _HELD:
                return None
            before = await self._held(id)
            if before is None:
                before = earlier.isoformat() if earlier else ""
            held, told = apply(callback, "hold", now, note="in a call of his own", until=now + _HELD)
            moved = await self._store(held, replace(told, data={_BEFORE: before}))
            if moved is not None:
                return moved
        return None

    async def let_go(self, id: str) -> Callback | None:
        """His own call came to nothing: he is called when he would have been without it. None: he is not held."""
        for _ in range(_TRIES):
            callback, before = await self._callbacks.get(id), await self._held(id)
            if callback is None or before is None:
                return None
            now = self._clock.now()
            until = datetime.fromisoformat(before) if before else now
            event = "open" if callback.state == "parked" and until <= now else "let_go"
            if event not in MOVES[callback.state]:
                return None
            moved = await self._store(*apply(callback, event, now, until=until))
            if moved is not None:
                return moved
        return None

    async def _held(self, id: str) -> str | None:
        """When he would have been called without the call that he is in ("": any moment); None: he is not held."""
        history = await self._callbacks.history(id)
        last = next((event for event in reversed(history) if event.event not in _BESIDE), None)
        return str(last.data.get(_BEFORE, "")) if last is not None and last.event == "hold" else None

    async def reschedule(
        self, id: str, changes: Mapping[str, Any], note: str = "", *, limited: bool = False
    ) -> Callback | None:
        """Another window or number (fields of `callbacks.CHANGEABLE`). None: not possible (any more).

        `limited`: it is a caller's wish, and counts as one of those that he has in a day.
        """
        for _ in range(_TRIES):
            callback = await self._callbacks.get(id)
            if callback is None or "moved" not in MOVES[callback.state]:
                return None
            changed, told = reschedule(callback, self._clock.now(), changes, note=note)
            if limited and await self._too_many(changed):
                return None
            moved = await self._store(changed, told)
            if moved is not None:
                return moved
        return None

    async def _late(self, offer: Callback, wish: Callback) -> Requested:
        """The offer was promised by time meanwhile; what he wished in the end counts, if it can still be."""
        if await self._too_many(wish):
            return Requested("refused")
        changes = {name: getattr(wish, name) for name in CHANGEABLE - {"virtual_start"}}
        moved = await self.reschedule(offer.id, changes)
        return Requested("made" if moved else "exists", moved or offer)

    async def _too_many(self, wish: Callback) -> bool:
        """For the phone to be called, or from the one that asks: nobody has strangers rung all day, nor again those who
        pressed the key for no call."""
        since = self._clock.now() - _A_DAY
        for number in {wish.number, wish.asked_by} - {""}:
            if await self._callbacks.requests_since(number, since) >= self._per_day:
                log.warning("too many callbacks asked for", extra={"action": "callback_refused"})
                return True
        if wish.number != wish.asked_by and await self._callbacks.unwanted_since(wish.number, since):
            log.warning("a callback is asked for that nobody wants there", extra={"action": "callback_unwanted"})
            return True
        return False

    async def _store(self, moved: Callback, told: CallbackEvent) -> Callback | None:
        if not await self._callbacks.move(moved, told):
            return None
        log.info("callback %s -> %s -> %s", told.before, told.event, told.after, extra={"action": "callback_moved"})
        return moved

    def _fresh(self, wish: Callback, id: str = "") -> Callback:
        return replace(wish, id=id or self._new_id(), state="provisional", version=0, created_at=self._clock.now())
