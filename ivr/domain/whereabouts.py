"""Where a caller is and what time it is there: a guess with a confidence and the reason for it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

import pytz

#: Best first: the caller said so, an operator wrote it on the caller's card, the number of a fixed line, the range
#: of a mobile number (people move and keep their number), nothing at all (withheld, foreign, not geographic).
Confidence = Literal["chosen", "card", "fixed", "mobile", "none"]
CONFIDENCES: tuple[Confidence, ...] = ("chosen", "card", "fixed", "mobile", "none")


@dataclass(frozen=True)
class Reason:
    """One reason as data: `id` names a sentence of `route_words`, `data` fills it."""

    id: str
    data: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """`region`: two-digit code of the federal subject, "" when unknown. `zone`: an IANA name, never empty.

    `doubtful`: the time may well be another one (several zones are possible, or nothing is known), so the caller
    must be asked before the hour is spoken as a fact.
    """

    region: str
    zone: str
    confidence: Confidence
    reason: Reason
    doubtful: bool = False


@dataclass(frozen=True)
class KnownPlace:
    """A region kept for a number. `confidence` is chosen or card; `at` (aware UTC) is when it was kept."""

    region: str
    confidence: Confidence
    at: datetime


def local_time(at: datetime, zone: str) -> datetime:
    """`at` (aware) as the clock in `zone` shows it, aware."""
    return at.astimezone(timezone(zone))


@cache
def timezone(zone: str) -> pytz.BaseTzInfo:
    """The pytz zone; raises `pytz.UnknownTimeZoneError`."""
    return pytz.timezone(zone)
