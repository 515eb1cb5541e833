"""The stored forms of a master: A-law and G.722 for calls, 16-kHz linear for everything else. No call transcodes."""

import G722
import numpy as np
from numpy.typing import NDArray

from ivr.prompts.audio import RATE, from_int16, resample, to_int16

#: file suffix -> bytes per second
FORMATS = {"alaw": 8000, "g722": 8000, "sln16": 32000}


def encode(master: NDArray[np.int16]) -> dict[str, bytes]:
    """All stored forms by suffix, each of exactly the master's duration (whole 20-ms frames)."""
    narrow = resample(from_int16(master), RATE, 8000, 3600)
    return {
        "alaw": alaw(to_int16(narrow)),
        "g722": g722(master),
        "sln16": master.astype("<i2").tobytes(),
    }


def alaw(samples: NDArray[np.int16]) -> bytes:
    """A-law bytes of 16-bit samples."""
    return bytes(_TO_ALAW[samples.astype(np.int32) + 32768].tobytes())


def g722(samples: NDArray[np.int16]) -> bytes:
    """G.722 bytes (64 kbit/s) of 16-kHz samples."""
    return bytes(G722.G722(RATE, 64000).encode(samples))


def silence(milliseconds: int) -> dict[str, bytes]:
    """A pause in all stored forms."""
    return encode(np.zeros(RATE // 50 * max(1, round(milliseconds / 20)), np.int16))


def decode(suffix: str, data: bytes) -> tuple[NDArray[np.float64], int]:
    """Samples (-1..1) and rate of a stored form."""
    if suffix == "alaw":
        return from_int16(_FROM_ALAW[np.frombuffer(data, np.uint8)]), 8000
    if suffix == "g722":
        return from_int16(np.array(G722.G722(RATE, 64000).decode(data), np.int16)), RATE
    return from_int16(np.frombuffer(data, "<i2").astype(np.int16)), RATE


def _alaw_values() -> NDArray[np.int16]:
    """What each A-law byte means (ITU-T G.711), as 16-bit linear."""
    byte = np.arange(256) ^ 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    magnitude = (mantissa << 4) + 8 + np.where(exponent > 0, 0x100, 0)
    magnitude = magnitude << np.maximum(exponent - 1, 0)
    values: NDArray[np.int16] = np.where(byte & 0x80, magnitude, -magnitude).astype(np.int16)
    return values


def _alaw_bytes() -> NDArray[np.uint8]:
    """For each 16-bit value the A-law byte that lies nearest."""
    order = np.argsort(_FROM_ALAW)
    values = _FROM_ALAW[order].astype(np.int32)
    middles = (values[1:] + values[:-1]) / 2
    return order[np.searchsorted(middles, np.arange(-32768, 32768))].astype(np.uint8)


_FROM_ALAW = _alaw_values()
_TO_ALAW = _alaw_bytes()
