"""What one waiting caller hears from time to time: pieces joined into `<lang>_<id>/ivr/queue/hold`."""

import itertools
import logging
import os
import re
import shutil
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ivr.prompts.formats import FORMATS, g722
from ivr.prompts.store import write_file

log = logging.getLogger(__name__)
_HOLD = "ivr/queue/hold"
_ID = re.compile(r"[a-z0-9]{1,20}\Z")
#: What was joined lately, in the folder of sounds: callers in the same place hear the same.
_SAID, _MOST_SAID = ".said", 256
_FOLDER = re.compile(r"[a-z]{2,3}_[a-z0-9]{1,20}\Z")


class Announcer:
    """Writes and removes the per-caller folders in `sounds_dir`.

    A sentence is joined once, which takes some ten milliseconds; whoever is to hear it has links to its files.
    """

    def __init__(self, sounds_dir: Path) -> None:
        self.sounds_dir = sounds_dir
        self._numbers = itertools.count(1)
        #: language and pieces -> the folder of the sentence, the one used last at the end
        self._said: OrderedDict[tuple[str, tuple[str, ...]], Path] = OrderedDict()
        #: caller -> his folders, one for each language that he has heard one in, and the sentence in it
        self._folders: defaultdict[str, dict[Path, Path]] = defaultdict(dict)

    def write(self, language: str, call_id: str, keys: Sequence[str]) -> None:
        """Join `keys` in every stored form; a reader sees the old announcement or the new one. Raises `OSError`.

        When a piece is missing the caller's announcement is removed and the general one is played:
        a sentence without a word could say a wrong number. Raises ValueError on a bad `call_id`.
        """
        folder = self.sounds_dir / f"{language}_{_checked(call_id)}"
        said = self._sentence(language, tuple(keys))
        if said is None:
            self.remove(call_id)
            return
        mine = self._folders[call_id]
        if mine.get(folder) == said:
            return
        new = folder not in mine
        # known before it is made: what fails half-way is removed with the rest
        mine.setdefault(folder, Path())
        try:
            if new:
                (folder / _HOLD).parent.mkdir(parents=True, exist_ok=True)
            for suffix in FORMATS:
                _link(f"{said}/{suffix}", f"{folder}/{_HOLD}.{suffix}")
        except FileNotFoundError:
            # somebody has cleared the folder of sounds: from the next change on all is made anew
            self._said.clear()
            self.remove(call_id)
            raise
        mine[folder] = said

    def remove(self, call_id: str) -> None:
        """Forget the caller's announcement in whatever language; nothing happens when there is none."""
        for folder in self._folders.pop(_checked(call_id), ()):
            shutil.rmtree(folder, ignore_errors=True)

    def _sentence(self, language: str, keys: tuple[str, ...]) -> Path | None:
        """The folder of the joined pieces, one file for each stored form; None when a piece is missing."""
        known = self._said.get((language, keys))
        if known is not None:
            self._said.move_to_end((language, keys))
            return known
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
            return None
        if not all(joined.values()):
            return None
        made = self.sounds_dir / _SAID / str(next(self._numbers))
        try:
            for suffix, data in joined.items():
                write_file(made / suffix, data)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise
        self._said[language, keys] = made
        if len(self._said) > _MOST_SAID:
            # who has links to its files keeps them
            shutil.rmtree(self._said.popitem(last=False)[1], ignore_errors=True)
        return made

    def clear(self) -> int:
        """Remove the announcements of all callers (controller gone, so they would be stale); how many."""
        self._said.clear()
        self._folders.clear()
        shutil.rmtree(self.sounds_dir / _SAID, ignore_errors=True)
        folders = [f for f in self.sounds_dir.glob("*_*") if f.is_dir() and _FOLDER.match(f.name)]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)


def _link(said: str, path: str) -> None:
    """Let `path`, which is not the file `said` yet, be it from now on, in one step."""
    new = f"{path}.new"
    try:
        os.link(said, new)
    except FileNotFoundError:
        raise
    except OSError:
        # a file system without links
        write_file(Path(path), Path(said).read_bytes())
        return
    os.replace(new, path)  # noqa: PTH105 - as quick as can be: a queue of a hundred moves up with every answer


def _checked(call_id: str) -> str:
    if not _ID.match(call_id):
        raise ValueError(f"{call_id!r}: an announcement id is 1 to 20 small letters and digits")
    return call_id
