"""The link is cut exactly where it is said, both ways; otherwise everything passes."""

import asyncio
import contextlib

from tests.chaos.cutter import Cutter

HELLO = b"Asterisk Call Manager/9\r\nResponse: Success\r\nMessage: Authentication accepted\r\n\r\n"
EVENT = b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"
ACTION = b"Action: QueueStatus\r\n\r\n"


class Manager:
    """Says its hello and one event to who connects; `heard`: what each connection sent."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        await asyncio.sleep(0.02)
        writer.write(EVENT)
        self.heard.append(b"")
        place = len(self.heard) - 1
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1000):
                self.heard[place] += data
        writer.close()


async def got(port: int) -> bytes:
    """Everything that comes over one connection until it is cut; we ask once, after the login."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        received = await reader.readuntil(b"accepted\r\n\r\n")
        writer.write(ACTION)
        while data := await reader.read(1000):
            received += data
            if received.endswith(EVENT):
                await asyncio.sleep(0.05)
                break
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
    return received


async def test_each_connection_is_cut_a_byte_later_and_then_all_passes() -> None:
    manager = Manager()
    async with await asyncio.start_server(manager.serve, "127.0.0.1", 0) as server:
        cutter = Cutter(server.sockets[0].getsockname()[1])
        port = await cutter.open()
        try:
            assert await got(port) == HELLO + EVENT
            sweep = asyncio.ensure_future(cutter.sweep(3, 2, 10))
            await asyncio.sleep(0)
            received = [await got(port) for _ in range(4)]
            assert await got(port) == HELLO + EVENT
            await sweep
        finally:
            cutter.close()
    assert cutter.done == [("down", 3), ("up", 3), ("down", 4), ("up", 4)]
    assert received[0] == HELLO + EVENT[:3] and received[2] == HELLO + EVENT[:4]
    await asyncio.sleep(0.05)
    assert (manager.heard[2], manager.heard[4]) == (ACTION[:3], ACTION[:4])
