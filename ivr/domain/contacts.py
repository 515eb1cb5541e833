"""What an operator writes down of one conversation, and when it may be closed (rules of conversation: purpose first,
clarifications by yes and no, is it solved?, the protocol number said). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ivr.domain.calls import masked_text
from ivr.domain.forms import Form, fill
from ivr.errors import HotlineError

YES_NO = ("yes", "no")
_LONGEST = 2000
_CLARIFICATIONS = 30
#: What `write` may change.
WRITTEN = frozenset(("purpose", "clarified", "solved", "protocol_said", "forms", "passed_to", "note"))


class ContactClosed(HotlineError):
    """This conversation is closed: nothing more can be written down."""


class ContactFault(HotlineError):
    """What was written down cannot be kept. `faults`: field -> id of what is wrong."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(f"cannot be kept: {', '.join(f'{name} ({why})' for name, why in self.faults.items())}")


@dataclass(frozen=True)
class Contact:
    """One conversation of one operator with the caller of one call. Times aware UTC.

    `clarified`: (question, "yes" or "no") in order; `solved`: "yes", "no" or "" (not asked yet); `forms`: form id ->
    field -> value, identity digits masked; `passed_to`: id of a department or authority, "" nobody.
    """

    call_id: str
    operator: str
    ticket: str
    category: str
    language: str
    began_at: datetime
    purpose: str = ""
    clarified: tuple[tuple[str, str], ...] = ()
    solved: str = ""
    protocol_said: bool = False
    forms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    passed_to: str = ""
    note: str = ""
    talked_until: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1


def write(
    contact: Contact, changes: Mapping[str, object], forms: Mapping[str, Form], departments: Iterable[str]
) -> Contact:
    """The contact with what was written (names of `WRITTEN`). Raises `ContactClosed` or `ContactFault`, and then
    nothing is changed."""
    if contact.closed_at is not None:
        raise ContactClosed
    if unknown := set(changes) - WRITTEN:
        raise ContactFault(dict.fromkeys(sorted(unknown), "unknown-field"))
    faults: dict[str, str] = {}
    kept: dict[str, object] = {}
    for name, value in changes.items():
        if name in ("purpose", "note"):
            kept[name] = _text(name, value, faults)
        elif name == "clarified":
            kept[name] = _clarified(value, faults)
        elif name == "forms":
            kept[name] = {**contact.forms, **_forms(contact, value, forms, faults)}
        else:
            kept[name] = value
    if kept.get("solved", "") not in ("", *YES_NO):
        faults["solved"] = "form"
    if kept.get("passed_to", "") not in ("", *departments):
        faults["passed_to"] = "unknown"
    if not isinstance(kept.get("protocol_said", False), bool):
        faults["protocol_said"] = "form"
    if faults:
        raise ContactFault(faults)
    return replace(contact, **kept, version=contact.version + 1)  # type: ignore[arg-type]


def lacking(contact: Contact, forms: Mapping[str, Form]) -> tuple[str, ...]:
    """What must be written down before it can be closed, in the order of a conversation: "purpose", "solved",
    "passed_to" (when it is not solved), "protocol_said", "forms.<form>.<field>"."""
    missing = [] if contact.purpose else ["purpose"]
    for id_, values in contact.forms.items():
        if id_ in forms and values:
            missing += [f"forms.{id_}.{field.id}" for field in forms[id_].fields
                        if field.required and not values.get(field.id)]  # fmt: skip
    if not contact.solved:
        missing.append("solved")
    if contact.solved == "no" and not contact.passed_to:
        missing.append("passed_to")
    if contact.ticket and not contact.protocol_said:
        missing.append("protocol_said")
    return tuple(missing)


def close(contact: Contact, at: datetime, forms: Mapping[str, Form]) -> Contact:
    """The closed contact. Raises `ContactClosed`, or `ContactFault` naming what is lacking."""
    if contact.closed_at is not None:
        raise ContactClosed
    if missing := lacking(contact, forms):
        raise ContactFault(dict.fromkeys(missing, "missing"))
    return replace(contact, closed_at=at, version=contact.version + 1)


def _text(name: str, value: object, faults: dict[str, str]) -> str:
    if not isinstance(value, str):
        faults[name] = "form"
        return ""
    if len(value) > _LONGEST:
        faults[name] = "long"
        return ""
    return masked_text(value.strip())


def _clarified(value: object, faults: dict[str, str]) -> tuple[tuple[str, str], ...]:
    try:
        pairs = tuple((str(question), str(answer)) for question, answer in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        faults["clarified"] = "form"
        return ()
    if any(answer not in YES_NO or not question.strip() for question, answer in pairs):
        faults["clarified"] = "form"
    if len(pairs) > _CLARIFICATIONS or any(len(question) > 300 for question, _ in pairs):
        faults["clarified"] = "long"
    return tuple((masked_text(question.strip()), answer) for question, answer in pairs)


def _forms(
    contact: Contact, value: object, forms: Mapping[str, Form], faults: dict[str, str]
) -> dict[str, dict[str, str]]:
    """A value that was kept masked comes back masked from the page: it stays."""
    written: dict[str, dict[str, str]] = {}
    if not isinstance(value, Mapping):
        faults["forms"] = "form"
        return {}
    for id_, raw in value.items():
        if id_ not in forms or not isinstance(raw, Mapping):
            faults[f"forms.{id_}"] = "unknown" if id_ not in forms else "form"
            continue
        before = contact.forms.get(id_, {})
        same = {name: text for name, text in raw.items() if text and before.get(name) == text}
        new = {str(name): str(text) for name, text in raw.items() if name not in same}
        filled = fill(forms[id_], new, draft=True)
        faults.update({f"forms.{id_}.{name}": why for name, why in filled.faults.items()})
        written[id_] = {**same, **filled.values}
    return written
