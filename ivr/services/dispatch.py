"""One round of calling back: settle what earlier rounds left, dial those whose turn it is, hear what becomes of it.

Nobody is dialled twice: an attempt is written down (compare-and-set) before it is sent, is sent once, and the dialplan
serves one attempt once. What is not known after that is settled later, from what Asterisk wrote down itself.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ivr.domain.callbacks import LEASE, Callback, apply
from ivr.domain.dispatching import Choice
from ivr.domain.queues import BoardView
from ivr.errors import HotlineError
from ivr.services.callback_desk import CallbackDesk
from ivr.services.callback_time import AT_ONCE, Timekeeper
from ivr.services.ports import Callbacks, Clock

log = logging.getLogger(__name__)
#: Of each queue's line so many are looked at; where some may not be rung now, they are parked and the next come up.
LINE = 100
_PAGES = 50
#: Status of an attempt that was made void before it was served.
VOID = "void"
#: An attempt as old is not served by the dialplan any more (it serves those of yesterday and today).
STALE = timedelta(days=2)
_LOOKS, _PAUSE_S = 10, 0.1
#: Seconds from one look at what the controller did with a call to the next.
_POLL_S = 1.0
#: An attempt of another Asterisk cannot be looked at from here; its call may last so long.
FOREIGN = timedelta(hours=1)


class DialRefused(HotlineError):
    """Asterisk refused to place the call: nobody was rung."""


class DialUnsure(HotlineError):
    """The link was lost after the call was asked for: it is not known whether somebody was rung."""


@dataclass(frozen=True)
class DialOrder:
    """One call to one citizen. `attempt`: random, of this call alone; `number`: E.164; `did`: what his phone shows.

    `operators`: the queue whose operator is rung before him; "": he is rung first.
    """

    attempt: str
    number: str
    did: str
    language: str
    ticket: str
    category: str
    virtual_start: datetime
    operators: str = ""


@dataclass(frozen=True)
class Result:
    """A call is over. `cause`: Q.850, 0 unknown; `status`: DIALSTATUS; `talked`: an operator was connected."""

    attempt: str
    cause: int
    status: str
    talked: bool


@dataclass(frozen=True)
class Trace:
    """What Asterisk wrote down of an attempt; `over`: with its result; `rung`: the citizen's phone may have rung."""

    over: bool
    status: str = ""
    cause: int = 0
    talked: bool = False
    rung: bool = True


class Dialler(Protocol):
    """Asterisk. Every question raises `HotlineError` when it does not answer in time."""

    @property
    def results(self) -> "asyncio.Queue[Result]": ...

    @property
    def lost(self) -> asyncio.Event: ...

    async def boot(self) -> str:
        """Which Asterisk this is, "<host> <since when it runs>": another text after each start."""

    async def board(self, at: datetime) -> BoardView: ...

    async def alive(self) -> frozenset[str]: ...

    async def trace(self, attempt: str) -> Trace | None: ...

    async def dial(self, order: DialOrder) -> None:
        """Raises `DialRefused` or `DialUnsure`."""

    async def void(self, attempt: str) -> None:
        """Let this attempt never be served, should it still be asked for; its trace says VOID then."""


#: (due, in flight by queue, board, at) -> whom to dial now, in this order
Choose = Callable[[Sequence[Callback], Mapping[str, int], BoardView, datetime], Choice]


@dataclass
class Round:
    """What a round did, for its log line and for tests. `held`: reason -> how many were due and are not dialled yet."""

    settled: int = 0
    timers: int = 0
    parked: int = 0
    dialled: list[str] = field(default_factory=list)
    heard: int = 0
    refused: int = 0
    unsure: int = 0
    held: dict[str, int] = field(default_factory=dict)


class Dispatcher:
    """Runs rounds. `new_attempt`: makes the id of a dial at a moment; `owner`: who holds the leases."""

    def __init__(
        self,
        callbacks: Callbacks,
        desk: CallbackDesk,
        dialler: Dialler,
        clock: Clock,
        choose: Choose,
        new_attempt: Callable[[datetime], str],
        owner: str,
    ) -> None:
        self._callbacks, self._desk, self._dialler, self._clock = callbacks, desk, dialler, clock
        self._choose, self._new_attempt, self._owner = choose, new_attempt, owner

    async def round(self, listen: float = 45.0, pace: float = 5.0) -> Round:
        """One round; `listen`: seconds to wait for the results of its own dials; `pace`: from one look at whom to dial
        to the next while it waits, for operators become free meanwhile. Raises `HotlineError`."""
        done = Round()
        boot = await self._dialler.boot()
        await self._timers(boot, done)
        under_way = await self._dial(boot, done)
        await self._listen(boot, under_way, (listen, pace), done)
        return done

    # -- what earlier rounds, or time, left to do

    async def _timers(self, boot: str, done: Round) -> None:
        async def recover(callback: Callback, alive: frozenset[str]) -> bool:
            return await self._recover(callback, boot, alive, self._clock.now())

        time = Timekeeper(self._callbacks, self._desk, self._clock, self._dialler.alive, recover)
        await time.run()
        done.settled, done.timers = time.settled, time.timers

    async def _recover(self, callback: Callback, boot: str, alive: frozenset[str], at: datetime) -> bool:
        """A lease ran out. True when the callback was settled."""
        attempt = callback.attempt
        if attempt in alive:
            # the call goes on; whoever hears its end settles it
            await self._callbacks.renew(callback, at + LEASE)
            return False
        dialled_on = await self._boot_of(callback)
        if dialled_on.partition(" ")[0] != boot.partition(" ")[0]:
            if callback.lease_until is not None and at < callback.lease_until + FOREIGN:
                return False
            return await self._lost(callback, "another Asterisk")
        trace = await self._dialler.trace(attempt)
        if trace is not None and trace.over:
            return await self._result(Result(attempt, trace.cause, trace.status, trace.talked))
        if trace is not None and attempt in await self._dialler.alive():
            return False  # it came this very moment: its dispatcher was late
        if trace is None and dialled_on == boot and callback.state == "dialling":
            if callback.lease_until is not None and at > callback.lease_until + STALE:
                return await self._result(Result(attempt, 0, VOID, False))
            # Its dispatcher may not be dead but late. The result of this settles it, now or in a later round.
            await self._dialler.void(attempt)
            trace = await self._end_of(attempt)
            return trace is not None and await self._result(Result(attempt, trace.cause, trace.status, trace.talked))
        note = "Asterisk was restarted" if dialled_on != boot else "no trace of its end"
        return await self._lost(callback, note, trace is None or trace.rung)

    async def _end_of(self, attempt: str) -> Trace | None:
        """What is written down of it, as soon as it is over; None when that takes too long."""
        for _ in range(_LOOKS):
            trace = await self._dialler.trace(attempt)
            if trace is not None and trace.over:
                return trace
            await asyncio.sleep(_PAUSE_S)
        return None

    async def _lost(self, callback: Callback, note: str, rung: bool = True) -> bool:
        log.warning("attempt %s: %s", callback.attempt, note, extra={"action": "callback_recovered"})
        unseen = "recover" if rung or callback.state != "dialling" else "recover_unseen"
        event = "complete" if callback.state == "connected" else unseen
        return await self._desk.event(callback.attempt, event, note) is not None

    async def _boot_of(self, callback: Callback) -> str:
        """The Asterisk that this attempt was sent to."""
        history = await self._callbacks.history(callback.id)
        return next((e.note for e in reversed(history) if e.event == "dial" and e.attempt == callback.attempt), "")

    # -- dialling

    async def _dial(self, boot: str, done: Round) -> dict[str, str]:
        """Dial those whose turn it is; attempt -> callback of those sent."""
        under_way: dict[str, str] = {}
        choice = await self._whom(self._clock.now(), done)
        for callback in choice.dial:
            attempt = self._new_attempt(self._clock.now())
            moved, event = apply(callback, "dial", self._clock.now(), note=boot, attempt=attempt, owner=self._owner)
            if not await self._callbacks.move(moved, event):
                continue  # another dispatcher was faster
            try:
                await self._dialler.dial(_order(moved, callback.id in choice.agent_first))
            except DialRefused as error:
                log.error("callback %s was not dialled: %s", callback.id, error, extra={"action": "dial_refused"})
                await self._desk.event(attempt, "recover_unseen", "Asterisk refused the call")
                done.refused += 1
                break
            except DialUnsure as error:
                log.error("callback %s: %s", callback.id, error, extra={"action": "dial_unsure"})
                done.unsure += 1
                break
            under_way[attempt] = callback.id
            done.dialled.append(callback.id)
        return under_way

    async def _whom(self, at: datetime, done: Round) -> Choice:
        """The decision; those whom their quiet hours hold are parked on the way."""
        for _ in range(_PAGES):
            due = await self._callbacks.due(at, LINE)
            board = await self._dialler.board(at) if due else BoardView()
            if not board.fresh:
                done.held = {"board": len(due)} if due else {}
                break
            choice = self._choose(due, await self._callbacks.in_flight(), board, at)
            aside = [held for held in choice.held if held.reason in ("quiet", "clock")]
            parked = 0
            for first in range(0, len(aside), AT_ONCE):
                some = [apply(each.callback, "park", at, until=each.until) for each in aside[first : first + AT_ONCE]]
                parked += len(await self._callbacks.move_all(some))
            done.parked += parked
            if not parked:
                done.held = dict(Counter(held.reason for held in choice.held))
                return choice
        return Choice()

    # -- hearing

    async def _listen(self, boot: str, under_way: dict[str, str], times: tuple[float, float], done: Round) -> None:
        """Until every own dial is over or on its way to an operator; what is not heard is settled by a later round."""
        loop = asyncio.get_running_loop()
        (seconds, pace), looked = times, loop.time()
        until = looked + seconds
        while under_way and not self._dialler.lost.is_set() and loop.time() < until:
            if loop.time() >= looked + pace and not done.refused and not done.unsure:
                looked = loop.time()
                under_way |= await self._dial(boot, done)
            try:
                async with asyncio.timeout(min(_POLL_S, max(pace, 0.02), until - loop.time())):
                    result = await self._dialler.results.get()
            except TimeoutError:
                await self._forget_answered(under_way)
                continue
            if under_way.pop(result.attempt, None) is not None or result.attempt:
                done.heard += await self._result(result)

    async def _forget_answered(self, under_way: dict[str, str]) -> None:
        """Calls that a person took are the controller's now."""
        for attempt, callback_id in list(under_way.items()):
            callback = await self._callbacks.get(callback_id)
            if callback is None or callback.attempt != attempt or callback.state != "dialling":
                del under_way[attempt]

    async def _result(self, result: Result) -> bool:
        if result.status == VOID:
            log.info("attempt %s was never placed", result.attempt, extra={"action": "callback_unseen"})
            return await self._desk.event(result.attempt, "recover_unseen", "the call was never placed") is not None
        if result.status == "SILENT":
            return await self._desk.event(result.attempt, "silent", "the controller was silent") is not None
        return await self._desk.result(result.attempt, result.cause, result.status, result.talked) is not None


def _order(callback: Callback, agent_first: bool) -> DialOrder:
    return DialOrder(
        callback.attempt, callback.number, callback.service, callback.language, callback.ticket,
        callback.category, callback.virtual_start, callback.queue if agent_first else "",
    )  # fmt: skip
