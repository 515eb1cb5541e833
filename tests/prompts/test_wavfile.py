"""WAV files as studios and editors write them: what can be read is read, and what cannot is called by its name."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import DataError
from ivr.prompts.audio import read_wav

PCM = bytes.fromhex("0100000000001000800000aa00389b71")
FLOAT = bytes.fromhex("0300000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def fmt(tag: int, bits: int, channels: int = 1, rate: int = 48000, kind: bytes = b"") -> bytes:
    width = bits // 8 * channels
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)
    return chunk(b"fmt ", head + (struct.pack("<HHI", 22, bits, 4) + kind if kind else b""))


@pytest.mark.parametrize(("bits", "raw", "wanted"), [
    (16, struct.pack("<3h", 0, 16384, -32768), [0, 0.5, -1]),
    (24, b"\0\0\0" + b"\0\0\x40" + b"\0\0\x80", [0, 0.5, -1]),
])
def test_an_extensible_pcm_file_is_read(bits: int, raw: bytes, wanted: list[float]) -> None:
    samples, rate = read_wav(riff(chunk(b"LIST", b"odd"), fmt(0xFFFE, bits, kind=PCM), chunk(b"data", raw)), "x")
    assert rate == 48000 and np.allclose(samples, wanted)


def test_of_two_channels_the_first_is_taken() -> None:
    samples, _ = read_wav(riff(fmt(0xFFFE, 16, 2, kind=PCM), chunk(b"data", struct.pack("<4h", 16384, 1, 0, 2))), "x")
    assert np.allclose(samples, [0.5, 0])


@pytest.mark.parametrize(("data", "said"), [
    (b"", "is empty"),
    (b"RIFF", "is not a WAV file"),
    (b"ID3\x03" + b"x" * 60, "is not a WAV file"),
    (riff(), "has no sound in it"),
    (riff(fmt(1, 16)), "has no sound in it"),
    (riff(fmt(3, 32), chunk(b"data", b"\0" * 8)), "is 32-bit floating point"),
    (riff(fmt(0xFFFE, 32, kind=FLOAT), chunk(b"data", b"\0" * 8)), "is 32-bit floating point"),
    (riff(fmt(1, 64), chunk(b"data", b"\0" * 8)), "is 64-bit PCM"),
    (riff(fmt(0xFFFE, 12, kind=PCM), chunk(b"data", b"\0" * 8)), "is 12-bit PCM"),
    (riff(fmt(0x55, 0), chunk(b"data", b"\0" * 8)), "is MP3"),
    (riff(fmt(0x1234, 16), chunk(b"data", b"\0" * 8)), "is of format 4660"),
    (riff(fmt(1, 16, 0), chunk(b"data", b"\0" * 8)), "is damaged"),
    (riff(fmt(1, 16, rate=0), chunk(b"data", b"\0" * 8)), "is damaged"),
])
def test_what_cannot_be_read_is_called_by_its_name(data: bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_wav(data, "ru/x.wav")
    text = str(caught.value)
    assert text.startswith(f"ru/x.wav: {said}") and text.endswith("; save it as 16-bit PCM WAV") and "()" not in text


def test_a_length_that_is_too_great_is_taken_for_all_there_is() -> None:
    # a synthesiser that writes to a pipe cannot know it
    data = riff(fmt(1, 16)) + b"data\xff\xff\xff\x7f" + struct.pack("<2h", 16384, 0) + b"\1"
    assert np.allclose(read_wav(data, "x")[0], [0.5, 0])


@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_damage_is_a_traceback(noise: bytes, at: int) -> None:
    good = riff(fmt(0xFFFE, 16, kind=PCM), chunk(b"data", b"\0" * 8))
    for data in (noise, good[:at] + noise, good[:at] + noise + good[at + len(noise):]):
        try:
            read_wav(data, "x")
        except DataError:
            continue
