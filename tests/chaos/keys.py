"""Keys of a telephone as RFC 4733 events, right ones and all kinds of wrong ones; no sound besides."""

import asyncio
import random
import socket
import struct

#: Event numbers of the keys.
EVENTS = {key: number for number, key in enumerate("0123456789*#ABCD")}
_PAYLOAD, _SOUND = 101, 8
_STEP = 160  # samples of 20 ms


class KeyPad:
    """The RTP side of one call: `port` is what the offer names. Sends to `target` once it is known."""

    def __init__(self, address: str, dice: random.Random) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))
        self.port = int(self._socket.getsockname()[1])
        self.target: tuple[str, int] | None = None
        self._dice = dice
        self._seq, self._time, self._source = dice.getrandbits(16), dice.getrandbits(31), dice.getrandbits(32)

    def answered(self, body: bytes) -> None:
        """The answer's SDP: where sound goes to."""
        lines = body.decode("utf-8", "replace").splitlines()
        host = next((line.split()[-1] for line in lines if line.startswith("c=")), "")
        port = next((line.split()[1] for line in lines if line.startswith("m=audio")), "0")
        self.target = (host, int(port)) if host and port.isdecimal() else None
        self.silence()

    def silence(self, frames: int = 1) -> None:
        """Some frames of A-law silence, at once."""
        for _ in range(frames):
            self._send(_SOUND, b"\xd5" * _STEP)
            self._time += _STEP

    async def press(self, key: str, seconds: float = 0.08) -> None:
        """A key as telephones send it: events that grow, the last one three times."""
        begun, steps = self._time, max(1, int(seconds / 0.02))
        for step in range(1, steps + 1):
            self._event(EVENTS[key], step * _STEP, begun, marker=step == 1)
            await asyncio.sleep(0.02)
        for _ in range(3):
            self._event(EVENTS[key], (steps + 1) * _STEP, begun, end=True)
        self._time = begun + (steps + 2) * _STEP

    async def garble(self) -> None:
        """What no telephone sends: keys without an end, ends without a beginning, unknown events, cut packets."""
        dice = self._dice
        match dice.randrange(8):
            case 0:
                self._event(dice.randrange(16), 65535, self._time, marker=True)
            case 1:
                self._event(dice.randrange(16), 0, self._time, end=True)
            case 2:
                self._event(dice.randrange(16, 256), dice.getrandbits(16), self._time, end=dice.random() < 0.5)
            case 3:
                self._raw(dice.randbytes(dice.randrange(0, 200)))
            case 4:  # two keys at once, and back in time
                self._event(1, 160, self._time, marker=True)
                self._event(2, 160, self._time - 8000, marker=True)
                self._event(1, 320, self._time, end=True)
            case 5:
                self._send(dice.randrange(128), dice.randbytes(dice.randrange(0, 400)))
            case 6:  # another source, number and time
                self._source, self._seq = dice.getrandbits(32), dice.getrandbits(16)
                self.silence()
            case _:
                await asyncio.gather(*(self.press(dice.choice("0123456789*#ABCD"), 0.04) for _ in range(6)))

    def close(self) -> None:
        self._socket.close()

    def _event(self, event: int, lasted: int, at: int, end: bool = False, marker: bool = False) -> None:
        body = struct.pack("!BBH", event & 255, (0x80 if end else 0) | 10, lasted & 0xFFFF)
        self._send(_PAYLOAD, body, at, marker)

    def _send(self, payload: int, body: bytes, at: int | None = None, marker: bool = False) -> None:
        self._seq = (self._seq + 1) & 0xFFFF
        when = (self._time if at is None else at) & 0xFFFFFFFF
        head = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | payload, self._seq, when, self._source)
        self._raw(head + body)

    def _raw(self, packet: bytes) -> None:
        if self.target is not None:
            try:
                self._socket.sendto(packet, self.target)
            except (BlockingIOError, ConnectionError):
                return
