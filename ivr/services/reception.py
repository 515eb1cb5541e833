"""The ways a call comes to the controller: one method per AGI route, named as in the dialplan."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.flow.commands import Caller, Flow
from ivr.services import variables
from ivr.services.conversation import Conversation, Services
from ivr.services.ports import Channel


class IncomingCall(Channel, Protocol):
    """A channel that also knows what the dialplan told about the call; "" where it told nothing."""

    caller: str
    did: str
    trunk: str
    language: str

    async def get_variable(self, name: str) -> str:
        """A channel variable; "" when it is not set."""


@dataclass(frozen=True)
class Flows:
    """The flows of the hotline, ready to start."""

    inbound: Callable[[Caller], Flow]
    #: language, slow mode -> flow
    rating: Callable[[str, bool], Flow]
    #: language, slow mode, ticket number -> flow
    unanswered: Callable[[str, bool, str], Flow]


class Reception:
    """Takes each call and starts the flow that fits."""

    def __init__(
        self, services: Services, flows: Flows, identify: Callable[[str], Caller], default_language: str
    ) -> None:
        self._services = services
        self._flows = flows
        self._identify = identify
        self._default_language = default_language

    async def inbound(self, call: IncomingCall) -> None:
        """A new call: the whole menu."""
        caller = self._identify(call.caller)
        self._services.journal.write(
            call.call_id,
            self._services.clock.now(),
            "start",
            {"caller": caller.number, "did": call.did, "trunk": call.trunk},
        )
        talk = Conversation(call, self._services, caller, self._default_language)
        await talk.run(self._flows.inbound(caller))

    async def rating(self, call: IncomingCall) -> None:
        """The operator hung up: ask for a rating."""
        slow = await call.get_variable(variables.SLOW) == "1"
        await self._afterwards(call, self._flows.rating(self._language(call), slow))

    async def unanswered(self, call: IncomingCall) -> None:
        """Queue() gave the call back without an operator."""
        ticket = await call.get_variable(variables.TICKET)
        slow = await call.get_variable(variables.SLOW) == "1"
        await self._afterwards(call, self._flows.unanswered(self._language(call), slow, ticket), ticket)

    async def _afterwards(self, call: IncomingCall, flow: Flow, ticket: str = "") -> None:
        self._services.waiting.leave(call.call_id)
        caller = self._identify(call.caller)
        await Conversation(call, self._services, caller, self._language(call), ticket).run(flow)

    def _language(self, call: IncomingCall) -> str:
        return call.language or self._default_language
