"""Bringing a database to the tables of this version. Safe to run at every start, and by two programs at once."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ivr.errors import StorageError
from ivr.storage.engine import Database

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 4821_5513  # any number of our own: PostgreSQL's advisory locks are named by numbers
_PATIENCE = 120.0  # seconds: a migration may rebuild a big table


class UnknownRevision(StorageError):
    """The database was made by a newer version."""


async def upgrade(url: str, patience: float = _PATIENCE) -> str:
    """Bring the database to the newest revision and return its id; all or nothing, within `patience` seconds. Raises
    `StorageError`, and `UnknownRevision` for a database that this version must not touch."""
    database = Database(url, limit=patience, create=True)
    try:
        return await database.read(_upgrade)
    finally:
        await database.close()


async def revision(url: str, limit: float = 5.0) -> str | None:
    """The revision the database is at; None when it is empty, or a file not made yet. Raises `StorageError`."""

    def work(connection: Connection) -> str | None:
        return _current(connection)

    database = Database(url, limit=limit)
    if database.file is not None and database.file.identity() is None:
        return None
    try:
        return await database.read(work)
    finally:
        await database.close()


async def fits(url: str, limit: float) -> bool:
    """Does the database have exactly the tables of this version? Raises `StorageError` when it does not say so within
    `limit` seconds, `UnknownRevision` for a database that this version must not touch."""
    current = await revision(url, limit)
    _require_known(current)
    return current == newest()


def known_revisions() -> set[str]:
    """Every revision that this version of the program can bring to its own."""
    return {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}


def newest() -> str:
    """The revision this version of the program needs."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def _upgrade(connection: Connection) -> str:
    # One upgrader at a time: the second waits here and then finds nothing left to do.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _run(connection)
    connection.commit()
    return newest()


def _run(connection: Connection) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    _require_known(_current(connection))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(f"the database cannot be upgraded: {error}") from error


def _require_known(current: str | None) -> None:
    if current is not None and current not in known_revisions():
        raise UnknownRevision(
            f"the database is at revision {current}, which this version does not know: it was made by a newer "
            "version; install that one, or restore the backup made before"
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
