"""A callback is promised already, and its owner calls or asks again: keep it, speak now, cancel, move, other number."""

from ivr.flow.callback_commands import AskSlots, CallbackFound, CancelCallback, ChangeCallback, SlotsFound
from ivr.flow.callback_number import choose, keyed_in
from ivr.flow.commands import Done, End, Sounds, Step
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press

_KEYS: Sounds = (
    *press("item/callback-keep", "1"),
    *press("item/callback-now", "2"),
    *press("item/callback-cancel", "3"),
    *press("item/callback-number", "4"),
    *press("item/callback-move", "5"),
)


def pending(talk: Talk, found: CallbackFound, before: Sounds = ()) -> Part:
    """Returns an `Ending`, or None to go on to the menu; who wants a person gets one, at the promised place."""
    yield Step("callback/pending")
    said: Sounds = ("callback/pending", *_window(talk, found), SENTENCE)
    match (yield from talk.choose((*said, *_KEYS), "callback/pending", "12345", before)):
        case "1":
            return (yield from _end(talk, ("callback/kept",), "callback_kept"))
        case "2":
            raise OperatorWanted("callback_now")
        case "3":
            done: Done = yield CancelCallback()
            yield from talk.say(("callback/cancelled" if done.ok else "callback/not-changed",), "callback/cancelled")
        case "4":
            talk.number = yield from keyed_in(talk)
            if talk.number:
                changed: CallbackFound = yield ChangeCallback(talk.number)
                talk.number = ""
                return (yield from _changed(talk, changed))
        case "5":
            return (yield from _move(talk))
    return None


def _move(talk: Talk) -> Part:
    found: SlotsFound = yield AskSlots()
    if not found.slots:
        yield from talk.say(("callback/no-slots",), "callback/no-slots")
        return None
    keys = "123"[: len(found.slots)]
    said: Sounds = ()
    for key, (start, _) in zip(keys, found.slots, strict=True):
        when = (*talk.reader.day(start.date(), found.now.date()), *talk.reader.at(start.hour, start.minute))
        said += (*when, f"press/{key}", "pause/200")
    key = yield from choose(talk, ("callback/slots", SENTENCE, *said), "callback/slots", keys)
    if not key:
        return None
    changed: CallbackFound = yield ChangeCallback(slot=found.slots[int(key) - 1])
    return (yield from _changed(talk, changed))


def _changed(talk: Talk, found: CallbackFound) -> Part:
    if found.there:
        return (yield from _end(talk, ("callback/changed", *_window(talk, found)), "callback_changed"))
    yield from talk.say(("callback/not-changed",), "callback/changed")
    return None


def _window(talk: Talk, found: CallbackFound) -> Sounds:
    """When he is called, after what was said before."""
    if not (found.now and found.start and found.end):
        return ()
    return (SENTENCE, *talk.reader.window(found.start, found.end, found.now))


def _end(talk: Talk, said: Sounds, reason: str) -> Part:
    yield from talk.say((*said, SENTENCE, "say/goodbye"), "goodbye", 0.1)
    return End(reason)
