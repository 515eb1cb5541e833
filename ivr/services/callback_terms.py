"""On what terms a number is called back: where it is, by which clocks, when, and what is promised then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.domain.callback_hours import SOON, TONIGHT, CallbackHours, Person, Promise, Window
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.callbacks import Callback
from ivr.domain.whereabouts import Place
from ivr.flow.callback_commands import TakeOffer
from ivr.flow.commands import RouteFound
from ivr.services.callback_desk import CallbackDesk
from ivr.services.caller_place import CallerPlace
from ivr.services.ports import Clock
from ivr.services.whereabouts import Whereabouts


@dataclass(frozen=True)
class CallbackOffice:
    """What all calls share. `numbers`: whom we may ring; `room`: callbacks of a queue that a half hour takes in all."""

    desk: CallbackDesk
    hours: CallbackHours
    numbers: CallbackNumbers
    whereabouts: Whereabouts
    clock: Clock
    room: Callable[[str, datetime], int]


@dataclass
class CallSide:
    """What is known of the call; kept up to date by its conversation. `arrived`: since when the caller waits.

    `given`: a number for the call back that nobody has verified (`Caller.given`).
    """

    call_id: str
    number: str
    service: str
    place: CallerPlace
    language: str
    ticket: str = ""
    arrived: datetime | None = None
    route: RouteFound = RouteFound("common", staffed=False)
    given: str = ""

    @property
    def reachable(self) -> str:
        """Where the caller can be called back; "" unknown."""
        return self.number or self.given


class CallbackTerms:
    """For one call. `number` is E.164, the caller's own or another one."""

    def __init__(self, office: CallbackOffice, call: CallSide) -> None:
        self._office, self._call = office, call

    async def wish(self, number: str, taken: TakeOffer, tonight: bool) -> Callback:
        now, call = self._office.clock.now(), self._call
        place = await self._place(number)
        promise = await self.promise(number)
        window, until = promise.window, None
        if tonight and promise.tonight is not None:
            window, until = promise.tonight, now + TONIGHT
        person = replace(await self.person(number), tonight_until=until)
        return Callback(
            id="",
            number=number,
            service=call.service,
            category=taken.category,
            queue=call.route.queue,
            language=call.language,
            region=place.region,
            zone=place.zone,
            zones=person.zones,
            ticket=call.ticket,
            source=taken.source,
            virtual_start=call.arrived or now,
            created_at=now,
            window_from=window.start,
            window_to=window.end,
            expires_at=self._office.hours.expires(person, now, window),
            tonight_until=until,
            soon_at=None if until else promise.soon_at,
            origin_call=call.call_id,
            asked_by=call.number,
        )

    async def _place(self, number: str) -> Place:
        """Where the phone with `number` is: another one than his own speaks for itself, if it tells anything."""
        here = self._call.place.place
        if not number or number == self._call.number:
            return here
        there = await self._office.whereabouts.of(number)
        return there if there.region else here

    async def person(self, number: str) -> Person:
        place, whereabouts = await self._place(number), self._office.whereabouts
        zones = whereabouts.zones(place, number)
        if number and number != self._call.number:
            # where the caller is says nothing of whose phone it is: every clock that the number itself may have
            there = await whereabouts.of(number)
            zones = zones if there.region else tuple(dict.fromkeys((place.zone, *whereabouts.zones(there, number))))
        return Person(zones, place.region)

    async def promise(self, number: str) -> Promise:
        """Quiet hours are opened by the wish of him alone whose phone it is: he calls from it."""
        now, wait = self._office.clock.now(), self._call.route.wait_s
        promise = self._office.hours.promise(await self.person(number), now, wait)
        return promise if number == self._call.number else replace(promise, tonight=None)

    async def other_number(self, promised: Callback, number: str) -> dict[str, object]:
        """The fields that change with its number; the window too, where that phone may not be rung in it."""
        place, person = await self._place(number), await self.person(number)
        changes: dict[str, object] = {
            "number": number,
            "region": place.region,
            "zone": place.zone,
            "zones": person.zones,
            "tonight_until": None,
        }
        hours, now = self._office.hours, self._office.clock.now()
        opens = hours.opens(person, max(now, promised.window_from))
        if opens is not None and opens < promised.window_to:
            return changes
        promise = await self.promise(number)
        window = promise.window
        return changes | {
            "window_from": window.start,
            "window_to": window.end,
            "expires_at": hours.expires(person, now, window),
            "asap": True,
            "virtual_start": min(promised.virtual_start, window.start),
            "soon_at": promise.soon_at,
        }

    async def other_time(self, promised: Callback, window: Window) -> dict[str, object]:
        """The fields that change with its window."""
        person = await self.person(promised.number)
        return {
            "window_from": window.start,
            "window_to": window.end,
            "expires_at": self._office.hours.expires(person, self._office.clock.now(), window),
            "asap": False,
            "virtual_start": window.start,
            "soon_at": window.start - SOON,
            "tonight_until": None,
        }
