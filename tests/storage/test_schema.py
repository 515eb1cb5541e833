"""The migrations make exactly the tables that the code uses, on both databases."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ivr import storage as storage_package
from ivr.errors import StorageError
from ivr.storage.engine import Database, masked
from ivr.storage.schema import fits, revision, upgrade
from ivr.storage.store import open_storage
from ivr.storage.tables import metadata

MIGRATIONS = Path(storage_package.__file__).with_name("migrations")


async def test_upgrade_makes_the_tables_of_the_code_and_can_be_repeated(empty_url: str) -> None:
    assert await revision(empty_url) is None
    assert not await fits(empty_url, 30)
    await upgrade(empty_url)
    await upgrade(empty_url)
    assert await fits(empty_url, 30)
    database = Database(empty_url, 60)
    assert await database.read(_differences) == []
    await database.close()


async def test_every_step_can_be_taken_back_and_taken_again(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url, limit=60)
    steps = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]

    def there_and_back(connection: Connection) -> None:
        for back in [*steps[1:], "base"]:
            _to(connection, command.downgrade, back)
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        for on in reversed(steps):
            _to(connection, command.upgrade, on)
        assert _differences(connection) == []

    await database.write(there_and_back)
    await database.close()


def _to(connection: Connection, step: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    step(config, revision)


async def test_two_upgrades_at_once_both_end_well(empty_url: str) -> None:
    await asyncio.gather(upgrade(empty_url), upgrade(empty_url))
    assert await fits(empty_url, 30)


async def test_a_new_file_that_another_process_writes_to_is_waited_for(tmp_path: Path) -> None:
    # without a write-ahead log yet: asking for one fails at once then, whatever the time limit is
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE there (x)")
    database = Database(f"sqlite:///{tmp_path}/new.db", 30)
    asyncio.get_running_loop().call_later(0.3, other.execute, "COMMIT")
    assert await database.read(lambda connection: connection.execute(text("SELECT count(*) FROM there")).scalar()) == 0
    await database.close()
    other.close()


async def test_a_database_of_a_newer_version_is_not_touched(url: str) -> None:
    database = Database(url, 60)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(StorageError, match="newer version"):
        await upgrade(url)


async def test_a_database_without_tables_says_what_to_do(empty_url: str) -> None:
    async with open_storage(empty_url, 30) as storage:
        with pytest.raises(StorageError, match="ivr db upgrade"):
            await storage.tickets.get("48215513")


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_addresses_of_no_use_are_refused_in_one_line(url: str) -> None:
    with pytest.raises(StorageError, match=r"\Adatabase_url: [^\n]+\Z"):
        Database(url)


def test_shown_address_has_no_password() -> None:
    shown = masked("postgresql://ivr:hunter2@db.example/hotline?sslmode=require")
    assert "hunter2" not in shown
    assert "ssl=require" in shown


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))
