"""Folders for what a backup or a restore puts down on its way: copies in clear text, which must neither stay nor fill
the disk that calls need."""

import fcntl
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import time
from typing import Any

from ivr.errors import HotlineError, StorageError
from ivr.services.retention import OldData

#: Their names, what may be in them, and halves of backups.
_NAME = re.compile(r"\.(backup|restore)-[a-z0-9_]{8}\Z")
_CONTENT = re.compile(r"(about\.json|SHA256SUMS|(database|astdb)(-[a-z]+)?|wish-[0-9]+|state|data|settings)\Z")
_HALF = re.compile(r"\.hotline-[0-9]{8}-[0-9]{6}\.tar\.gz\.part\Z")
#: Seconds; a younger one may be somebody's who has not yet had the time to hold it.
_YOUNG = 60.0


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent`, removed in the end; so is what a killed run has left there. Raises `HotlineError`."""
    sweep(parent)
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, dir=parent)
    except OSError as error:
        raise HotlineError(f"{parent}: cannot be written: {error.strerror}; is this the hotline's user?") from None
    with folder as name, held(Path(name)):
        yield Path(name)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """It is in use: `left` does not find it meanwhile."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system that knows no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def left(folder: Path) -> list[Path]:
    """What runs that were killed have left in `folder`: nobody holds it any more."""
    try:
        return sorted(path for path in folder.iterdir() if _ours(path) and not _in_use(path))
    except OSError:
        return []


def sweep(folder: Path) -> None:
    """Remove that; what cannot be removed is for `ivr retention` to complain about."""
    for path in left(folder):
        with suppress(StorageError):
            _remove(path)


def check_room(folder: Path, size: int, spare_mb: int) -> None:
    """Raises `HotlineError` unless `size` bytes more in `folder` leave `spare_mb` MB of its disk free."""
    try:
        about = os.statvfs(folder)
    except OSError as error:
        raise HotlineError(f"{folder}: {error.strerror}") from None
    free = about.f_bavail * about.f_frsize
    if free - size < spare_mb * 10**6:
        raise HotlineError(
            f"{folder}: the disk has {free // 10**6} MB free; the backup may take {-(-size // 10**6)} MB of it, and "
            f"{spare_mb} MB stay free for calls (recordings_free_mb): make room (`ivr retention run`), or write the "
            "backup to another disk"
        )


@contextmanager
def tidied() -> Iterator[None]:
    """A signal that would end the process at once lets it tidy up first."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    numbers = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) not in (signal.SIG_IGN, None)]
    before: dict[signal.Signals, Any] = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class LeftCopies(OldData):
    """What killed backups and restores have left in `folders`, whatever its age."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    async def count(self, before: datetime) -> int:
        return len(self._found())

    async def delete(self, before: datetime, deleted: Callable[[int], None]) -> None:
        for path in self._found():
            _remove(path)
            deleted(1)

    def _found(self) -> list[Path]:
        return [path for folder in self._folders for path in left(folder)]


def _remove(path: Path) -> None:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return  # somebody else does the same
    except OSError as error:
        raise StorageError(f"{path}: left by a killed run, cannot be removed: {error.strerror}") from None


def _ours(path: Path) -> bool:
    if not (_NAME.match(path.name) or _HALF.match(path.name)):
        return False
    about = path.lstat()
    if path.is_symlink() or about.st_uid != os.geteuid() or time() - about.st_mtime < _YOUNG:
        return False
    return path.is_file() if _HALF.match(path.name) else all(_CONTENT.match(each.name) for each in path.iterdir())


def _in_use(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
