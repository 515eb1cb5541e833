"""A manager interface made for tests: TCP on 127.0.0.1, what it answers and when it hangs up is up to the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

EOL = "\r\n"
Action = dict[str, str]


def message(**fields: str) -> bytes:
    """One message as it goes over the wire."""
    return (EOL.join(f"{k}: {v}" for k, v in fields.items()) + EOL * 2).encode()


class Peer:
    """One connection of a client; `actions` are those it sent, in order, names of fields in lower case."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.actions: list[Action] = []

    async def action(self) -> Action | None:
        """The next action, None at the end."""
        fields: Action = {}
        while line := await self._reader.readline():
            name, colon, value = line.decode().rstrip(EOL).partition(": ")
            if colon:
                fields[name.lower()] = value
            elif fields:
                self.actions.append(fields)
                return fields
        return None

    async def send(self, *pieces: bytes) -> None:
        """Write; between the pieces the client surely reads, as each is written by itself and let out."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            for _ in range(20):  # turns of the loop, which the client shares
                await asyncio.sleep(0)

    async def answer(self, action: Action, **fields: str) -> None:
        """A response to `action`; Success where nothing else is said."""
        await self.send(message(**{"Response": "Success", "ActionID": action["actionid"], **fields}))

    def cut(self) -> None:
        """Break the connection hard."""
        self._writer.transport.abort()


Handler = Callable[[Peer, Action], Awaitable[None]]


async def obedient(peer: Peer, action: Action) -> None:
    """Success to everything; QueueStatus and Getvar as by one queue with one caller and one free operator."""
    match action["action"]:
        case "QueueStatus":
            await peer.send(*queue_status(action))
        case "Getvar":
            await peer.answer(action, Variable=action["variable"], Value="call-1")
        case _:
            await peer.answer(action)


def queue_status(
    action: Action, queue: str = "signin", channel: str = "PJSIP/a-1", uniqueid: str = "7.1"
) -> list[bytes]:
    """The messages that answer QueueStatus."""
    one = {"ActionID": action["actionid"], "Queue": queue}
    return [
        message(Response="Success", ActionID=one["ActionID"], EventList="start", Message="Queue status will follow"),
        message(Event="QueueParams", Max="0", Calls="1", **one),
        message(Event="QueueMember", Name="Анна", Status="1", Paused="0", **one),
        message(Event="QueueEntry", Position="1", Channel=channel, Uniqueid=uniqueid, Wait="4", **one),
        message(Event="QueueStatusComplete", ActionID=one["ActionID"], EventList="Complete", ListItems="3"),
    ]


class FakeAsterisk:
    """Counts its connections; `handler` is called for each action and may be exchanged at any time."""

    def __init__(self) -> None:
        self.handler: Handler = obedient
        self.peers: list[Peer] = []
        self.port = 0
        self._news = asyncio.Condition()

    async def until(self, reached: Callable[[], bool], limit: float = 20) -> None:
        """Wait until something that happens here is so."""
        async with asyncio.timeout(limit), self._news:
            await self._news.wait_for(reached)

    def done(self, name: str) -> int:
        """How many actions of this name came, over all connections."""
        return sum(a["action"] == name for peer in self.peers for a in peer.actions)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            await peer.send(b"Asterisk Call Manager/11.0.0\r\n")
            while (action := await peer.action()) is not None:
                await self.handler(peer, action)
                async with self._news:
                    self._news.notify_all()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def fake_asterisk(port: int = 0) -> AsyncIterator[FakeAsterisk]:
    """A server that is gone at the end with all its connections."""
    fake = FakeAsterisk()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", port)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for peer in fake.peers:
            peer.cut()
