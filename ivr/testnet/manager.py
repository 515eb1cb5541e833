"""A small AMI client for the test network: actions with a limit, events to listeners."""

import asyncio
import itertools
import logging
from collections.abc import Callable

from ivr.errors import PbxError
from ivr.tasks import spawn

log = logging.getLogger(__name__)
Message = dict[str, str]


class Manager:
    """One AMI connection. Listeners are called in order, in the reader's task, and must not raise."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self.listeners: list[Callable[[Message], None]] = []
        self._task = spawn(self._read(), "testnet-ami")

    @classmethod
    async def connect(cls, port: int, user: str, secret: str, limit: float = 10) -> "Manager":
        """Connect to 127.0.0.1 and log in; raises `PbxError`."""
        reader, writer = await cls._opened(port, limit)
        manager = cls(reader, writer)
        try:
            await manager.action("Login", Username=user, Secret=secret)
        except BaseException:
            await manager.close()
            raise
        return manager

    @staticmethod
    async def _opened(port: int, limit: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that was greeted. Asterisk keeps ten waiting: where more come at once, one may be open here and
        unknown there, for ever, so nobody waits long for one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + limit
        while True:
            writer = None
            try:
                async with asyncio.timeout(min(2.0, limit)):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    if await reader.readline():
                        return reader, writer
                    raise ConnectionError("closed")
            except (OSError, TimeoutError) as error:
                if writer is not None:
                    writer.close()
                if loop.time() > until or isinstance(error, ConnectionRefusedError):
                    raise PbxError(f"test network: manager port {port} does not answer: {error}") from None
                await asyncio.sleep(0.1)

    async def action(self, name: str, limit: float = 10, variables: dict[str, str] | None = None,
                     **fields: str) -> Message:
        """Send one action and await its response; raises `PbxError` when refused or late."""
        number = str(next(self._ids))
        lines = {"Action": name, "ActionID": number, **fields}
        pairs = [*lines.items(), *(("Variable", f"{k}={v}") for k, v in (variables or {}).items())]
        if any("\r" in v or "\n" in v for _, v in pairs):
            raise PbxError(f"test network: {name}: a line end in a value")
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._writer.write(("".join(f"{k}: {v}\r\n" for k, v in pairs) + "\r\n").encode())
        try:
            async with asyncio.timeout(limit):
                answer = await future
        except TimeoutError:
            raise PbxError(f"test network: {name} was not answered within {limit} s") from None
        finally:
            self._waiting.pop(number, None)
        if answer.get("Response") == "Error":
            raise PbxError(f"test network: {name}: {answer.get('Message', 'refused')}")
        return answer

    async def close(self) -> None:
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                block = await self._reader.readuntil(b"\r\n\r\n")
                lines = block.decode("utf-8", "replace").split("\r\n")
                message = {k: v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
                if "Event" in message:
                    for listener in list(self.listeners):
                        listener(message)
                elif (future := self._waiting.get(message.get("ActionID", ""))) and not future.done():
                    future.set_result(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(PbxError("test network: the manager connection closed"))
