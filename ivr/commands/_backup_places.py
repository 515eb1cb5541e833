"""Where the files of a backup go. Each is written beside its place before anything is touched: a place that cannot be
written, or a full disk, is noticed then. What is left to do afterwards is to give them their names."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ivr.commands import _backup_parts as parts
from ivr.config import Config
from ivr.errors import HotlineError
from ivr.pbx.queue_log import holds


class NotRestored(HotlineError):
    """The backup was not put back."""


class Places:
    """For one restore from `folder`, where the backup is unpacked; `stamp`: part of the names of what is kept aside."""

    def __init__(self, folder: Path, config: Config, stamp: str) -> None:
        self._settings = config.config_file
        self._state = config.state_dir.expanduser().resolve()
        self._spare = self._state / f"from-backup-{stamp}"
        self.aside = self._state / f"before-restore-{stamp}"
        self._moves = list(self._of(folder, config.data_dir))
        self._staged: list[tuple[str, Path, Path]] = []
        self._made: list[Path] = []
        self.elsewhere: dict[str, str] = {}
        """Part of the backup (settings, data) that its own place did not take -> a sentence about it."""

    def occupied(self) -> list[Path]:
        """Files that would be replaced. Settings that are here stay in any case."""
        return [target for _, source, target in self._moves
                if target != self._settings and target.exists() and not _same(source, target)]  # fmt: skip

    def stage(self) -> int:
        """Write everything beside its place; returns how many files. Raises `NotRestored`; then nothing has changed."""
        try:
            self._folder(self._state)
            for name, source, target in self._moves:
                if not _same(source, target):
                    self._stage(name, source, target)
        except BaseException:
            self.undo()
            raise
        return len(self._moves)

    def put(self) -> None:
        """Give all their names; what was there goes aside. Raises `NotRestored`."""
        for name, half, target in self._staged:
            try:
                if target.exists():
                    kept = self.aside / name
                    self._folder(kept.parent)
                    # the state folder may be another file system
                    shutil.move(target, kept)
                half.replace(target)
            except OSError as error:
                raise NotRestored(
                    f"{target}: cannot be written: {error.strerror}; the database is restored already: mend that, then "
                    "restore again with --replace"
                ) from None

    def undo(self) -> None:
        """Remove what was written beside the places."""
        for _, half, _ in self._staged:
            half.unlink(missing_ok=True)
        for folder in reversed(self._made):
            with suppress(OSError):  # something else is in it
                folder.rmdir()
        self._staged.clear()
        self._made.clear()

    def _of(self, folder: Path, data: Path | None) -> Iterator[tuple[str, Path, Path]]:
        """Each file of the backup but the database: its name there, where it is now, its place here."""
        roots = {parts.STATE: self._state, parts.DATA: data.expanduser().resolve() if data else self._spare / "data"}
        for source in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = source.relative_to(folder)
            if name.as_posix() == parts.SETTINGS:
                yield str(name), source, self._settings
            elif (root := roots.get(name.parts[0])) is not None:
                target = root.joinpath(*name.parts[1:])
                # counting goes on in the longer log: what was written after the backup is in that one
                if not (source.name.startswith("queue_log") and _holds(target.parent, source)):
                    yield str(name), source, target

    def _stage(self, name: str, source: Path, target: Path) -> None:
        if target == self._settings and target.exists():
            # who set this machine up has said how it is here
            target = target.with_name(f"{target.name}.from-backup")
        try:
            self._write(name, source, target)
        except OSError as error:
            if name.startswith(f"{parts.STATE}/"):
                raise NotRestored(
                    f"{target}: cannot be written: {error.strerror}; nothing has changed. Is this the hotline's user?"
                ) from None
            # /etc/hotline is root's, a container's settings and data cannot be written at all
            spare = self._spare / name
            try:
                self._write(name, source, spare)
            except OSError as worse:
                raise NotRestored(f"{spare}: cannot be written: {worse.strerror}; nothing has changed") from None
            self._tell(name, str(target), f"cannot be written from here ({error.strerror})")
        else:
            if target.is_relative_to(self._spare):
                self._tell(name, "own data", "have no place here: the settings name no data_dir")

    def _tell(self, name: str, wanted: str, why: str) -> None:
        part = name.partition("/")[0]
        self.elsewhere.setdefault(part, f"{wanted} {why}; what the backup has is in {self._spare / part}: put it where "
                                        "it belongs, readable for the hotline")  # fmt: skip

    def _write(self, name: str, source: Path, target: Path) -> None:
        self._folder(target.parent)
        half = target.with_name(f".{target.name}.restored")
        half.unlink(missing_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._staged.append((name, half, target))
        try:
            with source.open("rb") as data, os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(data, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            self._hand_over(half)
        except OSError:
            half.unlink(missing_ok=True)
            self._staged.pop()
            raise

    def _folder(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700)
            self._made.append(each)
            self._hand_over(each)

    def _hand_over(self, path: Path) -> None:
        """Root puts back for the hotline: what is below the state folder becomes its owner's, who may read the rest."""
        owner = self._state.stat()
        if os.geteuid() != 0 or owner.st_uid == 0:
            return
        if path.is_relative_to(self._state):
            os.chown(path, owner.st_uid, owner.st_gid)
        else:
            os.chown(path, -1, owner.st_gid)
            path.chmod(0o750 if path.is_dir() else 0o640)


def _holds(folder: Path, part: Path) -> bool:
    try:
        return holds(folder, part)
    except OSError as error:
        raise NotRestored(f"{folder}: its queue_log cannot be read: {error.strerror}") from None


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
