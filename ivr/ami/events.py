"""Manager messages made ready for the domain. Pure; messages are mappings of texts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ivr.domain.live import LiveQueues
from ivr.domain.live_people import board_view
from ivr.domain.live_snapshot import read_snapshot, seed
from ivr.domain.live_types import Message, number
from ivr.domain.queues import BoardView

DEFAULT_HANDLE_S = 180.0
_VARIABLES = "chanvariable"


def lower(message: Mapping[str, object]) -> dict[str, str]:
    """The message with lower-case names; of a name that came twice, the last value.

    The channel variables that come with an event (manager.conf: channelvars) are "chanvariable:<name>" each.
    """
    told = {}
    for name, value in message.items():
        key = str(name).lower()
        if key == _VARIABLES:
            for variable in value if isinstance(value, list) else [value]:
                which, _, text = str(variable).partition("=")
                told[f"{key}:{which.lower()}"] = text
        else:
            told[key] = str(value[-1] if isinstance(value, list) and value else value)
    return told


def fold(messages: Iterable[Message], at: datetime) -> BoardView:
    """The answers to one `QueueStatus` (names in lower case) as a fresh board at `at` (aware)."""
    live = LiveQueues()
    seed(live, read_snapshot(messages, at))
    return board_view(live, at, {})


class HandleTimes:
    """Seconds an operator is busy with a call, per queue: a moving mean over about the last ten calls.

    `wrapup_s`: his rest after each.
    """

    def __init__(self, wrapup_s: int = 0) -> None:
        self.by_queue: dict[str, float] = {}
        self._wrapup_s = wrapup_s

    def observe(self, message: Message) -> None:
        """Learn from an AgentComplete message. Its TalkTime (seconds) has the time on hold in it; its HoldTime is
        what the caller waited for an operator, who was busy with others then."""
        name = message.get("queue", "")
        seconds = number(message.get("talktime")) + self._wrapup_s
        if name and 0 < seconds < 4 * 3600:
            before = self.by_queue.get(name, DEFAULT_HANDLE_S)
            self.by_queue[name] = before + (seconds - before) / 10
