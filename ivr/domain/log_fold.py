"""The queue_log folded into counts. The log is the one source of counts: it is written by Asterisk itself, whoever
listens, so that neither a restart of Asterisk nor of the controller loses anything; and as the place that was read to
is stored with what was counted, nothing is counted twice.

Traps: a caller who thinks better of the offer of a callback enters again, and is not offered again. A caller whom the
supervisor moves may be written down as abandoned, and then enters another queue at once.

A call that we made waits in the queue under the id of its dial: it is neither offered nor answered nor abandoned, but
counted apart. The talk, and the operator's work, count as any other.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from ivr.domain.queue_counts import Counts, Key, add, half_hour, wait_field
from ivr.domain.queue_log import LogEntry

#: The verbs by which a caller leaves a queue without an operator.
_EXITS = {
    "ABANDON": "abandoned",
    "EXITWITHKEY": "keyed",
    "EXITWITHTIMEOUT": "timed_out",
    "EXITEMPTY": "emptied",
    "WITHDRAW": "withdrawn",
}
#: The unique id of a dial that has reached a queue; ";2" where it is the half that waits for the first operator.
_CALLED_BACK = re.compile(r"cb\d+[a-z]+(;2)?")
_TALKED = {"COMPLETEAGENT": "completed", "COMPLETECALLER": "completed", "BLINDTRANSFER": "transferred",
           "ATTENDEDTRANSFER": "transferred"}  # fmt: skip
#: Written by the dialplan when a queue takes nobody in.
_REFUSED = frozenset(("JOINEMPTY", "JOINUNAVAIL", "FULL"))
#: Seconds after which a call that left its queue does not come back; and one whose caller hung up, by the log: when he
#: did not, he was moved, and is in a queue again as soon as he has been told so.
_REMEMBERED_S, _HUNG_UP_S = 900, 120
_HANG_UPS = frozenset(("ABANDON", "COMPLETECALLER"))


@dataclass(slots=True)
class Visit:
    """A call as far as the log tells. `queues`: those that it was offered to; `queue`: where it waits or talks now, ""
    nowhere; `joined`, `answered` (0: not), `ended`: seconds of the epoch; `short`: it hung up at once, as it seems;
    `back`: we made this call; `until`: the second up to which it is remembered once it has ended."""

    queues: tuple[str, ...] = ()
    queue: str = ""
    joined: int = 0
    answered: int = 0
    agent: str = ""
    ended: int = 0
    left: str = ""
    abandoned: bool = False
    short: bool = False
    back: bool = False
    until: int = 0

    def ends(self, at: int, verb: str) -> None:
        """It waits and talks no more."""
        self.queue, self.left, self.ended = "", self.queue, at
        self.until = at + (_HUNG_UP_S if verb in _HANG_UPS else _REMEMBERED_S)

    def field(self, name: str) -> str:
        """What an entry, an answer or another end of waiting is counted as."""
        if not self.back:
            return name
        return f"back_{name}" if name in ("entered", "answered", "abandoned") else "back_left"


class LogFold:
    """`zone_of`: the clock of a queue; `in_time_s`: within how many seconds a call of a queue should be answered;
    `short_s`: who hangs up no later than this is no abandoned call."""

    def __init__(self, zone_of: Callable[[str], str], in_time_s: Callable[[str], int], short_s: int = 5) -> None:
        self._zone_of, self._in_time_s, self._short_s = zone_of, in_time_s, short_s
        self.visits: dict[str, Visit] = {}
        self._pruned = 0

    def state(self) -> dict[str, Any]:
        """What must be kept to go on later, as JSON; of thousands of calls every few seconds, so not a word more."""
        return {uniqueid: _values(visit) for uniqueid, visit in self.visits.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.visits = {uniqueid: _visit(told) for uniqueid, told in state.items()}

    def feed(self, entries: Iterable[LogEntry]) -> dict[Key, Counts]:
        """What these lines, the next of the log, add to the counts."""
        found: dict[Key, dict[str, float]] = {}
        for entry in entries:
            self._take(entry, found)
        return dict(found)

    def _take(self, entry: LogEntry, found: dict[Key, dict[str, float]]) -> None:
        verb = entry.verb
        if verb == "ENTERQUEUE":
            self._enter(entry, found)
        elif verb == "CONNECT":
            self._connect(entry, found)
        elif verb in _EXITS:
            self._exit(entry, found)
        elif verb in _TALKED:
            self._talked(entry, found)
        elif verb == "RINGNOANSWER":
            self._count(found, entry, "missed")
            self._count_agent(found, entry, "missed")
        elif verb in _REFUSED and not _CALLED_BACK.fullmatch(entry.uniqueid):
            self._count(found, entry, "refused")
        elif verb == "QUEUESTART":
            for visit in self.visits.values():
                self._lose(visit, entry.at, found)
        self._prune(entry.at)

    def _enter(self, entry: LogEntry, found: dict[Key, dict[str, float]]) -> None:
        visit = self.visits.get(entry.uniqueid)
        # by its time, not by whether it was swept out yet: that depends on where a reader of the log began
        if visit is None or (not visit.queue and entry.at > visit.until):
            visit = self.visits[entry.uniqueid] = Visit()
        visit.back = bool(_CALLED_BACK.fullmatch(entry.uniqueid))
        self._lose(visit, entry.at, found)
        if visit.abandoned:  # he was moved
            for name, much in (("abandoned", -1), ("short", -int(visit.short)), ("withdrawn", 1)):
                if much:
                    add(found, self._key(visit.left, visit.ended), visit.field(name), much)
        self._count(found, entry, visit.field("entered"))
        if entry.queue not in visit.queues and not visit.back:
            visit.queues += (entry.queue,)
            self._count(found, entry, "offered")
        visit.queue, visit.joined, visit.answered, visit.agent = entry.queue, entry.at, 0, ""
        visit.abandoned = visit.short = False

    def _connect(self, entry: LogEntry, found: dict[Key, dict[str, float]]) -> None:
        visit = self.visits.get(entry.uniqueid)
        if visit is None or visit.queue != entry.queue or visit.answered:
            return
        waited, rang = entry.seconds(0), entry.seconds(2)
        visit.answered, visit.agent = entry.at, entry.agent
        self._count(found, entry, visit.field("answered"))
        if not visit.back:
            self._count(found, entry, "wait_s", waited)
            self._count(found, entry, "ring_s", rang)
            self._count(found, entry, wait_field(waited))
            if waited <= self._in_time_s(entry.queue):
                self._count(found, entry, "in_time")
        self._count_agent(found, entry, "answered")
        self._count_agent(found, entry, "ring_s", rang)

    def _exit(self, entry: LogEntry, found: dict[Key, dict[str, float]]) -> None:
        visit = self.visits.get(entry.uniqueid)
        if visit is None or visit.queue != entry.queue or visit.answered:
            return
        self._count(found, entry, visit.field(_EXITS[entry.verb]))
        waited = entry.seconds(-2 if entry.verb == "WITHDRAW" else -1)
        if entry.verb == "ABANDON":
            visit.abandoned, visit.short = True, waited <= self._short_s and not visit.back
            if not visit.back:
                self._count(found, entry, "gone_s", waited)
            if visit.short:
                self._count(found, entry, "short")
        visit.ends(entry.at, entry.verb)

    def _talked(self, entry: LogEntry, found: dict[Key, dict[str, float]]) -> None:
        visit = self.visits.get(entry.uniqueid)
        if visit is None or visit.queue != entry.queue or not visit.answered:
            return
        field = _TALKED[entry.verb]
        # COMPLETE…: wait|talk|place; …TRANSFER: where to|wait|talk|place
        talked = entry.seconds(1 if field == "completed" else -2)
        self._count(found, entry, field)
        self._count(found, entry, "talk_s", talked)
        self._count_agent(found, entry, "talk_s", talked)
        if field == "transferred":
            self._count_agent(found, entry, "transferred")
        visit.ends(entry.at, entry.verb)

    def _lose(self, visit: Visit, at: int, found: dict[Key, dict[str, float]]) -> None:
        """The call went on, or Asterisk ended, without a word in the log."""
        if visit.queue:
            add(found, self._key(visit.queue, at), "cut" if visit.answered else visit.field("lost"))
            visit.ends(at, "")

    def _prune(self, at: int) -> None:
        if at - self._pruned > 60:
            self._pruned = at
            self.visits = {id: visit for id, visit in self.visits.items() if visit.queue or at <= visit.until}

    def _key(self, queue: str, at: int) -> Key:
        return ("queue", queue, half_hour(at, self._zone_of(queue)))

    def _count(self, found: dict[Key, dict[str, float]], entry: LogEntry, field: str, much: float = 1) -> None:
        add(found, self._key(entry.queue, entry.at), field, much)

    def _count_agent(self, found: dict[Key, dict[str, float]], entry: LogEntry, field: str, much: float = 1) -> None:
        if entry.agent:
            add(found, ("agent", entry.agent, half_hour(entry.at, self._zone_of(entry.queue))), field, much)


_FIELDS = tuple(each.name for each in fields(Visit))
_values = attrgetter(*_FIELDS)


def _visit(told: Sequence[Any] | dict[str, Any]) -> Visit:
    """What another version stored too: the first did by name, and a later one may say more."""
    if isinstance(told, dict):
        known = told | {"until": told.get("ended", 0) + _REMEMBERED_S}
    else:
        known = dict(zip(_FIELDS, told, strict=False))
    return Visit(**known | {"queues": tuple(known.get("queues", ()))})
