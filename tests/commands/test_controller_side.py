"""The controller's side of a start, whatever the database does."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from ivr.commands import _accounts, _controller_side
from ivr.commands._controller_side import ControllerSide
from ivr.config import Config, Secret
from ivr.errors import StorageError
from ivr.pbx.paths import InstancePaths
from ivr.storage.engine import Database
from ivr.storage.schema import UnknownRevision, upgrade
from ivr.tasks import spawn
from tests.addresses import free_port

LIMIT = 20


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_controller_side, "_AGAIN_S", 0.05)
    monkeypatch.setattr(_controller_side, "_LIMIT_S", LIMIT / 2)
    monkeypatch.setattr(_accounts, "_LIMIT", LIMIT / 2)


def side(state: Path, url: str = "") -> ControllerSide:
    return ControllerSide(replace(Config(), state_dir=state, database_url=Secret(url)), InstancePaths.under(state), 0)


@asynccontextmanager
async def telling(here: ControllerSide) -> AsyncIterator[tuple[list[str], "asyncio.Task[None]"]]:
    """What it has said by the time it waits for the database; its end."""
    said: list[str] = []
    task = spawn(here.tell(said.append), "telling")
    try:
        async with asyncio.timeout(LIMIT):
            while len(said) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        yield said, task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def newer(url: str) -> None:
    await upgrade(url)
    database = Database(url, 30)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()


async def test_a_server_of_databases_that_is_away_holds_up_no_start_and_is_told(tmp_path: Path) -> None:
    here = side(tmp_path, f"postgresql://nobody:hidden@127.0.0.1:{free_port()}/hotline")
    await here.set_up()
    async with telling(here) as (said, task):
        words = "\n".join(said)
        assert "database   the database (postgresql" in words and "without ticket numbers" in words
        assert "hidden" not in words and "/setup#" not in words
        assert not task.done()


async def test_the_link_for_the_first_administrator_is_told_once_the_database_is_there(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.write_text("not mounted")
    here = side(tmp_path / "var", f"sqlite:///{place / 'hotline.db'}")
    await here.set_up()
    async with telling(here) as (said, task):
        before = len(said)
        place.unlink()
        await upgrade(f"sqlite:///{place / 'hotline.db'}")
        await asyncio.wait_for(task, LIMIT)
    assert "is there" in said[before]
    token = said[-1].partition("/setup#")[2]
    assert hashlib.sha256(token.encode()).hexdigest() == here.welcome.environment["IVR_SETUP_DIGEST"]


async def test_a_database_that_is_ready_is_seen_to_before_anything_starts(tmp_path: Path) -> None:
    here, said = side(tmp_path), list[str]()
    await here.upgrade()
    again = side(tmp_path)
    await again.set_up()
    (tmp_path / "hotline.db").unlink()
    await again.tell(said.append)
    assert len(said) == 2 and "/setup#" in said[-1]


async def test_a_first_start_makes_nothing_itself_and_is_not_held_up(tmp_path: Path) -> None:
    await side(tmp_path).set_up()
    assert not (tmp_path / "hotline.db").exists()


async def test_a_database_of_a_newer_version_is_refused_at_once(tmp_path: Path) -> None:
    await newer(f"sqlite:///{tmp_path / 'hotline.db'}")
    with pytest.raises(UnknownRevision, match="newer version"):
        await side(tmp_path).set_up()


async def test_one_that_comes_back_newer_is_told_and_ends_nothing(tmp_path: Path) -> None:
    place, away = tmp_path / "disk", tmp_path / "away"
    await newer(f"sqlite:///{away / 'hotline.db'}")
    place.write_text("not mounted")
    here = side(tmp_path / "var", f"sqlite:///{place / 'hotline.db'}")
    await here.set_up()
    async with telling(here) as (said, task):
        place.unlink()
        away.rename(place)
        await asyncio.wait_for(task, LIMIT)
    assert "newer version" in said[-1]


async def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="database_url"):
        await side(tmp_path, "mysql://x/y").set_up()
