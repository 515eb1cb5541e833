"""Known faults that callers are told of at once: whom each touches, when, what is said. Pure."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ivr.errors import HotlineError

Severity = Literal["notice", "serious", "outage"]
#: From the least to the greatest: of several that touch a caller he hears the greatest.
SEVERITIES: tuple[Severity, ...] = ("notice", "serious", "outage")
#: What is said in a language for which nobody wrote or recorded a text.
GENERAL_WORDS = "incident/known"
SHORTEST_TEXT, LONGEST_TEXT = 15, 400
_MARKS = frozenset(" .,!?:;-–—«»„“”\"'()…")


class IncidentFault(HotlineError):
    """An incident cannot be announced as it is written; each fault is one line."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Incident:
    """One fault. Empty `categories` or `regions`: all of them (regions: two-digit codes). Times aware.

    `ends_at`: when it is planned to end by itself, None: when somebody ends it; `ended_at`: when it did. `texts` by
    language; `recorded`: language -> digest of a recording, which is played instead of the text. `heard`, `deflected`:
    calls that heard it, and of those, calls that ended with it; `subscribers` want an SMS when it is over.
    """

    id: str
    categories: frozenset[str]
    regions: frozenset[str]
    severity: Severity
    starts_at: datetime
    created_at: datetime
    created_by: str
    texts: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    heard: int = 0
    deflected: int = 0
    subscribers: int = 0

    def state(self, at: datetime) -> str:
        """planned, on or over."""
        if self.ended_at is not None or (self.ends_at is not None and at >= self.ends_at):
            return "over"
        return "on" if at >= self.starts_at else "planned"

    def touches(self, category: str, region: str) -> bool:
        """Does it concern a caller of that category and region ("" unknown)?"""
        return (not self.categories or category in self.categories) and (not self.regions or region in self.regions)

    def sound(self, language: str) -> str:
        """The key of what is said in `language`: another one for other words; `GENERAL_WORDS` where there are none."""
        made_of = self.recorded.get(language) or self.texts.get(language)
        if not made_of:
            return GENERAL_WORDS
        return f"incidents/{self.id}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"


def announced(
    incidents: Iterable[Incident], category: str, region: str, at: datetime, heard: Iterable[str] = ()
) -> Incident | None:
    """What a caller of `category` in `region` is told `at` this moment, but for what he has `heard` (ids) already.

    The greatest first; of equal ones the one written for fewer, then the newest.
    """
    fitting = [
        each
        for each in incidents
        if each.id not in heard and each.state(at) == "on" and each.touches(category, region)
    ]
    return max(fitting, key=_weight, default=None)


def checked(
    incident: Incident, languages: Iterable[str], categories: Iterable[str], regions: Iterable[str]
) -> Incident:
    """The incident with its texts tidied; raises `IncidentFault` naming all that is wrong with it."""
    known = tuple(languages)
    texts = {language: " ".join(text.split()) for language, text in incident.texts.items() if text.strip()}
    faults = [f"category {name!r}: there is none of that name" for name in sorted(incident.categories - {*categories})]
    faults += [f"region {code!r}: there is none of that code" for code in sorted(incident.regions - {*regions})]
    if incident.severity not in SEVERITIES:
        faults.append(f"severity: is one of {', '.join(SEVERITIES)}")
    if incident.ends_at is not None and incident.ends_at <= incident.starts_at:
        faults.append("end: must be after the start")
    for language in sorted({*texts, *incident.recorded} - {*known}):
        faults.append(f"text {language!r}: the hotline does not speak that language")
    if not texts and not incident.recorded:
        faults.append(f"text: write one, or record one, in at least one language of {', '.join(known)}")
    for language, text in sorted(texts.items()):
        faults += [f"text {language}: {fault}" for fault in text_faults(text)]
    if faults:
        raise IncidentFault(faults)
    return replace(incident, texts=texts)


def text_faults(text: str) -> list[str]:
    """Why `text` cannot be spoken as it is."""
    faults = []
    if not SHORTEST_TEXT <= len(text) <= LONGEST_TEXT:
        faults.append(f"has {len(text)} characters; {SHORTEST_TEXT} to {LONGEST_TEXT} can be said and listened to")
    if any(c.isdigit() for c in text):
        # no number of anybody gets into what all callers hear, and none is said in a wrong form
        faults.append("write numbers in words, as they are said; no number of a person or a document belongs here")
    strange = sorted({c for c in text if c not in _MARKS and not c.isdigit() and not _letter(c)})
    if strange:
        faults.append(f"cannot be spoken: {' '.join(f'U+{ord(c):04X}' for c in strange[:8])}")
    elif not any(_letter(c) for c in text):
        faults.append("has no words")
    return faults


def _letter(c: str) -> bool:
    name = unicodedata.name(c, "")
    return c.isalpha() and name.startswith(("CYRILLIC", "LATIN"))


def _weight(incident: Incident) -> tuple[int, bool, bool, datetime, str]:
    severity = SEVERITIES.index(incident.severity)
    return severity, bool(incident.regions), bool(incident.categories), incident.starts_at, incident.id
