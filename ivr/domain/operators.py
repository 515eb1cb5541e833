"""Operators as others see them: why one may be paused, who talks with whom."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

#: Reasons of a pause, as they are stored and sent; their words are the pages' own.
PAUSE_REASONS = ("break", "lunch", "after_call", "documents", "training", "meeting", "technical", "supervisor")
#: A telephone of an operator: a SIP phone, or the one in the browser.
Phone = Literal["op", "web"]
PHONES: tuple[Phone, ...] = ("op", "web")


@dataclass(frozen=True)
class Membership:
    """One operator's phone in one queue. `reason` is that of the pause, "" without one."""

    operator: str
    phone: Phone
    queue: str
    paused: bool = False
    reason: str = ""


@dataclass(frozen=True)
class OperatorTalk:
    """An operator connected with a caller out of a queue. `channel` is the operator's own."""

    operator: str
    channel: str
    call_id: str


def operator_of(device: str) -> tuple[str, Phone] | None:
    """The operator and his phone of an interface ("PJSIP/op-101") or a channel ("PJSIP/web-101-0000002a")."""
    name = device.removeprefix("PJSIP/")
    for phone in PHONES:
        if name != device and name.startswith(f"{phone}-"):
            return name.removeprefix(f"{phone}-"), phone
    return None


def operator_talks(channels: Iterable[Mapping[str, str]], call_id_of: Callable[[str], str]) -> list[OperatorTalk]:
    """Who talks with a caller out of a queue. `channels`: Asterisk's list of channels, names of fields in lower case.

    Both are in one bridge, and the caller's channel is still in Queue(): so is nobody who only calls the hotline's
    own numbers, nor a supervisor who listens.
    """
    listed = list(channels)
    callers = {
        each["bridgeid"]: each for each in listed if each.get("bridgeid") and each.get("application", "") == "Queue"
    }
    found = []
    for each in listed:
        name, dash, _ = each.get("channel", "").rpartition("-")
        who = operator_of(name) if dash else None
        caller = callers.get(each.get("bridgeid", ""))
        if who and caller is not None and caller is not each:
            found.append(OperatorTalk(who[0], each["channel"], call_id_of(caller.get("uniqueid", ""))))
    return found
