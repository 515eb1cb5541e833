"""The parts of the live queues: callers, members, talks, and what a manager message tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Message = Mapping[str, str]
#: Device states (`AST_DEVICE_*`) of a queue member. Nobody can be rung at those ABSENT: unknown, invalid, unavailable,
#: as `joinempty` and `leavewhenempty` of queues.conf have it.
IDLE, RINGING, ON_HOLD = 1, 6, 8
ABSENT = frozenset((0, 4, 5))
_LATEST = 2**33  # seconds of the epoch
_LONGEST_WAIT = 7 * 24 * 3600


@dataclass(slots=True)
class Caller:
    """One live caller in `queue`. `joined`: this queue; `since`: in line at all (a move, or having been called back,
    keeps it), None: not known yet. `ringing`: the members (interfaces) whose phones ring for him. `name`: the words
    that the operator sees: ticket and category. `again`: since when he waits who was passed on."""

    uniqueid: str
    channel: str
    queue: str
    joined: datetime
    since: datetime | None = None
    ringing: frozenset[str] = frozenset()
    name: str = ""
    again: datetime | None = None

    @property
    def waits_since(self) -> datetime:
        """Since when he waits, in whatever queue; a clock put back must not make anybody come later than he did.

        By this he has his place: who was passed on keeps his own.
        """
        return self.joined if self.since is None else min(self.since, self.joined)

    @property
    def silent_since(self) -> datetime:
        """Since when nobody talks with him: he did not wait while an operator did."""
        return self.waits_since if self.again is None else self.again


@dataclass(slots=True)
class Member:
    """One membership: a phone (`interface`) in `queue`. The person is `name`, who may have many of them.

    `since`: when `status`, `paused` or `reason` last changed, as far as that is known.
    """

    queue: str
    interface: str
    name: str
    status: int = 0
    paused: bool = False
    reason: str = ""
    in_call: bool = False
    last_call: datetime | None = None
    logged_in: datetime | None = None
    since: datetime | None = None

    @property
    def there(self) -> bool:
        """Somebody could be rung there, paused or not."""
        return self.status not in ABSENT

    @property
    def shape(self) -> tuple[int, bool, str]:
        return self.status, self.paused, self.reason


@dataclass(slots=True)
class Talk:
    """A caller (`uniqueid`) and a member (`name`, at `interface`) since `since`; he had waited `waited_s` in `queue`.

    `phone`: the unique id of the member's channel; `held`: since when the caller is on hold, None: is not.
    """

    uniqueid: str
    channel: str
    queue: str
    name: str
    interface: str
    since: datetime
    waited_s: int = 0
    phone: str = ""
    held: datetime | None = None


def call_id_of(uniqueid: str) -> str:
    """The call's id from Asterisk's unique id ("1732363200.15" is "1732363200x15"), as the dialplan makes it."""
    return uniqueid.replace(".", "x")


def number(text: object, default: int = 0) -> int:
    """A whole number of a message; `default` for anything else."""
    try:
        return int(str(text))
    except ValueError:
        return default


def moment(text: str) -> datetime | None:
    """Seconds of the epoch as a moment; None for 0 and for what is no time."""
    seconds = number(text)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None


def event_time(message: Message, at: datetime) -> datetime:
    """When Asterisk says that it happened (manager.conf: timestampevents); `at` where it does not say."""
    try:
        seconds = float(message["timestamp"])
    except (KeyError, ValueError):
        return at
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else at


def member_of(message: Message, at: datetime, spare: str = "") -> Member:
    """A membership from an event (MemberName, Interface) or an entry of QueueStatus (Name, Location).

    `spare` names who has no name. Paused since LastPause; in the other states since the last known change: `at`.
    """
    interface = message.get("interface") or message.get("location") or message.get("stateinterface") or spare
    paused = message.get("paused", "0") == "1"
    return Member(
        message.get("queue", ""),
        interface,
        message.get("membername") or message.get("name") or interface,
        number(message.get("status")),
        paused,
        message.get("pausedreason", "") if paused else "",
        message.get("incall", "0") == "1",
        moment(message.get("lastcall", "")),
        moment(message.get("logintime", "")),
        (moment(message.get("lastpause", "")) if paused else None) or at,
    )


def caller_of(message: Message, at: datetime) -> Caller:
    """A caller from QueueCallerJoin, or from a QueueEntry with the seconds that he has waited in the queue."""
    seconds = min(max(0, number(message.get("wait"))), _LONGEST_WAIT)
    channel = message.get("channel", "")
    return Caller(
        message.get("uniqueid") or channel,
        channel,
        message.get("queue", ""),
        at - timedelta(seconds=seconds),
        moment(message.get("chanvariable:ivr_arrived", "")),
        name=message.get("calleridname", ""),
    )
