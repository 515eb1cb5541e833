"""A supervisor steers: operators paused and logged out, waiting callers moved. Each deed is in the audit before it is
done, and what became of it after.

A waiting caller is not torn out of his queue: Asterisk is asked to let his dialplan go on (`Switchboard.withdraw`), the
dialplan asks the controller where to (`SteeringOrders.take`), and without an answer takes him back. Whoever is
answered, or hangs up, before that is simply not moved; so nobody can be lost, and nobody moved twice at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from ivr.domain.audit import LONGEST_WHY, AuditEntry
from ivr.domain.operators import PAUSE_REASONS, Phone
from ivr.domain.queues import Waiting
from ivr.errors import HotlineError, PbxError, StorageError
from ivr.services.ports import Audit, Board, Clock, Switchboard
from ivr.services.steering_orders import Order, Outcome, SteeringOrders
from ivr.tasks import spawn

log = logging.getLogger(__name__)
_MOST_PLACES = 200
_T = TypeVar("_T")


class SteeringRefused(HotlineError):
    """What the supervisor asked for cannot be done; `error_id` says why, for programs."""

    def __init__(self, error_id: str, words: str) -> None:
        super().__init__(words)
        self.error_id = error_id


class Steering:
    """`operators`: login -> his queues. `patience` (s): how long a move waits for what becomes of it.

    Every deed raises `SteeringRefused`, `PbxError` (Asterisk is away) or `StorageError` (then nothing was done).
    """

    def __init__(
        self,
        switchboard: Switchboard,
        board: Board,
        audit: Audit,
        clock: Clock,
        operators: Mapping[str, Sequence[str]],
        orders: SteeringOrders,
        patience: float = 4.0,
    ) -> None:
        self._switchboard, self._board, self._audit, self._clock = switchboard, board, audit, clock
        self._operators = operators
        self._patience = patience
        self._orders = orders
        orders.on_settled.append(self._settled)

    async def log_in(self, by: str, operator: str, why: str = "", phone: Phone = "op") -> None:
        """Ring that phone of his, and no other, for all his queues."""
        queues = self._queues(operator)
        entry = await self._begin(by, "log_in", operator, why, {"phone": phone})
        await self._do(entry, self._switchboard.log_in(operator, phone, queues))

    async def log_out(self, by: str, operator: str, why: str) -> None:
        """Ring him no more; a talk goes on."""
        self._queues(operator)
        entry = await self._begin(by, "log_out", operator, why)
        if not await self._do(entry, self._switchboard.log_out(operator)):
            raise _not_there(operator)

    async def pause(self, by: str, operator: str, reason: str, why: str = "") -> None:
        """Ring him no more until he is resumed; `reason` is one of `PAUSE_REASONS`."""
        self._queues(operator)
        if reason not in PAUSE_REASONS:
            raise SteeringRefused("unknown_reason", f"the reason of a pause is one of {', '.join(PAUSE_REASONS)}")
        entry = await self._begin(by, "pause", operator, why, {"reason": reason})
        if not await self._do(entry, self._switchboard.pause(operator, reason)):
            raise _not_there(operator)

    async def resume(self, by: str, operator: str, why: str = "") -> None:
        """End a pause."""
        self._queues(operator)
        entry = await self._begin(by, "resume", operator, why)
        if not await self._do(entry, self._switchboard.resume(operator)):
            raise _not_there(operator)

    async def move(self, by: str, call_id: str, queue: str, why: str) -> Outcome:
        """Send a waiting caller to another queue, to the place that he has there by his arrival."""
        origin, caller = self._waiting(call_id)
        target = self._board.view().queues.get(queue)
        if target is None:
            raise SteeringRefused("unknown_queue", f"there is no queue {queue[:40]!r}")
        if queue == origin:
            raise SteeringRefused("same_queue", "the caller waits there already")
        if not target.logged_in:
            raise SteeringRefused("nobody_there", f"nobody is logged in to {queue}: the caller stays where he is")
        return await self._order("move", by, call_id, why, origin, caller, queue, 0)

    async def move_up(self, by: str, call_id: str, position: int, why: str) -> Outcome:
        """Put a waiting caller to an earlier place of his queue, whoever came before him. Needs a reason."""
        origin, caller = self._waiting(call_id)
        if not 1 <= position <= _MOST_PLACES or position >= caller.position:
            raise SteeringRefused("not_earlier", f"the caller is at place {caller.position}: choose an earlier one")
        if not why.strip():
            raise SteeringRefused("no_reason", "others are overtaken: say why")
        return await self._order("move_up", by, call_id, why, origin, caller, origin, position)

    async def _order(
        self, action: str, by: str, call_id: str, why: str, origin: str, caller: Waiting, queue: str, position: int
    ) -> Outcome:
        before = self._orders.get(call_id)
        if before is not None:
            raise SteeringRefused("being_moved", f"{before.by} is moving this caller to {before.queue} already")
        order = Order(by, why.strip(), origin, queue, position, self._clock.now())
        # in its place before anything is waited for: of two who move one caller at once the second is refused
        self._orders.put(call_id, order)
        try:
            data = {"from": origin, "queue": queue, "place": caller.position, "position": position}
            entry = await self._begin(by, action, call_id, why, data)
            self._orders.put(call_id, replace(order, audit=entry))
            if not await self._do(entry, self._switchboard.withdraw(origin, caller.channel), done=""):
                raise SteeringRefused("not_waiting", "the caller does not wait there any more")
        except BaseException:
            self._orders.withdraw(call_id)
            raise
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(order.outcome)
        except TimeoutError:
            return "under_way"

    def _settled(self, order: Order, outcome: Outcome) -> None:
        if order.audit:
            spawn(self._outcome(order.audit, outcome), "audit")

    def _waiting(self, call_id: str) -> tuple[str, Waiting]:
        view = self._board.view()
        if not view.fresh:
            raise PbxError("the queues are not known at the moment: Asterisk does not answer")
        for name, queue in view.queues.items():
            for caller in queue.waiting:
                if call_id and caller.call_id == call_id:
                    return name, caller
        raise SteeringRefused("not_waiting", "that caller does not wait in any queue")

    def _queues(self, operator: str) -> Sequence[str]:
        if operator not in self._operators:
            raise SteeringRefused("unknown_operator", f"there is no operator {operator[:20]!r}")
        return self._operators[operator]

    async def _begin(
        self, by: str, action: str, target: str, why: str, data: Mapping[str, object] | None = None
    ) -> int:
        if len(why) > LONGEST_WHY:
            raise SteeringRefused("reason_too_long", f"a reason has at most {LONGEST_WHY} characters")
        return await self._audit.record(AuditEntry(self._clock.now(), by, action, target, why.strip(), data or {}))

    async def _do(self, entry: int, deed: Awaitable[_T], done: str = "done") -> _T:
        """Carry `deed` out; its outcome is `done` ("": not known yet), void (nothing to do) or failed."""
        try:
            result = await deed
        except PbxError:
            await self._outcome(entry, "failed")
            raise
        outcome = done if result is None or result else "void"
        if outcome:
            await self._outcome(entry, outcome)
        return result

    async def _outcome(self, entry: int, outcome: str) -> None:
        try:
            await self._audit.settle(entry, outcome)
        except StorageError as error:
            # the deed stands in the audit, without its outcome
            log.error("the outcome %r of audit entry %d is not kept: %s", outcome, entry, error,
                      extra={"action": "audit_outcome"})  # fmt: skip


def _not_there(operator: str) -> SteeringRefused:
    return SteeringRefused("not_logged_in", f"operator {operator} is not logged in")
