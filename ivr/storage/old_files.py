"""Files that are old: rotated logs, and wishes that could not be used."""

import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ivr.errors import StorageError
from ivr.services.retention import OldData


class OldFiles(OldData):
    """Files of `folder` whose name `fits`, by the time when they were last written to; but none of `needed`, whatever
    its age. A folder that is not there holds none. Raises `StorageError`."""

    def __init__(
        self, folder: Path, fits: Callable[[str], object], needed: Callable[[], set[Path]] = lambda: set()
    ) -> None:
        self._folder, self._fits, self._needed = folder, fits, needed

    async def count(self, before: datetime) -> int:
        return sum(1 for _ in self._old(before))

    async def delete(self, before: datetime, deleted: Callable[[int], None]) -> None:
        for file in self._old(before):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{file}: {error.strerror}") from None
            deleted(1)

    def _old(self, before: datetime) -> Iterator[Path]:
        try:
            files = [each for each in self._folder.iterdir() if self._fits(each.name)] if self._folder.exists() else []
            needed = self._needed() if files else set()
        except OSError as error:
            raise StorageError(f"{self._folder}: {error.strerror}") from None
        for file in sorted(files):
            try:
                about = file.lstat()
            except FileNotFoundError:  # rotated away, or deleted, meanwhile
                continue
            except OSError as error:
                raise StorageError(f"{file}: {error.strerror}") from None
            if file in needed or not stat.S_ISREG(about.st_mode):
                continue
            if datetime.fromtimestamp(about.st_mtime, UTC) < before:
                yield file
