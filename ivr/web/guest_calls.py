"""The citizen's telephone page: the right to one call, what becomes of it, its rating, and a call back instead."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from ivr.errors import StorageError
from ivr.services.guests import AFTERWARDS, FRESH, Guest, GuestDesk, TooManyGuests
from ivr.services.page_callbacks import PageCallbacks, PageWish
from ivr.services.ports import Journal, Ratings
from ivr.web.faults import WebFault, Words
from ivr.web.gate import too_often
from ivr.web.live import Live
from ivr.web.rates import Rates, network_of
from ivr.web.routes import PUBLIC, Body, Route
from ivr.web.sip_proxy import GUEST_PHONE
from ivr.web.sip_text import HOTLINE
from ivr.web.visit import Visit

Category = Literal["signin", "services", "recovery", "identity", "applications", "other"]
TOPIC = "call"
#: Of one address: callbacks at once, and then one in so many minutes.
_CALLBACKS, _CALLBACK_MINUTES = 5, 6
#: Ratings of one call.
_RATINGS = 5
#: Why a number is not called, in the words of a form.
_REFUSED: Mapping[str, Words] = {
    "withheld": {"ru": "Укажите номер.", "en": "A number is needed."},
    "own": {"ru": "Это номер самой горячей линии.", "en": "That is the hotline's own number."},
    "short": {"ru": "Слишком короткий: нужны 10 цифр после +7.", "en": "Too short: 10 digits after +7 are needed."},
    "invalid": {"ru": "Такого номера нет.", "en": "There is no such number."},
    "foreign": {"ru": "Перезваниваем только на номера России.", "en": "Only numbers in Russia are called back."},
    "toll-free": {"ru": "На номера 8-800 не перезваниваем.", "en": "Toll-free numbers are not called back."},
    "premium": {"ru": "На платные номера не перезваниваем.", "en": "Premium numbers are not called back."},
    "service": {"ru": "На служебные номера не перезваниваем.", "en": "Service numbers are not called back."},
}
_OUTCOMES: Mapping[str, tuple[str, int, Words]] = {
    "exists": ("callback_exists", 409, {"ru": "На этот номер уже заказан звонок.",
                                        "en": "A call to this number is promised already."}),
    "refused": ("callback_refused", 429, {"ru": "На этот номер сегодня уже просили позвонить слишком много раз.",
                                          "en": "Too many calls to this number were asked for today."}),
    "failed": ("storage", 503, {"ru": "Сейчас не получается записать просьбу. Попробуйте позже.",
                                "en": "The wish cannot be written down now. Try again later."}),
}  # fmt: skip


class CallWish(Body):
    """`number`: for a call back, in any usual form; nobody verifies it."""

    category: Category | None = None
    language: str = Field(default="", max_length=3)
    number: str = Field(default="", max_length=40)


class CallOptions(BaseModel):
    """`languages`: what the hotline speaks, in its own order; `number`: to call it by telephone."""

    languages: list[str]
    number: str


class CallTicket(BaseModel):
    """The right to one call within `expires_s`. `token` goes into the subprotocol "guest.<token>" of /sip.

    `topic` is its live state; `phone` and `dial` are the users of From and To.
    """

    token: str
    topic: str
    phone: str
    dial: str
    expires_s: int


class RatingGiven(Body):
    token: str = Field(max_length=100)
    score: int = Field(ge=1, le=5)


class CallbackWish(Body):
    number: str = Field(max_length=40)
    category: Category = "other"
    language: str = Field(default="", max_length=3)
    token: str = Field(default="", max_length=100)


class CallbackPromise(BaseModel):
    """Between `start` and `end`. `quiet`: later than it could be, for the hours of rest where that phone is."""

    start: AwareDatetime
    end: AwareDatetime
    quiet: bool
    ticket: str


class GuestCalls:
    """`languages`: those that the hotline speaks; `number`: its own."""

    def __init__(
        self,
        desk: GuestDesk,
        callbacks: PageCallbacks,
        ratings: Ratings,
        journal: Journal,
        live: Live,
        languages: Sequence[str],
        number: str,
        new_id: Callable[[], str] = lambda: f"page-{secrets.token_hex(8)}",
    ) -> None:
        self._desk, self._callbacks, self._ratings, self._journal = desk, callbacks, ratings, journal
        self._live, self._languages, self._number, self._new_id = live, languages, number, new_id
        self._wishes = Rates(1 / _CALLBACK_MINUTES, _CALLBACKS)
        live.topic(TOPIC, PUBLIC, self._snapshot)
        desk.on_change.append(lambda guest: live.publish(f"{TOPIC}:{guest.id}", shown(guest)))

    def routes(self) -> list[Route]:
        post = "POST"
        return [
            Route("GET", "/api/call/options", self.options, PUBLIC, "What can be chosen for a call from the page",
                  answer=CallOptions),
            Route(post, "/api/call/token", self.token, PUBLIC, "The right to one call from the page",
                  body=CallWish, answer=CallTicket, per_minute=12),
            Route(post, "/api/call/rating", self.rating, PUBLIC, "What the caller thinks of the operator",
                  body=RatingGiven, per_minute=12),
            Route(post, "/api/call/callback/when", self.when, PUBLIC, "When would a number be called back?",
                  body=CallbackWish, answer=CallbackPromise, per_minute=12),
            Route(post, "/api/call/callback", self.callback, PUBLIC, "Ask to be called back",
                  body=CallbackWish, answer=CallbackPromise, per_minute=6),
        ]  # fmt: skip

    async def options(self, visit: Visit) -> CallOptions:
        return CallOptions(languages=list(self._languages), number=self._number)

    async def token(self, visit: Visit) -> CallTicket:
        wish: CallWish = visit.body
        number = self._judged(wish.number) if wish.number else ""
        try:
            token, guest = self._desk.admit(wish.category or "", self._language(wish.language, visit), number)
        except TooManyGuests:
            raise WebFault("full", 503, {"ru": "Сейчас слишком много звонков со страницы. Попробуйте через минуту.",
                                         "en": "There are too many calls from the page. Try again in a minute."}) \
                from None
        return CallTicket(token=token, topic=f"{TOPIC}:{guest.id}", phone=GUEST_PHONE, dial=HOTLINE,
                          expires_s=int(FRESH.total_seconds()))

    async def rating(self, visit: Visit) -> None:
        given: RatingGiven = visit.body
        guest = self._guest(given.token)
        if not guest.status.answered or guest.status.stage == "talking":
            raise WebFault("not_answered", 409, {"ru": "Оценить можно разговор с оператором, когда он окончен.",
                                                 "en": "A talk with an operator can be rated when it is over."})
        if given.score == guest.status.score:
            return
        # he may think better of it; not without end, for each is a line of the journal
        if guest.rated >= _RATINGS:
            raise too_often(AFTERWARDS.total_seconds())
        guest.rated += 1
        try:
            await self._ratings.save(guest.call_id, given.score, visit.at)
        except StorageError:
            raise WebFault(*_OUTCOMES["failed"]) from None
        self._journal.write(guest.call_id, visit.at, "rating", {"score": given.score, "source": "page"})

    async def when(self, visit: Visit) -> CallbackPromise:
        found = await self._callbacks.when(self._wish(visit))
        if found is None:
            raise WebFault(*_OUTCOMES["failed"])
        return CallbackPromise(start=found.start, end=found.end, quiet=found.quiet, ticket="")

    async def callback(self, visit: Visit) -> CallbackPromise:
        wish = self._wish(visit)
        wait = self._wishes.take(network_of(visit.address), visit.at)
        if wait:
            raise too_often(wait)
        outcome, found = await self._callbacks.request(wish)
        if found is None:
            raise WebFault(*_OUTCOMES[outcome])
        if wish.guest is not None and wish.guest.call_id:
            self._journal.write(wish.guest.call_id, visit.at, "callback", {"event": "asked", "outcome": "made",
                                                                           "source": "page"})
        return CallbackPromise(start=found.start, end=found.end, quiet=found.quiet, ticket=found.ticket)

    async def _snapshot(self, visit: Visit) -> Any:
        guest = self._desk.find(visit.path["key"])
        if guest is None:
            raise _unknown()
        return shown(guest)

    def _wish(self, visit: Visit) -> PageWish:
        wish: CallbackWish = visit.body
        guest = self._guest(wish.token) if wish.token else None
        number, language = self._judged(wish.number), self._language(wish.language, visit)
        category = (guest.category if guest else "") or wish.category
        return PageWish(number, category, language, (guest.call_id if guest else "") or self._new_id(), guest)

    def _judged(self, text: str) -> str:
        number, refused = self._callbacks.refusal(text)
        if refused:
            words = _REFUSED[refused]
            raise WebFault("number", 422, words, fields={"number": words})
        return number

    def _guest(self, token: str) -> Guest:
        guest = self._desk.of_token(token)
        if guest is None:
            raise _unknown()
        return guest

    def _language(self, asked: str, visit: Visit) -> str:
        return next((one for one in (asked, visit.language) if one in self._languages), "")


def shown(guest: Guest) -> dict[str, Any]:
    """The call as its page shows it."""
    status = guest.status
    return {
        "stage": status.stage,
        "position": status.position,
        "wait_s": status.wait_s,
        "ticket": status.ticket,
        "answered": status.answered,
        "callback": status.callback,
        "score": status.score,
        "reason": status.reason,
        "since": _moment(guest.seen_at),
        "lines": [
            {"n": n, "kind": kind, "text": line.text, "choices": [{"key": k, "text": text} for k, text in line.choices]}
            for n, kind, line in guest.lines
        ],
    }


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _unknown() -> WebFault:
    return WebFault("no_call", 404, {"ru": "Об этом звонке больше ничего не известно.",
                                     "en": "Nothing is known of this call any more."})
