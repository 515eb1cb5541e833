"""What is said and pressed in the reference call, taken from the hotline's own flow, so that all say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.config import Config
from ivr.datafiles import read_data
from ivr.domain.regions import load_regions
from ivr.flow.commands import (
    Ask,
    AskPlace,
    AskRoute,
    Caller,
    Enqueue,
    Keys,
    OpenTicket,
    PlaceFound,
    RouteFound,
    SetLanguage,
    Sounds,
    TicketOpened,
)
from ivr.flow.incident_commands import AskIncident, IncidentFound
from ivr.wiring import load_readers, make_flows

#: The moment that routing and the spoken time take for now: a Tuesday, 9:30 in Moscow.
NOW = "2026-11-24T09:30:00+03:00"
LANGUAGE, QUEUE = "ru", "common"
#: With a right check digit.
TICKET = "48215512"
#: Step of the flow -> the key pressed there.
_PRESSED = {"greeting": "1", "menu/main": "1", "menu/signin": "1", "guide/signin-password/1": "0"}


@dataclass(frozen=True)
class Said:
    """One question: the sounds (files under ivr/), the key that the caller presses while they play ("" none), and how
    long is waited for one after them (s)."""

    step: str
    sounds: Sounds
    key: str
    timeout: float

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"ivr/{sound}" for sound in self.sounds)


def story() -> tuple[Said, ...]:
    """The questions of the call, in order. Raises RuntimeError when the menus no longer lead along them."""
    config = Config()
    flows = make_flows(config, load_readers(config), load_regions(read_data("regions.csv", None)))
    flow = flows.inbound(Caller("+74951234567"), None)
    told: list[Said] = []
    reply: Any = None
    while True:
        try:
            command = flow.send(reply)
        except StopIteration as stop:
            if not isinstance(stop.value, Enqueue) or {one.step for one in told if one.key} != set(_PRESSED):
                raise RuntimeError("the menus have changed: mend the keys of the reference call") from None
            return tuple(told)
        reply = None
        match command:
            case Ask(sounds=sounds, step=step, timeout=timeout):
                key = _PRESSED.get(step, "")
                told.append(Said(step, sounds, key, timeout))
                reply = Keys(key)
            case AskPlace():
                reply = PlaceFound("77", datetime.fromisoformat(NOW), sure=True)
            case AskIncident():
                reply = IncidentFound()
            case OpenTicket():
                reply = TicketOpened(TICKET)
            case AskRoute():
                reply = RouteFound(QUEUE, True, legs=((QUEUE, 0),))
            case SetLanguage():
                pass


def agi_steps(told: Sequence[Said]) -> list[dict[str, Any]]:
    """The call as the servers of tests/bench/peers read it."""
    steps: list[dict[str, Any]] = [{"set": {"CHANNEL(language)": LANGUAGE}}]
    steps += [{"ask": list(one.files), "wait_ms": round(one.timeout * 1000)} for one in told]
    return [*steps, {"set": handed_over(TICKET)}]


def handed_over(ticket: str) -> dict[str, str]:
    """The variables that the queue's context needs."""
    return {
        "IVR_LANGUAGE": LANGUAGE,
        "IVR_QUEUE": QUEUE,
        "IVR_LEGS": f"{QUEUE}:0",
        "IVR_TICKET": ticket,
        "IVR_CATEGORY": "signin",
    }
