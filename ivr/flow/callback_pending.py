"""A callback is promised already, and its owner calls or asks again: keep it, speak now, cancel, move, other number."""

from ivr.flow.callback_commands import CallbackFound, CancelCallback, ChangeCallback
from ivr.flow.callback_number import keyed_in
from ivr.flow.callback_slots import slot_for_callback
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
    slot = yield from slot_for_callback(talk)
    if slot is None:
        return None
    changed: CallbackFound = yield ChangeCallback(slot=slot)
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
