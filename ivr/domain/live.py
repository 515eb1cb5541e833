"""The live queues: manager events reduced, one after the other, to who waits, who is there and who talks.

The order of Asterisk has its traps. A caller leaves the queue *before* the operator is connected, so leaving is no
loss. An operator in several queues raises one event for each. An event may come twice, or be older than a snapshot
that was taken meanwhile: each says what is so afterwards, and whatever is said last holds, so that the same events
over any snapshot taken among them lead to the same state.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from ivr.domain.live_types import Caller, Member, Message, Talk, caller_of, event_time, member_of, number

#: Callers between a queue and an operator: a lost event must not keep them for ever.
_MOST_BETWEEN = 5000
#: Calls whose end was seen, remembered longer than the log can be behind.
_MOST_OVER = 5000


class LiveQueues:
    """Mutable, for 10,000 events a second; no clock of its own. Fields are read by the views, changed only here."""

    def __init__(self) -> None:
        #: queue -> unique ids of its callers, in their order
        self.lines: dict[str, list[str]] = {}
        self.callers: dict[str, Caller] = {}
        #: (queue, interface)
        self.members: dict[tuple[str, str], Member] = {}
        self.talks: dict[str, Talk] = {}
        #: who left a queue and may be connected at any moment
        self.between: dict[str, Caller] = {}
        #: goes up with every change of what is seen
        self.version = 0
        self._over: dict[str, datetime] = {}  # unique ids of talks and calls that ended, and when; the newest last
        self._phones: dict[str, str] = {}  # unique id of a member's channel in a talk -> the talk's
        self._do: dict[str, Callable[[Message, datetime], None]] = {
            "queuecallerjoin": self._join,
            "queuecallerleave": self._leave,
            "queuecallerabandon": self._leave,
            "agentcalled": self._called,
            "agentringnoanswer": self._not_called,
            "agentdump": self._not_called,
            "agentconnect": self._connect,
            "agentcomplete": self._complete,
            "queuememberadded": self._member,
            "queuememberstatus": self._member,
            "queuememberpause": self._member,
            "queuememberremoved": self._removed,
            "hangup": self._hangup,
            "hold": self._hold,
            "unhold": self._unhold,
            "rename": self._rename,
        }

    def apply(self, message: Message, at: datetime) -> bool:
        """Reduce one event (names in lower case), read at `at`; True when something is seen to be different."""
        act = self._do.get(message.get("event", "").lower())
        if act is None:
            return False
        before = self.version
        act(message, at)
        return self.version != before

    def learn_since(self, uniqueid: str, since: datetime) -> None:
        """Since when a caller waits, found out otherwise."""
        caller = self.callers.get(uniqueid)
        if caller is not None and caller.since != since:
            caller.since = since
            self.version += 1

    def adopt(self, known: Callable[[], Iterable[Talk]]) -> None:
        """Take over talks that nobody saw begin, found out otherwise: of members in a call of which no talk is here, or
        one that began earlier, whose end was missed with the beginning of the other.

        `known` is asked only when somebody is in a call, and names one talk of each; its talks need no interface. It
        may be behind: a talk whose end was seen here is not taken over, unless it began again after that.
        """
        busy = {m.interface: m.name for m in self.members.values() if m.in_call}
        talks = {busy[talk.interface]: talk for talk in self.talks.values() if talk.interface in busy}
        seen = {talk.interface for talk in self.talks.values()}
        alone = {name: interface for interface, name in busy.items() if interface not in seen}
        for talk in known() if busy else ():
            interface, mine = alone.get(talk.name), talks.get(talk.name)
            if any(talk.uniqueid in ids for ids in (self.talks, self.callers, self.between)):
                continue
            ended = self._over.get(talk.uniqueid)
            if ended is not None and talk.since <= ended:
                continue
            if interface is None and mine is not None and mine.since < talk.since:
                interface = mine.interface
                del self.talks[mine.uniqueid]
                self._phones.pop(mine.phone, None)
            if interface is not None:
                self.talks[talk.uniqueid] = replace(talk, interface=interface)
                self.version += 1

    def seed(self, lines: Iterable[list[Caller]], queues: Iterable[str], members: Iterable[Member]) -> None:
        """Everything that a QueueStatus tells replaces what was known; what it does not tell of the same is kept.

        Talks go on whose member is said to be in a call.
        """
        known, were, waited = self.callers, self.members, {**self.between, **self.callers}
        self.lines = {name: [] for name in queues}
        self.callers, self.members, self.between = {}, {}, {}
        for line in lines:
            for caller in line:
                before = known.get(caller.uniqueid)
                if before is not None and before.queue == caller.queue:
                    caller.joined, caller.ringing = before.joined, before.ringing
                caller.since = caller.since or getattr(waited.get(caller.uniqueid), "since", None)
                self._out_of_line(caller.uniqueid)  # one who was told of twice stands in one line
                caller.again = self._again(caller, waited.get(caller.uniqueid))
                self._append(caller)
        for member in members:
            self._keep(member, were.get((member.queue, member.interface)))
        busy = {member.interface for member in self.members.values() if member.in_call}
        self.talks = {id: talk for id, talk in self.talks.items() if talk.interface in busy}
        self._phones = {talk.phone: id for id, talk in self.talks.items() if talk.phone}
        self.version += 1

    # -- callers

    def _join(self, message: Message, at: datetime) -> None:
        caller = caller_of(message, event_time(message, at))
        if not caller.queue or not caller.uniqueid:
            return
        before = self.callers.get(caller.uniqueid) or self.between.pop(caller.uniqueid, None)
        caller.again = self._again(caller, before)
        if before is not None:
            caller.since = caller.since or before.since
            self._out_of_line(caller.uniqueid)
        self._append(caller, number(message.get("position")))
        self.version += 1

    def _again(self, caller: Caller, before: Caller | None) -> datetime | None:
        """Since when he waits after a talk: his first queue after it, however often he is moved."""
        if before is not None:
            return before.again
        talked = caller.uniqueid in self._over or caller.uniqueid in self.talks
        return caller.joined if talked else None

    def _append(self, caller: Caller, position: int = 0) -> None:
        line = self.lines.setdefault(caller.queue, [])
        line.insert(position - 1 if 0 < position <= len(line) else len(line), caller.uniqueid)
        self.callers[caller.uniqueid] = caller

    def _leave(self, message: Message, at: datetime) -> None:
        uniqueid = message.get("uniqueid") or message.get("channel", "")
        caller = self.callers.get(uniqueid)
        # told of a queue that he has left already for another
        if caller is None or caller.queue != message.get("queue"):
            return
        self._out_of_line(uniqueid)
        while len(self.between) >= _MOST_BETWEEN:
            del self.between[next(iter(self.between))]
        self.between[uniqueid] = caller
        self.version += 1

    def _out_of_line(self, uniqueid: str) -> None:
        caller = self.callers.pop(uniqueid, None)
        if caller is not None:
            self.lines[caller.queue].remove(uniqueid)

    def _hangup(self, message: Message, at: datetime) -> None:
        uniqueid = message.get("uniqueid") or message.get("channel", "")
        self.between.pop(uniqueid, None)
        if uniqueid in self.callers:
            self._out_of_line(uniqueid)
            self.version += 1
        ended = event_time(message, at)
        self._end(uniqueid, ended)
        self._end(self._phones.get(uniqueid, ""), ended)

    def _rename(self, message: Message, at: datetime) -> None:
        known = self.callers.get(message.get("uniqueid", "")) or self.talks.get(message.get("uniqueid", ""))
        if known is not None and message.get("newname"):
            known.channel = message["newname"]
            self.version += 1

    # -- operators' phones

    def _called(self, message: Message, at: datetime) -> None:
        self._ring(message, True)

    def _not_called(self, message: Message, at: datetime) -> None:
        self._ring(message, False)

    def _ring(self, message: Message, on: bool) -> None:
        caller, interface = self.callers.get(message.get("uniqueid", "")), message.get("interface", "")
        if caller is not None and interface and (interface in caller.ringing) is not on:
            caller.ringing = caller.ringing | {interface} if on else caller.ringing - {interface}
            self.version += 1

    def _connect(self, message: Message, at: datetime) -> None:
        uniqueid = message.get("uniqueid", "")
        if not uniqueid:
            return
        if uniqueid in self.callers and self.callers[uniqueid].queue == message.get("queue"):
            self._out_of_line(uniqueid)
        self.between.pop(uniqueid, None)
        interface, phone = message.get("interface", ""), message.get("destuniqueid", "")
        self.talks[uniqueid] = Talk(
            uniqueid,
            message.get("channel", ""),
            message.get("queue", ""),
            message.get("membername") or interface,
            interface,
            event_time(message, at),
            number(message.get("holdtime")),
            phone,
        )
        if phone:
            self._phones[phone] = uniqueid
        self.version += 1

    def _complete(self, message: Message, at: datetime) -> None:
        self._end(message.get("uniqueid", ""), event_time(message, at))

    def _end(self, uniqueid: str, at: datetime) -> None:
        self._over.pop(uniqueid, None)
        while len(self._over) >= _MOST_OVER:
            del self._over[next(iter(self._over))]
        self._over[uniqueid] = at
        talk = self.talks.pop(uniqueid, None)
        if talk is not None:
            self._phones.pop(talk.phone, None)
            self.version += 1

    def _hold(self, message: Message, at: datetime) -> None:
        self._held(message, event_time(message, at))

    def _unhold(self, message: Message, at: datetime) -> None:
        self._held(message, None)

    def _held(self, message: Message, since: datetime | None) -> None:
        uniqueid = message.get("uniqueid", "")
        talk = self.talks.get(self._phones.get(uniqueid, uniqueid))
        if talk is not None and (talk.held is None) is not (since is None):
            talk.held = since
            self.version += 1

    # -- members

    def _member(self, message: Message, at: datetime) -> None:
        member = member_of(message, event_time(message, at))
        if member.queue and member.interface:
            self.lines.setdefault(member.queue, [])
            self._keep(member, self.members.get((member.queue, member.interface)))

    def _keep(self, member: Member, before: Member | None) -> None:
        self.members[member.queue, member.interface] = member
        if before is not None and before.shape == member.shape:
            member.since = before.since
            if before == member:
                return
        self.version += 1

    def _removed(self, message: Message, at: datetime) -> None:
        member = member_of(message, at)
        if self.members.pop((member.queue, member.interface), None) is not None:
            self.version += 1
