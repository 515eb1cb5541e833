"""What time does to callbacks is carried out: leases run out, nights and windows begin or end, promises expire."""

import logging
from collections.abc import Awaitable, Callable

from ivr.domain.callback_timers import overdue_event
from ivr.domain.callbacks import LEASED, Callback
from ivr.errors import HotlineError
from ivr.services.callback_desk import CallbackDesk
from ivr.services.ports import Callbacks, Clock

log = logging.getLogger(__name__)
#: So many are looked at at a time, and so often in a round: a night ends for all at one moment.
MOST, _MORE = 500, 10
#: Of a callback whose lease ran out, given the attempts that have a channel: True when it was settled.
Recover = Callable[[Callback, frozenset[str]], Awaitable[bool]]


class Timekeeper:
    """`alive`: the attempts that have a channel. Counts what it did in `settled` (leases) and `timers`."""

    def __init__(
        self,
        callbacks: Callbacks,
        desk: CallbackDesk,
        clock: Clock,
        alive: Callable[[], Awaitable[frozenset[str]]],
        recover: Recover,
    ) -> None:
        self._callbacks, self._desk, self._clock = callbacks, desk, clock
        self._alive, self._recover = alive, recover
        self.settled = self.timers = 0

    async def run(self) -> None:
        """Raises `HotlineError`; a callback that cannot be seen to for another reason holds up no other."""
        for _ in range(_MORE):
            before = self.settled + self.timers
            overdue = await self._callbacks.timers(self._clock.now(), MOST)
            alive = await self._alive() if any(each.state in LEASED for each in overdue) else frozenset()
            for callback in overdue:
                try:
                    await self._see_to(callback, alive)
                except HotlineError:
                    raise
                except Exception:
                    log.exception("callback %s is not seen to", callback.id, extra={"action": "callback_unfit"})
            if len(overdue) < MOST or self.settled + self.timers == before:
                break

    async def _see_to(self, callback: Callback, alive: frozenset[str]) -> None:
        if callback.state in LEASED:
            self.settled += await self._recover(callback, alive)
            return
        event = overdue_event(callback, self._clock.now())
        if event is not None and await self._desk.event(callback.id, event) is not None:
            self.timers += 1
