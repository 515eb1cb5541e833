"""Where the caller is and what time it is there: said, put right by keys, remembered only if the caller agrees."""

from functools import cache

from ivr.flow.commands import (
    Ask,
    AskPlace,
    ChoosePlace,
    Done,
    ForgetPlace,
    Keys,
    PlaceFound,
    RememberPlace,
    Sounds,
    Step,
)
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press

#: How long to listen after a guess that is most likely right; who is silent agrees.
_DOUBT_S = 1.5
_BACK_AND_OPERATOR: Sounds = (*press("item/back", "*"), *press("item/operator", "0"))


def tell(talk: Talk) -> Part:
    """On the way to an operator: say the caller's own time; where it is a guess, let the caller put it right.

    Ends in the way to the operator whatever is pressed.
    """
    try:
        while True:
            found: PlaceFound = yield AskPlace()
            talk.now = found.now
            if talk.told:
                return
            if found.sure:
                yield from talk.listen(("place/now", *_clock(talk, found)), "place/sure", 0.1)
                return
            key = yield from (_doubt if found.region else _confirm)(talk, _guess(talk, found), "place/guess", "12")
            if key != "2" or not talk.places or (yield from _chosen(talk)):
                return
    except OperatorWanted:
        _forget_keys(talk)


def region(talk: Talk) -> Part:
    """The menu's item: say what is assumed, choose another region, forget the one kept; then back to the menu."""
    yield Step("region")
    try:
        while True:
            found: PlaceFound = yield AskPlace()
            keys = ("1" if talk.places else "") + ("2" if found.kept else "")
            key = yield from talk.choose(_offer(talk, found), "region/offer", keys)
            if key == "2":
                done: Done = yield ForgetPlace()
                yield from talk.say(("place/forgotten" if done.ok else "place/not-forgotten",), "region/forgotten")
                return
            if not key:
                yield from talk.give_up("region")
            if key == "*" or (yield from _chosen(talk)):
                return
    except OperatorWanted:
        _forget_keys(talk)
        # who has just heard it need not hear it again
        talk.told = True
        raise


def _guess(talk: Talk, found: PlaceFound) -> Sounds:
    """What is assumed, and the keys to agree and to put it right."""
    if found.region:
        wrong = (SENTENCE, *press("item/place-wrong", "2")) if talk.places else ()
        return ("place/region-now", *_clock(talk, found), *wrong)
    choose = press("item/place-choose", "2") if talk.places else ()
    return (
        *("place/unknown", "place/assumed-now", *_clock(talk, found), SENTENCE),
        *press("item/place-right", "1"),
        *choose,
    )


def _offer(talk: Talk, found: PlaceFound) -> Sounds:
    """The words of the menu's item."""
    if found.region:
        words: Sounds = ("place/kept" if found.kept else "place/assumed", f"region/{found.region}", "place/now")
    else:
        words = ("place/unknown", "place/assumed-now")
    words += (*_clock(talk, found), SENTENCE)
    words += press("item/place-choose", "1") if talk.places else ()
    words += press("item/place-forget", "2") if found.kept else ()
    return words + _BACK_AND_OPERATOR


def _doubt(talk: Talk, sounds: Sounds, step: str, keys: str) -> Part:
    """Say a guess and listen for a moment; 9 says it again, silence and other keys agree."""
    while True:
        key = yield from talk.listen(sounds, step, _DOUBT_S)
        if key != "9":
            return key


def _confirm(talk: Talk, sounds: Sounds, step: str, keys: str) -> Part:
    """Ask for one of `keys`: silence goes on, a wrong key is told once. Returns the key or ""; 0 `OperatorWanted`."""
    before: Sounds = ()
    talk.attempt = 0
    while True:
        reply: Keys = yield Ask((*before, *sounds), step, timeout=talk.timeout)
        key, before = reply.pressed, ()
        if key == "0":
            raise OperatorWanted
        if key == "9":
            continue
        if not key or key in keys or talk.attempt:
            talk.attempt = 0
            return key if key in keys else ""
        talk.attempt, before = 1, ("say/wrong-key", SENTENCE)


def _chosen(talk: Talk) -> Part:
    """Choose a region, say its time, offer to remember it. False: the caller went back before the first choice."""
    code = yield from _choose(talk)
    if code == "*":
        return False
    if not code:
        return True
    found: PlaceFound = yield ChoosePlace(code)
    if talk.reason:
        talk.now = found.now
    said: Sounds = (f"region/{code}", "place/now", *_clock(talk, found), SENTENCE)
    if not talk.caller.number:
        yield from talk.say(said, "place/chosen")
        return True
    question = ("place/remember", SENTENCE, *press("item/yes", "1"), *press("item/no", "2"))
    key = yield from _confirm(talk, (*said, *question), "place/remember", "12")
    if key == "1":
        done: Done = yield RememberPlace()
        yield from talk.say(("place/remembered" if done.ok else "place/not-remembered",), "place/remembered")
    return True


def _choose(talk: Talk) -> Part:
    """District, group of regions, region: at most three keys. Returns the code, "*" to go back, "" when given up."""
    _forget_keys(talk)
    while True:
        groups = talk.places.get(talk.district, ())
        number = talk.group or (1 if len(groups) == 1 else 0)
        if not talk.district:
            step, ids = "district", tuple(talk.places)
        elif not number:
            step, ids = "group", tuple(f"{talk.district}-{n}" for n in range(1, len(groups) + 1))
        else:
            step, ids = "region", groups[number - 1]
        sounds, keys = _words(step, ids)
        key = yield from talk.choose(sounds, f"place/{step}", keys)
        if key == "*" and talk.group:
            talk.group = 0
        elif key == "*" and talk.district:
            talk.district = ""
        elif not key or key == "*" or step == "region":
            _forget_keys(talk)
            return ids[int(key) - 1] if key and key in keys else key
        elif step == "group":
            talk.group = int(key)
        else:
            talk.district = ids[int(key) - 1]


@cache
def _words(step: str, ids: tuple[str, ...]) -> tuple[Sounds, str]:
    """What a list of districts, groups or regions says, and its keys."""
    keys = "12345678"[: len(ids)]
    named = (sound for key, one in zip(keys, ids, strict=True) for sound in press(f"{step}/{one}", key))
    return (f"place/{step}", *named, *_BACK_AND_OPERATOR), keys


def _forget_keys(talk: Talk) -> None:
    talk.district, talk.group, talk.attempt = "", 0, 0


def _clock(talk: Talk, found: PlaceFound) -> Sounds:
    return talk.reader.clock(found.now.hour, found.now.minute)
