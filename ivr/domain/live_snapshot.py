"""The answers to one QueueStatus: what the live queues begin with, and what they are compared with every minute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.live import LiveQueues
from ivr.domain.live_types import IDLE, Caller, Member, Message, caller_of, member_of, number


@dataclass(frozen=True)
class Snapshot:
    """All queues at one moment; `callers` of each in their order."""

    queues: tuple[str, ...]
    callers: tuple[Caller, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Drift:
    """What a comparison found at `at`: facts in which the live queues and QueueStatus differed, in words of their
    own ("moscow: caller 1732363200.15 is not there"); those that an event changed meanwhile are not compared."""

    at: datetime
    differences: tuple[str, ...] = ()


def read_snapshot(messages: Iterable[Message], at: datetime) -> Snapshot:
    """Fold the messages (names in lower case) of a QueueStatus answered at `at`."""
    queues: dict[str, None] = {}
    callers: dict[str, tuple[int, Caller]] = {}
    members: list[Member] = []
    for message in messages:
        event, name = message.get("event", "").lower(), message.get("queue", "")
        if not name or event not in ("queueparams", "queuemember", "queueentry"):
            continue
        queues[name] = None
        if event == "queuemember":
            member = member_of(message, at, f"#{len(members)}")
            if member.status == IDLE and not member.paused:
                member.since = max((m for m in (member.last_call, member.logged_in) if m), default=at)
            members.append(member)
        elif event == "queueentry":
            # moved while the answer was written, he is told of twice: where he was, then where he is
            caller = caller_of(message, at)
            callers[caller.uniqueid] = (number(message.get("position"), 1), caller)
    ordered = sorted(callers.values(), key=lambda each: each[0])
    return Snapshot(tuple(queues), tuple(caller for _, caller in ordered), tuple(members))


def seed(live: LiveQueues, snapshot: Snapshot) -> None:
    """Let the live queues begin anew with `snapshot`."""
    lines: dict[str, list[Caller]] = {}
    for caller in snapshot.callers:
        lines.setdefault(caller.queue, []).append(caller)
    live.seed(lines.values(), snapshot.queues, snapshot.members)


def differences(live: LiveQueues, snapshot: Snapshot, moved: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """In what `live` is wrong. `moved`: unique ids and interfaces told of while the snapshot was under way."""
    found: list[str] = []
    there = {caller.uniqueid: caller for caller in snapshot.callers}
    for uniqueid, caller in live.callers.items():
        other = there.get(uniqueid)
        if uniqueid not in moved and (other is None or other.queue != caller.queue):
            found.append(f"{caller.queue}: caller {uniqueid} is not there")
    for uniqueid, caller in there.items():
        if uniqueid not in moved and uniqueid not in live.callers:
            found.append(f"{caller.queue}: caller {uniqueid} was not seen")
    if not moved:
        for name, line in live.lines.items():
            theirs = [caller.uniqueid for caller in snapshot.callers if caller.queue == name]
            if line != theirs and sorted(line) == sorted(theirs):
                found.append(f"{name}: callers stand in another order")
    members = {(member.queue, member.interface): member for member in snapshot.members}
    for key in live.members.keys() | members.keys():
        if key[1] in moved:
            continue
        ours, theirs_ = live.members.get(key), members.get(key)
        if ours is None or theirs_ is None:
            found.append(f"{key[0]}: {key[1]} {'was not seen' if ours is None else 'is not there'}")
        elif ours.shape != theirs_.shape:
            found.append(f"{key[0]}: {key[1]} is in another state")
    return tuple(sorted(found))
