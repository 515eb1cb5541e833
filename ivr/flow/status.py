"""How far a ticket is, by keypad. A wrong pair of ticket and phone never tells which of the two was wrong."""

from ivr.domain.tickets import NUMBER_LENGTH, STATUSES, valid_number
from ivr.flow.commands import FindTicket, Sounds, Step, TicketFound
from ivr.flow.talk import SENTENCE, Part, Talk, press

_LAST_DIGITS = 4


def status(talk: Talk) -> Part:
    """Ask for the number, tell the status, and go back to the menu; an operator when it cannot be told."""
    yield Step("status")
    talk.count = 0
    said: Sounds = ()
    while talk.count < talk.settings.status_tries:
        talk.count += 1
        # one piece with the question: keys pressed into the complaint are the first digits of the answer
        # private: keyed in by mistake, it may be the caller's phone or identity number
        number = yield from talk.collect((*said, "status/enter-number"), "status/number", NUMBER_LENGTH, private=True)
        if number == "*":
            talk.count = 0
            return
        if not valid_number(number):
            said = ("status/mistyped" if number else "say/silence", SENTENCE)
            continue
        found: TicketFound = yield FindTicket(number)
        if not found.status and not found.failed:
            four = yield from talk.collect(("status/last-four",), "status/last-four", _LAST_DIGITS, private=True)
            if four == "*":
                talk.count = 0
                return
            found = yield FindTicket(number, four)
        if found.failed:
            said = ()
            break
        if found.status in STATUSES:
            talk.count = 0
            yield from _offer(talk, (f"status/{found.status.replace('_', '-')}",))
            return
        said = ("status/not-found", SENTENCE)
    talk.count = 0
    yield from _offer(talk, (*(said if "status/not-found" in said else ()), "status/cannot-say"))


def _offer(talk: Talk, said: Sounds) -> Part:
    key = yield from talk.choose(
        (*said, SENTENCE, *press("item/back", "*"), *press("item/operator", "0")), "status/told", ""
    )
    if not key:
        yield from talk.give_up("status")
