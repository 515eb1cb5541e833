"""The sound of a call while it is going on, 20 ms at a time (a recording is written in steps of two seconds)."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from types import TracebackType

from ivr.tasks import spawn

_AUDIO = 0x10
#: 20 ms of silence, 16-bit at 8 kHz, in the framing of Asterisk's AudioSocket: kind, length, sound.
_SILENCE = bytes([_AUDIO]) + (320).to_bytes(2, "big") + bytes(320)
_FRAME_S = 0.02


class LiveSound:
    """`async with LiveSound(take) as live`: `take` gets what the call hears, 16-bit 8-kHz mono; we send silence.

    `take` must be quick and must not raise.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._server: asyncio.Server | None = None
        self._name = str(uuid.uuid4())

    async def __aenter__(self) -> "LiveSound":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def variables(self) -> dict[str, str]:
        """What the network's dialplan needs to bring the sound here."""
        assert self._server is not None
        return {"NET_LIVE": self._name, "NET_PORT": str(self._server.sockets[0].getsockname()[1])}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        quiet = spawn(_send_silence(writer), "testnet-silence")
        try:
            while True:
                head = await reader.readexactly(3)
                body = await reader.readexactly(int.from_bytes(head[1:], "big"))
                if head[0] == 1 and body != uuid.UUID(self._name).bytes:
                    return  # somebody else's
                if head[0] == _AUDIO:
                    self._take(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            quiet.cancel()
            writer.close()


async def _send_silence(writer: asyncio.StreamWriter) -> None:
    """Like a real phone, send sound all the time."""
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(_SILENCE)
            await writer.drain()
            await asyncio.sleep(_FRAME_S)
