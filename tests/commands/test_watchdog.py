"""What is a sign of life, and what is none."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ivr.commands import _watchdog
from ivr.commands._watchdog import lives
from ivr.web.door import Door
from tests.addresses import free_port


@asynccontextmanager
async def _listening(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that says `answer` to everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health/live"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_watchdog, "_PATIENCE_S", 20)


@pytest.mark.parametrize("status", ["200 OK", "303 See Other\r\nLocation: /login", "429 Too Many Requests",
                                    "500 Internal Server Error", "503 Service Unavailable"])  # fmt: skip
@pytest.mark.usefixtures("patient")
async def test_every_answer_is_one(status: str) -> None:
    async with _listening(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()) as url:
        assert await lives(url)


@pytest.mark.parametrize("answer", [b"", b"what?\r\n\r\n"], ids=["shut", "no http"])
@pytest.mark.usefixtures("patient")
async def test_so_is_a_door_that_is_shut(answer: bytes) -> None:
    async with _listening(answer) as url:
        assert await lives(url)


@pytest.mark.usefixtures("patient")
async def test_a_full_house_is_no_dead_one() -> None:
    door = Door(asyncio.Protocol, most=0)
    door.most = 0
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    async with server:
        assert await lives(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health/live")
    assert door.refused


async def test_silence_is_none() -> None:
    # the machine takes connections in for it, and that is all
    with socket.create_server(("127.0.0.1", 0)) as hung:
        assert not await lives(f"http://127.0.0.1:{hung.getsockname()[1]}/health/live")


async def test_nobody_there_is_none() -> None:
    assert not await lives(f"http://127.0.0.1:{free_port()}/health/live")
