"""What one waiting caller hears from time to time: pieces joined into `<lang>_<id>/ivr/queue/hold`."""

import logging
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ivr.prompts.formats import g722
from ivr.prompts.store import write_file

log = logging.getLogger(__name__)
_HOLD = "ivr/queue/hold"
_ID = re.compile(r"[a-z0-9]{1,20}\Z")
_FOLDER = re.compile(r"[a-z]{2,3}_[a-z0-9]{1,20}\Z")


class Announcer:
    """Writes and removes the per-caller folders in `sounds_dir`. Does a few milliseconds of file work."""

    def __init__(self, sounds_dir: Path) -> None:
        self.sounds_dir = sounds_dir

    def write(self, language: str, call_id: str, keys: Sequence[str]) -> None:
        """Join `keys` in every stored form; a reader sees the old announcement or the new one.

        When a piece is missing the caller's announcement is removed and the general one is played:
        a sentence without a word could say a wrong number. Raises ValueError on a bad `call_id`.
        """
        folder = self.sounds_dir / f"{language}_{_checked(call_id)}"
        joined: dict[str, bytes] = {}
        try:
            for suffix in ("alaw", "sln16"):
                joined[suffix] = b"".join(
                    (self.sounds_dir / language / "ivr" / f"{key}.{suffix}").read_bytes() for key in keys
                )
            # G.722 remembers: pieces encoded one by one would crackle where they meet
            joined["g722"] = g722(np.frombuffer(joined["sln16"], "<i2").astype(np.int16))
        except OSError as error:
            log.warning("announcement left out: %s", error, extra={"action": "announcement_incomplete"})
            self.remove(call_id)
            return
        if not all(joined.values()):
            self.remove(call_id)
            return
        for suffix, data in joined.items():
            write_file(folder / f"{_HOLD}.{suffix}", data)

    def remove(self, call_id: str) -> None:
        """Forget the caller's announcement in whatever language; nothing happens when there is none."""
        for folder in self.sounds_dir.glob(f"*_{_checked(call_id)}"):
            shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> int:
        """Remove the announcements of all callers (controller gone, so they would be stale); how many."""
        folders = [f for f in self.sounds_dir.glob("*_*") if f.is_dir() and _FOLDER.match(f.name)]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)


def _checked(call_id: str) -> str:
    if not _ID.match(call_id):
        raise ValueError(f"{call_id!r}: an announcement id is 1 to 20 small letters and digits")
    return call_id
