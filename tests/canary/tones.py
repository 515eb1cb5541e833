"""Keys that sound: the digits of the dual tones (ITU-T Q.23) in a recording."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
_FRAME = 240
#: Of the energy of a frame, so much must be in its two tones; and it must be louder than this (rms of 16 bits).
_PURE, _LOUD = 0.6, 60
#: Frames of one key: a shorter one is speech.
_SHORTEST = 2


def digits(samples: NDArray[np.float64]) -> str:
    """The keys that are heard, in order."""
    times = np.arange(_FRAME) / RATE
    waves = np.exp(-2j * np.pi * np.outer((*LOW, *HIGH), times))
    count = len(samples) // _FRAME
    frames = samples[: count * _FRAME].reshape(count, _FRAME)
    energy = (frames**2).sum(axis=1)
    strength = np.abs(frames @ waves.T) ** 2 * 2 / _FRAME
    low, high = strength[:, :4], strength[:, 4:]
    pure = low.max(axis=1) + high.max(axis=1) > _PURE * energy
    even = np.minimum(low.max(axis=1), high.max(axis=1)) > 0.1 * energy
    clear = pure & even & (energy > _LOUD**2 * _FRAME)
    found, last, length = "", "", 0
    for row, column, is_key in zip(low.argmax(axis=1), high.argmax(axis=1), clear, strict=True):
        key = KEYS[row][column] if is_key else ""
        length = length + 1 if key == last else 1
        last = key
        if key and length == _SHORTEST:
            found += key
    return found


def tones(keys: str, seconds: float = 0.12, gap: float = 0.08) -> NDArray[np.float64]:
    """What a telephone sounds like that sends its keys in the sound."""
    times = np.arange(int(seconds * RATE)) / RATE
    silence = np.zeros(int(gap * RATE))
    parts: list[NDArray[np.float64]] = [silence]
    for key in keys:
        row = next(number for number, row in enumerate(KEYS) if key in row)
        two = (LOW[row], HIGH[KEYS[row].index(key)])
        parts += [sum(6000 * np.sin(2 * np.pi * hertz * times) for hertz in two), silence]
    return np.concatenate(parts)


def written(samples: NDArray[np.float64], file: Path) -> Path:
    """As a sound file of Asterisk's."""
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.astype("<i2").tobytes())
    return file


def heard_in(file: Path) -> str:
    """The keys that are heard in a sound file, also in one whose header was not finished."""
    raw = file.read_bytes()[44:]
    return digits(np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float64))
