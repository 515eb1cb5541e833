"""«Перезвонить мне»: offered instead of a long wait or a closed line, or chosen in the menu; number, time, promise."""

from ivr.flow.callback_commands import (
    AskPromise,
    CallbackFound,
    CallbackMade,
    ChangeCallback,
    DropOffer,
    FindCallback,
    PromiseFound,
    RequestCallback,
    TakeOffer,
)
from ivr.flow.callback_number import choose, number_for_callback, say
from ivr.flow.callback_pending import pending
from ivr.flow.callback_slots import slot_for_callback
from ivr.flow.commands import AskRoute, End, Enqueue, Flow, RouteFound, Sounds, Step
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press
from ivr.flow.ticket import open_ticket, read_ticket

#: What every promise ends with, and how long (s) he has then to choose another time.
_THEN: Sounds = ("callback/press-one", SENTENCE, "say/never-ask")
_OTHER_TIME_S = 4.0
_YES_OR_NO: Sounds = (*press("item/callback-yes", "1"), *press("item/callback-no", "2"))


def offer(talk: Talk, route: RouteFound) -> Part:
    """Before the queue, or where nobody is. Returns an `Ending`, or None: everything goes on as without a callback."""
    talk.source = "queue" if route.staffed else "closed"
    yield Step("callback/offer")
    said: Sounds = ("nobody/all-away", SENTENCE, "callback/offer-closed")
    if route.staffed:
        wait = (*talk.reader.wait(route.wait_s), SENTENCE) if route.wait_s else ()
        said = (*wait, "callback/offer")
    key = yield from choose(talk, (*said, SENTENCE, *_YES_OR_NO), "callback/offered", "12")
    if key != "1":
        talk.source, talk.declined = "", key == "2"
        return None
    return (yield from _taken(talk))


def from_queue(talk: Talk) -> Flow:
    """A waiting caller pressed the key; who goes on waiting does so where he stood (`talk.leaving`, `talk.legs`)."""
    talk.reason, talk.source = "callback_key", "queue"
    yield Step("callback/key")
    found: CallbackFound = yield FindCallback()
    ending: End | None = None
    if found.there:
        # a second wish makes no second promise
        try:
            ending = yield from pending(talk, found)
        except OperatorWanted:
            talk.attempt = talk.count = 0
    else:
        yield AskRoute(talk.category)
        ending = yield from _taken(talk)
    if ending is not None:
        return ending
    yield from talk.listen(("operator/place-kept",), "callback/back", 0.1)
    return Enqueue(talk.leaving, talk.ticket, talk.category, talk.reason, talk.slow, talk.legs)


def asked(talk: Talk) -> Part:
    """The menu's item. Returns an `Ending`, or None to go back to the menu."""
    yield Step("callback")
    found: CallbackFound = yield FindCallback()
    if found.there:
        return (yield from pending(talk, found))
    yield AskRoute(talk.category)
    talk.source = "menu"
    return (yield from _taken(talk))


def _taken(talk: Talk) -> Part:
    """Returns an `Ending`, or None."""
    yield TakeOffer(talk.category, talk.source)
    ending: End | None = None
    try:
        talk.number = yield from number_for_callback(talk)
        if talk.number:
            ending = yield from _promised(talk)
    except OperatorWanted:
        _forget(talk)
        yield DropOffer()
        raise
    _forget(talk)
    if ending is None:
        yield DropOffer()
    return ending


def _forget(talk: Talk) -> None:
    talk.source, talk.number, talk.attempt, talk.count = "", "", 0, 0


def _promised(talk: Talk) -> Part:
    promise: PromiseFound = yield AskPromise(talk.number)
    tonight = False
    if promise.quiet:
        key = yield from _when(talk, promise)
        if not key:
            return None
        tonight = key == "2"
    if talk.source == "menu":
        yield from open_ticket(talk, talk.category, "callback")
    made: CallbackMade = yield RequestCallback(talk.number, tonight)
    if made.outcome != "made" or not (made.now and made.start and made.end):
        yield from say(talk, (f"callback/{made.outcome}",), f"callback/{made.outcome}")
        return None
    said = ("callback/done", SENTENCE, *talk.reader.window(made.start, made.end, made.now), SENTENCE)
    other = press("item/callback-other-time", "2")
    if (yield from say(talk, (*said, *_THEN, SENTENCE, *other), "callback/done", _OTHER_TIME_S)) == "2":
        yield from _moved(talk, made)
    if talk.source == "menu":
        yield from read_ticket(talk)
    yield from talk.listen(("say/goodbye",), "goodbye", 0.1)
    return End("callback_promised")


def _moved(talk: Talk, made: CallbackMade) -> Part:
    """What is promised already goes to a half hour of his choice; whatever comes between, it stays promised."""
    slot = yield from slot_for_callback(talk)
    changed: CallbackFound = (yield ChangeCallback(slot=slot)) if slot else CallbackFound()
    if changed.now and changed.start and changed.end:
        said: Sounds = ("callback/changed", SENTENCE, *talk.reader.window(changed.start, changed.end, changed.now))
    else:
        assert made.now and made.start and made.end
        said = ("callback/not-changed", SENTENCE) if slot else ()
        said += talk.reader.window(made.start, made.end, made.now)
    yield from say(talk, (*said, SENTENCE, *_THEN), "callback/moved")


def _when(talk: Talk, promise: PromiseFound) -> Part:
    """His quiet hours lie between: 1 for the hours after them, 2 for tonight where that is possible; "" neither."""
    now, keys = promise.now, "1"
    said: Sounds = ("place/now", *talk.reader.clock(now.hour, now.minute), SENTENCE, "callback/quiet", SENTENCE)
    said += (*talk.reader.window(promise.start, promise.end, now), SENTENCE, *press("item/callback-then", "1"))
    if promise.tonight:
        keys = "12"
        said += press("item/callback-tonight", "2")
    return (yield from choose(talk, said, "callback/when", keys))
