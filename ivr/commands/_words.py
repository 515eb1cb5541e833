"""Progress in words: a moving line on a terminal, plain lines elsewhere. Always on stderr."""

import sys
from types import TracebackType

from rich.console import Console
from rich.status import Status


class Words:
    """`step` shows what is being done; `say` prints a line that stays."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        self._status: Status | None = None

    def __enter__(self) -> "Words":
        return self

    def step(self, words: str) -> None:
        if not self._console.is_terminal:
            print(words, file=sys.stderr, flush=True)
        elif self._status is None:
            self._status = self._console.status(words)
            self._status.start()
        else:
            self._status.update(words)

    def say(self, words: str) -> None:
        self.rest()
        print(words, file=sys.stderr, flush=True)

    def rest(self) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.rest()
