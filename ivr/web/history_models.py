"""What the history of calls sends and receives. Times are ISO 8601 in UTC; words are in the visitor's language."""

import base64
import binascii
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from ivr.domain.call_summary import CallLine, CallSearch, summary_of
from ivr.domain.journey import JourneyStep, Stretch, login
from ivr.domain.journey_words import JourneyWords
from ivr.domain.phones import to_e164
from ivr.domain.recordings import Recording
from ivr.domain.route_words import RouteWords
from ivr.domain.tickets import TicketEvent, valid_number
from ivr.services.call_history import MOST, Journey
from ivr.services.route_explain import Told, by_today, heading, way, why
from ivr.web.desk_models import ContactState
from ivr.web.faults import WebFault
from ivr.web.routes import Moment, Query

_SUMMARY = ("region", "language", "category", "ticket", "queue", "source", "reason", "waited_s", "talked_s",
            "answered_at", "ended_at")  # fmt: skip
_NAME = Field("", max_length=64, pattern="^[A-Za-z0-9_.-]*$")


class HistoryQuery(Query):
    """Which calls; "" is any. `number`: for supervisors and administrators. `numbers`: show whole numbers."""

    number: str = Field("", max_length=40)
    ticket: str = Field("", max_length=12, pattern="^[0-9 -]*$")
    operator: str = _NAME
    queue: str = _NAME
    category: str = _NAME
    region: str = _NAME
    language: str = _NAME
    source: Literal["", "phone", "browser", "callback"] = ""
    outcome: str = _NAME
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    numbers: bool = False
    after: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=MOST)

    def search(self) -> CallSearch:
        """Raises `WebFault` 400 for a number that is none and for a page that was never given."""
        number = to_e164(self.number) if self.number else ""
        if self.number and not number:
            raise _bad("number", {"ru": "это не телефонный номер", "en": "is no telephone number"})
        ticket = "".join(c for c in self.ticket if c.isdigit())
        if self.ticket and not valid_number(ticket):
            # what is looked for stands in the audit: it must not be somebody's passport
            raise _bad("ticket", {"ru": "это не номер обращения", "en": "is no ticket number"})
        return CallSearch(
            number=number,
            ticket=ticket,
            operator=f"op-{login(self.operator)}" if self.operator else "",
            queue=self.queue,
            category=self.category,
            region=self.region,
            language=self.language,
            source=self.source,
            reason=self.outcome,
            since=self.since,
            until=self.until,
            after=_place(self.after) if self.after else None,
            limit=self.limit,
        )


class HistoryCall(BaseModel):
    """A call in one line. `number`: the last four digits, or whole; "" withheld. `score`: 1 to 5."""

    call_id: str
    number: str
    started_at: datetime
    operator: str
    region: str
    language: str
    category: str
    ticket: str
    queue: str
    source: str
    reason: str
    waited_s: int | None
    talked_s: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    score: int | None

    @classmethod
    def of(cls, line: CallLine) -> "HistoryCall":
        told = {name: getattr(line.summary, name) for name in _SUMMARY}
        return cls(call_id=line.call_id, number=line.caller, started_at=line.started_at, score=line.score,
                   operator=login(line.summary.operator), **told)  # fmt: skip


class HistoryPage(BaseModel):
    """`after`: ask for it to get the next page; "" when this is the last."""

    calls: list[HistoryCall]
    after: str

    @classmethod
    def of(cls, lines: list[CallLine], more: bool) -> "HistoryPage":
        last = f"{lines[-1].started_at.isoformat()}|{lines[-1].call_id}" if lines and more else ""
        after = base64.urlsafe_b64encode(last.encode()).decode()
        return cls(calls=[HistoryCall.of(line) for line in lines], after=after)


class StepState(BaseModel):
    """A step of the journal. Seconds: `after_s` since the first step, `lasted_s` until the next one."""

    at: datetime
    after_s: float
    lasted_s: float | None
    kind: str
    words: str

    @classmethod
    def of(cls, step: JourneyStep, words: JourneyWords) -> "StepState":
        lasted = None if step.lasted is None else step.lasted.total_seconds()
        return cls(at=step.step.at, after_s=step.after.total_seconds(), lasted_s=lasted, kind=step.step.kind,
                   words=words.say(step.step))  # fmt: skip


class StretchState(BaseModel):
    """A stretch of the time line; `end` null: it lasts."""

    kind: str
    words: str
    begin: datetime
    end: datetime | None
    queue: str
    operator: str

    @classmethod
    def of(cls, stretch: Stretch, words: JourneyWords, route: RouteWords) -> "StretchState":
        queue = route.queue(stretch.queue) if stretch.queue else ""
        return cls(kind=stretch.kind, words=words.stretch(stretch.kind), begin=stretch.begin, end=stretch.end,
                   queue=queue, operator=stretch.operator)  # fmt: skip


class JudgedQueue(BaseModel):
    queue: str
    name: str
    taken: bool
    why: str


class WhyState(BaseModel):
    """Why the call went there. `trial`: the moment that it was decided for, where that was another one."""

    at: datetime
    way: str
    legs: list[str]
    reasons: list[str]
    queues: list[JudgedQueue]
    trial: datetime | None
    today: str

    @classmethod
    def of(cls, told: Told, words: RouteWords) -> "WhyState":
        decision, request = told.decision, told.request
        answer = cls(at=told.at, way=heading(told, words), legs=[], reasons=[], queues=[],
                     trial=request.at if request and told.trial else None, today=by_today(told, words))  # fmt: skip
        if decision is not None and request is not None:
            answer.legs = way(decision, request, words)
            answer.reasons = [words.say(reason, request.at) for reason in decision.reasons]
            answer.queues = [JudgedQueue(queue=each.queue, name=words.queue(each.queue), taken=each.taken,
                                         why=why(each, words, request.at)) for each in decision.candidates]  # fmt: skip
        return answer


class TicketStep(BaseModel):
    at: datetime
    event: str
    before: str
    after: str
    note: str

    @classmethod
    def of(cls, event: TicketEvent) -> "TicketStep":
        return cls(at=event.at, event=event.event, before=event.before, after=event.after, note=event.note)


class RecordingState(BaseModel):
    """`state`: see `ivr.domain.recordings.STATES`; `url`: where it is played from, "" when there is nothing to hear."""

    file: str
    operator: str
    began_at: datetime
    seconds: int
    state: str
    url: str
    deleted_at: datetime | None

    @classmethod
    def of(cls, recording: Recording, state: str) -> "RecordingState":
        heard = state in ("ready", "cut")
        return cls(file=recording.file, operator=recording.operator, began_at=recording.began_at,
                   seconds=recording.seconds, state=state, deleted_at=recording.deleted_at,
                   url=f"/api/history/{recording.call_id}/recordings/{recording.file}" if heard else "")  # fmt: skip


class ListenState(BaseModel):
    at: datetime
    who: str
    began_at: datetime


class RecordingList(BaseModel):
    """The recordings of a call, and who has listened to them, newest first. `kept_days`: then they are deleted."""

    recordings: list[RecordingState]
    listens: list[ListenState]
    kept_days: int


class JourneyState(BaseModel):
    """All of one call."""

    call: HistoryCall
    steps: list[StepState]
    stretches: list[StretchState]
    why: list[WhyState]
    contacts: list[ContactState]
    ticket: list[TicketStep]

    @classmethod
    def of(cls, journey: Journey, words: JourneyWords, route: RouteWords) -> "JourneyState":
        record = journey.record
        started = record.started_at or (record.steps[0].at if record.steps else None)
        assert started is not None  # a call without a step is in no table
        line = CallLine(record.call_id, record.caller, started, summary_of(record.steps), record.score)
        return cls(
            call=HistoryCall.of(line),
            steps=[StepState.of(step, words) for step in journey.steps],
            stretches=[StretchState.of(stretch, words, route) for stretch in journey.stretches],
            why=[WhyState.of(told, route) for told in journey.why],
            contacts=[ContactState.of(contact, {}) for contact in journey.contacts],
            ticket=[TicketStep.of(event) for event in journey.ticket],
        )


class Named(BaseModel):
    id: str
    name: str


class HistoryWords(BaseModel):
    """What the filters offer. `numbers`: this visitor may look for numbers and see them."""

    queues: list[Named]
    categories: list[Named]
    regions: list[Named]
    languages: list[Named]
    sources: list[Named]
    outcomes: list[Named]
    operators: list[Named]
    departments: list[Named]
    numbers: bool


class WholeNumber(BaseModel):
    number: str


def _place(after: str) -> tuple[datetime, str]:
    try:
        at, _, call_id = base64.urlsafe_b64decode(after.encode()).decode().partition("|")
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        moment, call_id = datetime.min, ""
    if moment.tzinfo is None or not 1970 <= moment.year <= 2999 or "\0" in call_id:
        raise _bad("after", {"ru": "такой страницы нет", "en": "there is no such page"})
    return moment, call_id


def _bad(field: str, words: dict[str, str]) -> WebFault:
    return WebFault("bad_query", 400, {"ru": "Проверьте поля.", "en": "Please check the fields."}, {field: words})
