"""Which queues take a call, in which order, and why. Pure: the answer depends on the question alone.

The rules, in this order: the category's hours by the caller's clock; sites at work by their own clock; language and
skill; queues with nobody, too many or too long a wait are passed over (with a fresh board); the caller's own region
first, then the nearest clock, then the 24/7 queue. Nobody waits in a queue beyond the end of its shift.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime

from ivr.domain.queue_plan import GENERAL, QueuePlan
from ivr.domain.queues import BoardView
from ivr.domain.regions import Regions
from ivr.domain.routing_board import Judged, judge
from ivr.domain.routing_data import decision_data, decision_of, digest_of, request_data, request_of
from ivr.domain.routing_legs import choose
from ivr.domain.routing_moment import ShiftCalendars
from ivr.domain.routing_opening import next_opening
from ivr.domain.routing_sites import Sites, View
from ivr.domain.routing_types import Candidate, Decision, Kind, Leg, RouteRequest
from ivr.domain.whereabouts import Reason

__all__ = [
    "Candidate",
    "Decision",
    "Kind",
    "Leg",
    "RouteRequest",
    "Router",
    "decision_data",
    "decision_of",
    "request_data",
    "request_of",
]

_STALE = Reason("board-stale")
_HIGH = Reason("priority-high")


class Router:
    """Decides; built once from the queue plan, the calendars and the regions.

    Of the calendars it needs `of_shifts` and `digest`. `digest` is that of everything the decisions rest on.
    """

    def __init__(self, plan: QueuePlan, calendars: ShiftCalendars, regions: Regions) -> None:
        self.plan = plan
        self.digest = _plan_digest(plan, calendars.digest, regions)
        self._sites = Sites(plan, calendars, regions)
        self._common = next(queue for queue in plan.queues if queue.name == GENERAL)

    def decide(self, request: RouteRequest) -> Decision:
        """Never fails, never answers with nothing.

        A board that makes no sense is not looked at; with any other fault the 24/7 queue takes the call, and the
        reason `router-failed` names the error. Such decisions have no digest.
        """
        try:
            return self._decide(request)
        except Exception as error:
            first = error
        try:
            decision = self._decide(replace(request, board=BoardView()))
            odd = Reason("board-odd", {"error": type(first).__name__})
            return replace(decision, reasons=(odd, *decision.reasons), digest="")
        except Exception:
            failed = Reason("router-failed", {"error": type(first).__name__})
            return Decision("queue", (Leg(GENERAL),), (Candidate(GENERAL, True, (failed,)),), (failed,))

    def _decide(self, request: RouteRequest) -> Decision:
        if request.at.tzinfo is not UTC:
            request = replace(request, at=_utc(request.at))
        place = request.place
        view = self._sites.view(request.category, request.language, place.region, place.zone, request.at)
        rule = self.plan.categories.get(request.category)
        judged = judge(view, self._common, request)
        # who waits already is not sent away because the hours end meanwhile: then it is as with outside = "common"
        if rule is not None and rule.outside == "callback" and not view.category_open and not request.leaving:
            return self._later(request, view, judged, taken=False)
        chosen = choose(judged, request.at.timestamp())
        if not chosen.legs:
            return self._later(request, view, judged, taken=True)
        return Decision(
            "queue" if len(chosen.legs) == 1 else "overflow",
            chosen.legs,
            chosen.candidates,
            (*_reasons(request, view), *chosen.reasons),
            None,
            digest_of(request, self.digest),
        )

    def _later(self, request: RouteRequest, view: View, judged: Judged, taken: bool) -> Decision:
        """Nobody takes the call now; `taken`: the 24/7 queue would, but nobody is there."""
        zone = request.place.zone
        opens = next_opening(self._sites, request.category, request.language, zone, request.at)
        kind: Kind = "callback" if request.reachable else "announcement"
        last = Reason("nobody-logged-in" if taken else "category-callback-only", {"queue": GENERAL})
        data: dict[str, str | int] = {} if opens is None else {"opens": opens.isoformat(), "zone": zone}
        told = Reason(kind if opens is not None else f"{kind}-unknown", data)
        return Decision(
            kind,
            (),
            (*(each.verdict() for each in judged.sites), Candidate(GENERAL, False, (last,))),
            (*_reasons(request, view), told),
            opens,
            digest_of(request, self.digest),
        )


def _reasons(request: RouteRequest, view: View) -> tuple[Reason, ...]:
    reasons = (request.place.reason, *(_waiting(r) if request.leaving else r for r in view.reasons))
    if not request.board.fresh:
        reasons = (*reasons, _STALE)
    if request.priority > 0:
        reasons = (*reasons, _HIGH)
    if request.leaving:
        reasons = (*reasons, Reason("leaving", {"queue": request.leaving}))
    return reasons


def _waiting(reason: Reason) -> Reason:
    """The reason as it holds for one who waits already."""
    return Reason(reason.id.replace("category-callback", "category-common"), reason.data)


def _utc(at: datetime) -> datetime:
    """In UTC; a time without a zone is a fault of the caller's and taken for UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _plan_digest(plan: QueuePlan, calendars: str, regions: Regions) -> str:
    told = [plan, calendars, {code: [region.district, region.zone] for code, region in regions.by_code.items()}]
    return hashlib.sha256(json.dumps(told, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no part of a plan")
