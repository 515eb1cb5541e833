"""What was said is found in the sound of a call, soon, whole, and in order."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.testnet.recogniser import Library, Piece, Recogniser, Samples, Saying, piece_from

STEP = 1600  # 0.2 s
QUIET = np.zeros(2000, np.int16)


def listen(library: Library, sound: Samples, step: int = STEP) -> list[Saying]:
    ear = Recogniser(library)
    return [saying for at in range(0, len(sound), step) for saying in ear.hear(sound[at : at + step].tobytes())]


def texts(sayings: Sequence[Saying]) -> list[str]:
    return [saying.piece.text for saying in sayings if saying.over]


def spoken(pieces: dict[str, Piece], *names: str) -> Samples:
    return np.concatenate([QUIET, *(pieces[name].sound for name in names), QUIET])


def test_every_prompt_is_recognised_by_its_text(pieces: dict[str, Piece], library: Library) -> None:
    wrong = {
        name: found
        for name, piece in pieces.items()
        if (found := texts(listen(library, spoken(pieces, name)))) != [piece.text]
    }
    assert wrong == {}


def test_the_words_of_a_number_come_in_order(pieces: dict[str, Piece], library: Library) -> None:
    words = ["ru/ticket/your-number", "ru/d/0", "ru/d/7", "ru/d/7", "ru/d/1", "ru/ticket/repeat"]
    assert texts(listen(library, spoken(pieces, *words))) == [pieces[word].text for word in words]


def test_a_prompt_is_known_a_third_of_a_second_after_it_began(pieces: dict[str, Piece], library: Library) -> None:
    piece = pieces["ru/menu/main"]
    ear = Recogniser(library)
    assert ear.hear(piece.sound[: piece.begin + 2800].tobytes())[0].piece is piece


def test_a_prompt_cut_short_is_over_where_it_was_cut(pieces: dict[str, Piece], library: Library) -> None:
    whole = pieces["ru/say/welcome"].sound
    loud = 20000 + int(np.argmax(whole[20000:24000]))
    cut = whole[: loud + 1]
    sayings = listen(library, np.concatenate([cut, pieces["ru/menu/signin"].sound, QUIET]))
    first, second = (saying for saying in sayings if saying.over)
    assert (first.piece.key, second.piece.key) == ("say/welcome", "menu/signin")
    assert 0.1 < first.done < 0.9
    assert abs(first.until - loud / 8000) < 0.03
    assert second.done == 1


def test_a_prompt_cut_just_before_its_end_does_not_deafen(pieces: dict[str, Piece], library: Library) -> None:
    piece, next_one = pieces["ru/press/1"], pieces["ru/say/welcome"]
    for short in range(10, 400, 30):
        said = texts(listen(library, np.concatenate([piece.sound[: piece.end - short], next_one.sound, QUIET])))
        assert said == [piece.text, next_one.text], f"{short} samples before its end"


def test_a_lost_packet_does_not_lose_the_rest(pieces: dict[str, Piece], library: Library) -> None:
    piece = pieces["ru/say/never-ask"]
    sound = np.concatenate([piece.sound[:16000], piece.sound[16160:], QUIET])
    assert [s.piece.key for s in listen(library, sound) if s.over] == ["say/never-ask", "say/never-ask"]
    assert listen(library, sound)[-1].done == 1


def test_a_strange_sound_is_counted_and_not_named(library: Library) -> None:
    ear = Recogniser(library)
    hum = (8000 * np.sin(np.arange(16000) / 3)).astype(np.int16)
    noise = np.random.default_rng(1).integers(-9000, 9000, 16000).astype(np.int16)
    assert ear.hear(hum.tobytes()) == []
    assert ear.hear(noise.tobytes()) == []
    assert ear.unknown == 4
    ear.hear(np.zeros(24000, np.int16).tobytes())
    assert (ear.unknown, ear.quiet) == (0, 3)


@settings(deadline=None, max_examples=25)
@given(step=st.integers(min_value=37, max_value=9000), shift=st.integers(min_value=0, max_value=400))
def test_it_does_not_matter_in_what_portions_the_sound_comes(
    pieces: dict[str, Piece], library: Library, step: int, shift: int
) -> None:
    names = ["ru/say/hello", "en/press/2", "ru/d/5", "ru/d/5"]
    sound = np.concatenate([np.zeros(shift, np.int16), spoken(pieces, *names)])
    assert texts(listen(library, sound, step)) == [pieces[name].text for name in names]


def test_listening_costs_little(pieces: dict[str, Piece], library: Library) -> None:
    sound = spoken(pieces, "ru/say/welcome", "ru/say/never-ask", "ru/menu/main")
    began = time.thread_time()
    listen(library, sound)
    assert time.thread_time() - began < 0.3 * len(sound) / 8000


def test_a_silent_or_missing_file_is_no_piece(tmp_path: Path) -> None:
    (tmp_path / "silent.alaw").write_bytes(b"\xd5" * 8000)
    assert piece_from("ru", "silent", "", tmp_path / "silent.alaw") is None
    assert piece_from("ru", "none", "", tmp_path / "none.alaw") is None
    assert Recogniser(Library([])).hear(bytes(16000)) == []
