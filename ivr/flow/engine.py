"""The flows of a call: `inbound` (greeting, language, menus), `rating`, `unanswered`. Pure generators."""

from ivr.flow.book import Book
from ivr.flow.commands import Ask, End, Ending, Flow, Keys, SaveRating, SetLanguage, Step
from ivr.flow.guidance import guidance
from ivr.flow.operator import nobody, operator
from ivr.flow.status import status
from ivr.flow.talk import SENTENCE, Part, Talk, press

_LINE_PAUSE_S = 0.4


def inbound(talk: Talk, book: Book) -> Flow:
    """A new call from its first word to its ending."""
    yield Step("greeting")
    key = yield from _language(talk)
    yield from talk.speak(talk.language)
    ending: Ending
    if key == "0":
        ending = yield from operator(talk, "other")
        return ending
    talk.welcome = ("say/welcome", SENTENCE, "say/never-ask", SENTENCE)
    ending = yield from _menus(talk, book)
    return ending


def rating(talk: Talk) -> Flow:
    """After the operator hung up: one to five, asked at most twice."""
    yield Step("rating")
    while talk.attempt < 2:
        reply: Keys = yield Ask(("rating/ask",), "rating", timeout=talk.timeout)
        if reply.pressed and reply.pressed in "12345":
            yield SaveRating(int(reply.pressed))
            yield from talk.say(("rating/thanks", SENTENCE, "say/goodbye"), "goodbye", 0.1)
            return End("rated")
        talk.attempt += 1
    yield from talk.say(("say/goodbye",), "goodbye", 0.1)
    return End("not_rated")


def unanswered(talk: Talk) -> Flow:
    """The queue gave the call back without an operator."""
    yield Step("unanswered")
    ending: Ending = yield from nobody(talk)
    return ending


def _language(talk: Talk) -> Part:
    """Each language names itself; silence and wrong keys end in the default one. Returns "0" for the operator."""
    languages = talk.settings.languages
    keys = {str(number): language for number, language in enumerate(languages, 1)}
    yield SetLanguage(talk.language)
    key = yield from talk.say(("say/hello",), "greeting")
    talk.attempt = 0
    while True:
        for number, language in keys.items():
            if key:
                break
            yield SetLanguage(language)
            last = number == str(len(languages))
            pause = talk.timeout if last else _LINE_PAUSE_S
            reply: Keys = yield Ask(press("language/this", number), f"language/{language}", timeout=pause)
            key = reply.pressed
        if key in keys:
            talk.attempt = 0
            talk.language = keys[key]
            return ""
        if key == "0" or talk.attempt >= talk.settings.retries or not key:
            talk.attempt = 0
            return key if key == "0" else ""
        talk.attempt += key not in "9*"
        key = ""


def _menus(talk: Talk, book: Book) -> Part:
    talk.place = book.first
    while True:
        menu = book.menus[talk.place]
        yield Step(f"menu/{menu.id}")
        sounds = (*talk.welcome, *menu.intro, *(s for c in menu.choices for s in press(c.item, c.key)))
        talk.welcome = ()
        sounds += press("item/back", "*") if talk.stack else ()
        key = yield from talk.choose(
            (*sounds, *press("item/operator", "0")), f"menu/{menu.id}", "".join(c.key for c in menu.choices)
        )
        if key == "*":
            talk.place = talk.stack.pop() if talk.stack else book.first
            continue
        if not key:
            yield from talk.say(("say/to-operator",), f"menu/{menu.id}/given-up")
        ending = yield from _go(talk, book, menu.category, menu.target(key) if key else "operator")
        if ending is not None:
            return ending


def _go(talk: Talk, book: Book, category: str, target: str) -> Part:
    """Follow a choice. Returns an `Ending`, or None to go on with the menu at `talk.place`."""
    if target in book.menus:
        talk.stack.append(talk.place)
        talk.place = target
    elif target in book.guides:
        return (yield from guidance(talk, book.guides[target]))
    elif target == "slow":
        talk.slow = not talk.slow
        yield from talk.say(("say/slow-on" if talk.slow else "say/slow-off",), "slow")
        talk.stack.clear()
        talk.place = book.first
    elif target == "goodbye":
        yield from talk.say(("say/thanks", SENTENCE, "say/goodbye"), "goodbye", 0.1)
        return End("goodbye")
    elif target == "status":
        if (yield from status(talk)) == "0":
            return (yield from operator(talk, category, "operator_after_status"))
    else:
        return (yield from operator(talk, category))
    return None
