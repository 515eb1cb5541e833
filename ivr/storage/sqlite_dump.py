"""A copy of an SQLite database by its own online backup: one moment of it, while others write."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from ivr.errors import StorageError

_PATIENCE_S = 30.0


class SqliteDump:
    """See `dump.Dump`."""

    kind = "sqlite"

    def __init__(self, url: URL) -> None:
        self._path = Path(str(url.database)).absolute()

    async def save(self, file: Path) -> str:
        return await asyncio.to_thread(self._save, file)

    async def size(self) -> int:
        parts = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    async def occupied(self) -> bool:
        return self._path.exists() and self._path.stat().st_size > 0

    async def in_use(self) -> str:
        return ""

    async def load(self, file: Path, stamp: str, revision: str) -> str:
        return await asyncio.to_thread(self._load, file, stamp, revision)

    def _save(self, file: Path) -> str:
        if not self._path.exists():
            raise StorageError(f"the database file {self._path} is not there: nothing to back up")
        try:
            copy_sqlite(self._path, file)
            return _checked(file)
        except sqlite3.Error as error:
            raise StorageError(f"the database file {self._path} cannot be copied: {error}") from None

    def _load(self, file: Path, stamp: str, revision: str) -> str:
        path, new = self._path, self._path.with_name(f".{self._path.name}.{stamp}.new")
        kept = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            copy_sqlite(file, new)
            if (found := _checked(new)) != revision:
                raise StorageError(f"the backup says that it is of revision {revision}, its database is of {found}")
            if os.geteuid() == 0:
                # root puts it back, the hotline goes on with it
                owner = (path if path.exists() else path.parent).stat()
                os.chown(new, owner.st_uid, owner.st_gid)
            if path.exists():
                kept = str(path.with_name(f"{path.name}.before-{stamp}"))
                # the log first: it belongs to the file, and would spoil the new one
                for ending in ("-wal", "-shm", ""):
                    old = path.with_name(path.name + ending)
                    if old.exists():
                        old.rename(kept + ending)
            new.rename(path)
            _sync(path.parent)
        except sqlite3.Error as error:
            raise StorageError(f"{file}: is no database that can be used: {error}") from None
        except OSError as error:
            raise StorageError(f"{path}: cannot be written: {error.strerror}") from None
        finally:
            new.unlink(missing_ok=True)
        return kept


def copy_sqlite(source: Path, target: Path) -> None:
    """One moment of `source` as the new file `target`, for the owner alone. Raises `sqlite3.Error`, `OSError`."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, timeout=_PATIENCE_S)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        # all pages in one step: readers hold up no writer (WAL), and no writer makes it begin anew
        here.backup(there)
        # complete in one file
        there.execute("PRAGMA journal_mode=DELETE")


def _checked(file: Path) -> str:
    """The revision of a copy that is sound. Raises `StorageError`, `sqlite3.Error`."""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as copy:
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StorageError(f"the database is damaged ({found}); keep the backups that you have")
        try:
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            row = None
    if row is None:
        raise StorageError("the database has no tables yet; run `ivr db upgrade`")
    return str(row[0])


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
