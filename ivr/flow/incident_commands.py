"""Commands and replies about a known fault; see `ivr.flow.commands`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AskIncident:
    """Is there a fault that touches a caller of `category`, and that this call has not heard of yet?

    Reply: `IncidentFound`. Never fails, never waits.
    """

    category: str


@dataclass(frozen=True)
class IncidentFound:
    """`id` "" for none; `sounds` tell of it in the caller's language."""

    id: str = ""
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class TellWhenFixed:
    """One SMS to `number` (E.164, a mobile) when the incident is over. Reply: `Subscribed`."""

    incident: str
    number: str


@dataclass(frozen=True)
class Subscribed:
    """noted; already: that number was noted before; over: it is fixed; failed: the database is away."""

    outcome: Literal["noted", "already", "over", "failed"]


IncidentCommand = AskIncident | TellWhenFixed
IncidentReply = IncidentFound | Subscribed
