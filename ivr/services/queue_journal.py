"""What happens to a call in its queue, written to the journal: waiting, answered, abandoned, done.

Asterisk tells it in manager events; the call is known by its own id, made from Asterisk's as the dialplan does.
"""

from collections.abc import Mapping

from ivr.services.ports import Clock, Journal

#: event name -> (journal kind, field of the event -> field of the journal)
_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "queuecallerjoin": ("waiting", {"queue": "queue", "position": "position"}),
    "queuecallerabandon": ("abandoned", {"queue": "queue", "holdtime": "waited_s"}),
    "agentconnect": ("answered", {"queue": "queue", "membername": "operator", "holdtime": "waited_s"}),
    "agentcomplete": ("talked", {"queue": "queue", "talktime": "seconds", "reason": "reason"}),
}
#: kinds after which the call is over unless the caller comes back for the rating
_ENDINGS = {"abandoned": "abandoned", "talked": "talked"}


def call_id_of(uniqueid: str) -> str:
    """The call's id from Asterisk's unique id ("1732363200.15" is "1732363200x15")."""
    return uniqueid.replace(".", "x")


class QueueJournal:
    """Listens to manager events (names and fields in lower case)."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def event(self, message: Mapping[str, str]) -> None:
        """Journal the event if it is one of a call in a queue."""
        known = _KINDS.get(message.get("event", "").lower())
        uniqueid = message.get("uniqueid", "")
        if known is None or not uniqueid:
            return
        kind, fields = known
        data: dict[str, str | int | float | None] = {ours: message.get(its, "") for its, ours in fields.items()}
        self._journal.write(call_id_of(uniqueid), self._clock.now(), kind, data)
        if kind in _ENDINGS:
            self._journal.write(call_id_of(uniqueid), self._clock.now(), "end", {"reason": _ENDINGS[kind]})
