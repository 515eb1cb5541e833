"""A callback «Перезвонить мне»: its record, its states as a table of legal moves, and what each event does to it.

Pure: `apply(callback, event, at)` gives the moved record or raises. Keeping the place is one field, `virtual_start`
(when the caller first joined the line); no event ever changes it but a window that begins (`window_opens`).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ivr.errors import HotlineError

#: state -> event -> next state. What is not here is illegal.
MOVES: dict[str, dict[str, str]] = {
    "provisional": {
        "confirm": "waiting",
        "decline": "declined",
        "hang_up": "abandoned_offer",
    },
    "waiting": {"dial": "dialling", "park": "parked"},
    "parked": {"open": "waiting"},
    "dialling": {
        "human": "rejoining",
        "busy": "retry_wait",
        "no_answer": "retry_wait",
        "machine": "retry_wait",
        "rejected": "retry_wait",
        "unreachable": "retry_wait",
        "trunk": "retry_wait",
        "later": "retry_wait",
        "invalid": "failed",
        "recover": "retry_wait",
        "recover_unseen": "waiting",
    },
    "rejoining": {
        "connect": "connected",
        "caller_gone": "retry_wait",
        "no_agent": "waiting",
        "recover": "retry_wait",
    },
    "connected": {"complete": "done"},
    "retry_wait": {"retry": "waiting", "give_up": "failed"},
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

#: Seconds until the next dial after a result; the attempt is spent.
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
}
#: Not the citizen's fault: the attempt is not charged, but not for ever either.
UNCHARGED = frozenset({"trunk"})
MOST_UNCHARGED = 10
ATTEMPTS = 3
LEASE = timedelta(seconds=60)


#: States in which a dispatcher holds the callback.
LEASED = frozenset({"dialling", "rejoining", "connected"})
#: What the citizen is told when it happens (SMS templates).
NOTICES = {
    "confirm": "callback-created",
    "give_up": "callback-failed",
    "invalid": "callback-failed",
    "expire": "callback-expired",
}


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
    himself to be called in quiet hours until then. `attempts`: charged dials; `uncharged`: dials lost to our trunk.
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
    attempts: int = 0
    uncharged: int = 0
    attempt: str = ""
    lease_owner: str = ""
    lease_until: datetime | None = None
    reason: str = ""
    origin_call: str = ""
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
) -> tuple[Callback, CallbackEvent]:
    """The callback after `event`, and the line for its history. Raises `IllegalCallbackMove`.

    `attempt` and `owner` belong to "dial": the id of this one dial and who holds the lease.
    """
    after = MOVES[callback.state].get(event)
    if after is None:
        legal = ", ".join(sorted(MOVES[callback.state])) or "nothing: it is over"
        raise IllegalCallbackMove(f"callback {callback.id} is {callback.state}: {event} is not possible, only {legal}")
    moved = replace(callback, state=after, version=callback.version + 1)
    if event == "dial":
        moved = replace(moved, attempt=attempt, lease_owner=owner, lease_until=at + LEASE)
    elif callback.state in LEASED and after not in LEASED:
        moved = replace(moved, attempt="", lease_owner="", lease_until=None)
    if after == "retry_wait":
        moved = replace(moved, not_before=at + RETRY_AFTER[event])
        charged = event not in UNCHARGED
        moved = replace(moved, attempts=moved.attempts + charged, uncharged=moved.uncharged + (not charged))
    if moved.state in FINAL:
        moved = replace(moved, reason=note or event)
    told = CallbackEvent(
        callback.id, at, event, callback.state, after, note, attempt or callback.attempt, NOTICES.get(event, "")
    )
    return moved, told


def spent(callback: Callback) -> bool:
    """No attempt is left: `give_up` is the next event of a callback in retry_wait."""
    return callback.attempts >= ATTEMPTS or callback.uncharged >= MOST_UNCHARGED
