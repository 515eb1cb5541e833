"""To a person: ticket first, then the queue; where nobody is, that is said and the ticket keeps the wish."""

from ivr.flow.commands import (
    AskRoute,
    Done,
    End,
    Enqueue,
    NoteTicket,
    OpenTicket,
    RouteFound,
    Sounds,
    Step,
    TicketOpened,
)
from ivr.flow.talk import SENTENCE, Part, Talk

#: How often one caller hears the number again; then the call goes on.
_MOST_REPEATS = 5
WISH = "asked for an operator while nobody was logged in: call back"


def operator(talk: Talk, category: str, reason: str = "operator") -> Part:
    """Hand the caller to an operator of `category`. Returns an `Ending`."""
    yield Step("operator")
    opened: TicketOpened = yield OpenTicket(category, "operator")
    talk.ticket = opened.number
    yield from read_ticket(talk)
    route: RouteFound = yield AskRoute(category)
    if not route.staffed:
        return (yield from nobody(talk))
    sounds: Sounds = ("operator/connecting",)
    if route.position > 1 or route.wait_s:
        sounds += (SENTENCE, *talk.reader.queue_position(route.position, route.wait_s))
    yield from talk.say(sounds, "operator/connecting", 0.1)
    return Enqueue(route.queue, talk.ticket, category, reason)


def read_ticket(talk: Talk) -> Part:
    """Read the ticket's number until the caller is content; without one, say so."""
    if not talk.ticket:
        yield from talk.say(("ticket/none",), "ticket/none")
        return
    talk.count = 0
    while True:
        key = yield from talk.say(
            ("ticket/your-number", SENTENCE, *talk.reader.ticket(talk.ticket), SENTENCE, "ticket/repeat"),
            "ticket/number",
            3.0,
        )
        talk.count += 1
        if key not in ("1", "9") or talk.count > _MOST_REPEATS:
            talk.count = 0
            return


def nobody(talk: Talk) -> Part:
    """Nobody is logged in: say it plainly and keep the wish on the ticket."""
    done: Done = yield NoteTicket(WISH)
    said = ("nobody/all-away", SENTENCE, "nobody/noted" if done.ok and talk.ticket else "nobody/call-again")
    yield from talk.say((*said, SENTENCE, "say/goodbye"), "nobody", 0.1)
    return End("nobody")
