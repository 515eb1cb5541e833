"""Files of sounds: written whole or not at all, and kept by content so that nothing is made twice."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ivr.prompts.formats import FORMATS

_UNFINISHED = ".unfinished-"
_MANIFEST = ".built.json"


def write_file(path: Path, data: bytes) -> None:
    """Replace `path` in one step; whoever reads sees the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Cache:
    """Sounds by hash of everything they are made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, digest: str) -> dict[str, bytes] | None:
        """All stored forms, or None unless each is there and their durations agree."""
        try:
            found = {suffix: self._path(digest, suffix).read_bytes() for suffix in FORMATS}
        except OSError:
            return None
        lengths = {len(data) / FORMATS[suffix] for suffix, data in found.items()}
        return found if len(lengths) == 1 and lengths != {0.0} else None

    def put(self, digest: str, sound: Mapping[str, bytes]) -> None:
        for suffix, data in sound.items():
            write_file(self._path(digest, suffix), data)

    def _path(self, digest: str, suffix: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.{suffix}"


class Sounds:
    """The folder Asterisk plays from: `<lang>/ivr/<key>.<suffix>`, with a note of what each was made from."""

    def __init__(self, folder: Path, language: str) -> None:
        self.root = folder / language / "ivr"
        self.digests: dict[str, str] = {}
        try:
            loaded = json.loads((self.root / _MANIFEST).read_text("utf-8"))
            self.digests = {str(k): str(v) for k, v in loaded.items()}
        except (OSError, ValueError, AttributeError):
            pass  # nothing noted: everything is looked up in the cache again

    def path(self, key: str, suffix: str) -> Path:
        return self.root / f"{key}.{suffix}"

    def complete(self, key: str) -> bool:
        """All stored forms are there, not empty and of one duration."""
        try:
            lengths = {self.path(key, suffix).stat().st_size / rate for suffix, rate in FORMATS.items()}
        except OSError:
            return False
        return len(lengths) == 1 and lengths != {0.0}

    def is_current(self, key: str, digest: str) -> bool:
        return self.digests.get(key) == digest and self.complete(key)

    def put(self, key: str, digest: str, sound: Mapping[str, bytes]) -> None:
        self.digests.pop(key, None)
        for suffix, data in sound.items():
            write_file(self.path(key, suffix), data)
        self.digests[key] = digest

    def drop(self, key: str) -> None:
        """A sound that no text asks for any more."""
        self.digests.pop(key, None)
        for suffix in FORMATS:
            self.path(key, suffix).unlink(missing_ok=True)

    def save(self) -> None:
        write_file(self.root / _MANIFEST, json.dumps(self.digests, indent=0, sort_keys=True).encode())

    def sweep(self) -> None:
        """Remove what an interrupted build (killed, power gone) may have left."""
        for path in self.root.rglob(_UNFINISHED + "*"):
            path.unlink(missing_ok=True)
