"""The router's question and answer as plain JSON values and back, and the digest of a question."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from ivr.domain.calendar_clock import reckoned
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.domain.routing_types import Candidate, Decision, Kind, Leg, RouteRequest
from ivr.domain.whereabouts import CONFIDENCES, Place, Reason
from ivr.errors import DataError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Of a stored question, in all queues together; a stored number of more than this is damage.
_MOST_WAITING = 100_000
_LARGEST = 10**12


def request_data(request: RouteRequest) -> Mapping[str, object]:
    """The request as plain JSON values (no phone number in it), for the journal; `request_of` reads it again.

    Of each queue it has the figures: [logged in, ready, waiting, handle time in s]; none of a board that is not
    fresh, for the router does not look at them.
    """
    place, board = request.place, request.board
    return {
        "place": {
            "region": place.region,
            "zone": place.zone,
            "confidence": place.confidence,
            "doubtful": place.doubtful,
            "reason": _reason_data(place.reason),
        },
        "category": request.category,
        "language": request.language,
        "at": _time(request.at),
        "priority": request.priority,
        "reachable": request.reachable,
        "leaving": request.leaving,
        "board": {
            name: [queue.logged_in, queue.ready, len(queue.waiting), queue.handle_s]
            for name, queue in board.queues.items()
        }
        if board.fresh
        else None,
    }


def request_of(data: Mapping[str, object]) -> RouteRequest:
    """The request as it was stored; callers who waited are nameless. Raises `DataError` when it is none."""
    try:
        return _request(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"this is no stored question to the router: {type(error).__name__}: {error}") from None


def decision_data(decision: Decision) -> Mapping[str, object]:
    """The decision as plain JSON values; `decision_of` reads it again."""
    return {
        "kind": decision.kind,
        "legs": [[leg.queue, leg.seconds] for leg in decision.legs],
        "opens": None if decision.opens is None else _time(decision.opens),
        "candidates": [
            {"queue": each.queue, "taken": each.taken, "reasons": [_reason_data(r) for r in each.reasons]}
            for each in decision.candidates
        ],
        "reasons": [_reason_data(reason) for reason in decision.reasons],
        "digest": decision.digest,
    }


def decision_of(data: Mapping[str, object]) -> Decision:
    """The decision as it was stored. Raises `DataError` when it is none."""
    try:
        return _decision(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"this is no stored decision of the router: {type(error).__name__}: {error}") from None


def digest_of(request: RouteRequest, plan: str) -> str:
    """Sha-256 of all that decides: what `request_data` says and `plan`, the digest of the plan behind it."""
    place, board = request.place, request.board
    figures = (
        sorted((name, q.logged_in, q.ready, len(q.waiting), float(q.handle_s)) for name, q in board.queues.items())
        if board.fresh
        else None
    )
    told = (
        plan,
        (
            place.region,
            place.zone,
            place.confidence,
            place.doubtful,
            place.reason.id,
            sorted(place.reason.data.items()),
        ),
        (request.category, request.language, request.at.timestamp(), request.priority, request.reachable),
        request.leaving,
        figures,
    )
    return hashlib.sha256(repr(told).encode("utf-8", "backslashreplace")).hexdigest()


def _request(data: Mapping[str, Any]) -> RouteRequest:
    place = data["place"]
    if place["confidence"] not in CONFIDENCES:
        raise ValueError(f"confidence {place['confidence']!r}")
    figures = data["board"]
    board = BoardView()
    if figures is not None:
        waiting = sum(int(waiting) for _, _, waiting, _ in figures.values())
        if waiting > _MOST_WAITING:
            raise ValueError(f"more than {_MOST_WAITING} callers waiting")
        board = BoardView({name: _queue(name, *four) for name, four in figures.items()}, fresh=True)
    return RouteRequest(
        place=Place(
            _text(place["region"]),
            _text(place["zone"]),
            place["confidence"],
            _reason_of(place["reason"]),
            bool(place["doubtful"]),
        ),
        category=_text(data["category"]),
        language=_text(data["language"]),
        at=_moment(data["at"]),
        board=board,
        priority=int(data["priority"]),
        reachable=bool(data["reachable"]),
        leaving=_text(data["leaving"]),
    )


def _queue(name: str, logged_in: int, ready: int, waiting: int, handle_s: float) -> QueueView:
    if waiting < 0:
        raise ValueError(f"{waiting} callers waiting")
    callers = tuple(Waiting("", position, _EPOCH) for position in range(1, int(waiting) + 1))
    return QueueView(name, int(logged_in), int(ready), callers, float(handle_s))


def _decision(data: Mapping[str, Any]) -> Decision:
    if data["kind"] not in get_args(Kind):
        raise ValueError(f"kind {data['kind']!r}")
    return Decision(
        kind=data["kind"],
        legs=tuple(Leg(_text(queue), _whole(int(seconds))) for queue, seconds in data["legs"]),
        candidates=tuple(
            Candidate(_text(each["queue"]), bool(each["taken"]), tuple(_reason_of(r) for r in each["reasons"]))
            for each in data["candidates"]
        ),
        reasons=tuple(_reason_of(reason) for reason in data["reasons"]),
        opens=None if data["opens"] is None else _moment(data["opens"]),
        digest=_text(data["digest"]),
    )


def _reason_data(reason: Reason) -> dict[str, object]:
    return {"id": reason.id, **({"data": dict(reason.data)} if reason.data else {})}


def _reason_of(raw: Mapping[str, Any]) -> Reason:
    data = raw.get("data", {})
    if not all(isinstance(key, str) and isinstance(value, str | int) for key, value in data.items()):
        raise ValueError("data of a reason is text and whole numbers")
    for value in data.values():
        if isinstance(value, int):
            _whole(value)
    return Reason(_text(raw["id"]), dict(data))


def _whole(value: int) -> int:
    if abs(value) > _LARGEST:
        raise ValueError("a number is too large")
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{value!r} is no text")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _moment(text: object) -> datetime:
    at = datetime.fromisoformat(_text(text))
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    if not reckoned(at):
        raise ValueError(f"{text!r} is out of the calendars' reach")
    return at.astimezone(UTC)
