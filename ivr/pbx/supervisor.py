"""Keeps services running: starts them in order, restarts what dies with backoff, stops in reverse order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr.errors import HotlineError
from ivr.pbx.child import Child

Say = Callable[[str], None]
#: Checks in a row without an answer after which a process is taken for hung.
_SILENT_CHECKS = 3


@dataclass
class Backoff:
    """Seconds to wait before a restart: doubling from `first` to `limit`, from the start again after `healthy`."""

    first: float = 0.5
    limit: float = 15.0
    healthy: float = 60.0
    _next: float = field(default=0.0, init=False)

    def after(self, lived: float) -> float:
        """The pause after a life of `lived` seconds."""
        if lived >= self.healthy or not self._next:
            self._next = self.first
        pause = self._next
        self._next = min(self._next * 2, self.limit)
        return pause


@dataclass
class Service:
    """A process to keep alive. `stop(child, at_once)` ends it; `died` cleans up after an unwanted end.

    `answers`, asked every `check_every` seconds: a process that gives no sign of life three times in a row hangs
    (callers would hear silence) and is killed, to be started again. Until its first answer it has `patience` seconds:
    a start may have work to do.
    """

    name: str
    start: Callable[[], Awaitable[Child]]
    stop: Callable[[Child, bool], Awaitable[None]]
    died: Callable[[], None] = lambda: None
    backoff: Backoff = field(default_factory=Backoff)
    answers: Callable[[], Awaitable[bool]] | None = None
    check_every: float = 2.0
    patience: float = 150.0


class Supervisor:
    """Runs `services`, given in the order of their start, until told to stop."""

    def __init__(self, services: list[Service], say: Say) -> None:
        self._services, self._say = services, say
        self._children: dict[str, Child] = {}
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Stop cleanly; asked a second time: at once."""
        (self._hurry if self._stopping.is_set() else self._stopping).set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Start all, call `ready`, keep all until `stop`. Raises `HotlineError` when a first start fails."""
        keepers: list[asyncio.Task[None]] = []
        try:
            async with asyncio.TaskGroup() as group:
                for service in self._services:
                    if self.stopping or not await self._unless_stopped(self._start(service)):
                        break
                    keepers.append(group.create_task(self._keep(service), name=f"keep {service.name}"))
                else:
                    await self._unless_stopped(ready())
                await self._stopping.wait()
                for task in keepers:
                    task.cancel()
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        finally:
            self._stopping.set()
            await self._stop_all()

    async def _start(self, service: Service) -> None:
        self._children[service.name] = await service.start()

    async def _keep(self, service: Service) -> None:
        loop = asyncio.get_running_loop()
        born = loop.time()
        while True:
            code = await self._end_of(service)
            service.died()
            pause = service.backoff.after(loop.time() - born)
            self._say(f"{service.name} ended{_words(code)}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            born = loop.time()
            while True:
                try:
                    await self._start(service)
                    break
                except HotlineError as error:
                    pause = service.backoff.after(loop.time() - born)
                    self._say(f"{service.name} did not start: {error}; again in {pause:g} s")
                    await asyncio.sleep(pause)
                    born = loop.time()
            self._say(f"{service.name} runs again")

    async def _end_of(self, service: Service) -> int | None:
        """Wait until the child has ended, by itself or because it hung."""
        child, silent = self._children[service.name], 0
        clock = asyncio.get_running_loop().time
        patient_until = clock() + service.patience
        while service.answers is not None and not await child.ends_within(service.check_every):
            if await service.answers():
                silent, patient_until = 0, 0.0
            else:
                silent += 1
            if silent >= _SILENT_CHECKS and clock() >= patient_until:
                self._say(f"{service.name} gives no sign of life; it is killed")
                child.send(signal.SIGKILL)
                break
        return await child.wait()

    async def _unless_stopped(self, work: Awaitable[None]) -> bool:
        """Do `work`; False when told to stop before it was done."""
        return await _first(work, self._stopping)

    async def _stop_all(self) -> None:
        for service in reversed(self._services):
            child = self._children.get(service.name)
            if child is None or child.ended:
                continue
            self._say(f"stopping {service.name}")
            if self._hurry.is_set() or not await _first(service.stop(child, False), self._hurry):
                await service.stop(child, True)


async def _first(work: Awaitable[None], event: asyncio.Event) -> bool:
    """Await `work` until `event`; True when the work was done, else it is cancelled."""
    done = False

    async def do() -> None:
        nonlocal done
        await work
        done = True
        watcher.cancel()

    async def watch() -> None:
        await event.wait()
        worker.cancel()

    try:
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(do())
            watcher = group.create_task(watch())
    except BaseExceptionGroup as group_error:
        raise group_error.exceptions[0] from None
    return done


def _words(code: int | None) -> str:
    if code is None:
        return ""
    return f" (killed by signal {-code})" if code < 0 else f" (exit code {code})"
