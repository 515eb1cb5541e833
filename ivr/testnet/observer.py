"""What the hotline's own manager interface tells of one call: music, queue, operator.

A caller hears music and a voice; that the voice is an operator's can only be known from inside.
"""

from collections.abc import Callable

from ivr.errors import PbxError
from ivr.testnet.manager import Manager, Message

#: Manager event -> what has happened to the caller.
_NEWS = {
    "MusicOnHoldStart": "music",
    "MusicOnHoldStop": "music-over",
    "QueueCallerJoin": "queue",
    "AgentCalled": "ringing",
    "AgentConnect": "operator",
    "AgentComplete": "operator-over",
}


class Observer:
    """`tell(what, details)` for the next call from `number`, and each call to it; `what` is one of the values of
    `_NEWS`."""

    def __init__(self, manager: Manager, number: str, tell: Callable[[str, Message], None]) -> None:
        self._manager, self._number, self._tell = manager, number, tell
        self._channel = ""
        manager.listeners.append(self._take)

    @classmethod
    async def open(
        cls, port: int, secret: str, number: str, tell: Callable[[str, Message], None]
    ) -> "Observer | None":
        """None when the manager interface does not let us in; the call is made without then."""
        try:
            return cls(await Manager.connect(port, "controller", secret, limit=10), number, tell)
        except PbxError:
            return None

    async def close(self) -> None:
        await self._manager.close()

    def _take(self, event: Message) -> None:
        name = event.get("Event", "")
        if name == "Newchannel" and not self._channel and event.get("Channel", "").startswith("PJSIP/trunk-"):
            if event.get("CallerIDNum", "").lstrip("+") == self._number.lstrip("+"):
                self._channel = event["Channel"]
        elif name == "DialBegin" and event.get("DialString", "").startswith(f"{self._number}@trunk-"):
            # we call him: the other half of the dialling channel is what goes to the queue
            self._channel = event.get("Channel", "").removesuffix(";2") + ";1"
        elif name in _NEWS and event.get("Channel") == self._channel:
            self._tell(_NEWS[name], event)
