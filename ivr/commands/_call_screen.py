"""A call as text: what is said appears while it is said, on a terminal word by word, elsewhere line by line."""

import os
import re
import shutil
from collections.abc import Callable
from typing import TextIO

from ivr.commands.listing import safe
from ivr.testnet.recogniser import Piece, Saying

_INDENT = 7  # the time at the beginning of a line
_PAUSE_S = 0.9  # a longer silence ends a line
_GROUP_S = 0.25  # a longer one ends a group of digits
_SENTENCE = re.compile(r"[.!?:…][»\"]?$")
_HOLD_S = 0.8  # a piece that is said on for so long after a note was not interrupted by it
_DIM, _KEY, _PLAIN = "\x1b[2m", "\x1b[1;36m", "\x1b[0m"


class Screen:
    """Lines on `out`; `clock` gives seconds of the call. `moving`: `out` is a terminal."""

    def __init__(self, out: TextIO, clock: Callable[[], float], moving: bool) -> None:
        self._out, self._clock, self._moving = out, clock, moving
        self._colours = moving and not os.environ.get("NO_COLOR")
        self._line = ""  # what of the line stands already, or will, outside of a terminal
        self._piece: Piece | None = None
        self._shown = 0
        self._column = 0
        self._digits = ""
        self._ended_at = 0.0
        self._cut = False
        self._held = self._keying = False
        self._hold_from: float | None = None

    def says(self, saying: Saying) -> None:
        """A piece is being said."""
        if saying.piece is not self._piece:
            self._begin(saying)
        elif self._held and not self._goes_on(saying):
            return
        text = safe(saying.piece.text)
        upto = len(text) if saying.over and saying.done >= 1 else _word_end(text, saying.done)
        self._speak(text[self._shown : upto])
        self._shown = max(self._shown, upto)
        self._ended_at = saying.until
        self._cut = saying.over and saying.done < 1
        if saying.over and saying.done >= 1:
            self._piece = None
            if _SENTENCE.search(text):
                self.end_line()

    def silence(self, heard: float) -> None:
        """`heard` seconds of the call have been heard: the line ends if nothing was said for a while."""
        if self._line and not self._keying and heard - self._ended_at > _PAUSE_S:
            self.end_line()

    def note(self, words: str) -> None:
        """Something that happened, on a line of its own."""
        self.end_line()
        self._out.write(f"{self._stamp()}{self._paint(_DIM, words)}\n")
        self._out.flush()

    def pressed(self, key: str) -> None:
        """A key went out; keys one after the other share a line."""
        if not self._keying:
            self.end_line()
            self._write(self._stamp())
            self._keying = True
        self._write(self._paint(_KEY, f"[{key}]"))

    def plain(self, words: str) -> None:
        """A line without a time."""
        self.end_line()
        self._out.write(words + "\n")
        self._out.flush()

    def end_line(self) -> None:
        """What is said next begins a new line."""
        if self._line:
            spoken = not self._keying
            more = " …" if spoken and self._piece is not None and self._shown < len(self._piece.text) else ""
            if len(self._digits.replace(" ", "")) > 2:
                more += f"   ({self._digits.strip()})"
            self._speak(more)
            self._out.write("\n" if self._moving else self._line + "\n")
            self._out.flush()
            if spoken:
                self._held, self._hold_from = self._piece is not None, None
        self._line, self._digits, self._keying = "", "", False

    def _goes_on(self, saying: Saying) -> bool:
        """A key or a note came in the middle of a piece. Is it said on? If not, its rest is not shown."""
        self._hold_from = saying.until if self._hold_from is None else self._hold_from
        if saying.until - self._hold_from < _HOLD_S:
            self._ended_at = saying.until
            if saying.over:
                self._piece = None
            return False
        self._held = False
        self.end_line()
        self._held = False
        self._start()
        self._speak("…")
        return True

    def _begin(self, saying: Saying) -> None:
        key = saying.piece.key
        gap = saying.start - self._ended_at
        if self._line and (self._cut or self._keying or gap > _PAUSE_S or saying.piece.text[:1].isupper()):
            self.end_line()
        self._held = False
        if self._line:
            self._speak(" ")
        else:
            self._start()
        if key.startswith("d/"):
            self._digits += (" " if gap > _GROUP_S else "") + key[2:]
        else:
            self._digits = ""
        self._piece, self._shown = saying.piece, 0

    def _start(self) -> None:
        self._write(self._stamp())
        self._column = _INDENT

    def _speak(self, text: str) -> None:
        """Write what is said; words that do not fit go to the next row of a terminal."""
        width = shutil.get_terminal_size().columns
        for word in re.findall(r"[^ ]+| +", text):
            if self._moving and self._column + len(word) >= width and word.strip():
                self._out.write("\n" + " " * _INDENT)
                self._column = _INDENT
            self._column += len(word)
            self._write(word)

    def _write(self, text: str) -> None:
        if not text:
            return
        self._line += text
        if self._moving:
            self._out.write(text)
            self._out.flush()

    def _stamp(self) -> str:
        seconds = int(self._clock())
        return self._paint(_DIM, f"{seconds // 60:2}:{seconds % 60:02}  ")

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colours else text


def _word_end(text: str, done: float) -> int:
    """How much of `text` to show when the part `done` of it has been said: whole words."""
    upto = round(done * len(text))
    space = text.find(" ", upto)
    return len(text) if space < 0 else space
