"""A prompt is found in the recording of a call, also where packets were lost."""

from pathlib import Path

import numpy as np
import pytest

from ivr.prompts.formats import alaw
from ivr.testnet.hearing import RATE, Audio, Ear, read_alaw
from ivr.testnet.recogniser import Piece


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Prompts of 0.4 s, 0.9 s, 1.45 s, 2.1 s and 4 s of noise."""
    chance = np.random.default_rng(8)
    for key, seconds in (("digit", 0.4), ("word", 0.9), ("words", 1.45), ("short", 2.1), ("long", 4.0)):
        (tmp_path / f"{key}.alaw").write_bytes(chance.integers(0, 256, int(seconds * RATE), np.uint8).tobytes())
    return tmp_path


def without(audio: Audio, *moments: float) -> Audio:
    """20 ms are lost at each of these seconds, between silences."""
    for moment in sorted(moments, reverse=True):
        at = int(moment * RATE)
        audio = np.delete(audio, slice(at, at + 160))
    quiet = np.zeros(RATE, np.float32)
    return np.concatenate((quiet, audio, quiet))


@pytest.mark.parametrize(
    ("key", "lost"),
    [
        *(("short", ()), ("short", (0.4,)), ("short", (1.5,)), ("short", (0.4, 1.6))),
        *(("long", (0.4, 1.5)), ("long", (0.5, 2.5))),
    ],
)
def test_a_prompt_is_heard_though_packets_are_lost(folder: Path, key: str, lost: tuple[float, ...]) -> None:
    ear = Ear(folder)
    assert ear.heard(without(ear._prompt(key), *lost), ["short", "long"]) == [key]


@pytest.mark.parametrize("packets", [1, 4])
@pytest.mark.parametrize(("key", "moment"), [
    *(("word", moment) for moment in (0.1, 0.3, 0.45, 0.6, 0.8)),
    *(("words", moment) for moment in (0.3, 0.95, 1.05, 1.15, 1.25, 1.4)),
    *(("digit", moment) for moment in (0.05, 0.15, 0.2, 0.28, 0.33)),
])  # fmt: skip
def test_a_word_is_heard_though_packets_of_it_came_late(folder: Path, key: str, moment: float, packets: int) -> None:
    ear = Ear(folder)
    word, at = ear._prompt(key), int(moment * RATE)
    gap, quiet = np.zeros(packets * 160, np.float32), np.zeros(RATE, np.float32)
    said = np.concatenate((quiet, word[:at], gap, word[at:], quiet))
    assert ear.heard(said, ["digit", "word", "words", "short", "long"]) == [key]
    # half of it is another word
    half = np.concatenate((quiet, word[: len(word) // 2], ear._prompt("long")[: len(word) // 2], quiet))
    assert ear.heard(half, [key]) == []


def test_what_was_not_said_is_not_heard(folder: Path) -> None:
    ear = Ear(folder)
    assert ear.heard(without(ear._prompt("long")), ["short"]) == []


def test_a_number_is_not_heard_in_one_that_begins_like_it(pieces: dict[str, Piece], tmp_path: Path) -> None:
    said = ("n/9", "u/hour-many", "n/30", "u/minute-many")
    for key in (*said, "n/3"):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / f"{key}.alaw").write_bytes(alaw(pieces[f"ru/{key}"].sound))
    ear = Ear(tmp_path)
    audio = np.concatenate([read_alaw(tmp_path / f"{key}.alaw") for key in said])
    assert ear.heard(audio, ["n/3", "n/9", "u/hour-many"]) == ["n/9", "u/hour-many"]
