"""A callback «Перезвонить мне»: its record, its states as a table of legal moves, and what each event does to it.

Pure: `apply(callback, event, at)` gives the moved record or raises. Keeping the place is one field, `virtual_start`
(when the caller first joined the line, or the beginning of the window that he chose); no event of a dial changes it.
What time does to a callback is in `callback_timers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ivr.errors import HotlineError

#: state -> event -> next state. What is not here is illegal.
MOVES: dict[str, dict[str, str]] = {
    "provisional": {
        "confirm": "waiting",
        "decline": "declined",
        "hang_up": "abandoned_offer",
    },
    # held: he waits in a call of his own; let go of to the time that he would have been called at without it
    "waiting": {"dial": "dialling", "park": "parked", "hold": "parked"},
    "parked": {"open": "waiting", "hold": "parked", "let_go": "parked"},
    "dialling": {
        # where an operator is called first: he has taken the call, now the citizen's phone is rung
        "operator": "dialling",
        "human": "rejoining",
        "busy": "retry_wait",
        "no_answer": "retry_wait",
        "machine": "retry_wait",
        "rejected": "retry_wait",
        "unreachable": "retry_wait",
        "trunk": "retry_wait",
        "no_operator": "retry_wait",
        # he took the call, and our controller said nothing
        "silent": "retry_wait",
        "later": "retry_wait",
        "invalid": "failed",
        "recover": "retry_wait",
        "recover_unseen": "waiting",
    },
    "rejoining": {
        "connect": "connected",
        "caller_gone": "retry_wait",
        "no_agent": "retry_wait",
        "silent": "retry_wait",
        "recover": "retry_wait",
    },
    "connected": {"complete": "done"},
    "retry_wait": {"retry": "waiting", "give_up": "failed", "hold": "retry_wait", "let_go": "retry_wait"},
    "done": {},
    "failed": {},
    "cancelled": {},
    "expired": {},
    "declined": {},
    "abandoned_offer": {},
}
FINAL = frozenset(state for state, moves in MOVES.items() if not moves)
ACTIVE = frozenset(MOVES) - FINAL
for _state in ACTIVE - {"connected"}:
    MOVES[_state] |= {"cancel": "cancelled"}
for _state in ("provisional", "waiting", "parked", "retry_wait"):
    MOVES[_state] |= {"expire": "expired"}
for _state in ("waiting", "parked", "retry_wait"):
    # Said to the citizen or asked for by him; the callback stays what it is. `moved`: see `reschedule`.
    MOVES[_state] |= {"soon": _state, "missed": _state, "moved": "waiting" if _state == "parked" else _state}
    # Which language he speaks is our own affair: he is told nothing, and it is no wish of his.
    MOVES[_state] |= {"language": _state}

#: Time until the next dial after a result; the attempt is spent.
RETRY_AFTER = {
    "busy": timedelta(minutes=5),
    "no_answer": timedelta(minutes=10),
    "machine": timedelta(minutes=30),
    "rejected": timedelta(minutes=30),
    "unreachable": timedelta(minutes=10),
    "later": timedelta(minutes=30),
    "caller_gone": timedelta(minutes=5),
    "recover": timedelta(minutes=10),
    "trunk": timedelta(minutes=2),
    "no_agent": timedelta(minutes=2),
    "no_operator": timedelta(minutes=2),
    "silent": timedelta(minutes=10),
}
#: Not the citizen's fault: the attempt is not charged, but not for ever either.
UNCHARGED = frozenset({"trunk", "no_agent", "no_operator", "silent"})
MOST_UNCHARGED = 10
#: Nobody of ours was free, or our controller silent: each time twice as long until the next dial, up to
#: `LONGEST_RETRY`. So ten of them last for hours, and no promise is given up in the one hour in which all are busy, nor
#: rings a phone all the time in vain.
BACKING_OFF = frozenset({"no_agent", "no_operator", "silent"})
LONGEST_RETRY = timedelta(minutes=30)
ATTEMPTS = 3
LEASE = timedelta(seconds=60)
#: How long each state with a dispatcher behind it is believed without news; `Callbacks.renew` prolongs it.
LEASES = {"dialling": LEASE, "rejoining": timedelta(minutes=5), "connected": timedelta(hours=3)}


#: States in which a dispatcher holds the callback.
LEASED = frozenset(LEASES)
#: Those who stand in the line before a live caller, when theirs is the earlier `virtual_start`; who is `rejoining` is
#: in the queue itself and counted there.
AHEAD = frozenset({"provisional", "waiting", "dialling"})
#: Calls under way: they take an operator each.
IN_FLIGHT = frozenset({"dialling", "rejoining"})
#: What is counted against the daily limit of every number that it concerns; offers not gone through with are not.
ASKED = frozenset({"confirm", "moved"})
#: Reason of one that the called person himself cancelled, by a key in the call.
UNWANTED = "cancel"
#: What the citizen is told when it happens (SMS templates).
NOTICES = {
    "confirm": "callback-created",
    "give_up": "callback-failed",
    "invalid": "callback-failed",
    "expire": "callback-expired",
    "soon": "callback-soon",
    "missed": "callback-missed",
    "moved": "callback-moved",
}
#: With these, what was to be told before and is not sent yet is no longer true.
VOIDING = frozenset({"cancel", "moved"})

#: What `reschedule` may change.
CHANGEABLE = frozenset(
    {"number", "region", "zone", "zones", "window_from", "window_to", "expires_at", "asap", "virtual_start"}
    | {"tonight_until", "soon_at", "language", "queue", "asked_by"}
)


class IllegalCallbackMove(HotlineError):
    """This callback cannot make this move from its present state."""


@dataclass(frozen=True)
class Callback:
    """One promise to ring a citizen. Times aware UTC.

    `id`: random, unguessable, also names every attempt's channel variable. `number`: E.164 to be dialled.
    `service`: the DID; one active callback per (number, service). `zone`: the citizen's clock; `zones`: every clock
    that the number may have (quiet hours are kept in all of them when it is in doubt).
    `virtual_start`: when the caller joined the line; the place in it. `window_from`/`window_to`: when he was promised
    the call; `asap` when as soon as it is his turn. `not_before`: earliest next dial. `tonight_until`: he asked
    himself to be called in quiet hours until then. `attempts`: charged dials; `uncharged`: dials lost to our trunk,
    to our operators or to our own silence. `soon_at`: when he is told that the call is near; None: not, or told.
    `attempt`: id of the dial under way, "" when there is none. `asked_by`: E.164 of the phone that asked, "" withheld
    or nobody's.
    """

    id: str
    number: str
    service: str
    category: str
    queue: str
    language: str
    region: str
    zone: str
    ticket: str
    source: str
    virtual_start: datetime
    created_at: datetime
    window_from: datetime
    window_to: datetime
    expires_at: datetime
    state: str = "provisional"
    zones: tuple[str, ...] = ()
    asap: bool = True
    not_before: datetime | None = None
    tonight_until: datetime | None = None
    soon_at: datetime | None = None
    attempts: int = 0
    uncharged: int = 0
    attempt: str = ""
    lease_owner: str = ""
    lease_until: datetime | None = None
    reason: str = ""
    origin_call: str = ""
    asked_by: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        if self.state not in MOVES:
            raise ValueError(f"unknown callback state {self.state!r}; known are {', '.join(MOVES)}")

    @property
    def active(self) -> bool:
        """Still promised."""
        return self.state in ACTIVE


@dataclass(frozen=True)
class CallbackEvent:
    """One line of the append-only history. `notice`: what the citizen is told by SMS, "" nothing."""

    callback: str
    at: datetime
    event: str
    before: str
    after: str
    note: str = ""
    attempt: str = ""
    notice: str = ""
    data: dict[str, str | int] = field(default_factory=dict)


def apply(
    callback: Callback,
    event: str,
    at: datetime,
    *,
    note: str = "",
    attempt: str = "",
    owner: str = "",
    until: datetime | None = None,
) -> tuple[Callback, CallbackEvent]:
    """The callback after `event`, and the line for its history. Raises `IllegalCallbackMove`.

    `attempt` and `owner` belong to "dial": the id of this one dial and who holds the lease. `until` belongs to
    "park", "hold" and "let_go": until when nothing is to come of it.
    """
    after = MOVES[callback.state].get(event)
    if after is None:
        legal = ", ".join(sorted(MOVES[callback.state])) or "nothing: it is over"
        raise IllegalCallbackMove(f"callback {callback.id} is {callback.state}: {event} is not possible, only {legal}")
    if event in ("retry", "dial") and spent(callback):
        raise IllegalCallbackMove(f"callback {callback.id} has no attempt left: {event} is not possible")
    if event == "dial" and not (attempt and owner):
        raise ValueError("a dial needs the id of its attempt and the owner of its lease")
    told = CallbackEvent(
        callback.id, at, event, callback.state, after, note, attempt or callback.attempt, NOTICES.get(event, "")
    )
    moved = replace(callback, state=after, version=callback.version + 1)
    if event == "dial":
        moved = replace(moved, attempt=attempt, lease_owner=owner, not_before=None)
    if after in LEASED:
        moved = replace(moved, lease_until=at + LEASES[after])
    elif callback.state in LEASED:
        moved = replace(moved, attempt="", lease_owner="", lease_until=None)
    if after == "retry_wait" and callback.state != after:
        moved = replace(moved, not_before=at + _retry_after(event, callback.uncharged))
        charged = event not in UNCHARGED
        moved = replace(moved, attempts=moved.attempts + charged, uncharged=moved.uncharged + (not charged))
    elif event in ("park", "hold", "let_go"):
        moved = replace(moved, not_before=until or callback.window_from)
    elif event == "open":
        moved = replace(moved, not_before=None)  # opened before its time, too
    elif event == "confirm":
        window = {"window_from": callback.window_from.isoformat(), "window_to": callback.window_to.isoformat()}
        told = replace(told, data={**window})
    elif event == "soon":
        moved = replace(moved, soon_at=None)
    elif event == "missed":
        # Promised anew until it expires: told once, not every minute.
        told = replace(told, data={"window_to": callback.window_to.isoformat()})
        moved = replace(moved, window_to=callback.expires_at, soon_at=None)
    if moved.state in FINAL:
        moved = replace(moved, reason=note or event, soon_at=None, not_before=None)
    return moved, told


def reschedule(
    callback: Callback, at: datetime, changes: Mapping[str, Any], *, note: str = ""
) -> tuple[Callback, CallbackEvent]:
    """Another window, number or language, as the citizen or an operator wishes. Raises `IllegalCallbackMove`.

    `changes`: fields of `CHANGEABLE`. Attempts made stay counted; a retry waits no less than it did. With the language
    alone nothing that was promised changes (event "language", not "moved").
    """
    if unknown := set(changes) - CHANGEABLE:
        raise ValueError(f"{', '.join(sorted(unknown))}: cannot be changed, only {', '.join(sorted(CHANGEABLE))}")
    event = "moved" if set(changes) - {"language"} else "language"
    moved, told = apply(callback, event, at, note=note)
    before: dict[str, str | int] = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name in ("window_from", "window_to", "virtual_start")
        if name in changes
        for value in (getattr(callback, name),)
    }
    for name, here in (("window_from", "begins"), ("window_to", "ends")):
        if name in changes:
            before[here] = changes[name].isoformat()
    if callback.state == "parked" and event == "moved":
        moved = replace(moved, not_before=None)
    return replace(moved, **changes), replace(told, data=before)


def _retry_after(event: str, uncharged: int) -> timedelta:
    after = RETRY_AFTER[event]
    return min(after * 2**uncharged, LONGEST_RETRY) if event in BACKING_OFF else after


def spent(callback: Callback) -> bool:
    """No attempt is left: `give_up` is the next event of a callback in retry_wait."""
    return callback.attempts >= ATTEMPTS or callback.uncharged >= MOST_UNCHARGED
