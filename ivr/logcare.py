"""Asterisk's log files kept small: a stranger who floods the SIP port must not fill the disk."""

import logging
import re
from pathlib import Path

from ivr.ami.client import AmiClient, AmiError

log = logging.getLogger(__name__)
_LARGEST = 20 * 1024 * 1024
_KEPT = 5
_ROTATED = re.compile(r"(messages\.log|queue_log|console\.log)\.([0-9]+)\Z")


class LogCare:
    """Rotates the logs in `folder` when one is over `largest` bytes and forgets the oldest; nothing elsewhere."""

    def __init__(self, ami: AmiClient, folder: Path, largest: int = _LARGEST, kept: int = _KEPT) -> None:
        self._ami, self._folder, self._largest, self._kept = ami, folder, largest, kept

    async def look(self) -> bool:
        """Rotate if it is time; was it?"""
        if not self._ami.connected or not any(self._big(name) for name in ("messages.log", "queue_log")):
            return False
        try:
            await self._ami.action("LoggerRotate")
        except AmiError as error:
            log.warning("the logs of Asterisk could not be rotated: %s", error)
            return False
        for file in self._folder.iterdir():
            rotated = _ROTATED.match(file.name)
            if rotated and int(rotated[2]) >= self._kept:
                file.unlink(missing_ok=True)
        log.info("the logs of Asterisk were rotated", extra={"action": "logs_rotated"})
        return True

    def _big(self, name: str) -> bool:
        try:
            return (self._folder / name).stat().st_size > self._largest
        except OSError:
            return False
