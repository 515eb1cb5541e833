"""The bytes of one AGI connection. Read up to an end that is waited for, with a limit of size and of time.

asyncio's streams do the same at twice the cost: a buffer of 256 KiB for each read, and a timer made and cancelled for
each wait. Here the reads go into a small buffer that stays, and one timer is moved on only when it has run out.
"""

import asyncio
from collections.abc import Callable
from typing import cast

_READ = 4096


class AgiWire(asyncio.BufferedProtocol):
    """`limit`: bytes that may lie unread; beyond it nothing more is taken from the network. `taken` is told of a new
    connection. Only one may wait at a time."""

    def __init__(self, limit: int, taken: Callable[["AgiWire"], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._taken = taken
        self._space = memoryview(bytearray(_READ))
        self._unread = bytearray()
        self._paused = False
        self._over = False
        self._waiter: asyncio.Future[None] | None = None
        self._by = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    async def until(self, end: bytes, by: float) -> bytes:
        """Everything up to and with `end`, at the latest at the loop's time `by`.

        Raises TimeoutError, EOFError when nothing more comes, ValueError when there is more than the limit before it.
        """
        searched = 0
        while (found := self._unread.find(end, searched)) < 0:
            if self._over:
                raise EOFError
            if len(self._unread) > self._limit:
                raise ValueError(f"more than {self._limit} bytes without an end")
            searched = max(0, len(self._unread) - len(end) + 1)
            self._waiter = self._loop.create_future()
            self._wake_by(by)
            try:
                await self._waiter
            finally:
                self._waiter = None
        found += len(end)
        if found == len(self._unread):
            line, self._unread = bytes(self._unread), bytearray()
        else:
            line = bytes(self._unread[:found])
            del self._unread[:found]
        if self._paused and len(self._unread) <= self._limit:
            self._paused = False
            self._transport.resume_reading()
        return line

    def write(self, line: bytes) -> None:
        """Send `line`. Raises EOFError when the connection is closed.

        Nothing waits until it is on its way: who sends one line and waits for its answer has one line unsent at most.
        """
        if self._transport.is_closing():
            raise EOFError
        self._transport.write(line)

    def close(self) -> None:
        """Close, without waiting for a peer that takes nothing."""
        if self._transport.get_write_buffer_size() > 0:
            self._transport.abort()
        else:
            self._transport.close()

    def _wake_by(self, by: float) -> None:
        self._by = by
        if self._alarm is None or self._alarm.when() > by:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(by, self._ring)

    def _ring(self) -> None:
        """The alarm was set for an earlier wait, or this wait is over."""
        self._alarm = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._by:
            self._alarm = self._loop.call_at(self._by, self._ring)
        else:
            self._waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._taken(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        self._unread += self._space[:nbytes]
        if len(self._unread) > self._limit:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._over = True
        self._wake()
        return True  # what has come before is still read

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._wake()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
