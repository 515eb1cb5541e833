"""Walks a flow through every answer the world may give. Pure: a flow is a generator, a path is its list of replies."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

from ivr.flow.commands import Ask, Command, End, Ending, Enqueue, Flow, Reply, Step
from ivr.flow.simulate_replies import in_words, replies
from ivr.flow.talk import Talk

#: The talk of a new call.
NewTalk = Callable[[], Talk]
#: A flow over a talk, from where that talk stands.
Start = Callable[[Talk], Flow]
#: A walk larger than this is endless (a state that grows with every turn).
MOST_STATES = 200_000
#: Steps from where a flow can be started again with what the talk remembers.
_RESTART = ("menu/", "guide/", "sms", "operator")


@dataclass(frozen=True)
class Crash:
    """The flow failed where it should have gone on; `what` in words."""

    what: str


#: Where an answer leads: the number of a place, an ending, or nowhere.
Target = int | End | Enqueue | Crash


@dataclass
class Place:
    """One state of the flow: what it waits for, what it remembers, the shortest list of replies that leads there."""

    command: Command
    language: str
    path: tuple[Reply, ...]
    #: on the way to an operator, from where there is no way back
    leaving: bool = False
    moves: list[tuple[Reply, Target]] = field(default_factory=list)

    @property
    def step(self) -> str:
        """The name of the place in the flow."""
        return str(getattr(self.command, "step", type(self.command).__name__))

    def route(self) -> str:
        """How a caller gets here, in words."""
        said = [word for word in map(in_words, self.path) if word]
        return f"{self.language}: {self.step} after {', '.join(said) or 'the beginning'}"


@dataclass
class Walk:
    """Everything that can happen in one flow. `places[0]` is where it begins."""

    name: str
    places: list[Place]
    endless: bool = False

    @property
    def paths(self) -> int:
        """Answers that were tried: each is the end of one path that no other covers."""
        return sum(len(place.moves) for place in self.places)


class _Walker:
    """`saving`: go on from the nearest menu, guide, SMS or way to an operator, not from the first word.

    That is enough, as a talk holds all that a flow remembers. `whole`: every region is chosen.
    """

    def __init__(self, new_talk: NewTalk, start: Start, most: int, saving: bool, whole: bool) -> None:
        self._new_talk, self._start, self._most, self._saving, self._whole = new_talk, start, most, saving, whole
        self._saved: list[tuple[Talk | None, int]] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._todo: deque[int] = deque()
        self.places: list[Place] = []

    def walk(self) -> bool:
        """Go everywhere. Returns False when there is no end to it."""
        talk = self._new_talk()
        flow = self._start(talk)
        first = self._send(flow, None)
        if not isinstance(first, End | Enqueue | Crash):
            self._go_on(talk, flow, first, (), (None, 0))
        while self._todo:
            if len(self.places) > self._most:
                return False
            number = self._todo.popleft()
            place, saved = self.places[number], self._saved[number]
            for reply in replies(place.command, self._whole):
                talk = self._new_talk() if saved[0] is None else _copy(saved[0])
                flow = self._start(talk)
                flow.send(None)
                for earlier in place.path[saved[1] :]:
                    flow.send(earlier)
                self._follow(talk, flow, place, reply, saved)
        return True

    def _follow(self, talk: Talk, flow: Flow, place: Place, reply: Reply, saved: tuple[Talk | None, int]) -> None:
        """Give `reply` at `place`, and go on as long as there is only one answer and the place is new."""
        outcome = self._send(flow, reply)
        if isinstance(outcome, End | Enqueue | Crash):
            place.moves.append((reply, outcome))
        else:
            place.moves.append((reply, self._go_on(talk, flow, outcome, (*place.path, reply), saved)))

    def _go_on(
        self,
        talk: Talk,
        flow: Flow,
        command: Command,
        path: tuple[Reply, ...],
        saved: tuple[Talk | None, int],
    ) -> int:
        key = (talk.state(), command, _position(flow))
        number = self._known.get(key)
        if number is not None:
            return number
        number = self._known[key] = len(self.places)
        place = Place(command, talk.language, path, bool(talk.reason))
        self.places.append(place)
        if self._saving and isinstance(command, Step) and command.step.startswith(_RESTART):
            saved = (_copy(talk), len(path))
        self._saved.append(saved)
        possible = replies(command, self._whole)
        if len(possible) == 1:
            # no need to come back: the same flow serves
            self._follow(talk, flow, place, possible[0], saved)
        else:
            self._todo.append(number)
        return number

    @staticmethod
    def _send(flow: Flow, reply: Reply) -> Command | Ending | Crash:
        try:
            return flow.send(reply)
        except StopIteration as stop:
            if isinstance(stop.value, End | Enqueue):
                return stop.value
            return Crash(f"the flow ended with {stop.value!r} instead of an ending")
        except Exception as error:
            return Crash(f"the flow failed: {type(error).__name__}: {error}")


def _position(flow: Flow) -> tuple[object, ...]:
    """Where in its code the flow waits: two places may say the same for different ends."""
    result: list[object] = []
    part: Any = flow
    while isinstance(part, GeneratorType) and part.gi_frame is not None:
        result += (part.gi_code.co_name, part.gi_frame.f_lasti)
        part = part.gi_yieldfrom
    return tuple(result)


def _copy(talk: Talk) -> Talk:
    copied = object.__new__(Talk)
    copied.__dict__.update(talk.__dict__)
    copied.stack = list(talk.stack)
    return copied


def walk(
    name: str, new_talk: NewTalk, start: Start, most: int = MOST_STATES, saving: bool = True, whole: bool = True
) -> Walk:
    """Everything that can happen in the flow `start` makes. Not `saving`: each from the first word.

    Not `whole`: where a region is chosen, only the first one is, so that all of them need not be gone through from
    every place that leads to their choice; silence, 0, *, 9 and a wrong key are tried all the same.
    """
    walker = _Walker(new_talk, start, most, saving, whole)
    complete = walker.walk()
    return Walk(name, walker.places, not complete)


def endings(graph: Walk) -> set[str]:
    """The reasons of all endings."""
    return {t.reason for p in graph.places for _, t in p.moves if isinstance(t, End | Enqueue)}


def asks(graph: Walk) -> list[tuple[Place, Ask]]:
    """The places where something is said."""
    return [(p, p.command) for p in graph.places if isinstance(p.command, Ask)]
