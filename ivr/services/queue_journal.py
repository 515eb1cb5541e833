"""What happens to a call in its queue, written to the journal: waiting, answered, abandoned, done.

Asterisk tells it in manager events; the call is known by its own id, made from Asterisk's as the dialplan does.
With each event comes the channel variable IVR_CALLBACK (manager.conf: channelvars): the callback that it is about.
Where an operator was called before the citizen, the talk is a bridge, not one of a queue; the half of the call that
waits for the operator is nobody's call; that he has taken it belongs to the callback.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from ivr.domain.live_types import call_id_of, number
from ivr.services.ports import Clock, Journal

_T = TypeVar("_T")
#: event name -> (journal kind, field of the event -> field of the journal)
_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "queuecallerjoin": ("waiting", {"queue": "queue", "position": "position"}),
    "queuecallerabandon": ("abandoned", {"queue": "queue", "holdtime": "waited_s"}),
    "agentconnect": (
        "answered",
        {"queue": "queue", "membername": "operator", "holdtime": "waited_s", "ringtime": "rang_s"},
    ),
    "agentcomplete": ("talked", {"queue": "queue", "talktime": "seconds", "reason": "reason"}),
}
#: the same for one who is connected with an operator who waits for him
_BRIDGED: Mapping[str, tuple[str, Mapping[str, str]]] = {"bridgeenter": ("answered", {}), "bridgeleave": ("talked", {})}
_OPERATORS_HALF = "@callback-first-"
#: kinds after which the call is over unless the caller comes back for the rating
_ENDINGS = {"abandoned": "abandoned", "talked": "talked"}
#: events after which the caller does not wait in that queue
_OUT = frozenset(("queuecallerleave", "queuecallerabandon", "agentconnect", "hangup"))
#: what each means to a callback
_CALLBACK = {"answered": "connect", "talked": "complete", "abandoned": "caller_gone"}
#: The operator's phone says so of its own channel.
_HOLDS = ("hold", "unhold")
_VARIABLE = "chanvariable:ivr_callback"
_BRIDGE = "bridge:"
#: Calls remembered between two events; only a lost link leaves any.
_REMEMBERED = 1000


class QueueJournal:
    """Listens to manager events (names and fields in lower case).

    Asterisk says "abandoned" of a caller whose time in a queue is over, too; only a hang-up right after it is one.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        #: told of every event of a call that has to do with a callback: its token, connect, complete or caller_gone
        self.on_callback: list[Callable[[str, str], None]] = []
        #: told of every operator who was called before the citizen and took it: the dial, how long his phone rang (s)
        self.on_operator: list[Callable[[str, int], None]] = []
        #: told of every call that waits in a queue no longer ("": it is over)
        self.on_out: list[Callable[[str, str], None]] = []
        self._left: dict[str, tuple[datetime, dict[str, object]]] = {}
        self._back: dict[str, None] = {}
        #: channel of an operator's phone -> the call that it talks with
        self._talks: dict[str, str] = {}

    def event(self, message: Mapping[str, str]) -> None:
        """Journal the event if it is one of a call in a queue."""
        name, uniqueid = message.get("event", "").lower(), message.get("uniqueid", "")
        if not uniqueid:
            return
        if _OPERATORS_HALF in message.get("channel", ""):
            if name == "agentconnect":
                for told in self.on_operator:
                    told(uniqueid.removesuffix(";2"), number(message.get("ringtime", "")))
            return
        if name in _HOLDS:
            if uniqueid in self._talks:
                self._write(self._talks[uniqueid], self._clock.now(), name, {})
            return
        call_id = call_id_of(uniqueid)
        if name in _OUT:
            for listener in self.on_out:
                listener(call_id, message.get("queue", ""))
        if name == "hangup" and self._gone(call_id):
            self._tell(message, "abandoned")
        bridged = message.get(_VARIABLE, "").startswith(_BRIDGE)
        known = _BRIDGED.get(name) if bridged else _KINDS.get(name)
        if known is None:
            return
        self._note_phone(name, message.get("destuniqueid", ""), call_id)
        kind, fields = known
        data: dict[str, object] = {ours: message.get(its, "") for its, ours in fields.items()}
        if kind == "waiting":
            self._left.pop(call_id, None)
            self._back.pop(call_id, None)
        if kind == "abandoned":
            # the call may have come back before the event did
            if call_id not in self._back:
                _remember(self._left, call_id, (self._clock.now(), data))
            self._back.pop(call_id, None)
            return
        self._write(call_id, self._clock.now(), kind, data)
        self._tell(message, kind)

    def came_back(self, call_id: str) -> None:
        """The dialplan gave the call back to the controller: it was not abandoned."""
        if self._left.pop(call_id, None) is None:
            _remember(self._back, call_id, None)

    def _note_phone(self, name: str, phone: str, call_id: str) -> None:
        """Whom an operator's phone puts on hold is known by the talk that it has."""
        if phone and name == "agentconnect":
            _remember(self._talks, phone, call_id)
        elif name == "agentcomplete":
            self._talks.pop(phone, None)

    def _tell(self, message: Mapping[str, str], kind: str) -> None:
        token = message.get(_VARIABLE, "")
        if kind in _CALLBACK and token:
            for listener in self.on_callback:
                listener(token.removeprefix(_BRIDGE), _CALLBACK[kind])

    def _gone(self, call_id: str) -> bool:
        """True when the caller had waited in vain."""
        self._back.pop(call_id, None)
        left = self._left.pop(call_id, None)
        if left is not None:
            self._write(call_id, left[0], "abandoned", left[1])
        return left is not None

    def _write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        self._journal.write(call_id, at, kind, data)
        if kind in _ENDINGS:
            self._journal.write(call_id, at, "end", {"reason": _ENDINGS[kind]})


def _remember(calls: dict[str, _T], call_id: str, what: _T) -> None:
    while len(calls) >= _REMEMBERED:
        del calls[next(iter(calls))]
    calls[call_id] = what
