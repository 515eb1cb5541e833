"""Connections that ask for nothing are not kept; too many are not let in; those that are used stay."""

import asyncio
import contextlib

import pytest

from ivr.web.routes import PUBLIC, Body, Route
from ivr.web.visit import Visit

from .conftest import Serve
from .running import Running

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


async def _open(site: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", site.server.port)


async def _idle_after(site: Running, seconds: float) -> None:
    """From now on; before, a slow machine had all the time it wants."""
    site.server.door.idle_s = seconds
    async with asyncio.timeout(20):
        while not site.server.door.open:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for connection in list(site.server.door.open.values()):
        assert connection._timer is not None
        connection._timer.cancel()
        connection._watch()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.split(b":")[1]))


@pytest.mark.parametrize("sent", [b"", b"GET /health/live HTTP/1.1\r\nHost:", b"POST /api/login HTTP/1.1\r\n"])
@pytest.mark.parametrize("first", [False, True], ids=["at once", "after a request"])
async def test_a_connection_that_does_not_finish_its_request_is_closed(serve: Serve, sent: bytes, first: bool) -> None:
    site = await serve()
    reader, writer = await _open(site)
    if first:
        writer.write(REQUEST)
        assert b"live" in await _answer(reader)
    writer.write(sent)
    await _idle_after(site, 0.2)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
    assert not site.server.door.open


async def test_beyond_the_most_nobody_is_let_in_and_the_others_are_served(serve: Serve) -> None:
    site = await serve()
    site.server.door.most = 3
    kept = [await _open(site) for _ in range(3)]
    for reader, writer in kept:
        writer.write(REQUEST)
        assert b"200 OK" in await _answer(reader)
    refused, its = await _open(site)
    its.write(REQUEST)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _answer(refused)
    assert site.server.door.refused == 1
    kept[0][1].close()
    its.close()
    async with asyncio.timeout(20):
        while not await _served(site):
            pass
    for _, each in kept:
        each.close()


async def _served(site: Running) -> bool:
    reader, writer = await _open(site)
    try:
        writer.write(REQUEST)
        return b"200 OK" in await _answer(reader)
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()


async def test_a_body_that_never_ends_is_given_up(serve: Serve) -> None:
    class Note(Body):
        text: str

    async def note(visit: Visit) -> None:
        raise AssertionError("the body never came")

    site = await serve([Route("POST", "/api/slow", note, PUBLIC, "Slow", body=Note, limit_s=0.1)])
    reader, writer = await _open(site)
    head = f"Host: 127.0.0.1:{site.server.port}\r\nOrigin: {site.base}\r\nX-CSRF-Token: anonymous\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100\r\n"
    writer.write(f"POST /api/slow HTTP/1.1\r\n{head}\r\n{{".encode())
    assert b"503" in (await _answer(reader)).splitlines()[0]
    writer.close()


async def test_a_socket_that_is_used_is_never_idle(serve: Serve) -> None:
    site = await serve()
    async with (await site.browser()).live() as live:
        await _idle_after(site, 0.1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(live.receive(), 0.5)
        assert len(site.server.door.open) == 1


async def test_one_network_does_not_take_the_others_places(serve: Serve) -> None:
    site = await serve()
    site.server.door.most = 8

    async def connect() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, local_addr=("127.0.0.2", 0))
        writer.write(REQUEST)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            held.append(writer)
            return b"200 OK" in await _answer(reader)
        return False

    held: list[asyncio.StreamWriter] = []
    assert [await connect() for _ in range(4)] == [True, True, False, False]
    assert await _served(site)
    for writer in held:
        writer.close()
    async with asyncio.timeout(20):
        while site.server.door.by_network:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await connect()
    held[-1].close()
