"""A known fault that touches the caller: told once a call, as soon as his category is known, with the offer to be told
by SMS when it is fixed. Any key goes on at once; whoever has heard enough hangs up."""

from ivr.flow.commands import Ask, Keys, Sounds, Step
from ivr.flow.incident_commands import AskIncident, IncidentFound, Subscribed, TellWhenFixed
from ivr.flow.sms import mobile_number
from ivr.flow.talk import SENTENCE, OperatorWanted, Part, Talk, press

_KEYS: Sounds = (*press("item/incident-tell", "1"), *press("item/incident-go-on", "2"))
_OUTCOMES = {
    "noted": "incident/noted",
    "already": "incident/already",
    "over": "incident/over",
    "failed": "incident/not-noted",
}
_MOST_REPEATS = 3


def incident(talk: Talk, category: str) -> Part:
    """Tell of it, if there is one. 0 raises `OperatorWanted`."""
    found: IncidentFound = yield AskIncident(category)
    if not found.id:
        return
    yield Step("incident")
    said = (*found.sounds, SENTENCE, *_KEYS, *press("item/operator", "0"))
    # who comes straight to this menu has not been greeted yet
    before, talk.welcome = talk.welcome, ()
    talk.count = 0
    while True:
        reply: Keys = yield Ask((*before, *said), "incident", timeout=talk.timeout)
        before = ()
        talk.count += 1
        if reply.pressed != "9" or talk.count > _MOST_REPEATS:
            break
    talk.count = 0
    if reply.pressed == "0":
        raise OperatorWanted
    if reply.pressed == "1":
        yield from _subscribe(talk, found.id)


def on_the_way(talk: Talk, category: str) -> Part:
    """The same for who is being put through already: 0 goes on there."""
    try:
        yield from incident(talk, category)
    except OperatorWanted:
        talk.count = talk.attempt = 0


def _subscribe(talk: Talk, id: str) -> Part:
    number = yield from mobile_number(talk)
    if number:
        done: Subscribed = yield TellWhenFixed(id, number)
        yield from talk.say((_OUTCOMES[done.outcome],), "incident/told", 1.0)
