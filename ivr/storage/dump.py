"""A copy of the whole database in one file, made while calls run, and put back into a database that is not in use."""

from pathlib import Path
from typing import Protocol

from ivr.errors import StorageError
from ivr.storage.engine import database_url
from ivr.storage.postgres_dump import PostgresDump
from ivr.storage.schema import known_revisions
from ivr.storage.sqlite_dump import SqliteDump


class Dump(Protocol):
    """One database. Everything raises `StorageError`."""

    kind: str
    """"sqlite" or "postgresql"."""

    async def save(self, file: Path) -> str:
        """Write all of it into the new `file`, as it is at one moment; returns its revision."""

    async def size(self) -> int:
        """Bytes that a copy takes, at most."""

    async def occupied(self) -> bool:
        """Are there tables in it?"""

    async def in_use(self) -> str:
        """Who has it open, in plain words; "" nobody whom we can see."""

    async def load(self, file: Path, stamp: str, revision: str) -> str:
        """Put `file`, which is of that revision, in the place of what is there, all or nothing; says where what was
        there is kept now, "" there was nothing. `stamp`: part of that place's name."""


def dump_of(url: str) -> Dump:
    """The database at this address."""
    address = database_url(url)
    return SqliteDump(address) if address.get_backend_name() == "sqlite" else PostgresDump(address)


def check_revision(revision: str) -> None:
    """Raises `StorageError` for a backup that this version cannot take."""
    if revision not in known_revisions():
        raise StorageError(
            f"the backup is of revision {revision}, which this version does not know: it was made by a newer version; "
            "install that one first"
        )
