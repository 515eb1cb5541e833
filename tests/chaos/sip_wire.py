"""SIP as it is on the wire, for what no telephone would send: every byte of a request is the caller's own choice.

Telephones that keep to the rules are `ivr.testnet` and SIPp; this is for the others.
"""

import asyncio
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp


@dataclass(frozen=True)
class Message:
    """A SIP message: its first line, its headers (names in lower case, in order), its body."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response is for."""
        return (self.all("cseq") or ["0 ?"])[0].split()[-1] if self.status else self.first.split(" ")[0]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def read(raw: bytes) -> Message:
    """Read what came; never raises."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return Message(lines[0], tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)


class Wire(Protocol):
    """A way to the hotline. `via` is what stands in Via, `contact` where answers to us go."""

    via: str
    contact: str

    def send(self, raw: bytes) -> None: ...
    def listen(self, call_id: str, take: "Callable[[Message], None]") -> None: ...
    def forget(self, call_id: str) -> None: ...


class _Lines:
    """Who of this wire hears what: by Call-ID."""

    def __init__(self) -> None:
        self._takers: dict[str, Callable[[Message], None]] = {}
        self.stranger: Callable[[Message], None] = lambda _: None
        """Told of messages of no call of ours."""

    def listen(self, call_id: str, take: Callable[[Message], None]) -> None:
        self._takers[call_id] = take

    def forget(self, call_id: str) -> None:
        self._takers.pop(call_id, None)

    def take(self, raw: bytes) -> None:
        message = read(raw)
        if taker := self._takers.get(message.one("call-id") or message.one("i")):
            taker(message)
        else:
            self.stranger(message)


class UdpWire(_Lines, asyncio.DatagramProtocol):
    """A UDP socket on an address of ours that sends to the hotline."""

    def __init__(self, transport: asyncio.DatagramTransport | None = None) -> None:
        super().__init__()
        self._transport = transport
        self.via = self.contact = ""

    @classmethod
    async def at(cls, ours: str, hotline: str, port: int = 5060, our_port: int = 0) -> "UdpWire":
        loop = asyncio.get_running_loop()
        transport, wire = await loop.create_datagram_endpoint(
            cls, local_addr=(ours, our_port), remote_addr=(hotline, port))
        own = transport.get_extra_info("sockname")
        wire._transport = transport
        wire.via, wire.contact = f"UDP {own[0]}:{own[1]}", f"{own[0]}:{own[1]}"
        return wire

    def send(self, raw: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(raw)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.take(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now: whoever waits for an answer gets none."""

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


class TlsWire(_Lines):
    """A TLS connection, from an address of ours. Its `contact` says nothing of TLS: that is the caller's to choose."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader, self._writer = reader, writer
        host, port = writer.get_extra_info("sockname")[:2]
        self.via, self.contact = f"TLS {host}:{port}", f"{host}:{port}"

    @classmethod
    async def at(cls, ours: str, hotline: str, authority: Path, port: int = 5061) -> "TlsWire":
        checked = ssl.create_default_context(cafile=str(authority))
        return cls(*await asyncio.open_connection(hotline, port, ssl=checked, local_addr=(ours, 0)))

    async def run(self) -> None:
        """Carry messages until the other side closes."""
        try:
            while True:
                # what keeps the connection open (RFC 5626) comes between messages
                head = (await self._reader.readuntil(b"\r\n\r\n")).lstrip()
                if head:
                    length = int(read(head).one("content-length") or 0)
                    self.take(head + await self._reader.readexactly(length))
        except asyncio.IncompleteReadError:
            return

    def send(self, raw: bytes) -> None:
        self._writer.write(raw)

    def close(self) -> None:
        self._writer.close()


class SocketWire(_Lines):
    """A WebSocket (RFC 7118): a page's, through the web server, or straight to Asterisk's own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self._socket = socket
        name = f"{secrets.token_hex(6)}.invalid"
        self.via, self.contact = f"WS {name}", f"{name};transport=ws"
        self._unsent: asyncio.Queue[bytes] = asyncio.Queue()
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Carry messages until the other side closes."""
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._sends())
            async for message in self._socket:
                self.take(message.data if isinstance(message.data, bytes) else str(message.data).encode())
            sending.cancel()
        self.over.set()

    async def _sends(self) -> None:
        while True:
            raw = await self._unsent.get()
            # as a browser: text where it is text
            try:
                await self._socket.send_str(raw.decode())
            except UnicodeDecodeError:
                await self._socket.send_bytes(raw)
            except ConnectionError:
                return

    def send(self, raw: bytes) -> None:
        self._unsent.put_nowait(raw)
