"""Telephones that measure: from a key to the first sound of what it leads to, in the packets themselves.

SIPp speaks SIP for them; sound and keys are theirs. Prompts are kept as A-law, the callers' own codec, so a packet
holds the very bytes of the file: which prompt it is, and since when it plays, is known from any packet that is
like no other.
"""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.refcall.story import Said
from tests.bench.refcall.voice import ALAW, PACKET_S, SAMPLES, Voice

_SO_TIMESTAMPNS = 35
_PATIENCE_S = 5.0


class Marks:
    """Payload -> (sound, number of the packet in it), for packets that only that sound has."""

    def __init__(self, sounds: Path, told: Sequence[Said]) -> None:
        found: dict[bytes, tuple[str, int] | None] = {}
        for sound in {one.sounds[0] for one in told}:
            data = (sounds / f"{sound}.alaw").read_bytes()
            for number in range(min(100, len(data) // SAMPLES)):
                packet = data[number * SAMPLES : (number + 1) * SAMPLES]
                found[packet] = None if packet in found else (sound, number)
        self._found = {packet: mark for packet, mark in found.items() if mark is not None}

    def of(self, payload: bytes) -> tuple[str, int] | None:
        return self._found.get(payload)


@dataclass
class Heard:
    """What the telephones found: `delays` (time of the prompt's beginning by the wall clock, seconds from the key's
    end to it), how many calls heard the greeting, and how many keys, or calls that heard something, came to nothing
    within five seconds."""

    delays: list[tuple[float, float]] = field(default_factory=list)
    lost: int = 0
    greeted: int = 0

    def since(self, moment: float) -> list[float]:
        return [delay for at, delay in self.delays if at >= moment]


class _Telephone:
    """One media port; call after call comes there."""

    def __init__(self, sock: socket.socket, told: Sequence[Said], marks: Marks, heard: Heard, dice: random.Random,
                 after: Mapping[str, float]) -> None:  # fmt: skip
        self.sock, self._told, self._marks, self._heard, self._dice, self._after = sock, told, marks, heard, dice, after
        self._peer: tuple[str, int] | None = None
        self._ssrc, self._last = -1, 0.0
        self._voice = Voice(1)
        self._step, self._press_at, self._released, self._awaits = 0, 0.0, 0.0, 0.0

    def take(self) -> None:
        """Read what has come."""
        while True:
            try:
                data, more, _, peer = self.sock.recvmsg(2048, 64)
            except BlockingIOError:
                return
            if len(data) < 12 + SAMPLES or data[1] & 0x7F != ALAW:
                continue
            seconds, nanoseconds = struct.unpack("qq", more[0][2][:16])
            self._packet(data, seconds + nanoseconds / 1e9, peer)

    def _packet(self, data: bytes, at: float, peer: tuple[str, int]) -> None:
        ssrc = int.from_bytes(data[8:12], "big")
        if ssrc != self._ssrc and (at - self._last > 1 or peer != self._peer):
            self._ssrc, self._step, self._press_at, self._released, self._awaits = ssrc, 0, 0.0, 0.0, 0.0
            self._voice = Voice(self._dice.getrandbits(32))
            # whoever hears something else, such as that there is no menu, is not served
            self._awaits = at + _PATIENCE_S
        self._peer, self._last = peer, at
        mark = self._marks.of(data[12 : 12 + SAMPLES])
        if mark is None or self._step >= len(self._told) or mark[0] != self._told[self._step].sounds[0]:
            return
        began = at - mark[1] * PACKET_S
        self._heard.greeted += self._step == 0
        if self._released:
            self._heard.delays.append((began, began - self._released))
        said = self._told[self._step]
        self._released = self._awaits = 0.0
        self._press_at = began + self._after[said.step] * self._dice.uniform(0.9, 1.1) if said.key else 0.0
        if self._press_at:
            self._key = said.key
        else:
            self._step = len(self._told)

    def speak(self, now: float) -> None:
        """Send the next 20 ms."""
        if self._peer is None or now - self._last > 2:
            return
        if self._press_at and now >= self._press_at:
            self._voice.press(self._key)
            self._press_at = 0.0
        packets, ended = self._voice.packets()
        if ended:
            self._released, self._step = time.time(), self._step + 1
            self._awaits = self._released + _PATIENCE_S
        for packet in packets:
            self.sock.sendto(packet, self._peer)
        if self._awaits and now > self._awaits:
            self._heard.lost += 1
            self._awaits, self._released, self._step = 0.0, 0.0, len(self._told)


class Probes:
    """`async with Probes(...) as probes`: telephones on the ports `probes.ports` of `host`; what they find is in
    `probes.heard` (may be replaced by a new one)."""

    def __init__(self, host: str, count: int, told: Sequence[Said], sounds: Path, after: Mapping[str, float]) -> None:
        self._heard, dice, marks = Heard(), random.Random(4733), Marks(sounds, told)
        self._telephones = []
        for _ in range(count):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            sock.setblocking(False)
            sock.bind((host, 0))
            self._telephones.append(_Telephone(sock, told, marks, self._heard, dice, after))
        self.ports = [one.sock.getsockname()[1] for one in self._telephones]

    @property
    def heard(self) -> Heard:
        return self._heard

    async def __aenter__(self) -> "Probes":
        loop = asyncio.get_running_loop()
        for one in self._telephones:
            loop.add_reader(one.sock, one.take)
        self._speaking = loop.create_task(self._speak())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._speaking.cancel()
        loop = asyncio.get_running_loop()
        for one in self._telephones:
            loop.remove_reader(one.sock)
            one.sock.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            now = time.time()
            for one in self._telephones:
                one.speak(now)
            due = max(due + PACKET_S, loop.time() - 0.1)
            await asyncio.sleep(due - loop.time())
