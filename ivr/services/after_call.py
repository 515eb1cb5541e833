"""Work after a call: an operator whose conversation is not closed yet is rung no more until it is."""

import logging
from collections.abc import Mapping
from datetime import datetime

from ivr.errors import HotlineError
from ivr.services.desk_state import DeskState, DeskStates
from ivr.services.operator_desk import OperatorDesk
from ivr.services.ports import Clock, Switchboard

log = logging.getLogger(__name__)
#: The reason of that pause, one of `ivr.domain.operators.PAUSE_REASONS`.
AFTER_CALL = "after_call"
#: States of `ivr.domain.live_people` in which somebody talks.
TALKING = ("talking", "hold")


class AfterCall:
    """Watches the operators' calls end. A pause that somebody chose is never ended here."""

    def __init__(self, desk: OperatorDesk, states: DeskStates, switchboard: Switchboard, clock: Clock) -> None:
        self._desk, self._states, self._switchboard, self._clock = desk, states, switchboard, clock
        self._talking: dict[str, str] = {}

    async def look(self, states: Mapping[str, DeskState]) -> None:
        """Take notice of calls that began or ended since the last look. `states`: of the operators, by login.

        At the first look at an operator, a call that ended while nobody looked has ended now.
        """
        at = self._clock.now()
        for operator, state in states.items():
            if state.state in TALKING and not state.talking:
                continue  # with whom is not known yet
            try:
                before = self._talking.get(operator)
                if before is None:
                    before = await self._desk.talked_last(operator)
                if before and before != state.talking:
                    await self._ended(operator, before, at)
            except HotlineError as error:
                log.warning("an end of a call is noted later: %s", error, extra={"action": "end_not_noted"})
                return
            self._talking[operator] = state.talking

    async def closed(self, operator: str) -> None:
        """The conversation is closed: he may be rung again."""
        if self._states.of(operator, self._clock.now()).reason == AFTER_CALL:
            await self._switchboard.resume(operator)

    async def _ended(self, operator: str, call_id: str, at: datetime) -> None:
        await self._desk.talked(call_id, operator, at)
        if await self._desk.open(call_id, operator) and self._states.of(operator, at).reason == "":
            await self._switchboard.pause(operator, AFTER_CALL)
