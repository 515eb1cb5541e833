"""The instructions of a guide as an SMS: to the caller's own mobile, or to a number keyed in and confirmed."""

from ivr.domain.phones import mobile
from ivr.flow.commands import Done, OpenTicket, QueueSms, Step, TicketOpened
from ivr.flow.operator import read_ticket
from ivr.flow.talk import SENTENCE, Part, Talk, press

_NATIONAL_DIGITS = 10


def send(talk: Talk, category: str, template: str) -> Part:
    """Put the SMS into the outbox and say so. Returns "0" when the caller asked for an operator meanwhile, else ""."""
    yield Step("sms")
    number = talk.caller.number if talk.caller.is_mobile else ""
    if number:
        key = yield from talk.choose(
            (
                "sms/to-this-number",
                *talk.reader.digits(number[-4:]),
                SENTENCE,
                *press("sms/right", "1"),
                *press("sms/other-number", "2"),
            ),
            "sms/confirm",
            "12",
        )
        if key in ("0", "*", ""):
            return key if key == "0" else ""
        number = number if key == "1" else ""
    if not number:
        number = yield from _keyed_in(talk)
        if not number.startswith("+"):
            return number
    opened: TicketOpened = yield OpenTicket(category, "sms")
    talk.ticket = opened.number
    done: Done = yield QueueSms(template, number)
    if not done.ok:
        yield from talk.say(("sms/failed",), "sms/failed")
        return ""
    yield from talk.say(("sms/queued",), "sms/queued")
    yield from read_ticket(talk)
    return ""


def _keyed_in(talk: Talk) -> Part:
    """A mobile number keyed in and confirmed ("+7…"); "0" for the operator; "" when given up."""
    talk.count = 0
    while talk.count <= talk.settings.retries:
        talk.count += 1
        keys = yield from talk.collect(("sms/enter-number",), "sms/number", _NATIONAL_DIGITS, private=True)
        if keys.startswith("0"):
            talk.count = 0
            return "0"
        number = mobile(keys)
        if not number:
            yield from talk.say(("sms/bad-number",), "sms/bad-number")
            continue
        tries = talk.count
        key = yield from talk.choose(
            (
                "sms/you-entered",
                *talk.reader.phone(number),
                SENTENCE,
                *press("sms/right", "1"),
                *press("sms/again", "2"),
            ),
            "sms/confirm-number",
            "12",
        )
        talk.count = tries
        if key == "1":
            talk.count = 0
            return number
        if key in ("0", "*", ""):
            talk.count = 0
            return key if key == "0" else ""
    talk.count = 0
    yield from talk.say(("sms/given-up",), "sms/given-up")
    return ""
