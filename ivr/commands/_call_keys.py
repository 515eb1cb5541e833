"""Keys of a call: typed on a terminal, or from a script."""

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator

from ivr.errors import HotlineError

KEYS = "0123456789*#"
#: Hang up: q, the same key on a Russian keyboard, Ctrl-D.
_LEAVE = ("q", "Q", "й", "Й", "\x04")
#: What asks for digits without a «press …».
_ASKS = ("status/enter-number", "status/last-four", "sms/enter-number", "rating/ask", "ticket/repeat", "fallback/wish")
_PATIENCE_S = 3.0


@contextlib.contextmanager
def keyboard(press: Callable[[str], None], leave: Callable[[], None]) -> Iterator[bool]:
    """Keys typed go to `press`; the terminal is as before afterwards. False when there is no terminal."""
    if not sys.stdin.isatty():
        yield False
        return
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    loop = asyncio.get_running_loop()

    def typed() -> None:
        text = os.read(fd, 64).decode("utf-8", "ignore")
        if not text:
            leave()
        elif not text.startswith("\x1b"):  # an arrow or a function key is no digit
            for letter in text:
                if letter in _LEAVE:
                    leave()
                elif letter in KEYS:
                    press(letter)

    try:
        tty.setcbreak(fd)
        now = termios.tcgetattr(fd)
        now[6][termios.VSUSP] = b"\0"  # a call cannot be laid aside
        termios.tcsetattr(fd, termios.TCSANOW, now)
        loop.add_reader(fd, typed)
        yield True
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


class Script:
    """`1 1 0`: each group is pressed when the hotline waits for a key after something new was said.

    Within a group `,` waits a second; `q` hangs up. A group that begins with `,` does not wait to be asked.
    """

    def __init__(self, text: str) -> None:
        self._groups = text.split()
        for group in self._groups:
            if bad := set(group) - set(KEYS + ",q"):
                raise HotlineError(f"--keys: {''.join(sorted(bad))!r} is no key; allowed are {KEYS} , (wait) and q")
        self._spoken = False
        self._asked = False

    def said(self, key: str) -> None:
        """The prompt `key` was recognised."""
        self._spoken = True
        self._asked = self._asked or key.startswith("press/") or key in _ASKS

    def due(self, quiet: float) -> str:
        """The group to press now, or ""; `quiet`: seconds of silence."""
        if not self._groups or not self._spoken:
            return ""
        if not (self._asked or quiet > _PATIENCE_S or self._groups[0].startswith(",")):
            return ""
        self._spoken = self._asked = False
        return self._groups.pop(0)
