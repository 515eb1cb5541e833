"""When a recording of the test network may be judged, and whether a tone is in it."""

import wave
from pathlib import Path

import numpy as np

from ivr.testnet.hearing import RATE, complete
from tests.telephony.tone import tone_heard


def test_a_header_alone_or_one_that_lags_behind_is_not_complete(tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    assert not complete(file)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(b"")
    assert not complete(file)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(bytes(320))
    assert complete(file)
    file.write_bytes(file.read_bytes() + bytes(320))
    assert not complete(file)


def test_a_tone_is_heard_after_long_music_and_in_music_none() -> None:
    def sine(hertz: float, seconds: float) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        return np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE).astype(np.float32)

    music = sum(sine(hertz, 60) for hertz in (174, 220, 294)) / np.float32(3)
    assert tone_heard(np.concatenate([music, sine(700, 1) / 2]), 700)
    assert not tone_heard(music, 700) and not tone_heard(music, 174)
