"""Where supervisors send waiting callers: kept from the order until the dialplan hands the caller over for it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ivr.domain.live_types import call_id_of
from ivr.services.ports import Clock

#: done; under_way: an operator is being rung, he goes when that one does not answer; answered, gone: meanwhile.
Outcome = Literal["done", "under_way", "answered", "gone"]
#: An order that nobody came for in so long is void: the link was down, or the controller of that call is another one.
_VOID = timedelta(minutes=2)


@dataclass(frozen=True)
class Order:
    """Where a waiting caller is to go: `queue`, at `position` (1-based; 0: by his arrival).

    `by`, `why`: whose order, and his reason; `origin`: where the caller waits; `audit`: its entry, 0 while none.
    """

    by: str
    why: str
    origin: str
    queue: str
    position: int
    at: datetime
    audit: int = 0
    outcome: "asyncio.Future[Outcome]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future(), compare=False, repr=False
    )


class SteeringOrders:
    """At most one order a call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._orders: dict[str, Order] = {}
        #: told of every order whose outcome is known
        self.on_settled: list[Callable[[Order, Outcome], None]] = []

    def get(self, call_id: str) -> Order | None:
        """The order that is under way for this call."""
        order = self._orders.get(call_id)
        return order if order is not None and self._clock.now() - order.at <= _VOID else None

    def put(self, call_id: str, order: Order) -> None:
        """Give the order; replaces one."""
        self._orders[call_id] = order

    def withdraw(self, call_id: str) -> None:
        """Forget it: it is not carried out."""
        self._orders.pop(call_id, None)

    def take(self, call_id: str) -> Order | None:
        """The caller is here: whoever takes the order carries it out."""
        order = self.get(call_id)
        if order is not None:
            self._settle(call_id, "done")
        return order

    def drop(self, call_id: str) -> None:
        """The caller went another way by himself."""
        if call_id in self._orders:
            self._settle(call_id, "gone")

    def event(self, message: Mapping[str, str]) -> None:
        """A manager event (names in lower case): an operator had the caller first, or he hung up."""
        name = message.get("event", "").lower()
        if self._orders and name in ("agentconnect", "hangup"):
            call_id = call_id_of(message.get("uniqueid", ""))
            if call_id in self._orders:
                self._settle(call_id, "answered" if name == "agentconnect" else "gone")

    def _settle(self, call_id: str, outcome: Outcome) -> None:
        order = self._orders.pop(call_id)
        if not order.outcome.done():
            order.outcome.set_result(outcome)
        for listener in self.on_settled:
            listener(order, outcome)
