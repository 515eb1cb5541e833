"""What one call has to do with a callback: asked for, found, changed, or the very call that was promised."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from ivr.domain.callback_hours import Promise, Window, offered
from ivr.domain.callbacks import Callback
from ivr.domain.whereabouts import local_time
from ivr.errors import StorageError
from ivr.flow.callback_commands import (
    AskPromise,
    AskSlots,
    CallbackCommand,
    CallbackFound,
    CallbackMade,
    CallCame,
    CallSettled,
    CancelCallback,
    ChangeCallback,
    DropOffer,
    FindCallback,
    PromiseFound,
    RequestCallback,
    SlotsFound,
    TakeOffer,
)
from ivr.flow.commands import Done, RouteFound
from ivr.services.callback_terms import CallbackOffice, CallbackTerms, CallSide

log = logging.getLogger(__name__)
#: So many half hours are offered, so far from each other that one may choose between them.
_SLOTS, _APART = 3, timedelta(hours=3)
_PATIENCE_S = 0.5
Answer = CallbackFound | Done | PromiseFound | CallbackMade | SlotsFound | CallSettled


class CallerCallback:
    """`attempt`: the dial that this call is, "" for a call that came in; `waited`: the callback instead of which its
    caller has waited in the queue, "" none."""

    def __init__(self, office: CallbackOffice, call: CallSide, attempt: str = "", waited: str = "") -> None:
        self._office, self._call = office, call
        self._terms = CallbackTerms(office, call)
        self.attempt, self._waited = attempt, waited
        #: promised to the caller's number, as far as is known
        self.promised: Callback | None = None
        # asked for in this call; perhaps for another number
        self._made: Callback | None = None
        self._taken: TakeOffer | None = None
        # the id that this offer is kept by in the database, for the case that nobody ends it here; "" none
        self._begun = ""

    @property
    def token(self) -> str:
        """What the queues tell us of this call by: the dial, or the callback instead of which the caller waits."""
        # `_begun`: an offer that could not be ended must not ring who has talked to an operator
        return self.attempt or (self.promised.id if self.promised else self._begun or self._waited)

    @property
    def instead(self) -> str:
        """The callback that is not to ring him while he waits himself; "" none."""
        return self.promised.id if self.promised else self._waited

    @property
    def taken(self) -> TakeOffer | None:
        """The offer that the caller took and has not got to the end of."""
        return self._taken

    @property
    def arrived(self) -> datetime | None:
        """The place that a promise gives the caller in a queue; None: none."""
        now = self._office.clock.now()
        return self.promised.virtual_start if self.promised and self.promised.virtual_start < now else None

    def offered(self, route: RouteFound) -> bool:
        """Is the caller, on this way to an operator, to be offered a callback?"""
        self._call.route = route
        if self.attempt or self.promised:
            return False
        return offered(route.wait_s, staffed=route.staffed)

    @property
    def _known(self) -> Callback | None:
        """The one that the caller speaks of."""
        return self._made or self.promised

    async def ahead(self, queue: str) -> int:
        """Callbacks that are answered before this caller; 0 when the database does not say so in time."""
        since = self._call.arrived or self.arrived or self._office.clock.now()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._office.desk.ahead(queue, since)
        except (StorageError, TimeoutError):
            return 0

    async def carry_out(self, command: CallbackCommand) -> Answer:
        """Never fails: a database that is away is an answer too."""
        try:
            return await self._carried(command)
        except StorageError:
            log.warning("a callback is not seen to: the database is away", extra={"action": "callback_away"})
        match command:
            case FindCallback() | ChangeCallback():
                return CallbackFound()
            case AskSlots():
                return SlotsFound(self._here(self._office.clock.now()))
            case RequestCallback():
                return CallbackMade("failed")
            case CallCame():
                # nothing says that this call was his last: a later round finds that it came to nothing
                return CallSettled(False, again=True)
        return Done(False)

    async def hung_up(self) -> Callback | None:
        """The caller hung up: who took the offer is promised a callback at his own number, if it can be called."""
        taken, self._taken = self._taken, None
        if taken is None:
            return None
        number = self._office.numbers.judge(self._call.reachable).number
        wish = await self._terms.wish(number, taken, tonight=False)
        if not number:
            return await self._office.desk.abandon_offer(wish)
        return (await self._office.desk.request(wish, self._begun)).callback

    async def leave(self) -> None:
        """The caller goes on to a queue: whatever he took before, he waits himself now, and is not called meanwhile."""
        self._taken = None
        if not self.instead:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._office.desk.hold(self.instead)
        except (StorageError, TimeoutError):
            log.warning("who waits himself may be called meanwhile", extra={"action": "callback_away"})

    async def ended(self) -> None:
        """The call is over here: who waited instead of being called is called after all."""
        if not self.instead:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._office.desk.let_go(self.instead)
        except (StorageError, TimeoutError):
            log.warning("who waited himself is called a little later", extra={"action": "callback_away"})

    async def _carried(self, command: CallbackCommand) -> Answer:
        desk = self._office.desk
        match command:
            case FindCallback():
                self._made = None
                self.promised = await desk.pending(self._call.number, self._call.service)
                return self._found()
            case TakeOffer():
                self._taken = command
                await self._begin(command)
                return Done()
            case DropOffer():
                self._taken = None
                await desk.decline(self._begun)
                self._begun = ""
                return Done()
            case AskPromise(number):
                return self._shown(await self._terms.promise(number))
            case RequestCallback(number, tonight):
                return await self._requested(number, tonight)
            case AskSlots():
                return await self._slots()
            case ChangeCallback(number, slot):
                moved = await self._change(number, slot)
                return CallbackFound(True, *self._times(moved)) if moved else CallbackFound()
            case CancelCallback():
                done = self.promised is not None and await desk.cancel(self.promised.id, "caller") is not None
                self.promised = None if done else self.promised
                return Done(done)
            case CallCame(event):
                callback = await desk.event(self.attempt, event)
                return CallSettled(callback is not None, callback is not None and callback.active)

    async def _begin(self, taken: TakeOffer) -> None:
        number = self._office.numbers.judge(self._call.reachable).number
        if number and not self._begun:
            self._begun = self._office.desk.name()
            await self._office.desk.begin(self._begun, await self._terms.wish(number, taken, tonight=False))

    async def _requested(self, number: str, tonight: bool) -> CallbackMade:
        taken = self._taken or TakeOffer("other", "menu")
        asked = await self._office.desk.request(await self._terms.wish(number, taken, tonight), self._begun)
        if asked.outcome == "refused" or asked.callback is None:
            return CallbackMade("refused")
        self.promised = asked.callback if asked.callback.number == self._call.number else self.promised
        if asked.outcome == "made":
            self._made = asked.callback
            self._taken, self._begun = None, ""
        now, start, end = self._times(asked.callback)
        return CallbackMade(asked.outcome, now, start, end)

    async def _slots(self) -> SlotsFound:
        office, now, known = self._office, self._office.clock.now(), self._known
        number, queue = (known.number, known.queue) if known else (self._call.number, self._call.route.queue)
        booked = await office.desk.booked(queue, now)
        person = await self._terms.person(number)
        slots = office.hours.slots(person, now, booked, lambda t: office.room(queue, t), _SLOTS, _APART)
        return SlotsFound(self._here(now), tuple((self._here(slot.start), self._here(slot.end)) for slot in slots))

    async def _change(self, number: str, slot: tuple[datetime, datetime] | None) -> Callback | None:
        known = self._known
        if known is None:
            return None
        changes: dict[str, object] = {"asked_by": self._call.number}
        if number:
            changes |= await self._terms.other_number(known, number)
        if slot is not None:
            if not await self._free(known.queue, slot[0]):
                return None
            changes |= await self._terms.other_time(known, Window(*slot))
        moved = await self._office.desk.reschedule(known.id, changes, "caller", limited=True)
        self.promised = moved if moved and self.promised else self.promised
        return moved

    async def _free(self, queue: str, start: datetime) -> bool:
        """Is there room still? Others choose too, while he listens."""
        booked = await self._office.desk.booked(queue, self._office.clock.now())
        return booked.get(start.astimezone(UTC), 0) < self._office.room(queue, start)

    def _shown(self, promise: Promise) -> PromiseFound:
        window, tonight = promise.window, promise.tonight
        return PromiseFound(
            self._here(self._office.clock.now()),
            self._here(window.start),
            self._here(window.end),
            promise.quiet,
            self._here(tonight.end) if tonight else None,
        )

    def _found(self) -> CallbackFound:
        return CallbackFound(True, *self._times(self.promised)) if self.promised else CallbackFound()

    def _times(self, callback: Callback) -> tuple[datetime, datetime, datetime]:
        now = self._office.clock.now()
        return self._here(now), self._here(callback.window_from), self._here(callback.window_to)

    def _here(self, at: datetime) -> datetime:
        return local_time(at, self._call.place.place.zone)
