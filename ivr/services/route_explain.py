"""Why did this call go there: the routes that a call's journal has, each decided again from its stored question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ivr.domain.calls import CallStep, Data
from ivr.domain.route_words import RouteWords
from ivr.domain.routing import Candidate, Decision, Router, RouteRequest, decision_of, request_of
from ivr.errors import DataError

_EVENT = "route"
_SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """One decision of the journal. None where the journal's words are not readable; `today` by the plan of today."""

    at: datetime
    queue: str
    digest: str
    request: RouteRequest | None
    decision: Decision | None
    today: Decision | None
    trouble: str = ""

    @property
    def same_plan(self) -> bool:
        """Do the same question and the same plan stand behind today's decision?"""
        return bool(self.digest) and self.today is not None and self.today.digest == self.digest

    @property
    def elsewhere(self) -> bool:
        """Would the call go another way today?"""
        return _way(self.decision) != _way(self.today)

    @property
    def trial(self) -> bool:
        """Was it decided for another moment than that of the call, see the setting test_time?"""
        return self.request is not None and abs(self.request.at - self.at) > _SOON


def explain(router: Router, steps: Iterable[CallStep]) -> list[Told]:
    """Every route of these steps, oldest first. Never fails: what cannot be read says so in `trouble`."""
    return [_told(router, step.at, step.data) for step in steps if step.kind == _EVENT]


def heading(told: Told, words: RouteWords) -> str:
    """The queue that took the call; what else was done where none did."""
    if told.decision is not None and not told.decision.legs:
        return words.label(told.decision.kind)
    return words.queue(told.queue)


def by_today(told: Told, words: RouteWords) -> str:
    """How today's plan stands to the decision, in one sentence."""
    if told.today is None or told.decision is None:
        return words.label("cannot", trouble=told.trouble)
    if told.same_plan:
        return words.label("today-same")
    return words.label("today-elsewhere" if told.elsewhere else "today-alike")


def way(decision: Decision, request: RouteRequest, words: RouteWords) -> list[str]:
    """The legs of the way in words, in order; when somebody opens again where there are none."""
    at, zone = request.at, request.place.zone
    if not decision.legs:
        opens = words.local(decision.opens, zone, at) if decision.opens else words.label("never")
        return [f"{words.label(decision.kind)}: {opens}"]
    limits = (words.duration(leg.seconds) if leg.seconds else words.label("no-limit") for leg in decision.legs)
    return [f"{words.queue(leg.queue)}: {limit}" for leg, limit in zip(decision.legs, limits, strict=True)]


def why(candidate: Candidate, words: RouteWords, at: datetime) -> str:
    """How a queue was judged, in sentences."""
    return " ".join(words.say(reason, at) for reason in candidate.reasons)


def _told(router: Router, at: datetime, data: Data) -> Told:
    request, decision, today, troubles = None, None, None, []
    if data.get("failed"):
        troubles.append("the router failed, the 24/7 queue took the call; see the controller's log")
    else:
        try:
            request = request_of(_mapping(data.get("request"), "question"))
            today = router.decide(request)
            decision = decision_of(_mapping(data.get("decision"), "answer"))
        except DataError as error:
            troubles.append(str(error))
    queue, digest = str(data.get("queue") or ""), str(data.get("digest") or "")
    return Told(at, queue, digest, request, decision, today, "; ".join(troubles))


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise DataError(f"the journal has no {what} of this route: it is older than the router, or was cut")


def _way(decision: Decision | None) -> object:
    return None if decision is None else (decision.kind, decision.legs, decision.opens)
