"""Sound as numbers: reading WAV, the active speech level, and mastering (numpy only).

Samples are float64 in -1..1 at `RATE`; levels are dB relative to overload (dBov, full-scale square = 0).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.errors import DataError
from ivr.prompts.wavfile import parse_wav

Samples = NDArray[np.float64]
RATE = 16_000
#: Loudness aimed at (ITU-T P.56 active speech level) and how far a file may be off.
LEVEL, TOLERANCE = -22.0, 1.5
#: No sample may be above; the limiter aims lower because codecs and resampling overshoot.
PEAK, _CEILING = -3.0, -4.5
#: Part of every cache key: raise it when anything below changes what is heard.
VERSION = 1
_FRAME = 320  # 20 ms: all three stored forms then have exactly the same duration


@dataclass(frozen=True)
class Pads:
    """Silence before and after, in seconds. Words that are joined into sentences have little of it."""

    before: float = 0.10
    after: float = 0.15


def read_wav(data: bytes, name: str) -> tuple[Samples, int]:
    """First channel (8, 16, 24 or 32 bit) and rate; raises `DataError` naming `name`."""
    file = parse_wav(data, name)
    width, channels, raw = file.width, file.channels, file.frames
    if width == 1:
        values = (np.frombuffer(raw, np.uint8).astype(np.float64) - 128) / 128
    elif width == 3:
        # three-byte samples become the upper bytes of four-byte ones
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4").ravel() / 2.0**31
    else:
        values = np.frombuffer(raw, f"<i{width}") / 2.0 ** (8 * width - 1)
    return values.reshape(-1, channels)[:, 0].astype(np.float64), file.rate


def master(samples: Samples, rate: int, pads: Pads, name: str) -> NDArray[np.int16]:
    """16-bit 16-kHz speech: filtered, trimmed, brought to `LEVEL`, limited, padded to whole 20-ms frames.

    Raises `DataError` when there is nothing to hear.
    """
    speech = trim(_filtered(samples, rate))
    if not len(speech):
        raise DataError(f"{name}: is silent; record it again")
    speech = _levelled(speech)
    before, after = int(pads.before * RATE), int(pads.after * RATE)
    after += -(before + len(speech) + after) % _FRAME
    return to_int16(np.concatenate([np.zeros(before), _faded(speech), np.zeros(after)]))


def resample(samples: Samples, rate: int, target: int, keep_below: float) -> Samples:
    """Band-limited resampling; nothing above `keep_below` Hz is left (soft edge of 10 %)."""
    return _shaped(samples, rate, target, lambda f: _low_pass(f, keep_below))


def trim(samples: Samples, floor: float = -55.0) -> Samples:
    """Cut what lies before the first and after the last sample above `floor` dBov."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (floor / 20))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def active_level(samples: Samples, rate: int = RATE) -> float:
    """Active speech level by ITU-T P.56 (method B) in dBov; -inf for silence.

    Pads are trimmed first: in a word of 0.3 s they would count as speech through the 0.2 s of hangover
    and the word would come out louder than its neighbours.
    """
    x = trim(samples)
    energy = float(x @ x)
    if not energy:
        return float("-inf")
    envelope = _envelope(np.abs(x), rate)
    hangover = int(0.2 * rate)
    positions = np.arange(len(x))
    previous: tuple[float, float] | None = None
    for bit in range(1, 16):  # thresholds rise from -90 dBov in steps of 6.02 dB
        threshold = 2.0 ** (bit - 16)
        last = np.maximum.accumulate(np.where(envelope >= threshold, positions, -hangover - 1))
        count = int(np.count_nonzero(positions - last <= hangover))
        if not count:
            break
        level = 10 * np.log10(energy / count)
        distance = level - 20 * np.log10(threshold) - 15.9
        if distance <= 0:
            if previous is None:
                return float(level)
            # the margin of 15.9 dB is crossed between two thresholds: interpolate
            share = previous[1] / (previous[1] - distance)
            return float(previous[0] + share * (level - previous[0]))
        previous = (float(level), float(distance))
    return previous[0] if previous else 10 * float(np.log10(energy / len(x)))


def peak_level(samples: Samples) -> float:
    """The highest sample in dBov; -inf for silence."""
    highest = float(np.max(np.abs(samples), initial=0.0))
    return 20 * float(np.log10(highest)) if highest else float("-inf")


def to_int16(samples: Samples) -> NDArray[np.int16]:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def from_int16(samples: NDArray[np.int16]) -> Samples:
    return samples.astype(np.float64) / 32768


def _filtered(samples: Samples, rate: int) -> Samples:
    def gain(f: Samples) -> Samples:
        high_pass = 1 / np.sqrt(1 + (150 / np.maximum(f, 1)) ** 8)
        mud, presence = (np.exp(-((np.log2(np.maximum(f, 1) / centre) / 0.7) ** 2)) for centre in (250, 2400))
        equalised: Samples = high_pass * 10 ** ((3 * presence - 2 * mud) / 20) * _low_pass(f, min(7000, 0.45 * rate))
        return equalised

    return _shaped(samples, rate, RATE, gain)


def _shaped(samples: Samples, rate: int, target: int, gain: Callable[[Samples], Samples]) -> Samples:
    """Multiply the spectrum by `gain(frequencies)` and come back at `target` Hz: filter and resampler in one."""
    margin = rate // 10  # silence around, so that the ends do not wrap into each other
    padded = np.concatenate([np.zeros(margin), samples, np.zeros(margin)])
    # whole seconds make both transform lengths whole and their factors small
    size = -(-len(padded) // rate) * rate
    spectrum = np.fft.rfft(padded, size)
    out = size * target // rate
    frequencies = np.fft.rfftfreq(size, 1 / rate).astype(np.float64)
    spectrum = (spectrum * gain(frequencies))[: out // 2 + 1]
    if len(spectrum) < out // 2 + 1:
        spectrum = np.pad(spectrum, (0, out // 2 + 1 - len(spectrum)))
    result = np.fft.irfft(spectrum, out) * (target / rate)
    start = margin * target // rate
    return result[start : start + round(len(samples) * target / rate)]


def _low_pass(f: Samples, edge: float) -> Samples:
    return np.clip((edge * 1.05 - f) / (edge * 0.1), 0, 1)


def _envelope(x: Samples, rate: int) -> Samples:
    """Two equal one-pole smoothers of 30 ms in a row, as one convolution."""
    g = float(np.exp(-1 / (0.03 * rate)))
    n = np.arange(min(int(0.6 * rate), len(x)))
    response = (1 - g) ** 2 * (n + 1) * g**n
    size = 1 << (len(x) + len(n) - 1).bit_length()
    result = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)[: len(x)]
    return np.maximum(result, 0)


def _levelled(speech: Samples) -> Samples:
    for _ in range(4):
        # wide and narrow band hear a hiss differently: the middle of both levels serves both kinds of call
        narrow = active_level(resample(speech, RATE, 8000, 3600), 8000)
        level = (active_level(speech) + narrow) / 2 if np.isfinite(narrow) else active_level(speech)
        speech = speech * 10 ** ((LEVEL - level) / 20)
        if peak_level(speech) <= _CEILING:
            break
        speech = _limited(speech)
    return speech


def _limited(speech: Samples, reach: int = 64) -> Samples:
    """Look-ahead limiter: gain falls smoothly (4 ms either side) before a peak and rises after it."""
    ceiling = 10 ** (_CEILING / 20)
    gain = np.minimum(1, ceiling / np.maximum(np.abs(speech), 1e-9))
    held = np.pad(gain, 2 * reach, constant_values=1)
    held = np.lib.stride_tricks.sliding_window_view(held, 2 * reach + 1).min(axis=1)
    window = np.hanning(2 * reach + 3)[1:-1]
    return speech * np.convolve(held, window / window.sum(), "valid")


def _faded(speech: Samples) -> Samples:
    """1 ms of fade at both ends: a cut at -55 dBov must not click when words are joined."""
    length = min(RATE // 1000, len(speech) // 2)
    ramp = np.linspace(0, 1, length, endpoint=False)
    speech = speech.copy()
    speech[:length] *= ramp
    speech[len(speech) - length :] *= ramp[::-1]
    return speech
