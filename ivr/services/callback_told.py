"""What the journal keeps of the dialogue about a callback; no number is in it."""

from collections.abc import Mapping
from datetime import datetime

from ivr.flow.callback_commands import (
    CallbackFound,
    CallbackMade,
    CallCame,
    CallSettled,
    CancelCallback,
    ChangeCallback,
    PromiseFound,
)
from ivr.flow.commands import Done

_EVENTS = {
    "FindCallback": "found",
    "TakeOffer": "taken",
    "DropOffer": "dropped",
    "AskPromise": "promise",
    "RequestCallback": "asked",
    "AskSlots": "slots",
    "ChangeCallback": "changed",
    "CancelCallback": "cancelled",
}


def told(command: object, answer: object) -> Mapping[str, object]:
    """The data of an event of kind "callback"."""
    event = command.event if isinstance(command, CallCame) else _EVENTS[type(command).__name__]
    data: dict[str, object] = {"event": event}
    match answer:
        case CallbackMade(outcome, _, start, end):
            data |= {"outcome": outcome, "from": _text(start), "to": _text(end)}
        case PromiseFound(_, start, end):
            data |= {"from": _text(start), "to": _text(end)}
        case CallbackFound(there, _, start, end) if isinstance(command, ChangeCallback):
            data |= {"done": int(there), "from": _text(start), "to": _text(end)}
        case CallSettled(ok) | Done(ok) if isinstance(command, CallCame | CancelCallback):
            data |= {"done": int(ok)}
    return data | {key: getattr(command, key) for key in ("source", "category", "tonight") if hasattr(command, key)}


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""
