"""How far a ticket is, by keypad. A wrong pair of ticket and phone never tells which of the two was wrong."""

from ivr.domain.tickets import NUMBER_LENGTH, STATUSES, valid_number
from ivr.flow.commands import FindTicket, Sounds, Step, TicketFound
from ivr.flow.talk import SENTENCE, Part, Talk, press

_LAST_DIGITS = 4


def status(talk: Talk) -> Part:
    """Ask for the number, tell the status. Returns "0" (operator wanted) or "" (back to the menu)."""
    yield Step("status")
    talk.count = 0
    while talk.count < talk.settings.status_tries:
        talk.count += 1
        number = yield from talk.collect(("status/enter-number",), "status/number", NUMBER_LENGTH)
        if number in ("0", "*"):
            talk.count = 0
            return number if number == "0" else ""
        if not valid_number(number):
            yield from talk.say(("status/mistyped" if number else "say/silence",), "status/mistyped")
            continue
        found: TicketFound = yield FindTicket(number)
        if not found.status and not found.failed:
            four = yield from talk.collect(("status/last-four",), "status/last-four", _LAST_DIGITS, private=True)
            found = yield FindTicket(number, four)
        if found.failed:
            break
        if found.status in STATUSES:
            talk.count = 0
            return (yield from _tell(talk, found.status))
        yield from talk.say(("status/not-found",), "status/not-found")
    talk.count = 0
    return (yield from _offer(talk, ("status/cannot-say",)))


def _tell(talk: Talk, found: str) -> Part:
    return (yield from _offer(talk, (f"status/{found.replace('_', '-')}",)))


def _offer(talk: Talk, said: Sounds) -> Part:
    key = yield from talk.choose(
        (*said, SENTENCE, *press("item/back", "*"), *press("item/operator", "0")), "status/told", ""
    )
    return "" if key == "*" else "0"
