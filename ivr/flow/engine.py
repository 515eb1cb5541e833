"""The flows of a call: `inbound` (greeting, language, menus), `from_page`, `moved`, `rating`, `unanswered`. Pure."""

from functools import cache

from ivr.flow.book import Book, Menu
from ivr.flow.callback_offer import asked
from ivr.flow.callback_pending import pending
from ivr.flow.commands import (
    Ask,
    Done,
    End,
    Ending,
    Flow,
    Keys,
    SaveRating,
    SetLanguage,
    Sounds,
    Step,
)
from ivr.flow.guidance import guidance
from ivr.flow.incident import incident
from ivr.flow.operator import OPERATOR, moved, nobody, operator, steered
from ivr.flow.place import region
from ivr.flow.status import status
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press
from ivr.flow.ticket import ticket_again

__all__ = ["from_page", "inbound", "moved", "rating", "steered", "unanswered"]

_LINE_PAUSE_S = 0.4


def inbound(talk: Talk, book: Book) -> Flow:
    """A new call from its first word to its ending; with `talk.place` set it goes on there."""
    ending: Ending
    if talk.place != OPERATOR:
        try:
            if not talk.place:
                yield Step("greeting")
                yield from _language(talk)
                yield from talk.speak(talk.language)
                talk.place = book.first
                promised, talk.promised = talk.promised, None
                if promised is not None:
                    welcome, talk.welcome = talk.welcome, ()
                    ending = yield from pending(talk, promised, welcome)
                    if ending is not None:
                        return ending
            ending = yield from _menus(talk, book)
            return ending
        except OperatorWanted as wanted:
            talk.reason = wanted.reason
            if talk.welcome:
                yield from talk.speak(talk.language)
    ending = yield from operator(talk, talk.category, talk.reason)
    return ending


def from_page(talk: Talk, book: Book, category: str) -> Flow:
    """A call from the page, where language and kind of problem were chosen: straight to its menu; "": to the first."""
    if not talk.place:
        yield Step("greeting")
        yield from talk.speak(talk.language)
        talk.category = category or talk.category
        talk.place = book.menu_of(category) if category else book.first
        talk.stack = [book.first] if talk.place != book.first else []
        talk.welcome = ("say/hello", SENTENCE, *talk.welcome)
    ending: Ending = yield from inbound(talk, book)
    return ending


def rating(talk: Talk) -> Flow:
    """After the operator hung up: one to five, asked at most twice."""
    yield Step("rating")
    while talk.attempt < 2:
        reply: Keys = yield Ask(("rating/ask",), "rating", timeout=talk.timeout)
        if reply.pressed and reply.pressed in "12345":
            done: Done = yield SaveRating(int(reply.pressed))
            talk.reason = "rated" if done.ok else "rating_not_kept"
            yield from talk.listen(("rating/thanks", SENTENCE, "say/goodbye"), "goodbye", 0.1)
            return End(talk.reason)
        talk.attempt += 1
    yield from talk.listen(("say/goodbye",), "goodbye", 0.1)
    return End("not_rated")


def unanswered(talk: Talk) -> Flow:
    """The queue gave the call back without an operator."""
    yield Step("unanswered")
    ending: Ending = yield from nobody(talk, ticket_again(talk))
    return ending


def _language(talk: Talk) -> Part:
    """Each language names itself; silence and wrong keys end in the default one."""
    keys = {str(number): language for number, language in enumerate(talk.settings.languages, 1)}
    yield SetLanguage(talk.language)
    key = yield from talk.say(("say/hello",), "greeting")
    if len(keys) == 1:
        return
    talk.attempt = 0
    while True:
        for number, language in keys.items():
            if key:
                break
            yield SetLanguage(language)
            pause = talk.timeout if number == str(len(keys)) else _LINE_PAUSE_S
            key = yield from talk.say(press("language/this", number), f"language/{language}", pause)
        if key in keys:
            talk.language = keys[key]
        if key in keys or not key or talk.attempt >= talk.settings.retries:
            talk.attempt = 0
            return
        if key not in "9*":
            talk.attempt += 1
            yield SetLanguage(talk.language)
            key = yield from talk.say(("say/wrong-key",), "language/wrong")
        else:
            key = ""


def _menus(talk: Talk, book: Book) -> Part:
    while True:
        if talk.guide:
            ending = yield from guidance(talk, book.guides[talk.guide])
            if ending is not None:
                return ending
        menu = book.menus[talk.place]
        talk.category = menu.category
        yield Step(f"menu/{menu.id}")
        if menu.tells_category:
            yield from incident(talk, menu.category)
        welcome, talk.welcome = talk.welcome, ()
        sounds, keys = _words(menu, bool(talk.stack))
        key = yield from talk.choose(sounds, f"menu/{menu.id}", keys, welcome)
        if key == "*":
            talk.place = talk.stack.pop() if talk.stack else book.first
            continue
        if not key:
            yield from talk.give_up(f"menu/{menu.id}")
        ending = yield from _go(talk, book, menu.target(key))
        if ending is not None:
            return ending


@cache
def _words(menu: Menu, nested: bool) -> tuple[Sounds, str]:
    """What a menu says, and its keys."""
    words = [*menu.intro, *(sound for choice in menu.choices for sound in press(choice.item, choice.key))]
    words += press("item/back", "*") if nested else ()
    return (*words, *press("item/operator", "0")), "".join(choice.key for choice in menu.choices)


def _go(talk: Talk, book: Book, target: str) -> Part:
    """Follow a choice. Returns an `Ending`, or None to go on with the menu at `talk.place`."""
    if target in book.menus:
        talk.stack.append(talk.place)
        talk.place = target
    elif target in book.guides:
        talk.guide = target
    elif target == "slow":
        talk.slow = not talk.slow
        yield from talk.say(("say/slow-on" if talk.slow else "say/slow-off",), "slow")
        talk.stack.clear()
        talk.place = book.first
    elif target == "goodbye":
        yield from talk.say(("say/thanks", SENTENCE, "say/goodbye"), "goodbye", 0.1)
        return End("goodbye")
    elif target == "status":
        yield from status(talk)
    elif target == "callback":
        return (yield from asked(talk))
    elif target == "region":
        yield from region(talk)
    else:
        raise OperatorWanted
    return None
