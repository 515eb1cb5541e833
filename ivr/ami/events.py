"""Queue messages of the manager interface folded into a `BoardView`. Pure; messages are mappings of texts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ivr.domain.queues import BoardView, QueueView, Waiting

Message = Mapping[str, str]
DEFAULT_HANDLE_S = 180.0
#: AST_DEVICE_UNKNOWN, AST_DEVICE_INVALID, AST_DEVICE_UNAVAILABLE: nobody could be rung there; as `joinempty` and
#: `leavewhenempty` of queues.conf have it.
_ABSENT = (0, 4, 5)
_IDLE = 1
#: Events after which the queues look different.
CHANGING = frozenset(
    (
        "queuecallerjoin",
        "queuecallerleave",
        "queuecallerabandon",
        "agentcomplete",
        "agentconnect",
        "queuememberadded",
        "queuememberremoved",
        "queuememberpause",
        "queuememberstatus",
        "queuememberpenalty",
        "queuememberringinuse",
    )
)


def number(text: object, default: int = 0) -> int:
    """A whole number of a message; `default` for anything else."""
    try:
        return int(str(text))
    except ValueError:
        return default


def lower(message: Mapping[str, object]) -> dict[str, str]:
    """The message with lower-case names; of a name that came twice, the last value."""
    return {str(k).lower(): str(v[-1] if isinstance(v, list) and v else v) for k, v in message.items()}


def fold(
    messages: Iterable[Message],
    at: datetime,
    handle_s: Mapping[str, float] | None = None,
    call_ids: Mapping[str, str] | None = None,
    arrived: Mapping[str, datetime] | None = None,
) -> BoardView:
    """The answers to one `QueueStatus` (names in lower case) as a fresh board at `at` (aware).

    `handle_s`: seconds per call by queue; by channel name `call_ids`, and since when the caller waits (`arrived`),
    which a queue forgets of one who comes from another.
    """
    logged_in: dict[str, int] = {}
    ready: dict[str, int] = {}
    waiting: dict[str, list[Waiting]] = {}
    for message in messages:
        event, name = message.get("event", "").lower(), message.get("queue", "")
        if not name:
            continue
        if event == "queueparams":
            logged_in.setdefault(name, 0)
        elif event == "queuemember":
            status = number(message.get("status"))
            logged_in[name] = logged_in.get(name, 0) + (status not in _ABSENT)
            free = status == _IDLE and message.get("paused", "0") == "0"
            ready[name] = ready.get(name, 0) + free
        elif event == "queueentry":
            logged_in.setdefault(name, 0)
            waiting.setdefault(name, []).append(_waiting(message, at, call_ids or {}, arrived or {}))
    queues = {
        name: QueueView(
            name,
            people,
            ready.get(name, 0),
            tuple(sorted(waiting.get(name, ()), key=lambda w: w.position)),
            (handle_s or {}).get(name, DEFAULT_HANDLE_S),
        )
        for name, people in logged_in.items()
    }
    return BoardView(queues, True)


def _waiting(
    message: Message, at: datetime, call_ids: Mapping[str, str], arrived: Mapping[str, datetime]
) -> Waiting:
    channel = message.get("channel", "")
    seconds = min(max(0, number(message.get("wait"))), 7 * 24 * 3600)
    joined = at - timedelta(seconds=seconds)
    # a clock put back must not make anybody come later than he did
    joined = min(arrived.get(channel, joined), joined)
    return Waiting(channel, number(message.get("position"), 1), joined, call_ids.get(channel, ""))


class HandleTimes:
    """Seconds an operator is busy with a call, per queue: a moving mean over about the last ten calls."""

    def __init__(self) -> None:
        self.by_queue: dict[str, float] = {}

    def observe(self, message: Message) -> None:
        """Learn from an AgentComplete message: its TalkTime and HoldTime in seconds."""
        name = message.get("queue", "")
        seconds = number(message.get("talktime")) + number(message.get("holdtime"))
        if name and 0 < seconds < 4 * 3600:
            before = self.by_queue.get(name, DEFAULT_HANDLE_S)
            self.by_queue[name] = before + (seconds - before) / 10
