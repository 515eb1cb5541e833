"""What time does to callbacks is carried out: leases run out, nights and windows begin or end, promises expire."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from ivr.domain.callback_timers import overdue_event
from ivr.domain.callbacks import LEASED, Callback
from ivr.errors import HotlineError
from ivr.services.callback_desk import CallbackDesk
from ivr.services.ports import Callbacks, Clock

log = logging.getLogger(__name__)
#: So many are looked at at a time, so many moved at once (each such step is short, as others write too), and for so
#: long in a round: a night ends for all at one moment, and those who are in line now are not to wait for the last one.
MOST, AT_ONCE = 500, 100
LONGEST = timedelta(seconds=5)
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
        until = self._clock.now() + LONGEST
        while True:
            before = self.settled + self.timers
            overdue = await self._callbacks.timers(self._clock.now(), MOST)
            leased = [each for each in overdue if each.state in LEASED]
            alive = await self._alive() if leased else frozenset()
            for callback in leased:
                with _alone(callback):
                    self.settled += await self._recover(callback, alive)
            timed = [each for each in overdue if each.state not in LEASED]
            for first in range(0, len(timed), AT_ONCE):
                await self._see_to(timed[first : first + AT_ONCE])
                if self._clock.now() >= until:
                    return
            if len(overdue) < MOST or self.settled + self.timers == before:
                return

    async def _see_to(self, overdue: Sequence[Callback]) -> None:
        at = self._clock.now()
        events = [(callback, event) for callback in overdue if (event := overdue_event(callback, at)) is not None]
        try:
            self.timers += await self._desk.events(events)
        except HotlineError:
            raise
        except Exception:
            log.exception("callbacks are seen to one by one", extra={"action": "callbacks_apart"})
            for callback, event in events:
                with _alone(callback):
                    self.timers += await self._desk.event(callback.id, event) is not None


@contextmanager
def _alone(callback: Callback) -> Iterator[None]:
    """What is wrong with this one holds up no other."""
    try:
        yield
    except HotlineError:
        raise
    except Exception:
        log.exception("callback %s is not seen to", callback.id, extra={"action": "callback_unfit"})
