"""The instructions of a guide as an SMS: to the caller's own mobile, or to a number keyed in and confirmed."""

from ivr.domain.phones import mobile
from ivr.flow.commands import Done, QueueSms, Sounds, Step
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press
from ivr.flow.ticket import open_ticket, read_ticket

_NATIONAL_DIGITS = 10


def send(talk: Talk, category: str, template: str) -> Part:
    """Put the SMS into the outbox and say so. `*` and silence go back."""
    yield Step("sms")
    number = yield from mobile_number(talk)
    if not number:
        return
    talk.sending = True
    yield from open_ticket(talk, category, "sms")
    done: Done = yield QueueSms(template, number)
    if not done.ok:
        yield from talk.say(("sms/failed",), "sms/failed")
        talk.sending = False
        return
    yield from talk.say(("sms/queued",), "sms/queued")
    if (yield from read_ticket(talk)) == "0":
        raise OperatorWanted
    talk.sending = False


def mobile_number(talk: Talk) -> Part:
    """The caller's own mobile, or one keyed in and confirmed ("+7…"); "" when he gives none."""
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
        if key not in ("1", "2"):
            return ""
        if key == "1":
            return number
    return (yield from _keyed_in(talk))


def _keyed_in(talk: Talk) -> Part:
    """A mobile number keyed in and confirmed ("+7…"); "" when given up or going back."""
    talk.count = 0
    said: Sounds = ()
    while talk.count <= talk.settings.retries:
        talk.count += 1
        # one piece with the question: keys pressed into the complaint are the first digits of the answer
        keys = yield from talk.collect((*said, "sms/enter-number"), "sms/number", _NATIONAL_DIGITS, private=True)
        if keys == "*":
            talk.count = 0
            return ""
        number = mobile(keys)
        if not number:
            said = ("sms/bad-number" if keys else "say/silence", SENTENCE)
            continue
        said = ()
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
            private=True,
        )
        if key == "1":
            talk.count = 0
            return number
        if key in ("*", ""):
            talk.count = 0
            return ""
    talk.count = 0
    yield from talk.say(("sms/given-up",), "sms/given-up")
    return ""
