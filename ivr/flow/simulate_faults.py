"""What can be wrong with a walked flow, each fault one line in plain words."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from ivr.domain.notices import FIELDS
from ivr.flow.book import CATEGORIES, MOST_ITEMS, Book
from ivr.flow.callback_commands import DropOffer
from ivr.flow.commands import Ask, Enqueue, Keys, SetLanguage, Step
from ivr.flow.simulate_replies import in_words
from ivr.flow.simulate_walk import Crash, Place, Target, Walk

#: What the dialplan itself says, with or without the controller.
SAID_BY_DIALPLAN = frozenset(
    {
        "fallback/greeting",
        "fallback/nobody",
        "fallback/wish",
        "fallback/wish-taken",
        "queue/hold",
        "say/goodbye",
        "operator/logged-in",
        "operator/logged-out",
        "operator/paused",
        "operator/resumed",
        "operator/unknown",
        "operator/callback",
        "operator/callback-answered",
        "operator/callback-busy",
        "operator/callback-no-answer",
        "operator/callback-gone",
        *(f"operator/about-{category}" for category in CATEGORIES),
    }
)
#: Prompts that a menu may need when it is changed; not being used is no fault of theirs.
_STOCK = ("press/", "say/hello")
_MOST_LISTED = 12
_FIRST_STEP = {name: name for name in ("status", "slow", "goodbye", "operator", "region", "callback")}
#: language -> sound key -> text
Texts = Mapping[str, Mapping[str, str]]


def flow_faults(walk: Walk) -> list[str]:
    """Dead ends, failures, endings without a reason, loops that nobody or a silent caller never leaves."""
    faults = [f"{walk.name}: there is no end to the states, the first 3: {_some(walk.places)}"] if walk.endless else []
    for place in walk.places:
        if not place.moves and not walk.endless:
            faults.append(f"{walk.name}: {place.route()}: dead end, nothing can answer {place.command!r}")
        for reply, target in place.moves:
            if isinstance(target, Crash):
                what = target.what
            elif not isinstance(target, int) and not target.reason:
                what = "an ending without a reason"
            elif isinstance(target, Enqueue) and not target.queue:
                what = "a caller is sent to a queue without a name"
            else:
                continue
            faults.append(f"{walk.name}: {place.route()}, then {in_words(reply) or 'on'}: {what}")
    if not walk.endless:
        faults += _by_step(walk, _without_exit(walk), "a loop without exit: no key ends the call")
        faults += _by_step(walk, _silent_forever(walk), "a loop without exit for a caller who presses nothing")
        faults += _by_step(walk, _no_operator(walk), "0 does not lead to an operator")
    return _short(faults)


def menu_faults(book: Book, walk: Walk) -> list[str]:
    """Menus, guides and choices that no caller reaches; too many items."""
    reached = {place.step for place in walk.places}
    faults = [f"menu {name!r}: no caller gets there" for name in book.menus if f"menu/{name}" not in reached]
    faults += [f"guide {name!r}: no caller gets there" for name in book.guides if f"guide/{name}" not in reached]
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    for place in walk.places:
        if isinstance(place.command, Ask) and place.step.startswith("menu/"):
            for reply, target in place.moves:
                if isinstance(reply, Keys):
                    taken[place.step, reply.pressed].add(_arrival(walk, target))
    for menu in book.menus.values():
        for choice in menu.choices:
            kind = "menu/" if choice.to in book.menus else "guide/"
            wanted = _FIRST_STEP.get(choice.to, kind + choice.to)
            if taken[f"menu/{menu.id}", choice.key] != {wanted} and f"menu/{menu.id}" in reached:
                faults.append(f"menu {menu.id!r}: key {choice.key} does not lead to {choice.to!r}")
        if len(menu.choices) > MOST_ITEMS:
            faults.append(f"menu {menu.id!r}: {len(menu.choices)} items; a caller keeps at most {MOST_ITEMS} in mind")
    return faults


def text_faults(walks: Iterable[Walk], book: Book, texts: Texts, readout: Mapping[str, Iterable[str]]) -> list[str]:
    """Missing languages, prompts that are asked for and missing, prompts that nothing asks for.

    `texts` has all sounds of a language, those of the readout too; `readout` the keys of the readout alone.
    """
    needed: dict[str, set[str]] = {language: set(book.sounds()) | SAID_BY_DIALPLAN for language in texts}
    faults = []
    for walk in walks:
        spoken = _spoken(walk)
        for place, languages in zip(walk.places, spoken, strict=True):
            if not isinstance(place.command, Ask):
                continue
            if len(languages) > 1:
                faults.append(f"{walk.name}: {place.route()}: may be said in {' or '.join(sorted(languages))}")
            for language in languages:
                needed.setdefault(language, set()).update(place.command.sounds)
    for language, keys in sorted(needed.items()):
        there = texts.get(language, {})
        own = set(there) - set(readout.get(language, ()))
        own = {key for key in own if not key.startswith("pause/")}
        missing = sorted(keys - set(there))
        if not own & keys:
            faults.append(f"language {language!r}: has no prompts; copy prompts.ru.toml and translate it")
            continue
        faults += _listed(missing, f"prompts.{language}.toml: ", "is asked for and missing")
        unused = sorted(key for key in own - keys if not key.startswith(_STOCK))
        faults += _listed(unused, f"prompts.{language}.toml: ", "is never said")
    return faults


def message_faults(book: Book, messages: Texts) -> list[str]:
    """Instructions and notices by SMS that are promised and a language does not have, and those never sent."""
    named = {f"sms/{guide.sms}" for guide in book.guides.values()} | {f"sms/{notice}" for notice in FIELDS}
    faults = []
    for language, there in sorted(messages.items()):
        faults += _listed(sorted(named - set(there)), f"sms.{language}.toml: ", "is promised and missing")
        faults += _listed(sorted(set(there) - named), f"sms.{language}.toml: ", "is never sent")
    return faults


def _listed(keys: list[str], before: str, after: str) -> list[str]:
    faults = [f"{before}{key}: {after}" for key in keys[:_MOST_LISTED]]
    if len(keys) > _MOST_LISTED:
        faults.append(f"{before}{len(keys) - _MOST_LISTED} more: each {after}")
    return faults


def _short(faults: list[str]) -> list[str]:
    more = len(faults) - _MOST_LISTED
    return faults[:_MOST_LISTED] + ([f"and {more} more like these"] if more > 0 else [])


def _some(places: list[Place]) -> str:
    return "; ".join(place.route() for place in places[-3:])


def _by_step(walk: Walk, numbers: Iterable[int], what: str) -> list[str]:
    """One fault a step, with the shortest way there."""
    first: dict[str, Place] = {}
    for number in numbers:
        place = walk.places[number]
        if isinstance(place.command, Ask | Step):
            known = first.setdefault(place.step, place)
            if len(place.path) < len(known.path):
                first[place.step] = place
    return [f"{walk.name}: {place.route()}: {what}" for place in first.values()]


def _without_exit(walk: Walk) -> list[int]:
    """Places from where no ending can be reached."""
    return _stuck(walk, lambda place: place.moves, every=False)


def _silent_forever(walk: Walk) -> list[int]:
    """Places from where a caller who presses nothing may go round for ever."""

    def silent(place: Place) -> list[tuple[object, Target]]:
        if isinstance(place.command, Ask):
            return [(reply, target) for reply, target in place.moves if reply == Keys("")]
        return list(place.moves)

    return _stuck(walk, silent, every=True)


def _stuck(walk: Walk, moves: Callable[[Place], Iterable[tuple[object, Target]]], every: bool) -> list[int]:
    """Places that do not end: by none of their moves, or (`every`) not by each of them."""
    back: dict[int, list[int]] = defaultdict(list)
    left: dict[int, int] = {}
    done: list[int] = []
    for number, place in enumerate(walk.places):
        targets = [target for _, target in moves(place)]
        onward = [target for target in targets if isinstance(target, int)]
        for target in onward:
            back[target].append(number)
        left[number] = len(onward) if every else int(len(onward) == len(targets))
        if not left[number]:
            done.append(number)
    free = set(done)
    while done:
        for number in back[done.pop()]:
            left[number] -= 1
            if left[number] <= 0 and number not in free:
                free.add(number)
                done.append(number)
    return [number for number in range(len(walk.places)) if number not in free]


def _no_operator(walk: Walk) -> list[int]:
    """Places of a talk with menus where 0 is not heard."""
    result = []
    if not any(place.step.startswith("menu/") for place in walk.places):
        return []
    for number, place in enumerate(walk.places):
        if isinstance(place.command, Ask) and not place.leaving:
            for reply, target in place.moves:
                if reply == Keys("0") and _arrival(walk, target) != "operator":
                    result.append(number)
    return result


def _arrival(walk: Walk, target: Target) -> str:
    """The first step at or after `target`, past changes of language and of mind."""
    while isinstance(target, int):
        place = walk.places[target]
        if not isinstance(place.command, SetLanguage | DropOffer):
            return place.step
        target = place.moves[0][1]
    return ""


def _spoken(walk: Walk) -> list[set[str]]:
    """The languages each place may be spoken in: the last one that was set on the way."""
    spoken: list[set[str]] = [set() for _ in walk.places]
    if not walk.places:
        return spoken
    spoken[0] = {walk.places[0].language}
    todo = [0]
    while todo:
        number = todo.pop()
        place = walk.places[number]
        now = {place.command.language} if isinstance(place.command, SetLanguage) else spoken[number]
        for _, target in place.moves:
            if isinstance(target, int) and not now <= spoken[target]:
                spoken[target] |= now
                todo.append(target)
    return spoken
