"""A call back asked for on the page: the same desk, the same rules and refusals as in a call."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivr.domain.whereabouts import Place
from ivr.flow.callback_commands import AskPromise, CallbackMade, DropOffer, PromiseFound, RequestCallback, TakeOffer
from ivr.services.callback_terms import CallSide
from ivr.services.caller_callback import CallerCallback
from ivr.services.caller_place import CallerPlace
from ivr.services.guests import Guest
from ivr.services.known import Services
from ivr.services.routing import Question

#: `source` of these callbacks.
SOURCE = "app"


@dataclass(frozen=True)
class PageWish:
    """`number`: E.164, judged; `id`: of this wish, for its ticket; `guest`: the page's call, if there is one."""

    number: str
    category: str
    language: str
    id: str
    guest: Guest | None = None


@dataclass(frozen=True)
class PagePromise:
    """Between `start` and `end` (aware). `quiet`: not before, for the hours of rest of that phone."""

    start: datetime
    end: datetime
    quiet: bool = False
    ticket: str = ""


Outcome = Literal["made", "exists", "refused", "failed"]


class PageCallbacks:
    """`service`: the hotline's number, digits; `nowhere`: the place of one of whom nothing is known."""

    def __init__(self, services: Services, service: str, nowhere: Place) -> None:
        self._services, self._service, self._nowhere = services, service, nowhere

    def refusal(self, number: str) -> tuple[str, str]:
        """(E.164, ""), or ("", why such a number is not called: one of `callback_numbers.REFUSALS`)."""
        judged = self._services.callbacks.numbers.judge(number)
        return judged.number, judged.refused

    async def when(self, wish: PageWish) -> PagePromise | None:
        """When would he be called? None: the database is away."""
        found = await CallerCallback(self._services.callbacks, self._side(wish)).carry_out(AskPromise(wish.number))
        return PagePromise(found.start, found.end, found.quiet) if isinstance(found, PromiseFound) else None

    async def request(self, wish: PageWish) -> tuple[Outcome, PagePromise | None]:
        """Promise it; a promise comes with "made" alone: of another's callback nothing is told."""
        services, now = self._services, self._services.clock.now()
        side = self._side(wish)
        callback = CallerCallback(services.callbacks, side)
        ticket = wish.guest.status.ticket if wish.guest else ""
        if not ticket:
            opened = await services.tickets.open_for_call(
                call_id=wish.id, category=wish.category, purpose="callback", language=wish.language, caller="", at=now
            )
            ticket = opened.number
        side.ticket = ticket
        await callback.carry_out(TakeOffer(wish.category, SOURCE))
        made = await callback.carry_out(RequestCallback(wish.number))
        assert isinstance(made, CallbackMade)
        if made.outcome != "made" or not (made.start and made.end):
            await callback.carry_out(DropOffer())
            return made.outcome, None
        return "made", PagePromise(made.start, made.end, ticket=ticket)

    def _side(self, wish: PageWish) -> CallSide:
        services, guest = self._services, wish.guest
        place = CallerPlace(services.whereabouts, services.local_clock, services.clock, "", self._nowhere)
        side = CallSide(wish.id, "", self._service, place, wish.language, given=wish.number)
        # who waits now keeps his place
        side.arrived = guest.waiting_since if guest else None
        routed = services.route.ask(Question(self._nowhere, wish.category, wish.language, True, arrived=side.arrived))
        side.route = routed.found
        return side
