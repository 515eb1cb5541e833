"""The door of the web server: so many connections and no more, and none that only holds it open.

Calls are served by the same process: whoever keeps thousands of idle connections must not take its file descriptors.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, cast

from ivr.web.rates import network_of

#: Seconds that a connection may be there without a request, or between two of them.
IDLE_S = 30.0


class Door:
    """Makes protocols for `loop.create_server`: `inner` makes the one behind each. `most`: connections at once; 0: a
    third of the file descriptors. One network has a quarter of them, but for addresses `shared` by many: proxies."""

    def __init__(
        self,
        inner: Callable[[], asyncio.Protocol],
        most: int = 0,
        idle_s: float = IDLE_S,
        shared: frozenset[str] = frozenset(),
    ) -> None:
        self._inner, self.idle_s = inner, idle_s
        self.shared = frozenset(map(network_of, shared | {"127.0.0.1", "::1"}))
        self.by_network: Counter[str] = Counter()
        self.most = most or min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)
        self.open: dict[asyncio.BaseTransport, Connection] = {}
        self.refused = 0

    def has_room(self, network: str) -> bool:
        """For one more connection from there?"""
        return len(self.open) < self.most and (
            network in self.shared or self.by_network[network] < max(1, self.most // 4)
        )

    def __call__(self) -> asyncio.Protocol:
        return Connection(self, self._inner())

    @contextmanager
    def busy(self, transport: asyncio.BaseTransport | None):  # type: ignore[no-untyped-def]
        """A request of this connection is being served."""
        connection = self.open.get(transport) if transport is not None else None
        if connection is not None:
            connection.requests += 1
        try:
            yield
        finally:
            if connection is not None:
                connection.requests -= 1
                connection.since = asyncio.get_running_loop().time()


class Connection(asyncio.Protocol):
    """One connection; all but the watch is the inner protocol's."""

    def __init__(self, door: Door, inner: asyncio.Protocol) -> None:
        self._door, self._inner = door, inner
        self._let_in = False
        self._timer: asyncio.TimerHandle | None = None
        self.requests, self.since = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._network = network_of(str((transport.get_extra_info("peername") or ("",))[0]))
        if not self._door.has_room(self._network):
            self._door.refused += 1
            self._transport.abort()
            return
        self._let_in = True
        self._door.open[transport] = self
        self._door.by_network[self._network] += 1
        self.since = asyncio.get_running_loop().time()
        self._inner.connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._let_in:
            self._door.open.pop(self._transport, None)
            self._door.by_network[self._network] -= 1
            if not self._door.by_network[self._network]:
                del self._door.by_network[self._network]
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._let_in:
            self._inner.data_received(data)

    def eof_received(self) -> Any:
        return self._inner.eof_received() if self._let_in else None

    def pause_writing(self) -> None:
        if self._let_in:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._let_in:
            self._inner.resume_writing()

    def _watch(self) -> None:
        loop, allowed = asyncio.get_running_loop(), self._door.idle_s
        left = allowed if self.requests else self.since + allowed - loop.time()
        if left <= 0:
            self._transport.abort()
        else:
            self._timer = loop.call_later(max(left, allowed / 10), self._watch)
