"""Levels, filters, limiter, formats."""

import io
import wave

import numpy as np
import pytest

from ivr.errors import DataError
from ivr.prompts.audio import (
    LEVEL,
    RATE,
    Pads,
    active_level,
    from_int16,
    master,
    peak_level,
    read_wav,
    resample,
    trim,
)  # fmt: skip
from ivr.prompts.formats import FORMATS, decode, encode, silence


def tone(frequency: float, seconds: float, rms_db: float, rate: int = RATE) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return np.sqrt(2) * 10 ** (rms_db / 20) * np.sin(2 * np.pi * frequency * t)


def wav(samples: np.ndarray, rate: int, width: int = 2, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        whole = np.rint(np.repeat(samples, channels) * (2 ** (8 * width - 1) - 1)).astype("<i4")
        raw = whole.view(np.uint8).reshape(-1, 4)[:, :width]
        file.writeframes((raw + 128 if width == 1 else raw).astype(np.uint8).tobytes())
    return out.getvalue()


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_steady_tone_has_its_rms_as_active_level(rate: int) -> None:
    assert active_level(tone(500, 3, -26, rate), rate) == pytest.approx(-26, abs=0.2)


def test_pauses_do_not_lower_the_active_level() -> None:
    burst, gap = tone(500, 2, -20), np.zeros(RATE * 2)
    samples = np.concatenate([burst, gap, burst, gap, burst])
    assert active_level(samples) == pytest.approx(-20, abs=0.6)
    assert 10 * np.log10(np.mean(samples**2)) < -22


def test_silence_has_no_level() -> None:
    assert active_level(np.zeros(1000)) == peak_level(np.zeros(1000)) == float("-inf")
    assert len(trim(np.zeros(1000))) == 0


@pytest.mark.parametrize("loudness", [-60, -40, -20, -6])
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_mastering_brings_any_recording_to_level(loudness: int, rate: int) -> None:
    made = from_int16(master(tone(700, 1, loudness + 16, rate) if loudness < -50 else tone(700, 1, loudness, rate),
                             rate, Pads(), "x"))  # fmt: skip
    assert active_level(made) == pytest.approx(LEVEL, abs=0.5)
    assert len(made) % 320 == 0
    assert not made[:1500].any() and not made[-2300:].any()


def test_sharp_peaks_are_limited_without_losing_the_level() -> None:
    samples = tone(700, 2, -30)
    samples[::4000] = 0.9
    made = from_int16(master(samples, RATE, Pads(), "x"))
    assert peak_level(made) <= -3
    assert active_level(made) == pytest.approx(LEVEL, abs=1.5)


def test_rumble_is_taken_out() -> None:
    made = from_int16(master(tone(60, 2, -14) + tone(800, 2, -24), RATE, Pads(), "x"))
    spectrum = np.abs(np.fft.rfft(made))
    frequencies = np.fft.rfftfreq(len(made), 1 / RATE)
    assert spectrum[abs(frequencies - 60) < 5].max() < spectrum[abs(frequencies - 800) < 5].max() / 10


def test_a_silent_recording_is_refused_with_its_name() -> None:
    with pytest.raises(DataError, match="ru/menu/main: is silent"):
        master(np.zeros(RATE), RATE, Pads(), "ru/menu/main")


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_files_of_all_common_kinds_are_read(width: int, channels: int) -> None:
    samples = tone(500, 0.2, -12)
    read, rate = read_wav(wav(samples, RATE, width, channels), "x")
    assert rate == RATE and len(read) == len(samples)
    assert np.abs(read - samples).max() < 0.02


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\0" * 100, b"RIFF\x24\0\0\0WAVEfmt "])
def test_what_is_no_wav_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match=r"x\.wav: .*; save it as 16-bit PCM"):
        read_wav(data, "x.wav")


def test_resampling_keeps_the_tone_and_removes_what_would_alias() -> None:
    kept = resample(tone(1000, 1, -20), RATE, 8000, 3600)
    assert 10 * np.log10(np.mean(kept[800:-800] ** 2)) == pytest.approx(-20, abs=0.1)
    gone = resample(tone(5000, 1, -20), RATE, 8000, 3600)
    assert np.abs(gone[800:-800]).max() < 1e-3


def test_alaw_round_trip_is_within_its_quantisation() -> None:
    sound = encode((tone(1000, 1, -20) * 32768).astype(np.int16))
    narrow, rate = decode("alaw", sound["alaw"])
    expected = resample(tone(1000, 1, -20), RATE, 8000, 3600)
    noise = np.mean((narrow - expected) ** 2) / np.mean(expected**2)
    assert rate == 8000 and 10 * np.log10(noise) < -35


def test_alaw_bytes_are_those_of_the_standard() -> None:
    # G.711: idle is 0xD5, positive overload 0xAA, negative overload 0x2A
    values, _ = decode("alaw", bytes([0xD5, 0xAA, 0x2A, 0x55]))
    assert list(np.rint(values * 32768).astype(int)) == [8, 32256, -32256, -8]


@pytest.mark.parametrize("ms", [20, 350, 1000])
def test_a_pause_is_silent_and_of_equal_length_in_all_forms(ms: int) -> None:
    sound = silence(ms)
    seconds = {len(sound[suffix]) / rate for suffix, rate in FORMATS.items()}
    assert len(seconds) == 1 and abs(seconds.pop() - ms / 1000) < 0.011
    assert max(peak_level(decode(s, d)[0]) for s, d in sound.items()) < -60
