"""Who takes a call now: asks the router, tells the flow; whatever goes wrong, the 24/7 queue takes the call."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ivr.domain.queue_plan import GENERAL
from ivr.domain.queues import BoardView, QueueView, estimated_wait, place_by_arrival, position_for_newcomer
from ivr.domain.routing import Decision, Leg, RouteRequest, decision_data, request_data
from ivr.domain.whereabouts import Place, local_time
from ivr.flow.commands import RouteFound
from ivr.services.moving import Moving
from ivr.services.ports import Board, Clock

log = logging.getLogger(__name__)
#: Reasons by which the router tells that it could not do its work.
_TROUBLE = frozenset({"router-failed", "board-odd"})
#: Reasons for which a centre that works at this hour is passed over.
_AT_WORK = frozenset({"nobody-logged-in", "queue-full", "wait-hopeless"})

#: Digits of a number's code that are kept.
_CODE = 3


class Decides(Protocol):
    """What is asked of `ivr.domain.routing.Router`."""

    def decide(self, request: RouteRequest) -> Decision: ...


@dataclass(frozen=True)
class Question:
    """What is known of a call on its way to a person.

    `leaving`: the queue he is taken from, "" for a new call; `arrived` (aware): since when he waits, None: not yet.
    """

    place: Place
    category: str
    language: str
    reachable: bool
    leaving: str = ""
    arrived: datetime | None = None


@dataclass(frozen=True)
class Routed:
    """The answer: `found` for the flow, `told` for the journal."""

    found: RouteFound
    told: Mapping[str, object]


class RouteDesk:
    """Use case of routing. `clock` is the routing clock, which stands still in a trial."""

    def __init__(self, router: Decides, board: Board, clock: Clock) -> None:
        self._router, self._board, self._clock = router, board, clock
        self._moving = Moving()

    def ask(self, question: Question) -> Routed:
        """Never fails: whatever is at fault, the 24/7 queue takes the call."""
        told: dict[str, object] = {"category": question.category}
        if question.leaving:
            told["leaving"] = question.leaving
        try:
            found, more = self._decided(question)
        except Exception:
            # the caller must not pay for it; said once in a while, see ivr.log
            log.exception("the router failed; calls go to %s", GENERAL, extra={"action": "router_failed"})
            found, more = self._undecided(question), {"failed": 1}
        told |= {
            "queue": found.queue if found.legs else "",  # called back: no queue takes him
            "staffed": int(found.staffed),
            "position": found.position,
            "wait_s": found.wait_s,
        }
        return Routed(found, {**told, **more})

    def _decided(self, question: Question) -> tuple[RouteFound, Mapping[str, object]]:
        """The router's answer, and what the journal keeps of it."""
        view, at = self._board.view(), self._clock.now()
        request = RouteRequest(
            place=_discreet(question.place),
            category=question.category,
            language=question.language,
            at=at,
            board=view,
            reachable=question.reachable,
            leaving=question.leaving,
        )
        decision = self._router.decide(request)
        for reason in decision.reasons:
            if reason.id in _TROUBLE:
                log.error("the router has trouble (%s): %s", reason.id, reason.data.get("error", ""))
        found = self._found(decision.legs, question, view, at, None if _on_shift(decision) else decision.opens)
        more = {"request": request_data(request), "decision": decision_data(decision), "digest": decision.digest}
        return found, more

    def _undecided(self, question: Question) -> RouteFound:
        try:
            return self._found((Leg(GENERAL),), question, self._board.view(), self._clock.now(), None)
        except Exception:
            log.exception("the queues cannot be read; no place is told", extra={"action": "board_failed"})
            return RouteFound(GENERAL, True, legs=((GENERAL, 0),))

    def counting(self, found: RouteFound, ahead: int) -> RouteFound:
        """The answer with so many promised callbacks before the caller: they are answered first."""
        if not ahead or not found.position:
            return found
        queue = self._board.view().queues.get(found.queue, QueueView(found.queue))
        position = found.position + ahead
        return replace(found, position=position, wait_s=estimated_wait(queue, position))

    def hand_over(self, call_id: str, queue: str, arrived: datetime, at: datetime) -> int:
        """The place in `queue` of one who waits since `arrived` and goes there `at` (real time) now; 0: unknown."""
        return self._moving.hand_over(call_id, queue, arrived, self._board.view(), at)

    def out(self, call_id: str, queue: str) -> None:
        """The caller no longer waits in `queue` ("": in none)."""
        self._moving.out(call_id, queue)

    def _found(
        self, legs: tuple[Leg, ...], question: Question, view: BoardView, at: datetime, opens: datetime | None
    ) -> RouteFound:
        zone = question.place.zone
        if not legs:
            opening = None if opens is None else local_time(opens, zone)
            return RouteFound(GENERAL, staffed=False, now=local_time(at, zone), opens=opening)
        name = legs[0].queue
        position, wait = 0, None
        if view.fresh:
            queue = view.queues.get(name, QueueView(name))
            arrived = question.arrived
            position = position_for_newcomer(queue) if arrived is None else place_by_arrival(queue, arrived)
            wait = estimated_wait(queue, position)
        return RouteFound(name, True, position, wait, tuple((leg.queue, leg.seconds) for leg in legs))


def _discreet(place: Place) -> Place:
    """The place as it may be journalled: of the number no more than its three-digit code. Where five digits tell a
    part of a region, they and the last four in the same journal would be all but the whole number."""
    reason = place.reason
    code = str(reason.data.get("code", ""))
    if len(code) <= _CODE:
        return place
    return replace(place, reason=replace(reason, data={**reason.data, "code": code[:_CODE]}))


def _on_shift(decision: Decision) -> bool:
    """Some centre that could take the call is at work by its clock, with nobody at the phones: they may be back at any
    moment, and to name the next opening (of another centre, maybe at night) would mislead the caller."""
    return any(
        candidate.queue != GENERAL and any(reason.id in _AT_WORK for reason in candidate.reasons)
        for candidate in decision.candidates
    )
