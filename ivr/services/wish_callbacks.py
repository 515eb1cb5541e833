"""A wish left while the menu was away is promised a call by the same desk, rules and refusals as one in a call."""

import logging
from collections.abc import Sequence

from ivr.domain.callback_hours import LONGEST_QUEUED
from ivr.flow.callback_commands import TakeOffer
from ivr.services.callback_terms import CallbackTerms, CallSide
from ivr.services.caller_place import CallerPlace
from ivr.services.known import Services
from ivr.services.routing import Question
from ivr.services.wishes import Wish

log = logging.getLogger(__name__)
#: `source` of these callbacks: nobody was there.
SOURCE = "closed"
CATEGORY = "other"


class WishCallbacks:
    """`service`: the hotline's number, for wishes that do not tell it; `languages`: those spoken, the usual first."""

    def __init__(self, services: Services, service: str, languages: Sequence[str]) -> None:
        self._services, self._service, self._languages = services, service, languages

    async def promise(self, wish: Wish, ticket: str) -> bool:
        """Promise it. False where no call can be: that phone may not be called, has its promise, or had too many; or
        the wish is as old as no callback becomes. Raises `StorageError`."""
        services = self._services
        now = services.clock.now()
        number = services.callbacks.numbers.judge(wish.caller).number
        if not number or abs(now - wish.at) > LONGEST_QUEUED:
            return False
        language = wish.language if wish.language in self._languages else self._languages[0]
        there = await services.whereabouts.of(number)
        place = CallerPlace(services.whereabouts, services.local_clock, services.clock, number, there)
        side = CallSide(wish.call_id, number, wish.did or self._service, place, language, ticket)
        # his place is that of the moment in which he asked for it
        side.arrived = min(wish.at, now)
        side.route = services.route.ask(Question(there, CATEGORY, language, True, arrived=side.arrived)).found
        terms = CallbackTerms(services.callbacks, side)
        promised = await terms.wish(number, TakeOffer(CATEGORY, SOURCE), tonight=False)
        asked = await services.callbacks.desk.request(promised)
        log.info("a wish of call %s to be called back: %s", wish.call_id, asked.outcome, extra={"action": "wish_asked"})
        return asked.outcome == "made"
