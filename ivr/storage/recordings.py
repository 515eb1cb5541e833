"""Recordings of talks: the rows that say what there is, and the files themselves."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.domain.recordings import Recording, SoundFile, day_of
from ivr.errors import StorageError
from ivr.services import recording_ports as ports
from ivr.storage import tables
from ivr.storage.engine import Database

_T = tables.recordings
#: Files named in one statement: PostgreSQL takes 32,767 parameters, and each statement has a time limit.
_AT_ONCE = 1000
#: Bytes before the sound; the last four say how many follow.
_HEADER = 44


class SqlRecordings(ports.Recordings):
    """The port `Recordings`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, found: Sequence[Recording]) -> None:
        if not found:
            return
        insert = sqlite.insert if self._database.sqlite else postgresql.insert
        query = insert(_T)
        # a recording that was deleted stays deleted
        query = query.on_conflict_do_update(index_elements=["file"], set_={"seconds": query.excluded.seconds})
        rows = [asdict(each) for each in found]

        def work(connection: Connection) -> None:
            connection.execute(query, rows)

        await self._database.write(work)

    async def of_call(self, call_id: str) -> list[Recording]:
        return await self._all(select(_T).where(_T.c.call_id == call_id).order_by(_T.c.began_at, _T.c.file))

    async def of_day(self, day: str) -> list[Recording]:
        return await self._all(select(_T).where(_T.c.file.startswith(f"{day}/", autoescape=True)))

    async def deleted(self, files: Iterable[str], at: datetime) -> None:
        gone = list(files)
        for first in range(0, len(gone), _AT_ONCE):
            await self._gone(gone[first : first + _AT_ONCE], at)

    async def _gone(self, files: list[str], at: datetime) -> None:
        query = update(_T).where(_T.c.file.in_(files), _T.c.deleted_at.is_(None)).values(deleted_at=at)

        def work(connection: Connection) -> None:
            connection.execute(query)

        await self._database.write(work)

    async def _all(self, query) -> list[Recording]:  # type: ignore[no-untyped-def]
        def work(connection: Connection) -> list[Recording]:
            return [Recording(**row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)


class RecordingFiles(ports.RecordingFiles):
    """The folder of the recordings: a folder a day. Raises `StorageError` when it cannot be read or written."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def days(self) -> list[str]:
        try:
            return sorted(each.name for each in os.scandir(self._root) if each.is_dir() and day_of(each.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"{self._root}: {error.strerror}") from None

    def of_day(self, day: str) -> list[SoundFile]:
        found = []
        try:
            for entry in os.scandir(self._root / day):
                if entry.is_file(follow_symlinks=False):
                    about = entry.stat(follow_symlinks=False)
                    changed = datetime.fromtimestamp(about.st_mtime, UTC)
                    found.append(SoundFile(f"{day}/{entry.name}", about.st_size, changed))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"{self._root / day}: {error.strerror}") from None
        return found

    def look(self, file: str) -> SoundFile | None:
        path = self.find(file)
        if path is None:
            return None
        try:
            with path.open("rb") as sound:
                header = sound.read(_HEADER)
                about = os.fstat(sound.fileno())
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from None
        told = int.from_bytes(header[-4:], "little") if len(header) == _HEADER else 0
        return SoundFile(file, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC), told)

    def find(self, file: str) -> Path | None:
        day, _, name = file.partition("/")
        path = self._root / day / name
        # a name of a row is no path to anywhere else
        return path if day_of(day) and "/" not in name and path.is_file() and not path.is_symlink() else None

    def delete(self, file: str) -> None:
        path = self.find(file)
        if path is None:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from None

    def forget_day(self, day: str) -> None:
        if day_of(day):
            try:
                (self._root / day).rmdir()
            except OSError:
                return  # something is left in it

    def free_mb(self) -> int:
        try:
            place = self._root if self._root.exists() else self._root.parent
            about = os.statvfs(place)
        except OSError as error:
            raise StorageError(f"{self._root}: {error.strerror}") from None
        return about.f_bavail * about.f_frsize // 1_000_000
