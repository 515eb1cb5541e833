"""The ways a call comes to the controller: one method per AGI route, named as in the dialplan."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from ivr.domain.callbacks import Callback
from ivr.domain.queue_plan import GENERAL
from ivr.domain.whereabouts import Place
from ivr.errors import StorageError
from ivr.flow.callback_commands import CallbackFound, FindCallback
from ivr.flow.commands import Caller, Enqueue, Flow
from ivr.services import variables
from ivr.services.caller_place import CallerPlace, place_data
from ivr.services.conversation import Conversation, Known, Services
from ivr.services.flows import CalledPerson, Flows, MovedCall, PageCall
from ivr.services.guests import GuestDesk
from ivr.services.ports import Channel
from ivr.services.steering_orders import SteeringOrders

log = logging.getLogger(__name__)
#: So long may the look for a promised callback keep a new caller waiting (s).
_PATIENCE_S = 0.5
#: `source` in the start of a call from the page.
BROWSER = "browser"


class IncomingCall(Channel, Protocol):
    """A channel that also knows what the dialplan told about the call; "" where it told nothing."""

    caller: str
    did: str
    trunk: str
    language: str

    async def get_variable(self, name: str) -> str:
        """A channel variable; "" when it is not set."""


class Reception:
    """Takes each call and starts the flow that fits. `nowhere`: the place of a caller when the look-up fails.

    `guests`: those who call from the page. `languages`: those that are spoken, the default one first.
    """

    def __init__(
        self,
        services: Services,
        flows: Flows,
        identify: Callable[[str], Caller],
        languages: Sequence[str],
        nowhere: Place,
        orders: SteeringOrders,
        guests: GuestDesk,
    ) -> None:
        self._services = services
        self._flows = flows
        self._identify = identify
        self._languages, self._default_language = frozenset(languages), languages[0]
        self._nowhere = nowhere
        self._orders = orders
        self._guests = guests

    async def inbound(self, call: IncomingCall) -> None:
        """A new call: the whole menu."""
        guest = "" if call.trunk else await call.get_variable(variables.GUEST)
        if guest:
            await self._from_page(call, guest)
            return
        caller = self._identify(call.caller)
        self._note(call, "start", {"caller": caller.number, "did": call.did, "trunk": call.trunk})
        place = await self._place(caller.number)
        self._note(call, "place", place_data(place.place))
        known = Known(caller, place, self._default_language, service=call.did)
        talk = Conversation(call, self._services, known)
        await talk.run(self._flows.inbound(caller, await self._promised(talk)))

    async def _from_page(self, call: IncomingCall, id: str) -> None:
        guest = self._guests.arrived(id, call.call_id)
        if guest is None and self._guests.find(id) is not None:
            # the web server lets no second one in; whoever is here all the same is served
            log.warning("a second call with one page's token", extra={"action": "guest_twice"})
        caller, category = (guest.caller, guest.category) if guest else (Caller(), "")
        language = guest.language if guest and guest.language else self._default_language
        told: dict[str, object] = {"caller": "", "did": call.did, "trunk": "", "source": BROWSER}
        self._note(call, "start", told | ({"category": category} if category else {}))
        place = await self._place("")
        self._note(call, "place", place_data(place.place))
        known = Known(caller, place, language, service=call.did)
        flow = self._flows.from_page(PageCall(caller, language, category))
        await Conversation(call, self._services, known).run(flow)

    async def rating(self, call: IncomingCall) -> None:
        """The operator hung up: ask for a rating."""
        self._services.waiting.leave(call.call_id)
        slow = await call.get_variable(variables.SLOW) == "1"
        await self._afterwards(call, self._flows.rating(self._language(call), slow))

    async def unanswered(self, call: IncomingCall) -> None:
        """Queue() gave the call back without an operator.

        Whom we called ourselves did not come to find nobody there: he is called again, the attempt not charged.
        """
        self._came_back(call)
        self._orders.drop(call.call_id)
        attempt = await call.get_variable(variables.ATTEMPT)
        if attempt:
            await self._waited_out(call, await self._left(call), attempt)
            return
        ticket = await call.get_variable(variables.TICKET)
        slow = await call.get_variable(variables.SLOW) == "1"
        flow = self._flows.unanswered(self._language(call), slow, ticket)
        await self._afterwards(call, flow, ticket, instead=await call.get_variable(variables.CALLBACK))

    async def callback(self, call: IncomingCall) -> None:
        """The hotline has called somebody back, and the call was taken."""
        attempt = await call.get_variable(variables.ATTEMPT)
        callback: Callback | None = None
        known = True
        try:
            callback = await self._services.callbacks.desk.find(attempt)
        except StorageError:
            # he asked for the call all the same
            known = False
        person = CalledPerson(
            caller=self._identify(call.caller),
            language=self._language(call),
            ticket=callback.ticket if callback else "",
            category=callback.category if callback else "other",
            wanted=not known or (callback is not None and callback.attempt == attempt),
            awaited=bool(await call.get_variable(variables.HELD)),
        )
        told = {"caller": person.caller.number, "did": call.did, "trunk": call.trunk}
        self._note(call, "start", {**told, "callback": callback.id if callback else ""})
        arrived = callback.virtual_start if callback else None
        region = callback.region if callback else ""
        await self._afterwards(call, self._flows.called(person), person.ticket, arrived, attempt, region)

    async def moved(self, call: IncomingCall) -> None:
        """The time in one queue is over: the caller goes on to the next one, with the place that he waited for.

        Whom we called ourselves is not kept waiting any longer.
        """
        if self._orders.get(call.call_id) is not None:
            # his time was over in the moment in which a supervisor sent him on
            await self.steered(call)
            return
        self._came_back(call)
        told = await self._left(call)
        arrived = _moment(await call.get_variable(variables.ARRIVED))
        self._note(call, "moved", {"from": told.leaving})
        attempt = await call.get_variable(variables.ATTEMPT)
        if attempt:
            await self._waited_out(call, told, attempt)
            return
        instead = await call.get_variable(variables.CALLBACK)
        await self._afterwards(call, self._flows.moved(told), told.ticket, arrived, instead=instead)

    async def transferred(self, call: IncomingCall) -> None:
        """An operator passes the caller on: only written down, the dialplan knows where to."""
        to, by = await call.get_variable(variables.PASSED), await call.get_variable(variables.BY)
        # a queue is the next one that he waits in
        self._note(call, "transferred", {"to": to, "by": by})

    async def offer(self, call: IncomingCall) -> None:
        """A waiting caller pressed the key to be called back; who thinks better of it waits on where he stood.

        Whom we called ourselves is asked nothing: this is the call that he wished for.
        """
        self._came_back(call)
        self._orders.drop(call.call_id)
        told = await self._left(call)
        seconds = await call.get_variable(variables.SECONDS)
        rest = _legs(f"{told.leaving}:{seconds or 0}&{await call.get_variable(variables.LEGS)}")
        self._note(call, "callback_key", {"queue": told.leaving})
        arrived = _moment(await call.get_variable(variables.ARRIVED))
        attempt = await call.get_variable(variables.ATTEMPT)
        told = replace(told, legs=rest)
        flow = _back(told) if attempt else self._flows.from_queue(told)
        instead = "" if attempt else await call.get_variable(variables.CALLBACK)
        await self._afterwards(call, flow, told.ticket, arrived, attempt, instead=instead)

    async def steered(self, call: IncomingCall) -> None:
        """A supervisor moves a waiting caller. Without an order (that controller is gone, or the queue that he was sent
        to does not take him) he goes back, to the place that he has there by his arrival."""
        self._came_back(call)
        told = await self._left(call)
        rest = _legs(await call.get_variable(variables.LEGS))
        order = self._orders.take(call.call_id)
        arrived = _moment(await call.get_variable(variables.ARRIVED))
        attempt = await call.get_variable(variables.ATTEMPT)
        data: dict[str, object] = {"from": told.leaving}
        if order is not None:
            # whom we called ourselves waits no longer there than he would have waited here
            longest = rest[0][1] if rest and attempt else 0
            legs = ((order.queue, longest), *(leg for leg in rest if leg[0] != order.queue))
            told = replace(told, legs=legs, position=order.position)
            action = "move_up" if order.position else "move"
            data |= {"action": action, "queue": order.queue, "by": order.by, "why": order.why}
            data |= {"position": order.position} if order.position else {}
        else:
            told = replace(told, legs=rest or ((GENERAL, 0),))
            data |= {"action": "returned", "queue": told.legs[0][0]}
        self._note(call, "steered", data)
        instead = "" if attempt else await call.get_variable(variables.CALLBACK)
        await self._afterwards(call, self._flows.steered(told), told.ticket, arrived, attempt, instead=instead)

    async def _waited_out(self, call: IncomingCall, told: MovedCall, attempt: str) -> None:
        person = CalledPerson(told.caller, told.language, told.ticket, told.category)
        await self._afterwards(call, self._flows.waited_out(person), told.ticket, attempt=attempt)

    async def _left(self, call: IncomingCall) -> MovedCall:
        return MovedCall(
            caller=self._caller(call),
            language=self._language(call),
            slow=await call.get_variable(variables.SLOW) == "1",
            ticket=await call.get_variable(variables.TICKET),
            category=await call.get_variable(variables.CATEGORY) or "other",
            leaving=await call.get_variable(variables.QUEUE),
        )

    async def _afterwards(
        self,
        call: IncomingCall,
        flow: Flow,
        ticket: str = "",
        arrived: datetime | None = None,
        attempt: str = "",
        region: str = "",
        instead: str = "",
    ) -> None:
        caller = self._caller(call)
        place = await self._place(caller.number)
        region = region or await call.get_variable(variables.REGION)
        if region:
            try:
                place.choose(region)
            except KeyError:
                log.warning("no region %r any more; the number decides", region[:10])
        known = Known(caller, place, self._language(call), ticket, arrived, attempt, call.did, instead)
        await Conversation(call, self._services, known).run(flow)

    async def _promised(self, talk: Conversation) -> CallbackFound | None:
        """The callback promised to the caller's number; a database that dawdles is passed over."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                found = await talk.callback.carry_out(FindCallback())
        except TimeoutError:
            return None
        return found if isinstance(found, CallbackFound) and found.there else None

    async def _place(self, number: str) -> CallerPlace:
        services = self._services
        try:
            place = await services.whereabouts.of(number)
        except Exception:
            # no caller is lost for want of a region
            log.exception("the caller's place is not known", extra={"action": "place_failed"})
            place = self._nowhere
        return CallerPlace(services.whereabouts, services.local_clock, services.clock, number, place)

    def _caller(self, call: IncomingCall) -> Caller:
        guest = self._guests.of_call(call.call_id)
        return guest.caller if guest else self._identify(call.caller)

    def _came_back(self, call: IncomingCall) -> None:
        self._services.queue_journal.came_back(call.call_id)
        self._services.waiting.leave(call.call_id)

    def _note(self, call: IncomingCall, kind: str, data: dict[str, object]) -> None:
        self._services.journal.write(call.call_id, self._services.clock.now(), kind, data)

    def _language(self, call: IncomingCall) -> str:
        """A call may have waited, or have been promised, in a language that is not spoken any more."""
        return call.language if call.language in self._languages else self._default_language


def _back(told: MovedCall) -> Flow:
    """Without a word to where he stood: an operator may become free any moment."""
    yield from ()
    return Enqueue(told.leaving, told.ticket, told.category, "callback", told.slow, told.legs)


def _legs(told: str) -> tuple[tuple[str, int], ...]:
    """Queues with their seconds as the dialplan keeps them ("ural:90&common:0")."""
    pairs = (leg.partition(":")[::2] for leg in told.split("&"))
    return tuple((name, int(seconds)) for name, seconds in pairs if name and seconds.isascii() and seconds.isdigit())


def _moment(epoch: str) -> datetime | None:
    """Seconds of the epoch as the dialplan keeps them."""
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isascii() and epoch.isdigit() and len(epoch) < 12 else None
