"""A steady tone in what was heard: by its clearest half second, whatever else was said or played before it."""

import numpy as np

from ivr.testnet.hearing import RATE, Audio

_PIECE = RATE // 2


def tone_heard(audio: Audio, hertz: float) -> bool:
    """Whether some half second of it is little else than a tone of `hertz` (5 Hz more or less)."""
    for start in range(0, len(audio) - _PIECE + 1, _PIECE // 2):
        spectrum = np.abs(np.fft.rfft(audio[start : start + _PIECE]))
        loudest = int(np.argmax(spectrum))
        if abs(loudest * RATE / _PIECE - hertz) < 5 and spectrum[loudest] > 0.5 * spectrum.sum():
            return True
    return False
