"""The operator's desk: the card of the caller, what is written down of the conversation, messages on demand."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.contacts import ContactClosed, ContactFault
from ivr.domain.phones import is_mobile, to_e164
from ivr.errors import PbxError
from ivr.services.board_state import jsonable
from ivr.services.caller_card import CallerCard, CallerCards
from ivr.services.desk_state import DeskState, DeskStates
from ivr.services.operator_desk import ContactConflict, ContactUnknown, OperatorDesk
from ivr.services.sms_desk import SmsDesk
from ivr.services.steering import Steering, SteeringRefused
from ivr.web.desk_models import (
    Begin,
    CardState,
    Change,
    Close,
    ContactChanges,
    ContactList,
    ContactState,
    DepartmentWords,
    DeskWords,
    FormWords,
    Named,
    SendSms,
    SmsAnswer,
    SmsWords,
    record_of,
)
from ivr.web.faults import WebFault, Words
from ivr.web.live import Live
from ivr.web.routes import Role, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
OPERATOR: frozenset[Role] = frozenset({"operator"})
_Texts = Mapping[str, Mapping[str, str]]
_REFUSED: Mapping[str, Words] = {
    "unknown_operator": {"ru": "Такого телефона оператора в настройках нет.",
                         "en": "There is no such operator's telephone in the settings."},
    "not_logged_in": {"ru": "Вы не на линии.", "en": "You are not on the line."},
}  # fmt: skip
_FAULTS: Mapping[str, Words] = {
    "missing": {"ru": "нужно заполнить", "en": "is needed"},
    "long": {"ru": "слишком длинно", "en": "is too long"},
    "form": {"ru": "записано не так", "en": "is not written this way"},
    "unknown": {"ru": "такого нет", "en": "there is no such thing"},
    "unknown-field": {"ru": "такого поля нет", "en": "there is no such field"},
    "characters": {"ru": "только цифры", "en": "digits only"},
    "length": {"ru": "не то число цифр", "en": "is not of the right length"},
    "check": {"ru": "контрольное число не сходится: есть опечатка", "en": "the check digit is wrong: there is a slip"},
}


@dataclass(frozen=True)
class DeskTexts:
    """By language: `sms`: template -> its text; `steps`: place of the menu -> what it is about."""

    sms: _Texts
    steps: _Texts


@dataclass(frozen=True)
class Choice:
    """To whom a call can be passed on. `queues`: name -> its words by language; `colleagues`: login -> name."""

    queues: Mapping[str, Mapping[str, str]]
    colleagues: Mapping[str, str]


class DeskPages:
    """`live`: tells each operator's page its state, topic "desk:<login>". `after_closing`: told the login of who closed
    a conversation; may raise `PbxError`."""

    def __init__(
        self,
        desk: OperatorDesk,
        cards: CallerCards,
        states: DeskStates,
        sms: SmsDesk,
        steering: Steering,
        after_closing: Callable[[str], Awaitable[None]],
        words: DeskTexts,
        choice: Choice,
        live: Live,
        wrapup_s: int,
    ) -> None:
        self._desk, self._cards, self._states, self._sms = desk, cards, states, sms
        self._steering, self._after_closing = steering, after_closing
        self._texts, self._steps, self._live, self._wrapup = words.sms, words.steps, live, wrapup_s
        self._choice = choice
        self._last: dict[str, DeskState] = {}
        live.topic("desk", OPERATOR, self._snapshot)

    def routes(self) -> list[Route]:
        call = "/api/desk/contacts/{call_id}"
        return [
            Route("GET", "/api/desk/words", self.words, OPERATOR, "Forms, departments and messages", answer=DeskWords),
            Route("POST", "/api/desk/state", self.change, OPERATOR, "Begin and end work, pause", body=Change),
            Route("GET", "/api/desk/card/{call_id}", self.card, OPERATOR, "Who calls: the caller's card",
                  answer=CardState),
            Route("GET", "/api/desk/contacts", self.mine, OPERATOR, "My conversations, newest first",
                  answer=ContactList),
            Route("POST", "/api/desk/contacts", self.begin, OPERATOR, "Begin to write a conversation down", body=Begin,
                  answer=ContactState),
            Route("PUT", call, self.write, OPERATOR, "Write it down", body=ContactChanges, answer=ContactState),
            Route("POST", f"{call}/close", self.close, OPERATOR, "Close it: solved, or passed on", body=Close,
                  answer=ContactState),
            Route("POST", f"{call}/sms", self.send_sms, OPERATOR, "Send the caller a message", body=SendSms,
                  answer=SmsAnswer, per_minute=20),
        ]  # fmt: skip

    def tell(self, states: Mapping[str, DeskState]) -> None:
        """Publish these operators' states (by login) to their pages, if they look and it is another one."""
        for operator, state in states.items():
            topic = f"desk:{operator}"
            if self._last.get(operator) != state and self._live.listened(topic):
                self._live.publish(topic, jsonable(state))
            self._last[operator] = state

    async def words(self, visit: Visit) -> DeskWords:
        language = visit.language
        return DeskWords(
            forms=[FormWords.of(form, language) for form in self._desk.forms.values()],
            departments=[DepartmentWords(id=each.id, kind=each.kind, name=each.names[language],
                                         words=each.words[language]) for each in self._desk.departments.values()],
            sms={spoken: [SmsWords(template=name, text=text) for name, text in texts.items()]
                 for spoken, texts in self._texts.items()},
            wrapup_s=self._wrapup,
            queues=[Named(id=name, name=words.get(language, name)) for name, words in self._choice.queues.items()],
            colleagues=[Named(id=login, name=name) for login, name in self._choice.colleagues.items()],
        )  # fmt: skip

    async def change(self, visit: Visit) -> None:
        phone, change = _phone(visit), visit.body
        try:
            match change.action:
                case "log_in":
                    await self._steering.log_in(visit.me.login, phone, "", "web")
                case "log_out":
                    await self._steering.log_out(visit.me.login, phone, "")
                case "pause":
                    await self._steering.pause(visit.me.login, phone, change.reason)
                case "resume":
                    await self._steering.resume(visit.me.login, phone)
        except SteeringRefused as refusal:
            raise WebFault(refusal.error_id, 409, _REFUSED.get(refusal.error_id, str(refusal))) from None
        except PbxError:
            raise WebFault("pbx_away", 503, {"ru": "Asterisk сейчас не отвечает.",
                                             "en": "Asterisk does not answer now."}) from None

    async def card(self, visit: Visit) -> CardState:
        card = await self._card(visit, visit.path["call_id"])
        mobile = is_mobile(self._cards.caller(card.call_id))
        steps = self._steps.get(visit.language, {})
        return CardState.of(card, mobile, visit.language, dict(self._desk.forms), steps)

    async def mine(self, visit: Visit) -> ContactList:
        found = await self._desk.of_operator(_phone(visit))
        return ContactList(contacts=[self._told(contact) for contact in found])

    async def begin(self, visit: Visit) -> ContactState:
        card = await self._card(visit, visit.body.call_id)
        caller = self._cards.caller(card.call_id)
        return self._told(await self._desk.begin(record_of(card), caller, _phone(visit), visit.at))

    async def write(self, visit: Visit) -> ContactState:
        written = self._desk.write(visit.path["call_id"], _phone(visit), visit.body.version, visit.body.changes())
        return self._told(await _refusing(written))

    async def close(self, visit: Visit) -> ContactState:
        closing = self._desk.close(visit.path["call_id"], _phone(visit), visit.body.version, visit.at)
        closed = await _refusing(closing)
        try:
            await self._after_closing(_phone(visit))
        except PbxError:
            log.warning("an operator was not resumed after his conversation", extra={"action": "not_resumed"})
        return self._told(closed.contact)

    async def send_sms(self, visit: Visit) -> SmsAnswer:
        call_id, wanted = visit.path["call_id"], visit.body
        contact = await _refusing(self._desk.contact(call_id, _phone(visit)))
        if wanted.template not in self._texts.get(wanted.language, {}):
            raise WebFault("unknown_template", 400, {"ru": "Такого сообщения нет.", "en": "There is no such message."})
        number = to_e164(wanted.number) if wanted.number else self._cards.caller(call_id)
        if not is_mobile(number):
            raise WebFault("no_mobile", 400, {
                "ru": "Сообщение можно отправить только на мобильный номер в России: +7 9…",
                "en": "A message goes to a Russian mobile number only: +7 9…",
            })  # fmt: skip
        outcome = await self._sms.queue(call_id=call_id, number=number, template=wanted.template,
                                        language=wanted.language, ticket=contact.ticket, at=visit.at)  # fmt: skip
        return SmsAnswer(outcome=outcome, number=number[-4:])

    async def _snapshot(self, visit: Visit) -> Any:
        if visit.path["key"] != _phone(visit):
            raise WebFault("not_yours", 403, {"ru": "Это стол другого оператора.", "en": "This is another's desk."})
        return jsonable(self._states.of(_phone(visit), visit.at))

    async def _card(self, visit: Visit, call_id: str) -> CallerCard:
        """The card of a call that is this operator's: rings for him, is talked with him, or was written down by him."""
        mine = _phone(visit) in self._states.operators(call_id) or await self._desk.has(call_id, _phone(visit))
        card = await self._cards.of(call_id, visit.at) if mine else None
        if card is None:
            raise WebFault("not_yours", 404, {"ru": "У вас нет такого звонка.", "en": "You have no such call."})
        return card

    def _told(self, contact: Any) -> ContactState:
        return ContactState.of(contact, dict(self._desk.forms))


def _phone(visit: Visit) -> str:
    """The operator's login at the telephones."""
    if not visit.me.phone:
        raise WebFault("no_phone", 409, {
            "ru": "К учётной записи не привязан телефон оператора: попросите администратора.",
            "en": "This account has no operator's telephone: ask an administrator.",
        })  # fmt: skip
    return visit.me.phone


async def _refusing(work: Awaitable[Any]) -> Any:
    """What the desk refuses, as the page hears it."""
    try:
        return await work
    except ContactFault as fault:
        fields = {name: _FAULTS.get(why, _FAULTS["form"]) for name, why in fault.faults.items()}
        raise WebFault("contact_fault", 422, {"ru": "Проверьте отмеченное.", "en": "Look at what is marked."}, fields) \
            from None
    except ContactConflict:
        raise WebFault("conflict", 409, {"ru": "Запись изменили в другом окне.",
                                         "en": "It was changed in another window."}) from None
    except ContactClosed:
        raise WebFault("closed", 409, {"ru": "Разговор уже закрыт.", "en": "This conversation is closed."}) from None
    except ContactUnknown:
        raise WebFault("not_yours", 404, {"ru": "У вас нет такого разговора.",
                                          "en": "You have no such conversation."}) from None
