"""To a person: ticket first, then the queue; where nobody is, that is said and the ticket keeps the wish."""

from typing import Literal

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
    # there is no way back from here
    talk.category, talk.reason = category, reason
    talk.place, talk.guide, talk.attempt, talk.count = "operator", "", 0, 0
    talk.sending = False
    talk.stack.clear()
    yield Step("operator")
    if talk.welcome:
        # the shortest way to a person still passes the notices
        yield from talk.listen(talk.welcome, "welcome", 0.1)
        talk.welcome = ()
    yield from open_ticket(talk, category, "operator")
    yield from read_ticket(talk)
    route: RouteFound = yield AskRoute(category)
    if not route.staffed:
        return (yield from nobody(talk))
    sounds: Sounds = ("operator/connecting",)
    if route.position > 1 or route.wait_s:
        sounds += (SENTENCE, *talk.reader.queue_position(route.position, route.wait_s))
    yield from talk.listen(sounds, "operator/connecting", 0.1)
    return Enqueue(route.queue, talk.ticket, category, reason, talk.slow)


def open_ticket(talk: Talk, category: str, purpose: Literal["operator", "sms", "callback"]) -> Part:
    """Open the call's ticket; a number already given stays, whatever happens to the database meanwhile."""
    opened: TicketOpened = yield OpenTicket(category, purpose)
    talk.ticket = opened.number or talk.ticket


def read_ticket(talk: Talk) -> Part:
    """Read the ticket's number until the caller is content; without one, say so. Returns the last key."""
    if not talk.ticket:
        return (yield from talk.listen(("ticket/none",), "ticket/none"))
    talk.count = 0
    while True:
        key = yield from talk.listen(
            ("ticket/your-number", SENTENCE, *talk.reader.ticket(talk.ticket), SENTENCE, "ticket/repeat"),
            "ticket/number",
            3.0,
        )
        talk.count += 1
        if key not in ("1", "9") or talk.count > _MOST_REPEATS:
            talk.count = 0
            return key


def nobody(talk: Talk, ticket: Sounds = ()) -> Part:
    """Nobody is logged in: say it plainly, keep the wish on the ticket, read `ticket` again."""
    done: Done = yield NoteTicket(WISH)
    said = ("nobody/all-away", SENTENCE, "nobody/noted" if done.ok and talk.ticket else "nobody/call-again", *ticket)
    yield from talk.listen((*said, SENTENCE, "say/goodbye"), "nobody", 0.1)
    return End("nobody")
