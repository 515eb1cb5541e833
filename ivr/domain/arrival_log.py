"""The log of calls as stays in lines, for the question whether the order of arrival was kept (`arrival_order`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ivr.domain.arrival_order import Stay
from ivr.domain.callbacks import Callback, CallbackEvent
from ivr.domain.calls import CallRecord, CallStep

#: Kinds of the journal after which a call is in no line any more.
_LEFT = frozenset(("abandoned", "moved", "steered", "end", "talked"))


def stays(calls: Iterable[CallRecord], places: Mapping[str, datetime]) -> list[Stay]:
    """Every stay of these calls in a queue's line. `places`: callback id -> since when that citizen is in line.

    A caller's own place is when he first came into a queue; that of one called back (the call's step `start` names the
    callback) is the callback's.
    """
    found: list[Stay] = []
    for call in calls:
        found += _of_call(call, places)
    return found


def operator_stays(callback: Callback, events: Iterable[CallbackEvent]) -> list[Stay]:
    """The stays of a callback in its queue for which an operator was called before the citizen: from each such dial
    until somebody took the call, or nobody did. `events`: its history, oldest first."""
    found: list[Stay] = []
    dialled: dict[str, datetime] = {}
    for event in events:
        since = dialled.get(event.attempt)
        if event.event == "dial":
            dialled[event.attempt] = event.at
        elif since is not None and event.event in ("operator", "no_operator"):
            served = event.event == "operator"
            rang = timedelta(seconds=int(event.data.get("rang_s", 0)) + 1)
            offered = max(since, event.at - rang) if served else None
            found.append(Stay(callback.id, callback.queue, callback.virtual_start, since, event.at, served, offered))
            del dialled[event.attempt]
    return found


def _of_call(call: CallRecord, places: Mapping[str, datetime]) -> list[Stay]:
    found: list[Stay] = []
    arrived = next((places[id] for step in call.steps if (id := str(step.data.get("callback", ""))) in places), None)
    line, since, steered = "", datetime.min, ""
    for step in call.steps:
        if step.kind == "steered":
            steered = str(step.data.get("by", "")) if step.data.get("action") == "move_up" else ""
        elif step.kind == "moved":
            steered = ""
        if step.kind == "waiting":
            arrived = arrived or step.at
            if line:
                found.append(Stay(call.call_id, line, arrived, since, max(since, step.at), False))
            line, since = str(step.data.get("queue", "")), step.at
        elif line and arrived is not None and step.kind == "answered":
            offered = max(since, step.at - timedelta(seconds=_seconds(step)))
            found.append(Stay(call.call_id, line, arrived, since, step.at, True, offered, steered))
            line = ""
        elif line and arrived is not None and step.kind in _LEFT:
            found.append(Stay(call.call_id, line, arrived, since, step.at, False))
            line = ""
    return found


def _seconds(step: CallStep) -> int:
    """How long the operator's phone rang; a second more, as Asterisk counts whole ones."""
    text = str(step.data.get("rang_s", ""))
    return int(text) + 1 if text.isascii() and text.isdigit() else 0
