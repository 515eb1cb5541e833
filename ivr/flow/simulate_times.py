"""How far and how long: key presses to each menu, seconds until an operator can be reached."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.flow.commands import Ask, Enqueue, Keys, Reply
from ivr.flow.simulate_faults import Texts
from ivr.flow.simulate_walk import Place, Target, Walk

#: Seconds a sound lasts, by language and key; None when it is not known.
Duration = Callable[[str, str], float | None]
_LETTERS_A_SECOND = 14.0
_SOUND_EDGE_S = 0.25


@dataclass(frozen=True)
class Distance:
    """Of a menu or guide: fewest `keys` to press, `seconds` until one who listens to everything is there."""

    keys: int
    seconds: float
    spoken: float


@dataclass
class Times:
    """Of one language. Seconds from the first word; None when there is no way.

    `operator_offered`: the words "press zero" have been heard by one who listens to everything.
    `operator_reached`: one who presses at once is in the queue, with notices and ticket heard.
    """

    places: dict[str, Distance] = field(default_factory=dict)
    operator_offered: float | None = None
    operator_reached: float | None = None


def seconds_of(texts: Texts, measured: Duration | None = None) -> Callable[[str, str], float]:
    """The length of a sound: measured where it is built, else estimated from its text."""
    known: dict[tuple[str, str], float] = {}

    def seconds(language: str, key: str) -> float:
        found = known.get((language, key))
        if found is None:
            value = measured(language, key) if measured else None
            found = known[language, key] = _estimate(texts, language, key) if value is None else value
        return found

    return seconds


def times(walk: Walk, languages: tuple[str, ...], seconds: Callable[[str, str], float]) -> dict[str, Times]:
    """Distances in every language."""
    spoken = [
        sum(seconds(p.language, s) for s in p.command.sounds) if isinstance(p.command, Ask) else 0.0
        for p in walk.places
    ]

    def presses(place: Place, number: int, reply: Reply) -> float | None:
        return float(len(reply.pressed)) if isinstance(reply, Keys) else 0.0

    def listening(place: Place, number: int, reply: Reply) -> float | None:
        if not isinstance(reply, Keys) or not isinstance(place.command, Ask):
            return 0.0
        if not reply.pressed:
            return spoken[number] + place.command.timeout
        name = {"*": "star", "#": "hash"}.get(reply.pressed, reply.pressed)
        return spoken[number] if f"press/{name}" in place.command.sounds else None

    def hurried(place: Place, number: int, reply: Reply) -> float | None:
        if not isinstance(reply, Keys) or not isinstance(place.command, Ask) or reply.pressed:
            return 0.0
        return spoken[number] + place.command.timeout

    keys, heard, fast = _cheapest(walk, presses), _cheapest(walk, listening), _cheapest(walk, hurried)
    result = {language: Times() for language in languages}
    for number, place in enumerate(walk.places):
        found = result.setdefault(place.language, Times())
        if place.step.startswith(("menu/", "guide/")) and place.step.count("/") == 1 and number in keys:
            asked = spoken[number] if isinstance(place.command, Ask) else 0.0
            old = found.places.get(place.step)
            new = Distance(int(keys[number]), heard.get(number, float("inf")), asked)
            found.places[place.step] = _nearer(old, new) if old else new
        if isinstance(place.command, Ask) and "press/0" in place.command.sounds and number in heard:
            found.operator_offered = _least(found.operator_offered, heard[number] + spoken[number])
        for reply, target in place.moves:
            cost = hurried(place, number, reply)
            if isinstance(target, Enqueue) and number in fast and cost is not None:
                # the last words are heard: nobody interrupts being connected
                found.operator_reached = _least(found.operator_reached, fast[number] + spoken[number])
    return result


def _nearer(a: Distance, b: Distance) -> Distance:
    spoken = min(s for s in (a.spoken, b.spoken) if s or not (a.spoken or b.spoken))
    return Distance(min(a.keys, b.keys), min(a.seconds, b.seconds), spoken)


def _least(a: float | None, b: float) -> float:
    return b if a is None else min(a, b)


def _cheapest(walk: Walk, cost: Callable[[Place, int, Reply], float | None]) -> dict[int, float]:
    """Least cost from the beginning to each place; `cost` None: nobody goes there."""
    best = {0: 0.0} if walk.places else {}
    todo = [(0.0, 0)] if walk.places else []
    while todo:
        so_far, number = heapq.heappop(todo)
        if so_far > best[number]:
            continue
        place = walk.places[number]
        for reply, target in place.moves:
            step = cost(place, number, reply) if _is_place(target) else None
            if step is not None and isinstance(target, int) and so_far + step < best.get(target, float("inf")):
                best[target] = so_far + step
                heapq.heappush(todo, (so_far + step, target))
    return best


def _is_place(target: Target) -> bool:
    return isinstance(target, int)


def _estimate(texts: Texts, language: str, key: str) -> float:
    kind, _, rest = key.partition("/")
    if kind == "pause" and rest.isdigit():
        return int(rest) / 1000
    text = texts.get(language, {}).get(key, "")
    return _SOUND_EDGE_S + len(text) / _LETTERS_A_SECOND if text else 0.0
