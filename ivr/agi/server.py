"""The FastAGI server: panoramisk's routes, our own reader in front of them.

Nothing that connects can hold the loop or a call: headers have a time and a size limit, waiting headers and
running calls are counted, what is over a limit is closed without a word (the dialplan's fallback serves it).
"""

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from panoramisk.fast_agi import Application

from ivr import log as logs
from ivr.agi import protocol
from ivr.agi.channel import AgiChannel
from ivr.agi.link import AgiLink
from ivr.agi.playable import Playable
from ivr.agi.wire import AgiWire
from ivr.errors import CallerHungUp
from ivr.tasks import spawn

log = logging.getLogger(__name__)
#: Connections the kernel keeps for us; fewer, and a flood would make the next call's connection wait a second.
_BACKLOG = 4096
Handler = Callable[[AgiChannel], Awaitable[None]]


@dataclass
class AgiCounters:
    """Since the start. `running` now; `refused`: over a limit or draining; `bad_headers`: no usable header."""

    running: int = 0
    calls: int = 0
    refused: int = 0
    bad_headers: int = 0
    unknown_routes: int = 0
    failed: int = 0


class AgiServer(Application):  # type: ignore[misc]
    """Routes by the path of agi://host:port/<path>. `header_time` in seconds.

    `max_open` connections at once, calls and others; 0: as many as leave file descriptors for everything else.
    `max_calls`: new ones; a call that was taken (`add_route` with `known`) is not refused when it comes back.
    """

    def __init__(
        self, max_calls: int = 500, header_time: float = 5.0, max_open: int = 0, command_time: float = 20.0
    ) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.counters = AgiCounters()
        #: Told how many seconds the controller needed for each command.
        self.on_thought: Callable[[float], None] = lambda seconds: None
        self._playable = Playable()
        self._max_calls = max_calls
        self._known: set[str] = set()
        self._taken = 0
        self._max_open = max_open or min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)
        self._header_time = header_time
        self._command_time = command_time
        self._draining = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: set[asyncio.Task[None]] = set()

    def add_route(self, path: str, endpoint: Handler, known: bool = False) -> None:
        """Calls of agi://host:port/`path` go to `endpoint`; `known`: they have waited or talked already, or were
        called by the hotline."""
        super().add_route(path, endpoint)
        if known:
            self._known.add(path)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful with 0). Raises OSError when the address is taken."""

        def taken(wire: AgiWire) -> None:
            spawn(self._connection(wire), "AGI connection")

        self._server = await asyncio.get_running_loop().create_server(
            lambda: AgiWire(protocol.HEADER_LIMIT, taken), host, port, backlog=_BACKLOG
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def drain(self, seconds: float) -> None:
        """Take no more calls, let the running ones end for up to `seconds`, then close the rest."""
        self._draining = True
        if self._server is not None:
            loop = asyncio.get_running_loop()
            for one in self._server.sockets:
                loop.remove_reader(one.fileno())
            # what was taken in this moment becomes a connection first, and is refused: a server that is closed before
            # leaves it open (Python up to 3.12), and its caller would wait
            await asyncio.sleep(0)
            self._server.close()
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)
        rest = list(self._tasks)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _connection(self, wire: AgiWire) -> None:
        """One connection, from its header to its end; never raises."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(wire, task)
        except asyncio.CancelledError:
            # only `drain` cancels: the call goes on in the dialplan's fallback
            log.info("a call was left to the dialplan: the controller stops", extra={"action": "drained"})
        except Exception:
            log.exception("an AGI connection failed")
        finally:
            self._tasks.discard(task)
            self._calls.discard(task)
            wire.close()

    async def _serve(self, wire: AgiWire, task: "asyncio.Task[None]") -> None:
        if self._draining or len(self._tasks) > self._max_open:
            self._refuse()
            return
        headers = await self._headers(wire)
        if headers is None:
            return
        path = headers["agi_network_script"]
        route = self._route.get(path)
        if route is None:
            self.counters.unknown_routes += 1
            log.error("no AGI route named %r; the dialplan and the controller differ", _name(path))
            return
        known = path in self._known
        if self._draining or (self._taken >= self._max_calls and not known):
            self._refuse()
            return
        self._calls.add(task)
        self.counters.calls += 1
        self.counters.running += 1
        self._taken += not known
        try:
            link = AgiLink(wire, self._command_time, self.on_thought)
            await self._run(route, AgiChannel(link, headers, self._playable), path)
        finally:
            self.counters.running -= 1
            self._taken -= not known

    def _refuse(self) -> None:
        self.counters.refused += 1
        if self.counters.refused & (self.counters.refused - 1) == 0:  # 1, 2, 4, 8 …: a flood must not fill the disk
            log.warning("AGI connection refused (%d so far): the fallback serves it", self.counters.refused)

    async def _headers(self, wire: AgiWire) -> dict[str, str] | None:
        headers: dict[str, str] = {}
        with suppress(TimeoutError, EOFError, ValueError):
            by = asyncio.get_running_loop().time() + self._header_time
            headers = protocol.parse_header(await wire.until(b"\n\n", by))
        if "agi_network_script" in headers:
            return headers
        self.counters.bad_headers += 1
        log.debug("an AGI connection without a usable header was closed")
        return None

    async def _run(self, route: Handler, channel: AgiChannel, path: str) -> None:
        logs.call_id.set(channel.call_id or "-")
        try:
            await route(channel)
        except CallerHungUp:
            log.debug("the caller hung up")
        except Exception:
            self.counters.failed += 1
            log.exception("the call failed in %s; the fallback serves it", _name(path))


def _name(path: str) -> str:
    """What may be logged of a path: not the secret in front of the route."""
    return path.rpartition("/")[2][:80]
