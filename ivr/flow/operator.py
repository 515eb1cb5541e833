"""To a person: ticket first, then the queue; where nobody is, that is said and the ticket keeps the wish."""

from ivr.flow import place
from ivr.flow.callback_offer import offer
from ivr.flow.commands import (
    AskRoute,
    Done,
    End,
    Enqueue,
    Flow,
    NoteTicket,
    RouteFound,
    Sounds,
    Step,
)
from ivr.flow.incident import on_the_way
from ivr.flow.talk import SENTENCE, Part, Talk
from ivr.flow.ticket import open_ticket, read_ticket, ticket_again

#: `Talk.place` of one who is on the way to an operator.
OPERATOR = "operator"
WISH = "asked for an operator while nobody was logged in: call back"
CLOSED = "asked for an operator outside working hours: call back"


def operator(talk: Talk, category: str, reason: str = "operator") -> Part:
    """Hand the caller to an operator of `category`. Returns an `Ending`."""
    # there is no way back from here
    talk.category, talk.reason = category, reason
    talk.place, talk.guide, talk.attempt, talk.count = OPERATOR, "", 0, 0
    talk.texting = talk.sending = False
    talk.stack.clear()
    yield Step("operator")
    if talk.welcome:
        # the shortest way to a person still passes the notices
        yield from talk.listen(talk.welcome, "welcome", 0.1)
        talk.welcome = ()
    yield from place.tell(talk)
    yield from on_the_way(talk, category)
    yield from open_ticket(talk, category, "operator")
    yield from read_ticket(talk)
    route: RouteFound = yield AskRoute(category)
    if route.callback:
        ending = yield from offer(talk, route)
        if ending is not None:
            return ending
    if not route.staffed:
        return (yield from nobody(talk, route=route))
    sounds: Sounds = ("operator/connecting",)
    if route.position > 1 or route.wait_s:
        sounds += (SENTENCE, *talk.reader.queue_position(route.position, route.wait_s))
    yield from talk.listen(sounds, "operator/connecting", 0.1)
    return Enqueue(route.queue, talk.ticket, category, reason, talk.slow, route.legs)


def moved(talk: Talk) -> Flow:
    """A queue gave the caller back because its time is over: on to the next one, by the time of arrival.

    `talk` carries the ticket, the category and, in `leaving`, the queue.
    """
    talk.reason = "moved"
    yield Step("moved")
    route: RouteFound = yield AskRoute(talk.category, talk.leaving)
    if not route.staffed:
        # the ticket tells by when it will be answered
        yield from open_ticket(talk, talk.category, "operator")
        away: End = yield from nobody(talk, ticket_again(talk), route)
        return away
    if route.queue != talk.leaving:
        kept: Sounds = (SENTENCE, "operator/place-kept") if route.position else ()
        yield from talk.listen(("operator/moved", *kept), "operator/moved", 0.1)
    return Enqueue(route.queue, talk.ticket, talk.category, "moved", talk.slow, route.legs, route.position)


def steered(talk: Talk) -> Flow:
    """A supervisor takes a waiting caller out of the queue `talk.leaving`: on to the first of `talk.legs`."""
    talk.reason = "steered"
    yield Step("steered")
    queue = talk.legs[0][0]
    if queue != talk.leaving:
        yield from talk.listen(("operator/moved", SENTENCE, "operator/place-kept"), "operator/moved", 0.1)
    chosen = bool(talk.position)
    return Enqueue(queue, talk.ticket, talk.category, "steered", talk.slow, talk.legs, talk.position, chosen)


def nobody(talk: Talk, ticket: Sounds = (), route: RouteFound | None = None) -> Part:
    """Nobody takes the call: say it plainly, and when they will; keep the wish on the ticket, read `ticket` again.

    Who has just said that he wants no call back is noted for none.
    """
    if route:
        talk.opens, talk.now = route.opens, route.now or talk.now
    noted, now = False, talk.now
    if not talk.declined:
        done: Done = yield NoteTicket(CLOSED if talk.opens else WISH)
        noted = done.ok and bool(talk.ticket)
    said: Sounds = ("nobody/all-away",)
    again = "nobody/call-again"
    if talk.opens and now:
        clock = talk.reader.clock(now.hour, now.minute)
        said = ("place/now", *clock, SENTENCE, *talk.reader.opens(talk.opens, now.date()))
        # whose number is unknown cannot be called back
        noted, again = noted and bool(talk.caller.reachable), "nobody/call-then"
    said += (SENTENCE, "nobody/noted" if noted else again)
    if noted and now and talk.due and talk.due > now:
        said += (SENTENCE, *talk.reader.due(talk.due, now.date()))
    yield from talk.listen((*said, *ticket, SENTENCE, "say/goodbye"), "nobody", 0.1)
    return End("nobody")
