"""Known faults that callers are told of at once: whom each touches, when, what is said. Pure."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
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


#: id of a fault -> what is wrong, with the fields of its data.
FAULTS = {
    "category": "there is no category {name!r}",
    "region": "there is no region {name!r}",
    "severity": "is one of notice, serious, outage",
    "ends_at": "must be after the start",
    "language": "the hotline does not speak {name!r}",
    "empty": "write a text, or record one, in at least one language",
    "length": f"has {{n}} characters; {SHORTEST_TEXT} to {LONGEST_TEXT} can be said and listened to",
    "digits": "write numbers in words, as they are said; no number of a person or a document belongs here",
    "signs": "cannot be spoken: {signs}",
    "no_words": "has no words",
    "recording": "there is no recording {name!r}",
    "reason": "a reason has at most {n} characters",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which `field` ("text_ru", "region"), what (a key of `FAULTS`), with which data."""

    field: str
    id: str
    data: Mapping[str, object] = dataclass_field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.field}: {FAULTS[self.id].format(**self.data)}"


class IncidentFault(HotlineError):
    """An incident cannot be announced as it is written; each fault is one line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


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
    texts: Mapping[str, str] = dataclass_field(default_factory=dict)
    recorded: Mapping[str, str] = dataclass_field(default_factory=dict)
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
    texts = {language: " ".join(text.split()) for language, text in incident.texts.items() if text.strip()}
    faults = [Fault("category", "category", {"name": name}) for name in sorted(incident.categories - {*categories})]
    faults += [Fault("region", "region", {"name": code}) for code in sorted(incident.regions - {*regions})]
    if incident.severity not in SEVERITIES:
        faults.append(Fault("severity", "severity"))
    if incident.ends_at is not None and incident.ends_at <= incident.starts_at:
        faults.append(Fault("ends_at", "ends_at"))
    for language in sorted({*texts, *incident.recorded} - {*languages}):
        faults.append(Fault(f"text_{language}", "language", {"name": language}))
    if not texts and not incident.recorded:
        faults.append(Fault("text", "empty"))
    for language, text in sorted(texts.items()):
        faults += text_faults(text, f"text_{language}")
    if faults:
        raise IncidentFault(faults)
    return replace(incident, texts=texts)


def text_faults(text: str, field: str = "text") -> list[Fault]:
    """Why `text` cannot be spoken as it is."""
    faults = []
    if not SHORTEST_TEXT <= len(text) <= LONGEST_TEXT:
        faults.append(Fault(field, "length", {"n": len(text)}))
    if any(c.isdigit() for c in text):
        # no number of anybody gets into what all callers hear, and none is said in a wrong form
        faults.append(Fault(field, "digits"))
    strange = sorted({c for c in text if c not in _MARKS and not c.isdigit() and not _letter(c)})
    if strange:
        faults.append(Fault(field, "signs", {"signs": " ".join(f"U+{ord(c):04X}" for c in strange[:8])}))
    elif not any(_letter(c) for c in text):
        faults.append(Fault(field, "no_words"))
    return faults


def _letter(c: str) -> bool:
    name = unicodedata.name(c, "")
    return c.isalpha() and name.startswith(("CYRILLIC", "LATIN"))


def _weight(incident: Incident) -> tuple[int, bool, bool, datetime, str]:
    severity = SEVERITIES.index(incident.severity)
    return severity, bool(incident.regions), bool(incident.categories), incident.starts_at, incident.id
