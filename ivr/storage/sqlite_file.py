"""The file of an SQLite database: made by an upgrade only, and watched, for a program that has it open goes on
writing into a file that was removed or replaced, and nothing of that is ever seen again."""

from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from ivr.errors import StorageError

Identity = tuple[int, int]


class SqliteFile:
    """Which file the connections have open; `path` as the URL says, made absolute."""

    def __init__(self, url: URL) -> None:
        self.path = Path(str(url.database)).absolute()
        # mode=rw: opening never makes a file. As a URI, because only there SQLite takes a mode.
        self.url = url.set(database=f"file://{quote(str(self.path))}").update_query_dict({"mode": "rw", "uri": "true"})
        self._wal = self.path.with_name(self.path.name + "-wal")
        self._seen: Identity | None = None
        self._seen_wal: Identity | None = None

    def make(self) -> None:
        """Make an empty file for the owner alone, if there is none. Raises `StorageError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                # Left by a removed file; taken over, they would spoil the new one. Kept: they may hold tickets.
                self._set_aside()
            # Callers' numbers are inside; -wal and -shm take over the mode of the main file.
            self.path.touch(mode=0o600, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the database file {self.path} cannot be made: {error.strerror}") from error

    def identity(self) -> Identity | None:
        """Device and inode of the file that is there now; None when there is none."""
        return _identity(self.path)

    def connected(self) -> Identity | None:
        """A connection was opened just now: returns what it has open."""
        now = self.identity()
        if self._seen is None:
            self._seen = now
        return now

    def check(self) -> None:
        """Raises `StorageError` when the file is gone, or (once) when it is another than the one in use."""
        now = self.identity()
        if now is None:
            self._seen = None  # whatever comes back is welcome
            raise StorageError(
                f"the database file {self.path} is not there: put it back, or make a new one with `ivr db upgrade`"
            )
        if self._seen is not None and now != self._seen:
            self._seen = now
            if _identity(self._wal) == self._seen_wal:
                self._set_aside()  # it belongs to the file before
            raise StorageError(f"the database file {self.path} was replaced while in use; the new one is used from now")
        self._seen_wal = _identity(self._wal)

    def _set_aside(self) -> None:
        for ending in ("-wal", "-shm"):
            left = self.path.with_name(self.path.name + ending)
            if left.exists():
                left.replace(left.with_name(left.name + ".left"))


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
