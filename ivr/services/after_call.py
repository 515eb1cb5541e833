"""Work after a call: an operator whose conversation is not closed yet is rung no more until it is."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.errors import HotlineError
from ivr.services.desk_state import DeskState, DeskStates
from ivr.services.operator_desk import OperatorDesk
from ivr.services.ports import Clock, Switchboard

log = logging.getLogger(__name__)
#: The reason of that pause, one of `ivr.domain.operators.PAUSE_REASONS`.
AFTER_CALL = "after_call"
#: States of `ivr.domain.live_people` in which somebody talks.
TALKING = ("talking", "hold")
#: What was asked of Asterisk is seen after this at the latest.
_SEEN = timedelta(seconds=3)
#: From one look whether a conversation is closed to the next; usually its closing is told.
_AGAIN = timedelta(seconds=10)


@dataclass
class _Rest:
    """A pause made here: for the conversation of `call_id`, "" when that is closed. `asked`: when Asterisk was asked
    for it; `looked`: when it was last looked whether it may end."""

    call_id: str
    asked: datetime
    looked: datetime


class AfterCall:
    """Watches the operators' calls end. A pause that somebody chose is never ended here."""

    def __init__(self, desk: OperatorDesk, states: DeskStates, switchboard: Switchboard, clock: Clock) -> None:
        self._desk, self._states, self._switchboard, self._clock = desk, states, switchboard, clock
        self._talking: dict[str, str] = {}
        self._rests: dict[str, _Rest] = {}

    async def look(self, states: Mapping[str, DeskState]) -> None:
        """Take notice of calls that began or ended since the last look. `states`: of the operators, by login.

        At the first look at an operator, a call that ended while nobody looked has ended now.
        """
        at = self._clock.now()
        await self._end_rests(at)
        for operator, state in states.items():
            if state.state in TALKING and not state.talking:
                continue  # with whom is not known yet
            try:
                before = self._talking.get(operator)
                if before is None:
                    before = await self._first(operator, at)
                if before and before != state.talking:
                    await self._ended(operator, before, at)
            except HotlineError as error:
                log.warning("an end of a call is noted later: %s", error, extra={"action": "end_not_noted"})
                return
            self._talking[operator] = state.talking

    async def closed(self, operator: str) -> None:
        """The conversation is closed: he may be rung again, whatever he does now. Raises `PbxError`; then it is tried
        again."""
        reasons = self._states.paused_for(operator)
        if not reasons <= {AFTER_CALL} or not (reasons or operator in self._rests):
            self._rests.pop(operator, None)  # a pause that somebody chose, or none
            return
        at = self._clock.now()
        self._rests[operator] = _Rest("", at, at)
        await self._switchboard.resume(operator)

    async def _first(self, operator: str, at: datetime) -> str:
        """The call that may have ended while nobody looked; a pause that another controller made is taken over."""
        if self._states.paused_for(operator) == {AFTER_CALL}:
            for contact in await self._desk.of_operator(operator, 1):
                if contact.closed_at is None:
                    self._rests[operator] = _Rest(contact.call_id, at, at)
        return await self._desk.talked_last(operator)

    async def _ended(self, operator: str, call_id: str, at: datetime) -> None:
        await self._desk.talked(call_id, operator, at)
        if not await self._desk.open(call_id, operator) or self._states.paused_for(operator):
            return
        self._rests[operator] = _Rest(call_id, at, at)
        await self._switchboard.pause(operator, AFTER_CALL)
        if not await self._desk.open(call_id, operator):
            # closed in this moment
            await self.closed(operator)

    async def _end_rests(self, at: datetime) -> None:
        """End the pauses made here whose conversation is closed, though nobody told, or Asterisk did not hear of it."""
        for operator, rest in list(self._rests.items()):
            if at - rest.asked < _SEEN:
                continue
            if self._states.paused_for(operator) != {AFTER_CALL}:
                del self._rests[operator]  # it is over, or somebody chose another
            elif at - rest.looked >= _AGAIN or not rest.call_id:
                await self._look_at(operator, rest, at)

    async def _look_at(self, operator: str, rest: _Rest, at: datetime) -> None:
        rest.looked = at
        try:
            if not rest.call_id or not await self._desk.open(rest.call_id, operator):
                rest.call_id, rest.asked = "", at
                await self._switchboard.resume(operator)
        except HotlineError as error:
            log.warning("a pause after a call is ended later: %s", error, extra={"action": "not_resumed"})
