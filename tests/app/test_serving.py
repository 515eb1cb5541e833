"""The controller serves also while the database is away, and upgrades it when it is back."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from ivr.app import serve_until
from ivr.config import Config, Secret
from ivr.errors import StorageError
from ivr.storage import upgrading
from ivr.storage.engine import Database
from ivr.storage.schema import UnknownRevision, fits, upgrade
from ivr.tasks import spawn
from tests.addresses import free_port
from tests.storage import old_rows

LIMIT = 60


def _config(state: Path, url: str) -> Config:
    return Config(state_dir=state, database_url=Secret(url), agi_port=free_port(), web_port=free_port(),
                  ami_port=free_port())  # fmt: skip


async def _until(good: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LIMIT):
        while not await good():  # noqa: ASYNC110 - what is waited for is told by nobody
            await asyncio.sleep(0.05)


async def _there(config: Config, serving: "asyncio.Task[None]") -> bool:
    """Does it answer, or has it ended?"""
    if serving.done():
        return True
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{config.web_port}/health/live") as told:
            return told.status == 200
    except aiohttp.ClientError:
        return False


@asynccontextmanager
async def _serving(config: Config) -> AsyncIterator["asyncio.Task[None]"]:
    stop = asyncio.Event()
    task = spawn(serve_until(stop, config), "serving")
    try:
        await _until(lambda: _there(config, task))
        yield task
    finally:
        stop.set()
        await asyncio.wait([task], timeout=LIMIT)
        gc.unfreeze()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "_AGAIN_S", 0.05)


@pytest.mark.usefixtures("soon")
async def test_calls_are_served_while_the_database_is_away_and_it_is_upgraded_when_it_is_back(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.write_text("not mounted")
    url = f"sqlite:///{place / 'hotline.db'}"
    async with _serving(_config(tmp_path / "var", url)) as task:
        assert not task.done()
        # callers do not wait for a look at what was there before them
        assert gc.get_freeze_count() > 10 * len(gc.get_objects())
        place.unlink()
        await _until(lambda: fits(url, LIMIT))
        assert not task.done()
    task.result()


async def _database_up(config: Config) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{config.web_port}/metrics") as told:
        return (await told.text()).partition("\nhotline_database_up ")[2][:1]


async def test_calls_are_served_during_an_upgrade_that_lasts_and_nothing_uses_the_tables_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upgrading, "_LISTEN_AFTER_S", 0.2, raising=False)
    config = _config(tmp_path, f"sqlite:///{tmp_path / 'hotline.db'}")
    before = Database(config.database, 60, create=True)
    await before.write(lambda connection: old_rows.to(connection, "0016"))
    await before.close()
    with closing(sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # for which an upgrade waits, as others do for it
        async with _serving(config) as task:
            assert not task.done()
            # the tables of the version before could be read
            assert await _database_up(config) == "0"
            assert "`ivr db upgrade`" in caplog.text and not await fits(config.database, LIMIT)
            other.execute("ROLLBACK")

            async def up() -> bool:
                return await _database_up(config) == "1"

            await _until(up)
            assert await fits(config.database, LIMIT) and not task.done()
    task.result()


async def test_a_server_of_databases_that_is_not_there_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with _serving(_config(tmp_path, f"postgresql://nobody@127.0.0.1:{free_port()}/hotline")) as task:
        assert not task.done()
    task.result()


async def _newer(url: str) -> None:
    database = Database(url, 60)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade(url)
    await _newer(url)
    with pytest.raises(UnknownRevision, match="newer version"):
        await serve_until(asyncio.Event(), _config(tmp_path, url))


@pytest.mark.usefixtures("soon")
async def test_one_that_comes_back_newer_ends_the_serving(tmp_path: Path) -> None:
    place, away = tmp_path / "disk", tmp_path / "away"
    await upgrade(f"sqlite:///{away / 'hotline.db'}")
    await _newer(f"sqlite:///{away / 'hotline.db'}")
    place.write_text("not mounted")
    async with _serving(_config(tmp_path / "var", f"sqlite:///{place / 'hotline.db'}")) as task:
        assert not task.done()
        place.unlink()
        away.rename(place)
        await asyncio.wait([task], timeout=LIMIT)
    with pytest.raises(UnknownRevision):
        task.result()


async def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="database_url"):
        await serve_until(asyncio.Event(), _config(tmp_path, "mysql://x/y"))
