"""The container of a recording: finds the samples in a WAV file, plain or WAVE_FORMAT_EXTENSIBLE.

Python's own reader refuses the extensible kind before 3.12, and most editors write it.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.errors import DataError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
#: The end of every sub-format that is a format of the plain kind.
_SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")
_NAMES = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "ADPCM", 0x31: "GSM", 0x55: "MP3"}


@dataclass(frozen=True)
class Wave:
    """PCM samples as stored (little endian, whole frames). `width`: bytes a sample, 1 to 4; `rate` in Hz."""

    width: int
    channels: int
    rate: int
    frames: bytes


def parse_wav(data: bytes, name: str) -> Wave:
    """Raises `DataError`: `name`, what the file is instead, what to do."""

    def refused(what: str) -> DataError:
        return DataError(f"{name}: {what}; save it as 16-bit PCM WAV")

    if not data:
        raise refused("is empty")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise refused("is not a WAV file")
    chunks = _chunks(data)
    head, raw = chunks.get(b"fmt ", b""), chunks.get(b"data", b"")
    if len(head) < 16 or not raw:
        raise refused("has no sound in it")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head[:16])
    if form == _EXTENSIBLE and head[26:40] == _SUBFORMAT:
        form = int.from_bytes(head[24:26], "little")
    if form == _FLOAT:
        raise refused(f"is {bits}-bit floating point")
    if form != _PCM:
        raise refused(f"is {_NAMES.get(form, f'of format {form}')}")
    if bits not in (8, 16, 24, 32):
        raise refused(f"is {bits}-bit PCM")
    if not channels or not 4000 <= rate <= 384_000:
        raise refused(f"is damaged: {channels} channels, {rate} Hz")
    width = bits // 8
    return Wave(width, channels, rate, raw[: len(raw) // (width * channels) * width * channels])


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The first chunk of each name; a length that goes beyond the end means all there is."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found.setdefault(data[at : at + 4], data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found


def wav_of(samples: NDArray[np.int16], rate: int) -> bytes:
    """A 16-bit mono WAV file of the samples; `rate` in Hz."""
    raw = samples.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, rate, rate * 2, 2, 16)
    size = struct.pack("<I", 4 + len(form) + 8 + len(raw))
    return b"RIFF" + size + b"WAVE" + form + b"data" + struct.pack("<I", len(raw)) + raw
