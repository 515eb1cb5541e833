"""A call from the page as its caller follows it there: how far it is, told by the journal's events. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

#: connecting: not answered yet; menu: the automatic part; ended: there may still be a rating.
Stage = Literal["connecting", "menu", "waiting", "talking", "rating", "ended"]


@dataclass(frozen=True)
class GuestStatus:
    """`position` 1-based, 0 unknown; `wait_s` seconds, None unknown; `answered`: an operator was there.

    `callback`: a call back is promised; `reason`: why the call ended.
    """

    stage: Stage = "connecting"
    position: int = 0
    wait_s: int | None = None
    ticket: str = ""
    answered: bool = False
    callback: bool = False
    score: int = 0
    reason: str = ""


def after(status: GuestStatus, kind: str, data: Mapping[str, object]) -> GuestStatus:
    """The status when the journal has heard `kind`; the same object when that changes nothing."""
    match kind:
        case "start":
            return replace(status, stage="menu")
        case "step":
            # an ended call comes back for its rating
            rating = data.get("step") == "rating"
            return replace(status, stage="rating" if rating else "menu") if rating or _in_menu(status) else status
        case "ticket":
            return replace(status, ticket=str(data.get("ticket") or ""))
        case "enqueue" | "waiting" | "told":
            place = _whole(data.get("position")) or 0
            wait = _whole(data.get("wait_s")) if kind == "told" else None
            return replace(status, stage="waiting", position=place or status.position, wait_s=wait, reason="")
        case "moved" | "steered" | "callback_key":
            return replace(status, stage="menu", position=0, wait_s=None)
        case "answered":
            return replace(status, stage="talking", position=0, wait_s=None, answered=True)
        case "callback" if data.get("outcome") in ("made", "waiting"):
            return replace(status, callback=True)
        case "rating":
            return replace(status, score=_whole(data.get("score")) or 0)
        case "end":
            return replace(status, stage="ended", position=0, wait_s=None, reason=str(data.get("reason") or ""))
    return status


def _in_menu(status: GuestStatus) -> bool:
    return status.stage in ("connecting", "menu", "waiting")


def _whole(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
