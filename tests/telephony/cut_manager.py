"""A manager interface whose line breaks at the worst moment: when a call was asked for and the answer is not there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ivr.tasks import spawn

_END = b"\r\n\r\n"


class CutManager:
    """Stands before Asterisk's own. The first Originate of all cuts its connection; what comes later goes through.

    `delivered`: Asterisk gets that Originate, and has answered it, before the connection is cut; else it never does.
    """

    def __init__(self, asterisk: int, delivered: bool) -> None:
        self._asterisk, self._delivered = asterisk, delivered
        self.port = self.connections = 0
        self.originates: list[str] = []
        self._news = asyncio.Condition()

    async def until(self, reached: Callable[[], bool], limit: float = 30) -> None:
        """Wait until something that happens here is so."""
        async with asyncio.timeout(limit), self._news:
            await self._news.wait_for(reached)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_asterisk, to_asterisk = await asyncio.open_connection("127.0.0.1", self._asterisk)
        down = spawn(_pump(from_asterisk, writer), "manager-answers")
        await self._tell(connections=1)
        try:
            while True:
                action = await reader.readuntil(_END)
                if b"action: originate" in action.lower():
                    self.originates.append(action.decode())
                    if len(self.originates) == 1:
                        break
                to_asterisk.write(action)
            down.cancel()
            await asyncio.wait({down})
            if self._delivered:
                to_asterisk.write(action)
                await from_asterisk.readuntil(b"successfully queued")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the dispatcher hung up
        finally:
            writer.transport.abort()
            to_asterisk.close()
            await asyncio.wait({down})

    async def _tell(self, connections: int) -> None:
        async with self._news:
            self.connections += connections
            self._news.notify_all()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


@asynccontextmanager
async def cut_manager(asterisk: int, delivered: bool) -> AsyncIterator[CutManager]:
    """Before the manager interface on that port."""
    made = CutManager(asterisk, delivered)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
