"""Every prompt at which a caller can press keys, and the keys that lead there: from the menus and the flow themselves.

A new menu, guide or question is found by the same walk that `ivr simulate` does, so nobody has to remember it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unittest.mock import patch

from ivr.config import Config
from ivr.datafiles import read_data
from ivr.domain.regions import load_regions
from ivr.flow import engine, simulate_walk
from ivr.flow.book import Book, load_book
from ivr.flow.callback_commands import CallbackFound
from ivr.flow.commands import Ask, Caller, Command, Flow, Keys, Reply
from ivr.flow.simulate import _WHOLE, _flows
from ivr.flow.simulate_walk import asks, walk
from ivr.flow.talk import Places, Talk
from ivr.wiring import flow_settings, load_readers

#: Command -> what the world answers, where a caller's keys do not decide.
World = Mapping[type, Reply]
#: One key each, those that go on first. Silence has to be waited for: only where there is no other way.
_KEYS = tuple(map(Keys, "12345678#9*0"))
_LANGUAGE = tuple(map(Keys, ("1", "", "0", "7")))


@dataclass(frozen=True)
class Press:
    """When `sound` begins, `keys` are pressed; "": none."""

    sound: str
    keys: str


@dataclass(frozen=True)
class Way:
    """What a caller does to be asked `step`, whose first sound is `sound`."""

    step: str
    presses: tuple[Press, ...]
    sound: str


def every_step() -> frozenset[str]:
    """Every question of every flow, whatever the world answers."""
    config = Config()
    found: set[str] = set()
    # in one language: the questions for others are found on the way past them, see `ways`
    settings = flow_settings(replace(config, languages=(config.default_language,)))
    for name, new_talk, start in _flows(_book(), settings, load_readers(config), _places()):
        found |= {ask.step for _, ask in asks(walk(name, new_talk, start, whole=name in _WHOLE))}
    return frozenset(found)


def ways(
    caller: Caller, world: World, entries: Mapping[int, str], promised: CallbackFound | None = None
) -> dict[str, Way]:
    """The shortest way of such a caller to each question that he can be asked in such a world, in Russian.

    `entries`: what is keyed in where so many digits are asked for; `promised`: a call back to him.
    """
    config = Config()
    settings, readers, places, book = flow_settings(config), load_readers(config), _places(), _book()

    def new_talk() -> Talk:
        return Talk(caller, settings, readers, places=places, promised=promised)

    def start(talk: Talk) -> Flow:
        return engine.inbound(talk, book)

    def replies(command: Command, whole: bool = True) -> tuple[Reply, ...]:
        if not isinstance(command, Ask):
            return (world.get(type(command)),)
        if command.max_digits > 1:
            return (Keys(entries[command.max_digits]), Keys("*"))
        return _LANGUAGE if command.step.startswith(("greeting", "language/")) else _KEYS

    with patch.object(simulate_walk, "replies", replies):
        graph = walk("inbound", new_talk, start)
    asked = {place.path: place.command for place in graph.places if isinstance(place.command, Ask)}
    found: dict[str, Way] = {}
    for place, ask in asks(graph):
        presses = [
            Press(asked[place.path[:end]].sounds[0], reply.pressed)
            for end, reply in enumerate(place.path) if isinstance(reply, Keys)
        ]  # fmt: skip
        way = Way(ask.step, tuple(presses), ask.sounds[0])
        if ask.step not in found or len(presses) < len(found[ask.step].presses):
            found[ask.step] = way
    return found


def _book() -> Book:
    return load_book(read_data("menus.toml", None))


def _places() -> Places:
    return load_regions(read_data("regions.csv", None)).menu
