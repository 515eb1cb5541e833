"""What a supervisor does to operators and to waiting callers; who did what, and why."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ivr.domain.audit import LONGEST_WHY, AuditEntry
from ivr.domain.operators import PAUSE_REASONS
from ivr.errors import PbxError
from ivr.services.listening import Listening, Mode
from ivr.services.ports import Audit
from ivr.services.steering import Steering, SteeringRefused
from ivr.web.board import WATCHERS
from ivr.web.faults import WebFault, Words
from ivr.web.routes import Body, Query, Role, Route
from ivr.web.visit import Visit

STEERS: frozenset[Role] = frozenset({"supervisor"})
Why = Annotated[str, Field(max_length=LONGEST_WHY)]
#: error_id -> status, words
_REFUSALS: dict[str, tuple[int, Words]] = {
    "unknown_operator": (404, {"ru": "Такого оператора нет.", "en": "There is no such operator."}),
    "not_logged_in": (409, {"ru": "Оператор не в очередях.", "en": "The operator is not logged in."}),
    "unknown_reason": (400, {"ru": "Такой причины паузы нет.", "en": "There is no such reason of a pause."}),
    "unknown_queue": (404, {"ru": "Такой очереди нет.", "en": "There is no such queue."}),
    "same_queue": (409, {"ru": "Он уже ждёт в этой очереди.", "en": "The caller waits there already."}),
    "nobody_there": (409, {"ru": "В той очереди никого нет: звонок остаётся на месте.",
                           "en": "Nobody is logged in there: the caller stays where he is."}),
    "not_earlier": (409, {"ru": "Выберите место впереди нынешнего.", "en": "Choose an earlier place."}),
    "no_reason": (400, {"ru": "Других обгоняют: укажите причину.", "en": "Others are overtaken: say why."}),
    "being_moved": (409, {"ru": "Этот звонок уже переводят.", "en": "The caller is being moved already."}),
    "not_waiting": (404, {"ru": "Этот человек уже не ждёт.", "en": "That caller waits no more."}),
    "not_talking": (409, {"ru": "Оператор сейчас ни с кем не говорит.",
                          "en": "The operator talks with no caller now."}),
    "not_lent": (409, {"ru": "Этот телефон выдан другому: откройте прослушивание ещё раз.",
                       "en": "This telephone is lent to somebody else: open the listening again."}),
    "too_many": (429, {"ru": "Слишком много прослушиваний сразу.", "en": "Too many want to listen at once."}),
    "reason_too_long": (400, {"ru": "Причина слишком длинная.", "en": "The reason is too long."}),
}  # fmt: skip
_AWAY: Words = {"ru": "Asterisk не отвечает.", "en": "Asterisk does not answer."}


class Reason(Body):
    why: Why = ""


class Pause(Reason):
    """`reason` is shown beside the operator; `why` goes to the audit."""

    reason: str = Field(json_schema_extra={"enum": list(PAUSE_REASONS)})


class LogIn(Reason):
    phone: Literal["op", "web"] = "op"


class Listen(Reason):
    """`phone`: the supervisor's own, as it was lent to him."""

    mode: Mode
    phone: str = Field(pattern=r"^sup-[0-9]{1,3}$")


class Dial(BaseModel):
    """What that phone is to dial within half a minute."""

    dial: str


class Move(Reason):
    queue: str = Field(max_length=80)


class MoveUp(Body):
    position: int = Field(ge=1, le=200)
    why: Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]


class Moved(BaseModel):
    """done; under_way: an operator's phone rings for him, he goes if that one does not answer; answered; gone."""

    outcome: Literal["done", "under_way", "answered", "gone"]


class AuditQuery(Query):
    """`before`: entries older than that id."""

    limit: int = Field(default=50, ge=1, le=200)
    before: int = Field(default=0, ge=0, le=2**53)
    action: str = ""
    target: str = ""


class Deed(BaseModel):
    """`outcome` "" is not known yet."""

    id: int
    at: datetime
    who: str
    action: str
    target: str
    why: str
    data: dict[str, Any]
    outcome: str


class Deeds(BaseModel):
    deeds: list[Deed]


class SteeringPages:
    """The API of steering. Every deed is in the audit under the login of who asked."""

    def __init__(
        self, steering: Steering, listening: Listening, audit: Audit, lent: Callable[[Visit, str], bool]
    ) -> None:
        """`lent`: may this visitor use that phone?"""
        self._steering, self._listening, self._audit, self._lent = steering, listening, audit, lent

    def routes(self) -> list[Route]:
        one, caller = "/api/operators/{login}", "/api/callers/{call}"
        return [
            Route("POST", f"{one}/log-in", self.log_in, STEERS, "Ring an operator for all his queues", body=LogIn),
            Route("POST", f"{one}/log-out", self.log_out, STEERS, "Ring an operator no more", body=Reason),
            Route("POST", f"{one}/pause", self.pause, STEERS, "Pause an operator in all his queues", body=Pause),
            Route("POST", f"{one}/resume", self.resume, STEERS, "End an operator's pause", body=Reason),
            Route("POST", f"{one}/listen", self.listen, STEERS,
                  "Listen to an operator's talk, whisper to him, or speak with both", body=Listen, answer=Dial),
            Route("POST", f"{caller}/move", self.move, STEERS,
                  "Move a waiting caller to another queue; his arrival counts there", body=Move, answer=Moved),
            Route("POST", f"{caller}/move-up", self.move_up, STEERS,
                  "Put a waiting caller to an earlier place of his queue", body=MoveUp, answer=Moved),
            Route("GET", "/api/audit", self.deeds, WATCHERS, "Who did what, when, to whom and why", query=AuditQuery,
                  answer=Deeds),
        ]  # fmt: skip

    async def log_in(self, visit: Visit) -> None:
        await _done(self._steering.log_in(visit.me.login, visit.path["login"], visit.body.why, visit.body.phone))

    async def log_out(self, visit: Visit) -> None:
        await _done(self._steering.log_out(visit.me.login, visit.path["login"], visit.body.why))

    async def pause(self, visit: Visit) -> None:
        body: Pause = visit.body
        await _done(self._steering.pause(visit.me.login, visit.path["login"], body.reason, body.why))

    async def resume(self, visit: Visit) -> None:
        await _done(self._steering.resume(visit.me.login, visit.path["login"], visit.body.why))

    async def listen(self, visit: Visit) -> Dial:
        body: Listen = visit.body
        if not self._lent(visit, body.phone):
            # a number for another's phone would also make that one's own void
            raise WebFault("not_lent", 409, _REFUSALS["not_lent"][1])
        asked = self._listening.ask(visit.me.login, body.phone, visit.path["login"], body.mode, body.why)
        return Dial(dial=await _done(asked))

    async def move(self, visit: Visit) -> Moved:
        body: Move = visit.body
        return Moved(outcome=await _done(self._steering.move(visit.me.login, visit.path["call"], body.queue, body.why)))

    async def move_up(self, visit: Visit) -> Moved:
        body: MoveUp = visit.body
        asked = self._steering.move_up(visit.me.login, visit.path["call"], body.position, body.why)
        return Moved(outcome=await _done(asked))

    async def deeds(self, visit: Visit) -> Deeds:
        query: AuditQuery = visit.query
        found = await self._audit.latest(query.limit, query.before, query.action, query.target)
        return Deeds(deeds=[_deed(entry) for entry in found])


async def _done(deed: Awaitable[Any]) -> Any:
    """Carry it out; what is refused is told in the reader's language."""
    try:
        return await deed
    except SteeringRefused as refused:
        status, words = _REFUSALS.get(refused.error_id, (409, str(refused)))
        raise WebFault(refused.error_id, status, words) from None
    except PbxError:
        raise WebFault("asterisk_away", 503, _AWAY) from None


def _deed(entry: AuditEntry) -> Deed:
    return Deed(
        id=entry.id,
        at=entry.at,
        who=entry.who,
        action=entry.action,
        target=entry.target,
        why=entry.why,
        data=dict(entry.data),
        outcome=entry.outcome,
    )
