"""Between the controller and Asterisk's manager interface: cuts each connection a byte later than the last one."""

import asyncio
import itertools
from collections.abc import Iterator

from ivr.tasks import spawn

_ACCEPTED = b"Authentication accepted\r\n\r\n"
#: Seconds after which a connection on which nothing more comes is cut where it stands.
_IDLE = 3.0


class Cutter:
    """Passes everything on. While `places` has any, the next connection is cut after so many bytes.

    Bytes are counted from the accepted login on: "down" those from Asterisk, "up" those of the controller.
    """

    def __init__(self, asterisk: int) -> None:
        self._asterisk = asterisk
        self._places: Iterator[tuple[str, int]] = iter(())
        self.done: list[tuple[str, int]] = []
        self.early = 0
        self._over = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def sweep(self, first: int, count: int, limit: float) -> None:
        """Cut at `count` places from `first` on, in both directions; returns when that is done, or after `limit` s."""
        numbers = range(first, first + count)
        self._places = itertools.chain.from_iterable((("down", n), ("up", n)) for n in numbers)
        self._over.clear()
        for writer in list(self._open):
            writer.transport.abort()
        try:
            async with asyncio.timeout(limit):
                await self._over.wait()
        except TimeoutError:
            self._places = iter(())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            from_asterisk, to_asterisk = await asyncio.open_connection("127.0.0.1", self._asterisk)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        place = next(self._places, None)
        if place is None:
            self._over.set()
        logged_in = asyncio.Event()
        tasks = [
            spawn(self._pump(from_asterisk, writer, "down", place, logged_in), "cutter-down"),
            spawn(self._pump(reader, to_asterisk, "up", place, logged_in), "cutter-up"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for each in (writer, to_asterisk):
                each.transport.abort()
            self._open.discard(writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str,
        place: tuple[str, int] | None, logged_in: asyncio.Event,
    ) -> None:  # fmt: skip
        left = place[1] if place is not None and place[0] == way else None
        try:
            if way == "down":
                writer.write(await reader.readuntil(_ACCEPTED))
                logged_in.set()
            while True:
                counting = left is not None and logged_in.is_set()
                async with asyncio.timeout(_IDLE if counting else None):
                    data = await reader.read(65536)
                if not data:
                    return
                if left is not None and logged_in.is_set():
                    writer.write(data[:left])
                    left -= len(data)
                    if left <= 0:
                        await writer.drain()
                        assert place is not None
                        self.done.append(place)
                        return
                else:
                    writer.write(data)
        except TimeoutError:
            self.early += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            return
