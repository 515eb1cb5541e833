"""A call as text, as the user reads it."""

import io
import re

import numpy as np
import pytest

from ivr.commands._call_keys import Script
from ivr.commands._call_screen import Screen
from ivr.errors import HotlineError
from ivr.testnet.recogniser import Piece, Saying

HELLO = Piece("en", "say/hello", "Hello! This is the support line.", np.zeros(0, np.int16), 0, 0)
ITEM = Piece("en", "item/signin", "If you cannot sign in,", np.zeros(0, np.int16), 0, 0)
PRESS = Piece("en", "press/1", "press one.", np.zeros(0, np.int16), 0, 0)


class Reader:
    """A screen and what stands on it; `moving` as on a terminal."""

    def __init__(self, moving: bool) -> None:
        self.out = io.StringIO()
        self.now = 0.0
        self.screen = Screen(self.out, lambda: self.now, moving)

    def say(self, piece: Piece, begin: float, end: float, done: float = 1.0, over: bool = True) -> None:
        self.screen.says(Saying(piece, begin, end, done, over))

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.out.getvalue())

    @property
    def lines(self) -> list[str]:
        return [line[7:] for line in self.text.splitlines()]


@pytest.fixture(params=[True, False], ids=["terminal", "file"])
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(request.param)


def digit(number: int) -> Piece:
    words = ("zero", "one", "two", "three")
    return Piece("en", f"d/{number}", words[number], np.zeros(0, np.int16), 0, 0)


def test_an_item_and_its_key_are_one_line(reader: Reader) -> None:
    reader.say(HELLO, 0, 2)
    reader.say(ITEM, 2.3, 4)
    reader.say(PRESS, 4.1, 5)
    assert reader.lines == ["Hello! This is the support line.", "If you cannot sign in, press one."]


def test_digits_said_are_also_written_as_digits(reader: Reader) -> None:
    for at, number in enumerate((1, 2, 0, 3)):
        begin = at * 0.5 + (0.4 if at >= 2 else 0)
        reader.say(digit(number), begin, begin + 0.45)
    reader.screen.silence(9)
    assert reader.lines == ["one two zero three   (12 03)"]


def test_a_prompt_cut_off_by_a_key_ends_with_an_ellipsis(reader: Reader) -> None:
    reader.say(HELLO, 0, 0.6, done=0.1, over=False)
    reader.screen.pressed("1")
    reader.say(HELLO, 0, 0.8, done=0.2)
    reader.say(ITEM, 1, 2)
    reader.screen.end_line()
    assert reader.lines == ["Hello! …", "[1]", "If you cannot sign in,"]


def test_a_prompt_said_on_after_a_key_is_shown_to_its_end(reader: Reader) -> None:
    reader.say(HELLO, 0, 0.6, done=0.1, over=False)
    reader.screen.pressed("1")
    for second in (0.8, 1.4, 1.9):
        reader.say(HELLO, 0, second, done=second / 2, over=False)
    reader.say(HELLO, 0, 2)
    assert reader.lines == ["Hello! …", "[1]", "… This is the support line."]


def test_keys_typed_one_after_the_other_share_a_line(reader: Reader) -> None:
    for key in "407":
        reader.screen.pressed(key)
    reader.screen.silence(100)
    reader.screen.note("music")
    assert reader.lines == ["[4][0][7]", "music"]


def test_a_terminal_shows_the_words_while_they_are_said() -> None:
    reader = Reader(moving=True)
    reader.say(HELLO, 0, 0.8, done=0.3, over=False)
    assert reader.text.endswith("Hello! This")


def test_words_that_do_not_fit_go_to_the_next_row_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    reader = Reader(moving=True)
    reader.say(HELLO, 0, 0.8, done=0.3, over=False)
    reader.say(HELLO, 0, 2)
    assert reader.lines == ["Hello! This is the ", "support line."]


def test_a_text_cannot_steer_the_terminal(reader: Reader) -> None:
    reader.say(Piece("en", "x", "red \x1b[31m text.", np.zeros(0, np.int16), 0, 0), 0, 1)
    assert "\x1b[31m" not in reader.out.getvalue()


def test_a_scripted_key_waits_for_the_question_and_then_for_the_next() -> None:
    script = Script("1 2")
    script.said("say/hello")
    assert script.due(0.5) == ""
    script.said("press/1")
    assert script.due(0) == "1"
    assert script.due(60) == ""
    script.said("guide/end")
    assert script.due(0.5) == ""
    assert script.due(4) == "2"


@pytest.mark.parametrize("key", ["rating/ask", "fallback/wish"])
def test_a_question_of_one_sentence_is_one(key: str) -> None:
    script = Script("1")
    script.said(key)
    assert script.due(0) == "1"


def test_a_group_with_a_comma_first_does_not_wait_for_the_question() -> None:
    script = Script(",20")
    assert script.due(9) == ""
    script.said("say/hello")
    assert script.due(0) == ",20"


def test_a_script_with_a_letter_is_refused() -> None:
    with pytest.raises(HotlineError, match="'x' is no key"):
        Script("1 x")
