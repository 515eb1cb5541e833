"""Sounds that Asterisk has played to their end in the last seconds.

After a `Background` only a question tells whether all of it was played. Where each of its sounds was just a moment ago,
in any call, the question is left out: a quarter of a call's round trips, when there are many.
"""

import time
from collections.abc import Callable, Iterable

#: Seconds for which a sound is taken to be there still. So long may callers miss what follows one that was deleted.
_FRESH_S = 10.0
#: Pairs of language and sound that are kept in mind; a hotline has some thousand.
_MOST = 20_000


class Playable:
    """For all calls of one Asterisk. `now`: seconds that only go up."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._played: dict[tuple[str, str], float] = {}

    def played(self, language: str, names: Iterable[str]) -> None:
        """Asterisk said that it played all of these."""
        if len(self._played) > _MOST:
            self._played.clear()
        now = self._now()
        self._played.update(((language, name), now) for name in names)

    def lately(self, language: str, names: Iterable[str]) -> bool:
        """Whether each of them has been played so lately that nobody need ask."""
        since = self._now() - _FRESH_S
        return all(self._played.get((language, name), since - 1) >= since for name in names)
