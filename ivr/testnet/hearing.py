"""What was heard: finds the prompt files in the recorded audio of a call, by correlation.

A prompt is recognised when its loudest stretches occur in the recording, in order, at the right distance.
"""

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
RATE = 8000
_CHUNK = RATE  # a second of a prompt is enough to tell it from every other
_ENOUGH = 0.75
#: A second of which a packet came late is so like still, and is compared in pieces that may stand a little apart.
_NEARLY = 0.3
_PIECE = RATE // 5
_SHIFTED = RATE * 4 // 25
#: Two pieces stand at the same distance.
_SAME = RATE // 1000
#: So many such places are looked at.
_DOUBTS = 8


@dataclass(frozen=True)
class Heard:
    """`key` was heard from `start` to `end` seconds, with correlation `likeness` (0 to 1)."""

    key: str
    start: float
    end: float
    likeness: float


def read_wav(path: Path) -> Audio:
    """Mono 16-bit wav at 8 kHz as floats of -1 to 1."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768)


def complete(path: Path) -> bool:
    """Whether Asterisk has closed the wav file: only then its header says how much sound there is. While nothing is
    flushed it is a header that says "nothing", truly: such a one is not complete."""
    raw = path.read_bytes() if path.exists() else b""
    return len(raw) > 44 and raw[:4] == b"RIFF" and int.from_bytes(raw[40:44], "little") == len(raw) - 44


def read_alaw(path: Path) -> Audio:
    """Raw A-law at 8 kHz as floats of -1 to 1 (ITU-T G.711)."""
    return _ALAW[np.frombuffer(path.read_bytes(), np.uint8)]


def _alaw_table() -> Audio:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    value = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << np.maximum(exponent - 1, 0))
    return (np.where(code & 0x80, value, -value) / 32768).astype(np.float32)


_ALAW = _alaw_table()


class Ear:
    """Knows the prompts of one language folder (`sounds/<lang>/ivr`) and finds them in recordings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Audio] = {}

    def listen(self, recording: Audio, keys: Iterable[str]) -> list[Heard]:
        """Every occurrence of each of `keys` in `recording`, in the order of time."""
        ear = _Recording(recording)
        found = [h for key in dict.fromkeys(keys) for h in ear.find(key, self._prompt(key))]
        return _best(sorted(found, key=lambda h: h.start))

    def heard(self, recording: Audio, keys: Iterable[str]) -> list[str]:
        """The keys heard, in the order of time."""
        return [h.key for h in self.listen(recording, keys)]

    def _prompt(self, key: str) -> Audio:
        if key not in self._known:
            audio = read_alaw(self._folder / f"{key}.alaw")
            loud = np.flatnonzero(np.abs(audio) > 0.01)
            self._known[key] = audio[loud[0] : loud[-1] + 1]
        return self._known[key]


class _Recording:
    def __init__(self, audio: Audio) -> None:
        self._audio = audio
        self._size = 1 << (len(audio) + _CHUNK).bit_length()
        self._spectrum = np.fft.rfft(audio, self._size)
        self._energy = np.concatenate(([0.0], np.cumsum(audio.astype(np.float64) ** 2)))

    def find(self, key: str, prompt: Audio) -> list[Heard]:
        """Where `prompt` begins. A first second spoilt by a late packet is made up for by others: of a long prompt by
        the next two, of a short one by those that begin half a second later."""
        step = _CHUNK if len(prompt) >= 3 * _CHUNK else _CHUNK // 2
        for number in range(min(3, max(1, (len(prompt) - _CHUNK) // step + 1))):
            found = self._find(key, prompt, number * step)
            if found:
                return found
        return []

    def _find(self, key: str, prompt: Audio, offset: int) -> list[Heard]:
        part = prompt[offset : offset + _CHUNK]
        likeness = self._likeness(part)
        found, doubtful = [], 0
        while len(likeness) and (score := float(likeness[at := int(np.argmax(likeness))])) >= _NEARLY:
            end = at + len(part)
            if score >= _ENOUGH:
                likeness[max(0, at - len(part)) : end] = 0
                said = self._tail_follows(prompt[offset:], at)
            elif (doubtful := doubtful + 1) > _DOUBTS:
                break
            else:
                said = self._in_pieces(part, at)
                likeness[max(0, at - (len(part) if said else _SHIFTED)) : end if said else at + _SHIFTED] = 0
            if said:
                found.append(Heard(key, max(0, at - offset) / RATE, end / RATE, score))
        return found

    def _in_pieces(self, part: Audio, at: int) -> bool:
        """Is all of `part` here, but one piece between its ends, with one gap in it: what follows the gap stands all
        equally later? (A gap near an end leaves likeness enough. "three" is the beginning of "thirty".)"""
        length = min(_PIECE, len(part) // 8)
        begins = range(0, len(part) - length + 1, length)
        first = max(0, at - _SHIFTED)
        here = _Recording(self._audio[first : at + len(part) + _SHIFTED])
        shifts: list[int | None] = []
        for begin in begins:
            around = at - first + begin
            low = max(0, around - _SHIFTED)
            likeness = here._likeness(part[begin : begin + length])[low : around + _SHIFTED + 1]
            best = int(np.argmax(likeness)) if len(likeness) else 0
            alike = len(likeness) > 0 and likeness[best] >= _ENOUGH
            shifts.append(low + best - around if alike else None)
        known = [shift for shift in shifts if shift is not None]
        changes = sum(abs(one - other) > _SAME for one, other in pairwise(known))
        return None not in (shifts[0], shifts[-1]) and len(known) >= len(shifts) - 1 and changes <= 1

    def _tail_follows(self, prompt: Audio, at: int) -> bool:
        """A longer prompt is also compared in its second second, unless it was interrupted there."""
        second = prompt[_CHUNK : 2 * _CHUNK]
        if len(second) < _CHUNK // 4:
            return True
        here = self._audio[at + _CHUNK - 400 : at + _CHUNK + len(second) + 400]
        if len(here) < len(second) or float(np.sum(here**2)) < 0.1 * float(np.sum(second**2)):
            return True
        # on a busy machine several packets come late at once
        around = _Recording(self._audio[at + _CHUNK - _SHIFTED : at + _CHUNK + len(second) + _SHIFTED])
        return bool(np.max(around._likeness(second), initial=0.0) > 0.5)

    def _likeness(self, prompt: Audio) -> NDArray[np.float64]:
        length = len(self._audio) - len(prompt)
        if length <= 0:
            return np.zeros(0)
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(prompt, self._size)), self._size)[:length]
        here = self._energy[len(prompt) : len(prompt) + length] - self._energy[:length]
        own = float(np.sum(prompt.astype(np.float64) ** 2))
        return np.where(here > 0.05 * own, product / np.sqrt(np.maximum(here, 1e-9) * own), 0.0)


def _best(found: list[Heard]) -> list[Heard]:
    """Where two prompts claim the same stretch, the likelier one is meant."""
    kept: list[Heard] = []
    for heard in sorted(found, key=lambda h: -h.likeness):
        if all(heard.end <= other.start + 0.1 or heard.start >= other.end - 0.1 for other in kept):
            kept.append(heard)
    return sorted(kept, key=lambda h: h.start)
