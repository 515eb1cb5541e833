"""What an operator writes down in a conversation: forms by category, which are data, and what of them may be kept.

Identity digits are checked where they are entered and kept masked; long runs of digits in free text are masked too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.calls import masked_text
from ivr.domain.identity import KINDS, IdentityDigits, fault

#: line: one line; text: several; choice: one of `options`; yes_no; moment: ISO 8601 with offset; money: roubles and
#: kopecks; application: the number of an application; or the kind of a document, see `ivr.domain.identity`.
PLAIN_KINDS = ("line", "text", "choice", "yes_no", "moment", "money", "application")
FIELD_KINDS = (*PLAIN_KINDS, *sorted(KINDS))
_LONGEST = {"line": 200, "text": 2000, "application": 40}
_MONEY = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?", re.ASCII)
_APPLICATION = re.compile(r"[0-9A-Za-zА-Яа-яЁё/-]{4,40}")


@dataclass(frozen=True)
class FormField:
    """One line of a form. `names`, `hints`: language -> words; `options`: id -> language -> words."""

    id: str
    kind: str
    names: Mapping[str, str]
    required: bool = False
    hints: Mapping[str, str] | None = None
    options: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Form:
    """A form; `categories`: in which kinds of calls it is laid out first (it can be opened in any)."""

    id: str
    names: Mapping[str, str]
    fields: tuple[FormField, ...]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in. `values` may be kept; `faults`: field -> "missing", "long", "form", or what
    `ivr.domain.identity.fault` says. With faults in it nothing is to be kept."""

    values: Mapping[str, str]
    faults: Mapping[str, str]


def fill(form: Form, raw: Mapping[str, str], *, draft: bool = False) -> Filled:
    """Judge what was written. `raw`: field id -> text; an unknown field is a fault. `draft`: nothing is missing yet."""
    values: dict[str, str] = {}
    faults = {name: "unknown-field" for name in raw if name not in {field.id for field in form.fields}}
    for field in form.fields:
        text = raw.get(field.id, "").strip()
        if not text:
            if field.required and not draft:
                faults[field.id] = "missing"
            continue
        value, wrong = _value(field, text)
        if wrong:
            faults[field.id] = wrong
        else:
            values[field.id] = value
    return Filled(values, faults)


def _value(field: FormField, text: str) -> tuple[str, str]:
    """What is kept, and what is wrong with it."""
    if field.kind in KINDS:
        digits = IdentityDigits(text)
        wrong = fault(field.kind, digits)
        # a place is nobody's secret
        return (digits.reveal() if field.kind == "oktmo" else digits.masked), wrong
    if len(text) > _LONGEST.get(field.kind, 60):
        return "", "long"
    if field.kind == "choice":
        return text, "" if text in (field.options or {}) else "form"
    if field.kind == "yes_no":
        return text, "" if text in ("yes", "no") else "form"
    if field.kind == "money":
        return text.replace(",", "."), "" if _MONEY.fullmatch(text) else "form"
    if field.kind == "application":
        return text, "" if _APPLICATION.fullmatch(text) else "form"
    if field.kind == "moment":
        return text, "" if _aware(text) else "form"
    if field.kind == "line" and any(c in text for c in "\r\n"):
        return "", "form"
    return masked_text(text), ""


def _aware(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
