"""Keys are heard in a sound, and speech and music are not taken for keys."""

from pathlib import Path

import numpy as np
import pytest

from tests.canary.documents import DOCUMENTS
from tests.canary.tones import digits, heard_in, tones, written


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
@pytest.mark.parametrize("length", [0.06, 0.12, 0.3])
def test_the_keys_of_a_number_are_heard_in_noise(tmp_path: Path, document: object, length: float) -> None:
    number = document.digits  # type: ignore[attr-defined]
    sound = tones(number, length)
    noise = np.random.default_rng(1).normal(0, 300, len(sound))
    assert heard_in(written(sound + noise, tmp_path / "talk.wav")) == number


def test_other_sounds_are_no_keys() -> None:
    times = np.arange(80_000) / 8000
    assert digits(np.random.default_rng(2).normal(0, 3000, 80_000)) == ""
    assert digits(8000 * np.sin(2 * np.pi * 740 * times)) == ""
    assert digits(8000 * np.sin(2 * np.pi * 425 * times) + 8000 * np.sin(2 * np.pi * 1130 * times)) == ""
    assert digits(np.zeros(80_000)) == ""
