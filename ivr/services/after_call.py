"""Work after a call: an operator whose conversation is not closed yet is rung no more until it is."""

import logging
from datetime import datetime

from ivr.errors import HotlineError
from ivr.services.desk_state import DeskStates
from ivr.services.operator_desk import OperatorDesk
from ivr.services.ports import Clock, Switchboard

log = logging.getLogger(__name__)
#: The reason of that pause, one of `ivr.domain.operators.PAUSE_REASONS`.
AFTER_CALL = "after_call"


class AfterCall:
    """Watches the operators' calls end. A pause that somebody chose is never ended here."""

    def __init__(self, desk: OperatorDesk, states: DeskStates, switchboard: Switchboard, clock: Clock) -> None:
        self._desk, self._states, self._switchboard, self._clock = desk, states, switchboard, clock
        self._talking: dict[str, str] = {}

    async def look(self, operators: list[str]) -> None:
        """Take notice of calls that began or ended since the last look."""
        at = self._clock.now()
        for operator in operators:
            before, now = self._talking.get(operator, ""), self._states.of(operator, at).talking
            self._talking[operator] = now
            if before and before != now:
                await self._ended(operator, before, at)

    async def closed(self, operator: str) -> None:
        """The conversation is closed: he may be rung again."""
        if self._states.of(operator, self._clock.now()).reason == AFTER_CALL:
            await self._switchboard.resume(operator)

    async def _ended(self, operator: str, call_id: str, at: datetime) -> None:
        try:
            await self._desk.talked(call_id, operator, at)
            if await self._desk.open(call_id, operator) and self._states.of(operator, at).reason == "":
                await self._switchboard.pause(operator, AFTER_CALL)
        except HotlineError as error:
            log.warning("the end of a call was not noted: %s", error, extra={"action": "after_call_failed"})
