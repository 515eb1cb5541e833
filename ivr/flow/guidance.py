"""A guide: short spoken steps, then SMS, solved, back or an operator."""

from ivr.flow.book import Guide
from ivr.flow.commands import End, Sounds, Step
from ivr.flow.sms import send
from ivr.flow.talk import SENTENCE, Part, Talk, press

_STEP_PAUSE_S = 1.0
_END: Sounds = (
    "guide/end",
    *press("item/sms", "1"),
    *press("item/solved", "2"),
    *press("item/again", "3"),
    *press("item/back", "*"),
    *press("item/operator", "0"),
)


def guidance(talk: Talk, guide: Guide) -> Part:
    """Play the guide. Returns an `Ending`, or None to go back to the menu. With `talk.texting` it goes on there."""
    talk.category = guide.category
    key = "1"
    if not talk.texting:
        yield Step(f"guide/{guide.id}")
        key = yield from _steps(talk, guide)
    while True:
        if not key:
            key = yield from talk.choose(_END, f"guide/{guide.id}/end", "123")
        match key:
            case "1":
                talk.texting = True
                yield from send(talk, guide.category, guide.sms)
                key, talk.texting = "", False
            case "2":
                yield from talk.say(("say/thanks", SENTENCE, "say/goodbye"), "goodbye", 0.1)
                return End("solved")
            case "3":
                key = yield from _steps(talk, guide)
            case "*":
                talk.guide = ""
                return None
            case _:
                yield from talk.give_up(f"guide/{guide.id}")


def _steps(talk: Talk, guide: Guide) -> Part:
    """Say the steps; `9` says one again, `#` goes on at once. Returns the key that ended it, "" at the end."""
    number = 0
    while number < len(guide.steps):
        talk.count = number
        key = yield from talk.say((guide.steps[number],), f"guide/{guide.id}/{number + 1}", _STEP_PAUSE_S)
        if key and key in "*12":
            talk.count = 0
            return key
        number += 0 if key == "9" else 1
    talk.count = 0
    return ""
