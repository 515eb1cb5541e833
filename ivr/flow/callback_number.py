"""The number for a callback: the caller's own read back, or another one keyed in and confirmed."""

from ivr.flow.commands import Ask, Keys, Sounds
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press

_NATIONAL_DIGITS = 10


def choose(talk: Talk, sounds: Sounds, step: str, keys: str, private: bool = False) -> Part:
    """Ask for one of `keys`; 9 repeats, a wrong key is said. Returns "" for silence, * and too many wrong keys.

    0 raises `OperatorWanted`; on the way to an operator it goes on there ("").
    """
    before: Sounds = ()
    talk.attempt = 0
    while talk.attempt <= talk.settings.retries:
        reply: Keys = yield Ask((*before, *sounds), step, timeout=talk.timeout, private=private)
        key = reply.pressed
        _operator(talk, key)
        if not key or key in "0*" or key in keys:
            break
        # 9 too is said again only so often
        before = () if key == "9" else ("say/wrong-key", SENTENCE)
        talk.attempt += 1
    else:
        key = ""
    talk.attempt = 0
    return key if key and key in keys else ""


def number_for_callback(talk: Talk) -> Part:
    """The number (E.164); "" when he gives none."""
    judged = talk.numbers.judge(talk.caller.reachable)
    if judged.refused:
        return (yield from keyed_in(talk, (f"callback/refused-{judged.refused}", SENTENCE)))
    key = yield from choose(
        talk,
        (
            *("callback/your-number", *talk.reader.phone(judged.number), SENTENCE),
            *(*press("sms/right", "1"), *press("sms/other-number", "2")),
        ),
        "callback/number",
        "12",
        private=True,
    )
    if key == "1":
        return judged.number
    return (yield from keyed_in(talk)) if key else ""


def keyed_in(talk: Talk, said: Sounds = ()) -> Part:
    """A number keyed in, judged and confirmed, in three tries; "" when given up or going back."""
    talk.count = 0
    while talk.count <= talk.settings.retries:
        talk.count += 1
        # one piece with the question: keys pressed into the complaint are the first digits of the answer
        reply: Keys = yield Ask(
            (*said, "callback/enter-number"), "callback/enter", _NATIONAL_DIGITS, talk.timeout, private=True
        )
        _operator(talk, reply.pressed)
        if reply.pressed == "0" or reply.pressed.startswith("*"):
            talk.count = 0
            return ""
        judged = talk.numbers.judge(reply.pressed)
        if judged.refused:
            said = (f"callback/refused-{judged.refused}" if reply.pressed else "say/silence", SENTENCE)
            continue
        said = ()
        key = yield from choose(
            talk,
            (
                *("sms/you-entered", *talk.reader.phone(judged.number), SENTENCE),
                *(*press("sms/right", "1"), *press("sms/again", "2")),
            ),
            "callback/entered",
            "12",
            private=True,
        )
        if key != "2":
            talk.count = 0
            return judged.number if key else ""
    talk.count = 0
    yield from say(talk, ("callback/given-up",), "callback/given-up")
    return ""


def say(talk: Talk, sounds: Sounds, step: str, pause: float = 0.3) -> Part:
    """Say it; returns the key that was pressed into it, or "". 0 means what it does in `choose`."""
    key = yield from talk.listen(sounds, step, pause)
    _operator(talk, key)
    return key


def _operator(talk: Talk, key: str) -> None:
    if key == "0" and not talk.reason:
        raise OperatorWanted
