"""Sounds of incidents: spoken or recorded, whole or not there, and removed when nothing needs them."""

import os
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import DataError
from ivr.prompts.audio import LEVEL, RATE, TOLERANCE, active_level, from_int16, read_wav
from ivr.prompts.formats import FORMATS, decode
from ivr.prompts.incidents import IncidentSounds
from ivr.prompts.speech import engine_for
from ivr.prompts.wavfile import wav_of

TEXT = "Сейчас не открывается вход на портал. Мы уже чиним."
SOUND = ("ru", "incidents/i1-abc")


@pytest.fixture
def sounds(tmp_path: Path) -> IncidentSounds:
    return IncidentSounds(tmp_path / "sounds", tmp_path / "kept", lambda language: engine_for(language, "espeak"), {})


def speech(seconds: float, level: float = 0.05, rate: int = 48_000) -> bytes:
    """Something like a voice: bursts of a few tones."""
    t = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * f * t) for f in (220, 440, 880)) * (np.sin(2 * np.pi * 3 * t) > -0.5)
    return wav_of((wave * level * 32767 / 3).astype(np.int16), rate)


def test_a_text_is_spoken_in_every_stored_form_at_the_level_of_all_prompts(
    sounds: IncidentSounds, tmp_path: Path
) -> None:
    assert sounds.ready([SOUND]) == set()
    sounds.build(SOUND, TEXT, "")
    assert sounds.ready([SOUND]) == {SOUND}
    for suffix in FORMATS:
        stored, rate = decode(suffix, (tmp_path / "sounds" / "ru" / "ivr" / f"{SOUND[1]}.{suffix}").read_bytes())
        assert 2 < len(stored) / rate < 10
        assert abs(active_level(stored, rate) - LEVEL) <= TOLERANCE


def test_a_quiet_recording_of_a_browser_is_brought_to_that_level_too(sounds: IncidentSounds, tmp_path: Path) -> None:
    digest = sounds.keep(speech(2), "recording")
    sounds.build(SOUND, "", digest)
    stored, rate = decode("alaw", (tmp_path / "sounds" / "ru" / "ivr" / f"{SOUND[1]}.alaw").read_bytes())
    assert abs(active_level(stored, rate) - LEVEL) <= TOLERANCE + 0.5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"OggS" + bytes(100), "is not a WAV file"),
        (wav_of(np.zeros(32_000, np.int16), RATE), "silent"),
        (speech(0.3), "lasts"),
        (speech(61, rate=8000), "lasts"),
        (speech(150, rate=8000), "lasts too long"),
        (bytes(6_000_001), "too big"),
    ],
)
def test_a_recording_that_cannot_be_played_is_refused_and_not_kept(
    sounds: IncidentSounds, tmp_path: Path, data: bytes, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        sounds.keep(data, "recording")
    assert not list((tmp_path / "kept").glob("*"))


def test_only_sounds_that_no_incident_needs_are_removed(sounds: IncidentSounds, tmp_path: Path) -> None:
    prompt = tmp_path / "sounds" / "ru" / "ivr" / "incident" / "not-noted.alaw"
    prompt.parent.mkdir(parents=True)
    prompt.write_bytes(b"x")
    other = ("ru", "incidents/i2-def")
    for sound in (SOUND, other):
        sounds.build(sound, TEXT, "")
    sounds.sweep([other])
    assert sounds.ready([SOUND, other]) == {other} and prompt.exists()


def test_what_would_be_said_can_be_heard_before(sounds: IncidentSounds) -> None:
    samples, rate = read_wav(sounds.preview("ru", TEXT), "preview")
    assert rate == RATE and len(samples) > 2 * RATE


def test_where_no_voice_speaks_the_language_that_is_said(tmp_path: Path) -> None:
    mute = IncidentSounds(tmp_path, tmp_path, lambda language: None, {})
    with pytest.raises(DataError, match="record it"):
        mute.build(SOUND, TEXT, "")


def test_a_wav_file_written_is_read_again() -> None:
    samples = (np.sin(np.arange(1000)) * 20_000).astype(np.int16)
    back, rate = read_wav(wav_of(samples, 8000), "x")
    assert rate == 8000 and np.array_equal(back, from_int16(samples))


def test_recordings_are_trimmed_to_those_in_use_and_the_newest(sounds: IncidentSounds, tmp_path: Path) -> None:
    digests = [sounds.keep(speech(1 + n / 10), "recording") for n in range(1, 6)]
    for n, digest in enumerate(digests):
        os.utime(tmp_path / "kept" / f"{digest}.wav", (n, n))
    sounds.trim({digests[0]}, 2)
    assert [sounds.kept(digest) for digest in digests] == [True, False, False, True, True]
