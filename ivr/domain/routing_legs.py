"""The way of a caller through the queues: at most two sites one after the other, then the 24/7 queue."""

from dataclasses import dataclass

from ivr.domain.queue_plan import GENERAL, SHORTEST_LEG
from ivr.domain.routing_board import Judged, Verdict
from ivr.domain.routing_types import Candidate, Leg
from ivr.domain.whereabouts import Reason

#: So many sites before the 24/7 queue.
_MOST = 2
#: A wait with no end of its own, when nobody else could take the caller: a day.
_DAY = 86_400
_LAST = Reason("leg-last", {"queue": GENERAL})
_ONLY = Reason("leg-only", {"queue": GENERAL})
_ENOUGH = Reason("enough")
_LONG_WAIT = Reason("long-wait-only")
_COMMON = (Leg(GENERAL),)


@dataclass(slots=True)
class Chosen:
    """No legs: nobody is there."""

    legs: tuple[Leg, ...]
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...]


def choose(judged: Judged, at: float) -> Chosen:
    """The legs for a caller who comes at `at` (seconds since 1970)."""
    able = [v for v in judged.sites[: judged.before_common] if v.passed is None]
    more: tuple[Reason, ...] = ()
    if not able and not judged.staffed:
        # a long wait is better than nobody
        able, more = sorted((v for v in judged.sites if v.hopeless), key=lambda v: v.wait), (_LONG_WAIT,)
        if not able:
            return Chosen((), (), ())
    legs: list[Leg] = []
    taken: dict[str, Candidate] = {}
    reasons: list[Reason] = list(more)
    for number, verdict in enumerate(able, 1):
        if len(legs) == _MOST:
            break
        further = judged.staffed or (not legs and number < len(able))
        seconds, reason = _stay(verdict, at, further)
        if seconds < SHORTEST_LEG:
            taken[verdict.entry.name] = verdict.verdict(reason)
            continue
        at += seconds
        name = verdict.entry.name
        legs.append(Leg(name, seconds))
        said = verdict.passed.reasons if verdict.passed else (*verdict.entry.base, *verdict.said)
        taken[name] = Candidate(name, True, (*said, *more))
        reasons.append(reason)
    if not legs and not judged.staffed:
        return Chosen((), (), ())
    rest = [taken.get(v.entry.name) or v.passed or v.verdict(_ENOUGH) for v in judged.sites]
    at_last = min(judged.before_common, len(rest))
    common = Candidate(GENERAL, True, judged.common)
    return Chosen((*legs, *_COMMON), (*rest[:at_last], common, *rest[at_last:]), (*reasons, _LAST if legs else _ONLY))


def _stay(verdict: Verdict, at: float, further: bool) -> tuple[int, Reason]:
    """How many seconds a caller who joins at `at` may wait there, and why not longer."""
    entry = verdict.entry
    limit, leaves = entry.rule.overflow_s if further else _DAY, entry.now.leaves
    if leaves is None or leaves - at >= limit:
        return limit, Reason("leg", {"queue": entry.name, "seconds": limit})
    data: dict[str, str | int] = {"queue": entry.name, "zone": entry.now.site.zone}
    data["until"] = entry.now.hours.data.get("until", "")
    limit = max(0, int(leaves - at))
    if limit < SHORTEST_LEG:
        return limit, Reason("too-late", data)
    return limit, Reason("leg-shift", {**data, "seconds": limit})
