"""What a caller's phone sends: A-law sound every 20 ms, and keys as RFC 4733 events in its place."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

#: Seconds a packet holds; samples of it.
PACKET_S, SAMPLES = 0.02, 160
ALAW, EVENTS = 8, 96
#: Packets that a pressed key takes, and how often its end is told.
_KEY_PACKETS, _ENDS = 5, 3
_SILENCE = b"\xd5" * SAMPLES
_EVENT = {key: number for number, key in enumerate("0123456789*#ABCD")}


class Voice:
    """One phone's stream: silence until `press`; `packets` gives what to send for each 20 ms."""

    def __init__(self, ssrc: int) -> None:
        self._ssrc, self._sequence, self._stamp = ssrc, 0, 0
        self._key, self._sent, self._began = "", 0, 0

    def press(self, key: str) -> None:
        """From the next packet on."""
        self._key, self._sent, self._began = key, 0, self._stamp

    def packets(self) -> tuple[list[bytes], bool]:
        """The packets of the next 20 ms; True with those that tell that a key is up again."""
        if not self._key:
            found, ended = [self._packet(ALAW, _SILENCE, self._stamp, False)], False
        else:
            self._sent += 1
            ended = self._sent > _KEY_PACKETS
            length = min(self._sent, _KEY_PACKETS) * SAMPLES
            event = struct.pack("!BBH", _EVENT[self._key], (0x80 if ended else 0) | 10, length)
            found = [self._packet(EVENTS, event, self._began, self._sent == 1) for _ in range(_ENDS if ended else 1)]
            self._key = "" if ended else self._key
        self._stamp += SAMPLES
        return found, ended

    def _packet(self, kind: int, payload: bytes, stamp: int, first: bool) -> bytes:
        self._sequence += 1
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if first else 0), self._sequence & 0xFFFF, stamp, self._ssrc)
        return head + payload


def write_pcap(file: Path, keys: Mapping[float, str], seconds: float) -> None:
    """A call's packets as a capture that SIPp plays: `keys` by the second at which each is pressed."""
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at, packet in _timed(keys, seconds):
            frame = _framed(packet)
            out.write(struct.pack("<IIII", int(at), round(at % 1 * 1e6), len(frame), len(frame)) + frame)


def _timed(keys: Mapping[float, str], seconds: float) -> Iterator[tuple[float, bytes]]:
    voice, left = Voice(0x1ACE), sorted(keys.items())
    for number in range(round(seconds / PACKET_S)):
        at = number * PACKET_S
        if left and at >= left[0][0]:
            voice.press(left.pop(0)[1])
        for place, packet in enumerate(voice.packets()[0]):
            yield at + place * 1e-4, packet


def _framed(payload: bytes) -> bytes:
    """Ethernet, IPv4 and UDP around it; SIPp puts its own addresses and ports in."""
    udp = struct.pack("!HHHH", 6000, 6000, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes(4))
    return bytes(12) + b"\x08\x00" + ip + udp
