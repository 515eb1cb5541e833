from pathlib import Path

import G722
import numpy as np

from ivr.prompts.formats import decode
from ivr.prompts.music import build_music


def test_music_is_made_in_both_codecs_once(tmp_path: Path) -> None:
    source, target = tmp_path / "moh", tmp_path / "music"
    source.mkdir()
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)).astype(np.int16)
    (source / "piece.g722").write_bytes(bytes(G722.G722(16000, 64000).encode(tone)))
    assert build_music(source, target) == 1
    samples, rate = decode("alaw", (target / "piece.alaw").read_bytes())
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(float(np.argmax(spectrum)) * rate / len(samples) - 440) < 2
    assert (target / "piece.g722").read_bytes() == (source / "piece.g722").read_bytes()
    assert len(samples) == rate * 2
    assert build_music(source, target) == 0
