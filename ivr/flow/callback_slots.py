"""Another time for a callback: the half hours that have room, each with a key."""

from ivr.flow.callback_commands import AskSlots, SlotsFound
from ivr.flow.callback_number import choose, say
from ivr.flow.commands import Sounds
from ivr.flow.talk import SENTENCE, Part, Talk


def slot_for_callback(talk: Talk) -> Part:
    """(start, end) as found; None when there is none (which is said), or none is chosen."""
    found: SlotsFound = yield AskSlots()
    if not found.slots:
        yield from say(talk, ("callback/no-slots",), "callback/no-slots")
        return None
    keys = "123"[: len(found.slots)]
    said: Sounds = ()
    for key, (start, _) in zip(keys, found.slots, strict=True):
        when = (*talk.reader.day(start.date(), found.now.date()), *talk.reader.at(start.hour, start.minute))
        said += (*when, f"press/{key}", "pause/200")
    key = yield from choose(talk, ("callback/slots", SENTENCE, *said), "callback/slots", keys)
    return found.slots[int(key) - 1] if key else None
