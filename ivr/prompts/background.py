"""Announcements written by a thread of their own: a queue of a hundred callers must not delay anybody's next prompt."""

import contextlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ivr.prompts.announcer import Announcer

log = logging.getLogger(__name__)
_Wanted = tuple[str, Sequence[str]] | None


class BackgroundAnnouncer:
    """`ivr.services.ports.Announcements`: returns at once; of several wishes for one caller the last counts."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._wanted: dict[str, _Wanted] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, "announcements")

    def write(self, language: str, call_id: str, keys: Sequence[str]) -> None:
        """Let this caller hear `keys` at the next announcement."""
        self._want(call_id, (language, keys))

    def remove(self, call_id: str) -> None:
        """Forget the caller's announcement."""
        self._want(call_id, None)

    def close(self) -> None:
        """Do what is still wanted, then stop."""
        self._worker.shutdown()

    def _want(self, call_id: str, what: _Wanted) -> None:
        with self._lock:
            self._wanted[call_id] = what
        self._worker.submit(self._next)

    def _next(self) -> None:
        with self._lock:
            if not self._wanted:
                return
            call_id = next(iter(self._wanted))
            what = self._wanted.pop(call_id)
        try:
            if what is None:
                self._announcer.remove(call_id)
            else:
                self._announcer.write(what[0], call_id, what[1])
        except (OSError, ValueError):
            # a place that is not true any more is not said for ever
            with contextlib.suppress(ValueError):
                self._announcer.remove(call_id)
            log.exception("an announcement could not be written; the general one is played")
