"""What the operator's desk sends and receives. Times are ISO 8601 in UTC; words are in the visitor's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ivr.domain.calls import CallRecord
from ivr.domain.contacts import Contact, lacking
from ivr.domain.forms import Form, FormField
from ivr.services.caller_card import CallerCard, EarlierCall
from ivr.web.routes import Body

CALL_ID = r"[A-Za-z0-9._-]{1,64}"


class FieldWords(BaseModel):
    """A field of a form; `options`: id -> words."""

    id: str
    kind: str
    name: str
    hint: str
    required: bool
    options: dict[str, str]

    @classmethod
    def of(cls, field: FormField, language: str) -> "FieldWords":
        options = {id_: words[language] for id_, words in (field.options or {}).items()}
        hint = (field.hints or {}).get(language, "")
        return cls(id=field.id, kind=field.kind, name=field.names[language], hint=hint, required=field.required,
                   options=options)  # fmt: skip


class FormWords(BaseModel):
    """A form; `categories`: in which calls it is laid out first."""

    id: str
    name: str
    categories: list[str]
    fields: list[FieldWords]

    @classmethod
    def of(cls, form: Form, language: str) -> "FormWords":
        fields = [FieldWords.of(field, language) for field in form.fields]
        return cls(id=form.id, name=form.names[language], categories=list(form.categories), fields=fields)


class DepartmentWords(BaseModel):
    id: str
    kind: str
    name: str
    words: str


class SmsWords(BaseModel):
    """A message that can be sent on demand: its template and its text."""

    template: str
    text: str


class Named(BaseModel):
    id: str
    name: str


class DeskWords(BaseModel):
    """What the desk works with: forms, departments, messages by language, and to whom a call can be passed on."""

    forms: list[FormWords]
    departments: list[DepartmentWords]
    sms: dict[str, list[SmsWords]]
    wrapup_s: int
    queues: list[Named]
    colleagues: list[Named]


class ContactState(BaseModel):
    """A conversation as it is written down. `lacking`: what must be there before it can be closed."""

    call_id: str
    ticket: str
    category: str
    language: str
    began_at: datetime
    purpose: str
    clarified: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    solved: str
    protocol_said: bool
    forms: dict[str, dict[str, str]]
    passed_to: str
    note: str
    talked_until: datetime | None
    closed_at: datetime | None
    version: int
    lacking: list[str]
    operator: str

    @classmethod
    def of(cls, contact: Contact, forms: dict[str, Form]) -> "ContactState":
        told = {name: getattr(contact, name) for name in cls.model_fields if name not in ("lacking", "clarified")}
        missing = [] if contact.closed_at else list(lacking(contact, forms))
        return cls(**told, clarified=[list(pair) for pair in contact.clarified], lacking=missing)


class ContactList(BaseModel):
    contacts: list[ContactState]


class Change(Body):
    """`reason`: of a pause, see `ivr.domain.operators.PAUSE_REASONS`."""

    action: Literal["log_in", "log_out", "pause", "resume"]
    reason: str = Field("", max_length=20)


class Begin(Body):
    call_id: str = Field(pattern=f"^{CALL_ID}$")


class ContactChanges(Body):
    """`version`: of the contact that the page showed; what is null stays as it is."""

    version: int = Field(ge=1)
    purpose: str | None = Field(None, max_length=2000)
    clarified: list[tuple[str, Literal["yes", "no"]]] | None = Field(None, max_length=30)
    solved: Literal["", "yes", "no"] | None = None
    protocol_said: bool | None = None
    forms: dict[str, dict[str, str]] | None = Field(None, max_length=20)
    passed_to: str | None = Field(None, max_length=20)
    note: str | None = Field(None, max_length=2000)

    def changes(self) -> dict[str, object]:
        """Only what was sent."""
        return {name: value for name, value in self.model_dump(exclude={"version"}).items() if value is not None}


class Close(Body):
    version: int = Field(ge=1)


class SendSms(Body):
    """`number`: another mobile than the caller's own, "" his own."""

    template: str = Field(pattern="^[a-z0-9-]{1,60}$")
    language: Literal["ru", "en", "tt"] = "ru"
    number: str = Field("", max_length=30)


class SmsAnswer(BaseModel):
    """queued: it will be sent; repeated: it was asked for before; refused: too many to this phone."""

    outcome: Literal["queued", "repeated", "refused"]
    number: str


class ToldState(BaseModel):
    at: datetime
    position: int
    wait_s: int | None


class CallbackPromise(BaseModel):
    id: str
    state: str
    asked_at: datetime
    window_from: datetime
    window_to: datetime
    asap: bool
    attempts: int


class EarlierState(BaseModel):
    """A call from the same number before."""

    call_id: str
    at: datetime
    category: str
    ticket: str
    queue: str
    operator: str
    reason: str
    source: str
    waited_s: int | None
    talked_s: int | None
    score: int | None
    contacts: list[ContactState]

    @classmethod
    def of(cls, call: EarlierCall, forms: dict[str, Form]) -> "EarlierState":
        summary = call.line.summary
        names = ("category", "ticket", "queue", "operator", "reason", "source", "waited_s", "talked_s")
        return cls(call_id=call.line.call_id, at=call.line.started_at, score=call.line.score,
                   contacts=[ContactState.of(contact, forms) for contact in call.contacts],
                   **{name: getattr(summary, name) for name in names})  # fmt: skip


class TicketState(BaseModel):
    number: str
    status: str
    category: str
    priority: str
    opened_at: datetime
    due_at: datetime | None


class StepState(BaseModel):
    """A place of the menu; `words`: what it is about, "" where the page has the words."""

    step: str
    words: str


class CardState(BaseModel):
    """The card in front of the operator; see `ivr.services.caller_card`."""

    call_id: str
    number: str
    mobile: bool
    region_code: str
    region: str
    zone: str
    sure: str
    language: str
    category: str
    source: str
    arrived: datetime | None
    path: list[StepState]
    told: ToldState | None
    callback: CallbackPromise | None
    ticket: TicketState | None
    earlier: list[EarlierState]

    @classmethod
    def of(
        cls, card: CallerCard, mobile: bool, language: str, forms: dict[str, Form], steps: Mapping[str, str]
    ) -> "CardState":
        ticket, promise, told = card.ticket, card.callback, card.told
        about: dict[str, Any] = {name: getattr(ticket, name, None) for name in TicketState.model_fields}
        return cls(
            **{name: getattr(card, name) for name in (
                "call_id", "number", "region_code", "zone", "sure", "language", "category", "source", "arrived")},
            mobile=mobile,
            region=(card.region or {}).get(language, ""),
            path=[StepState(step=step, words=steps.get(step, "")) for step in card.path],
            told=ToldState(at=told.at, position=told.position, wait_s=told.wait_s) if told else None,
            callback=CallbackPromise(
                id=promise.id, state=promise.state, asked_at=promise.created_at, window_from=promise.window_from,
                window_to=promise.window_to, asap=promise.asap, attempts=promise.attempts) if promise else None,
            ticket=TicketState(**about) if ticket else None,
            earlier=[EarlierState.of(call, forms) for call in card.earlier],
        )  # fmt: skip


def record_of(card: CallerCard) -> CallRecord:
    """The call as the desk begins a conversation with it."""
    number = card.ticket.number if card.ticket else ""
    return CallRecord(card.call_id, language=card.language, category=card.category, ticket=number)
