"""Asterisk's log files kept small: a stranger who floods the SIP port must not fill the disk."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

from ivr.ami.client import AmiClient, AmiError

log = logging.getLogger(__name__)
_LARGEST = 20 * 1024 * 1024
_KEPT = 5
#: So many bytes of the queue_log are kept for a database that is away: some two million calls.
_MOST_UNREAD = 1024**3
#: Rotated parts of Asterisk's logs.
ROTATED = re.compile(r"(messages\.log|queue_log|console\.log)\.([0-9]+)\Z")


class LogCare:
    """Rotates the logs in `folder` when one is over `largest` bytes and forgets the oldest; nothing elsewhere.

    `unread`: files that are still needed, however old; of those, the newest `most_unread` bytes are kept.
    """

    def __init__(
        self, ami: AmiClient, folder: Path, unread: Callable[[], set[Path]], largest: int = _LARGEST,
        kept: int = _KEPT, most_unread: int = _MOST_UNREAD,
    ) -> None:  # fmt: skip
        self._ami, self._folder, self._unread, self._largest, self._kept = ami, folder, unread, largest, kept
        self._most_unread = most_unread

    async def look(self) -> bool:
        """Rotate if it is time; was it?"""
        if not self._ami.connected or not any(self._big(name) for name in ("messages.log", "queue_log")):
            return False
        try:
            await self._ami.action("LoggerRotate")
        except AmiError as error:
            log.warning("the logs of Asterisk could not be rotated: %s", error)
            return False
        self._forget()
        log.info("the logs of Asterisk were rotated", extra={"action": "logs_rotated"})
        return True

    def _forget(self) -> None:
        rotated: dict[str, list[tuple[float, int, Path]]] = {}
        for file in self._folder.iterdir():
            if told := ROTATED.match(file.name):
                # the number alone tells little: which end of them is the newest is Asterisk's setting
                rotated.setdefault(told[1], []).append((-file.stat().st_mtime, int(told[2]), file))
        needed = self._unread()
        for files in rotated.values():
            newest_first = [file for _, _, file in sorted(files)]
            waiting = 0
            for number, file in enumerate(newest_first):
                waiting += file.stat().st_size if file in needed else 0
                if number < self._kept:
                    continue
                if file not in needed:
                    file.unlink(missing_ok=True)
                elif waiting > self._most_unread:
                    # one that is away for so long must not take the disk from the calls
                    file.unlink(missing_ok=True)
                    log.error("%s is deleted though nothing of it is counted: the database has been away too long; "
                              "its calls will be missing in the figures", file.name,
                              extra={"action": "queue_log_lost"})  # fmt: skip

    def _big(self, name: str) -> bool:
        try:
            return (self._folder / name).stat().st_size > self._largest
        except OSError:
            return False
