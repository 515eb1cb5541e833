"""A supervisor listens to a talk, whispers to its operator, or speaks with both, by a phone that can dial nothing else.

A one-time number is given out for one operator and one supervisor's phone. When that phone dials it, and only then, it
becomes the channel of the talk that goes on in that moment; the audit has its line before anything is heard.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from ivr.domain.audit import LONGEST_WHY, AuditEntry
from ivr.domain.operators import OperatorTalk
from ivr.errors import HotlineError
from ivr.services import variables
from ivr.services.ports import Audit, Clock, Journal, Switchboard
from ivr.services.steering import SteeringRefused

log = logging.getLogger(__name__)
#: listen: hears both, is heard by nobody; whisper: heard by the operator alone; barge: heard by both.
Mode = Literal["listen", "whisper", "barge"]
_OPTIONS: dict[Mode, str] = {"listen": "", "whisper": "w", "barge": "B"}
#: What is dialled before the one-time number; dialplan/supervisors.conf.
PREFIX = "*7"
_DIGITS = 16
_VALID = timedelta(seconds=30)
_MOST = 100


class SupervisorCall(Protocol):
    """The call of a supervisor's phone."""

    async def get_variable(self, name: str) -> str: ...

    async def set_variable(self, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class _Ticket:
    by: str
    phone: str
    operator: str
    mode: Mode
    why: str
    at: datetime


class Listening:
    """`draw(n)`: a random whole number below n (`secrets.randbelow`)."""

    def __init__(
        self, switchboard: Switchboard, audit: Audit, journal: Journal, clock: Clock, draw: Callable[[int], int]
    ) -> None:
        self._switchboard, self._audit, self._journal, self._clock = switchboard, audit, journal, clock
        self._draw = draw
        self._tickets: dict[str, _Ticket] = {}

    async def ask(self, by: str, phone: str, operator: str, mode: Mode, why: str = "") -> str:
        """The number that `phone` ("sup-1") has to dial within 30 s. Raises `SteeringRefused`, `PbxError`."""
        if len(why) > LONGEST_WHY:
            raise SteeringRefused("reason_too_long", f"a reason has at most {LONGEST_WHY} characters")
        await self._talk(operator)
        now = self._clock.now()
        self._tickets = {number: t for number, t in self._tickets.items() if now - t.at <= _VALID and t.phone != phone}
        if len(self._tickets) >= _MOST:
            raise SteeringRefused("too_many", "too many supervisors want to listen at once; try again in a moment")
        number = str(self._draw(10**_DIGITS)).zfill(_DIGITS)
        self._tickets[number] = _Ticket(by, phone, operator, mode, why.strip(), now)
        return PREFIX + number

    async def listen(self, call: SupervisorCall) -> None:
        """A supervisor's phone has dialled: let it into the talk, or let the dialplan hang up."""
        number = (await call.get_variable("EXTEN")).removeprefix(PREFIX)
        # used once, whatever becomes of it
        ticket = self._tickets.pop(number, None)
        phone = await call.get_variable("CHANNEL(endpoint)")
        if ticket is None or ticket.phone != phone or self._clock.now() - ticket.at > _VALID:
            log.warning("a supervisor's phone dialled a number that is not valid", extra={"action": "listen_refused"})
            return
        try:
            talk = await self._talk(ticket.operator)
            now = self._clock.now()
            data = {"call_id": talk.call_id, "phone": phone}
            entry = AuditEntry(now, ticket.by, ticket.mode, ticket.operator, ticket.why, data, "done")
            await self._audit.record(entry)
        except HotlineError as error:
            # nobody listens unseen
            log.warning("a supervisor does not get into a talk: %s", error, extra={"action": "listen_refused"})
            return
        self._journal.write(talk.call_id, now, "listened", {"by": ticket.by, "mode": ticket.mode})
        await call.set_variable(variables.SPY_MODE, _OPTIONS[ticket.mode])
        await call.set_variable(variables.SPY, talk.channel)

    async def _talk(self, operator: str) -> OperatorTalk:
        for talk in await self._switchboard.talks():
            if talk.operator == operator:
                return talk
        raise SteeringRefused("not_talking", f"operator {operator[:20]} talks with no caller at the moment")
