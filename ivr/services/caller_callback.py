"""What one call has to do with a callback: who was called back says what he wants."""

import logging

from ivr.errors import StorageError
from ivr.flow.commands import CallCame, CallSettled
from ivr.services.callback_desk import CallbackDesk

log = logging.getLogger(__name__)


class CallerCallback:
    """`attempt`: the dial that this call is, "" for a call that came in."""

    def __init__(self, desk: CallbackDesk, attempt: str = "") -> None:
        self._desk = desk
        self.attempt = attempt

    async def came(self, command: CallCame) -> CallSettled:
        """What this dial came to; not ok when it cannot be written down, or somebody else settled it."""
        try:
            callback = await self._desk.event(self.attempt, command.event)
        except StorageError:
            log.warning("what a callback came to is not written down", extra={"action": "callback_not_settled"})
            return CallSettled(False)
        return CallSettled(callback is not None, callback is not None and callback.active)
