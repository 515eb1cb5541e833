"""The called person's dialogue: who calls and why, and a key that no machine presses. No secret is ever asked for."""

from ivr.flow.callback_commands import CallCame, CallSettled
from ivr.flow.commands import Ask, AskRoute, End, Enqueue, Flow, Keys, RouteFound, Sounds, Step
from ivr.flow.talk import SENTENCE, Part, Talk, press

#: Who was called waits no longer than this (s) for an operator; then he is called again, the attempt not charged.
LONGEST_WAIT_S = 90
_KEYS: Sounds = (
    *press("item/callback-connect", "1"),
    *press("item/callback-later", "2"),
    *press("item/callback-cancel", "3"),
)


def called(talk: Talk) -> Flow:
    """The citizen, or a machine, has taken the call. `talk` carries language, category and ticket."""
    yield Step("callback")
    yield from talk.speak(talk.language)
    if not talk.wanted:
        yield from talk.listen(("callback/hello", SENTENCE, "callback/over", SENTENCE, "say/goodbye"), "callback/over")
        return End("callback_over")
    match (yield from _asked(talk)):
        case "1":
            ending: Enqueue | End = yield from _connect(talk)
            return ending
        case "2":
            settled: CallSettled = yield CallCame("later")
            yield from _goodbye(talk, "callback/again" if settled.again else "callback/no-more")
            return End("callback_later")
        case "3":
            settled = yield CallCame("cancel")
            yield from _goodbye(talk, "callback/cancelled" if settled.ok else "callback/not-cancelled")
            return End("callback_cancelled")
    yield CallCame("machine")
    return End("callback_machine")


def waited_out(talk: Talk) -> Flow:
    """Nobody became free in time for somebody whom we called."""
    yield Step("callback/waited")
    ending: End = yield from _nobody(talk)
    return ending


def _asked(talk: Talk) -> Part:
    """The key of his wish: 1 now, 2 later, 3 not at all, "" when there was silence, or nothing useful, three times."""
    hello = _hello(talk)
    before = hello
    talk.attempt = 0
    while talk.attempt <= talk.settings.retries:
        reply: Keys = yield Ask((*before, *_KEYS), "callback/ask", timeout=talk.timeout)
        key = "1" if reply.pressed == "0" else reply.pressed
        if key and key in "123":
            talk.attempt = 0
            return key
        before = ("say/wrong-key", SENTENCE) if key and key != "9" else hello
        talk.attempt += 1
    talk.attempt = 0
    return ""


def _hello(talk: Talk) -> Sounds:
    """Before he presses any key he knows that it is a machine that speaks, and that the talk is recorded."""
    recorded = ("callback/recorded", SENTENCE) if talk.settings.recorded else ()
    return ("callback/hello", SENTENCE, *recorded, "say/never-ask", SENTENCE)


def _connect(talk: Talk) -> Part:
    """On to the operator who waits for him, or to any, at the place that he waited for. Returns an `Ending`."""
    talk.reason = "callback"
    yield CallCame("human")
    route: RouteFound = yield AskRoute(talk.category)
    if not (route.staffed or talk.awaited):
        away: End = yield from _nobody(talk)
        return away
    place: Sounds = () if talk.awaited else (SENTENCE, "operator/place-kept")
    yield from talk.listen(("operator/connecting", *place), "operator/connecting", 0.1)
    legs = ((route.queue, LONGEST_WAIT_S),)
    return Enqueue(route.queue, talk.ticket, talk.category, talk.reason, talk.slow, legs, route.position)


def _nobody(talk: Talk) -> Part:
    settled: CallSettled = yield CallCame("no_agent")
    yield from _goodbye(talk, "callback/no-agent" if settled.again else "callback/no-agent-left")
    return End("callback_no_agent")


def _goodbye(talk: Talk, said: str) -> Part:
    yield from talk.listen((said, SENTENCE, "say/goodbye"), "callback/goodbye", 0.1)
