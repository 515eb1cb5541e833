"""Operators as people: one person for all the memberships of one name, and how much of him each queue has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.domain.live import LiveQueues
from ivr.domain.live_types import IDLE, ON_HOLD, RINGING, Member, Talk, call_id_of
from ivr.domain.queues import BoardView, QueueView, Waiting

#: What a person does, as the board says it: on a call of a queue, keeping its caller on hold, rung, at rest after a
#: call, free, paused, on some other call, or logged in with a phone that cannot be rung.
STATES = ("talking", "hold", "ringing", "wrapup", "ready", "paused", "busy", "away")


@dataclass(frozen=True)
class Person:
    """One operator. `since`: how long he is in `state`; `reason`: of a pause; `queues`: those he is logged in to;
    `talk`: the call he is on, as far as it was seen to begin."""

    name: str
    state: str
    since: datetime | None
    reason: str = ""
    queues: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    logged_in: datetime | None = None
    talk: Talk | None = None


@dataclass(slots=True)
class _Of:
    members: list[Member] = field(default_factory=list)
    queues: set[str] = field(default_factory=set)


def people(live: LiveQueues, at: datetime, wrapup_s: int = 0) -> list[Person]:
    """Every person logged in to a queue, by name. `wrapup_s`: rest after a call, as queues.conf has it."""
    by_name: dict[str, _Of] = {}
    for member in live.members.values():
        one = by_name.setdefault(member.name, _Of())
        one.members.append(member)
        one.queues.add(member.queue)
    talks = {talk.interface: talk for talk in live.talks.values()}
    rung = {interface for caller in live.callers.values() for interface in caller.ringing}
    return [_person(name, by_name[name], talks, rung, at, wrapup_s) for name in sorted(by_name)]


def _person(
    name: str, one: _Of, talks: dict[str, Talk], rung: set[str], at: datetime, wrapup_s: int
) -> Person:
    members = one.members
    talk = next((talks[m.interface] for m in members if m.interface in talks), None)
    there = [m for m in members if m.there]
    paused = [m for m in there if m.paused]
    since = max((m.since for m in there or members if m.since), default=None)
    reason = ""
    if talk is not None:
        state, since = ("hold", talk.held) if talk.held else ("talking", talk.since)
    elif any(m.in_call for m in there):
        state = "hold" if any(m.status == ON_HOLD for m in there) else "talking"
    elif not there:
        state = "away"
    elif any(m.status == RINGING or m.interface in rung for m in there):
        # a phone that takes one call at a time is told to be busy while it rings
        state = "ringing"
    elif not any(m.status == IDLE for m in there):
        state = "busy"
    elif len(paused) == len(there):
        state, since = "paused", min((m.since for m in paused if m.since), default=since)
        reason = next((m.reason for m in paused if m.reason), "")
    elif (ended := _wraps_up(there, at, wrapup_s)) is not None:
        state, since = "wrapup", ended
    else:
        state = "ready"
    logged_in = min((m.logged_in for m in members if m.logged_in), default=None)
    interfaces = tuple(sorted({m.interface for m in members}))
    return Person(name, state, since, reason, tuple(sorted(one.queues)), interfaces, logged_in, talk)


def _wraps_up(members: Iterable[Member], at: datetime, wrapup_s: int) -> datetime | None:
    """When his last call ended, if he rests from it still (shared_lastcall: the same in all queues)."""
    ended = max((m.last_call for m in members if m.last_call), default=None)
    return ended if ended is not None and at < ended + timedelta(seconds=wrapup_s) else None


def board_view(
    live: LiveQueues, at: datetime, handle_s: dict[str, float], wrapup_s: int = 0, fresh: bool = True
) -> BoardView:
    """The queues as the router and the waiting room want them. People are counted, not their phones or memberships.

    A person in several queues is shared by those of them in which somebody waits: `capacity`.
    """
    logged_in: dict[str, int] = {}
    ready: dict[str, int] = {}
    capacity: dict[str, float] = {}
    busy = {name for name, line in live.lines.items() if line}
    for person in _present(live, at, wrapup_s):
        asked = person.queues & busy
        for queue in person.queues:
            logged_in[queue] = logged_in.get(queue, 0) + 1
            if queue in person.open:
                ready[queue] = ready.get(queue, 0) + person.free
                capacity[queue] = capacity.get(queue, 0.0) + 1 / len((asked & person.open) | {queue})
    queues = {}
    for name, line in live.lines.items():
        waiting = tuple(_waiting(live, id, place) for place, id in enumerate(line, 1))
        kwargs = {"handle_s": handle_s[name]} if name in handle_s else {}
        queues[name] = QueueView(
            name, logged_in.get(name, 0), ready.get(name, 0), waiting, capacity=capacity.get(name, 0.0), **kwargs
        )
    return BoardView(queues, fresh)


@dataclass(slots=True)
class _Presence:
    """`queues`: those where he could be rung; `open`: those where he is not paused; `free`: he would be rung now."""

    queues: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    free: bool = False
    members: list[Member] = field(default_factory=list)


def _present(live: LiveQueues, at: datetime, wrapup_s: int) -> Iterable[_Presence]:
    found: dict[str, _Presence] = {}
    for member in live.members.values():
        if member.there:
            one = found.setdefault(member.name, _Presence())
            one.members.append(member)
            one.queues.add(member.queue)
            if not member.paused:
                one.open.add(member.queue)
                one.free = one.free or member.status == IDLE
    connected = {talk.interface for talk in live.talks.values()}
    for one in found.values():
        # with a call on one phone, the other phone of the same person is not free
        talks = any(member.in_call or member.interface in connected for member in one.members)
        one.free = one.free and not talks and _wraps_up(one.members, at, wrapup_s) is None
    return found.values()


def _waiting(live: LiveQueues, uniqueid: str, place: int) -> Waiting:
    caller = live.callers[uniqueid]
    return Waiting(caller.channel, place, caller.waits_since, call_id_of(uniqueid))

