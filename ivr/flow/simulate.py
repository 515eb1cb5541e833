"""The whole simulation: every path of every flow in every language, without Asterisk; a report of what is wrong.

Three things are not multiplied out. All regions are chosen on one way to an operator in each language; from everywhere
else (each category, reason and pace) the first one stands for them, with every other meaning of a key (silence, 0, *,
9, a wrong one). The words are the same there, and what follows does not depend on which region it was. The dialogues
about a callback and about a fault are walked on ways of their own; so is every key at the last words of a call, where
few mean anything. At the last question about an SMS the keys with a meaning are pressed, and one without.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.readout import Reader
from ivr.domain.readout_grammar import Grammar
from ivr.flow import engine
from ivr.flow.book import CATEGORIES, Book, check
from ivr.flow.callback import called, waited_out
from ivr.flow.callback_offer import asked, from_queue
from ivr.flow.commands import Caller, End, Ending, Flow, FlowSettings
from ivr.flow.incident import incident
from ivr.flow.operator import operator
from ivr.flow.simulate_faults import Texts, flow_faults, menu_faults, message_faults, text_faults
from ivr.flow.simulate_replies import TICKET
from ivr.flow.simulate_times import Duration, Times, seconds_of, times
from ivr.flow.simulate_walk import NewTalk, Start, Walk, endings, walk
from ivr.flow.talk import OperatorWanted, Places, Talk

_MOBILE = Caller("+79161234567", True)
_UNKNOWN = Caller()
_EVERY_REGION = "operator for every region"
_CALLBACK = "callback asked for"
_INCIDENT = "told of a fault"
#: Kinds of calls of which really everything is walked.
_WHOLE = (_EVERY_REGION, _CALLBACK, _INCIDENT)
_OWN = "88005553535"
_LEFT = "left"


@dataclass(frozen=True)
class LanguageReport:
    """One language: how much was walked, how far everything is."""

    paths: int
    states: int
    times: Times


@dataclass(frozen=True)
class Report:
    """What was walked and what is wrong; no `faults` is what is wanted."""

    paths: int
    states: int
    menus: int
    guides: int
    endings: tuple[str, ...]
    faults: tuple[str, ...]
    languages: Mapping[str, LanguageReport] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values; seconds to a tenth."""
        return dict(_rounded(asdict(self)))


def simulate(
    book: Book,
    settings: FlowSettings,
    readers: Mapping[str, Reader],
    texts: Texts,
    duration: Duration | None = None,
    messages: Texts | None = None,
    places: Places | None = None,
) -> Report:
    """Walk everything. `texts` has every sound of every language, with those of the readout and the pauses.

    `duration` in seconds where a sound is built; `messages` the SMS texts by language and key ("sms/<name>");
    `places` the keypad's menu of regions.
    """
    without = [language for language in settings.languages if language not in readers]
    if without:
        words = [f"language {language!r}: has no readout ({f'readout.{language}.toml'})" for language in without]
        return Report(0, 0, len(book.menus), len(book.guides), (), tuple(words))
    if book.first not in book.menus:
        return Report(0, 0, len(book.menus), len(book.guides), (), tuple(check(book)))
    readers = {language: _Remembering(reader.grammar) for language, reader in readers.items()}
    walks = [
        walk(name, new, start, whole=name in _WHOLE)
        for name, new, start in _flows(book, settings, readers, places or {})
    ]
    faults = check(book)
    for one in walks:
        faults += flow_faults(one)
    faults += menu_faults(book, walks[0])
    readout = {language: reader.required().keys() for language, reader in readers.items()}
    every = {language: texts.get(language, {}) for language in settings.languages}
    faults += text_faults(walks, book, every, readout)
    if messages is not None:
        faults += message_faults(book, {language: messages.get(language, {}) for language in settings.languages})
    found = times(walks[0], settings.languages, seconds_of(texts, duration))
    return Report(
        paths=sum(one.paths for one in walks),
        states=sum(len(one.places) for one in walks),
        menus=len(book.menus),
        guides=len(book.guides),
        endings=tuple(sorted(set().union(*(endings(one) for one in walks)))),
        faults=tuple(dict.fromkeys(faults)),
        languages={language: _of_language(language, walks, found[language]) for language in settings.languages},
    )


_READ_OUT = ("phone", "ticket", "digits", "queue_position", "clock", "opens", "due", "window", "wait", "day", "at")


class _Remembering(Reader):
    """Reads the same few numbers out thousands of times."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__(grammar)
        for name in _READ_OUT:
            setattr(self, name, cache(getattr(self, name)))


def _flows(
    book: Book, settings: FlowSettings, readers: Mapping[str, Reader], places: Places
) -> list[tuple[str, NewTalk, Start]]:
    """Every flow as every kind of call begins it."""
    numbers = CallbackNumbers([_OWN])

    def call(caller: Caller) -> NewTalk:
        return lambda: Talk(caller, settings, readers, places=places, numbers=numbers)

    def later(language: str, ticket: str = "", caller: Caller = _UNKNOWN, leaving: str = "") -> NewTalk:
        return lambda: Talk(
            caller, settings, readers, language, ticket=ticket, places=places, leaving=leaving, numbers=numbers
        )

    def steered(language: str) -> NewTalk:
        legs = (("other", 0), (_LEFT, 0))
        return lambda: Talk(_MOBILE, settings, readers, language, ticket=TICKET, leaving=_LEFT, legs=legs, position=1)

    def asking(talk: Talk) -> Flow:
        # back in the menu, or on the way to an operator: that is walked elsewhere
        try:
            ending: Ending | None = yield from asked(talk)
        except OperatorWanted as wanted:
            return End(wanted.reason)
        return ending or End("callback_not_asked")

    def informed(talk: Talk) -> Flow:
        try:
            yield from incident(talk, "other")
        except OperatorWanted as wanted:
            return End(wanted.reason)
        return End("incident_heard")

    def unwanted(language: str) -> NewTalk:
        return lambda: Talk(_MOBILE, settings, readers, language=language, wanted=False)

    def awaited(language: str, recorded: bool) -> NewTalk:
        here = replace(settings, recorded=recorded)
        return lambda: Talk(_MOBILE, here, readers, language=language, ticket=TICKET, awaited=True)

    def inbound(talk: Talk) -> Flow:
        return engine.inbound(talk, book)

    def from_page(language: str) -> tuple[NewTalk, Start]:
        # one kind of problem in each language: what follows is the same in all
        category = CATEGORIES[list(settings.languages).index(language) % len(CATEGORIES)]
        return (
            lambda: Talk(Caller(given=_MOBILE.number), settings, readers, language, places=places, numbers=numbers),
            lambda talk: engine.from_page(talk, book, category),
        )

    flows: list[tuple[str, NewTalk, Start]] = [
        ("inbound", call(_MOBILE), inbound),
        ("inbound without a mobile number", call(_UNKNOWN), inbound),
    ]
    for language in settings.languages:
        flows.append(("from the page", *from_page(language)))
        flows.append(("rating", later(language), engine.rating))
        flows.append(("operator after a ticket", later(language, TICKET), lambda talk: operator(talk, "other")))
        flows.append((_EVERY_REGION, later(language, caller=_MOBILE), lambda talk: operator(talk, "other")))
        flows.append(("moved", later(language, TICKET, _MOBILE, _LEFT), engine.moved))
        flows.append(("moved without a ticket", later(language, leaving=_LEFT), engine.moved))
        flows.append(("moved by a supervisor", steered(language), engine.steered))
        for caller in (_MOBILE, _UNKNOWN):
            flows.append((_INCIDENT, later(language, caller=caller), informed))
            flows.append((_CALLBACK, later(language, caller=caller), asking))
        for caller in (_MOBILE, _UNKNOWN):
            flows.append((_CALLBACK, later(language, TICKET, caller, _LEFT), from_queue))
        flows.append(("callback", later(language, TICKET, _MOBILE), called))
        # what is said of recording is no fault of the words where nothing is recorded
        flows.append(("callback, an operator waits", awaited(language, True), called))
        flows.append(("callback, nothing is recorded", awaited(language, False), called))
        flows.append(("callback not wanted any more", unwanted(language), called))
        flows.append(("callback waited out", later(language, TICKET, _MOBILE), waited_out))
        for ticket in (TICKET, ""):
            name = "unanswered" if ticket else "unanswered without a ticket"
            flows.append((name, later(language, ticket), engine.unanswered))
    return flows


def _of_language(language: str, walks: list[Walk], found: Times) -> LanguageReport:
    places = [place for one in walks for place in one.places if place.language == language]
    return LanguageReport(sum(len(place.moves) for place in places), len(places), found)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        # JSON has no infinity: a place that nobody who listens comes to
        return round(value, 1) if value != float("inf") else None
    return value
