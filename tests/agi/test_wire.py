"""The bytes of a connection: what lies unread is bounded, each wait has its own limit, nothing that came is lost."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from ivr.agi.wire import AgiWire

LIMIT = 10_000


class Line:
    """A wire and the socket of its peer."""

    def __init__(self, wire: AgiWire, peer: socket.socket) -> None:
        self.wire, self.peer = wire, peer
        self._loop = asyncio.get_running_loop()

    async def says(self, data: bytes) -> None:
        await asyncio.wait_for(self._loop.sock_sendall(self.peer, data), 60)

    async def reads(self, end: bytes = b"\n", within: float = 60) -> bytes:
        return await self.wire.until(end, self._loop.time() + within)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    near, far = socket.socketpair()
    for one in (near, far):
        one.setblocking(False)
    _, wire = await asyncio.get_running_loop().connect_accepted_socket(lambda: AgiWire(LIMIT, lambda wire: None), near)
    yield Line(wire, far)
    wire.close()
    far.close()


async def test_lines_come_one_by_one_however_they_were_cut(line: Line) -> None:
    for piece in (b"a", b"b\nc\n", b"d", b"\n", b"e\n\n"):
        await line.says(piece)
    assert [await line.reads() for _ in range(5)] == [b"ab\n", b"c\n", b"d\n", b"e\n", b"\n"]


async def test_an_end_of_two_bytes_is_seen_across_two_pieces(line: Line) -> None:
    reading = asyncio.ensure_future(line.reads(b"\n\n"))
    for piece in (b"a: b\nc: d\n", b"\nrest\n"):
        await line.says(piece)
        await asyncio.sleep(0)
    assert await reading == b"a: b\nc: d\n\n"
    assert await line.reads() == b"rest\n"


async def test_what_came_before_the_end_of_the_connection_is_read(line: Line) -> None:
    await line.says(b"HANGUP\nhalf")
    line.peer.shutdown(socket.SHUT_WR)
    assert await line.reads() == b"HANGUP\n"
    with pytest.raises(EOFError):
        await line.reads()


async def test_a_short_limit_counts_after_a_long_one(line: Line) -> None:
    waiting = asyncio.ensure_future(line.reads(within=100))
    await asyncio.sleep(0)
    await line.says(b"a\n")
    assert await waiting == b"a\n"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(line.reads(within=0.05), 10)


async def test_the_limit_of_a_wait_that_was_answered_ends_no_later_one(line: Line) -> None:
    waiting = asyncio.ensure_future(line.reads(within=0.5))
    await asyncio.sleep(0)
    await line.says(b"a\n")
    assert await waiting == b"a\n"
    later = asyncio.ensure_future(line.reads(within=100))
    done, _ = await asyncio.wait([later], timeout=0.7)
    assert not done
    await line.says(b"b\n")
    assert await later == b"b\n"


async def test_a_wait_that_is_put_off_ends_at_its_own_limit(line: Line) -> None:
    waiting = asyncio.ensure_future(line.reads(within=0.5))
    await asyncio.sleep(0)
    await line.says(b"a\n")
    await waiting
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(line.reads(within=1.0), 10)


async def test_a_flood_is_not_taken_in_and_is_refused_when_it_has_no_end(line: Line) -> None:
    flooding = asyncio.ensure_future(line.says(b"x" * 20_000_000))
    done, _ = await asyncio.wait([flooding], timeout=0.7)
    assert not done, "everything was taken in"
    with pytest.raises(ValueError, match="without an end"):
        await line.reads()
    flooding.cancel()


async def test_many_lines_at_once_are_all_read(line: Line) -> None:
    lines = [b"%d\n" % number for number in range(200_000)]
    flooding = asyncio.ensure_future(line.says(b"".join(lines)))
    for expected in lines:
        assert await line.reads() == expected
    await flooding


async def test_nothing_is_written_to_a_closed_connection(line: Line) -> None:
    line.wire.close()
    with pytest.raises(EOFError):
        line.wire.write(b"NOOP\n")
