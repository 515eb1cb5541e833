"""Every storage test runs on both databases: an SQLite file and a database of a private PostgreSQL."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from tests.postgres import private_postgres

_count = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with private_postgres() as server:
        url = server.url
        asyncio.run(_execute(url, "CREATE DATABASE ready"))
        asyncio.run(upgrade(url.replace("/postgres", "/ready")))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hotline.db'}"
    return _database(request.getfixturevalue("postgres"), "template1")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'hotline.db'}"
    asyncio.run(upgrade(address))
    return address


@pytest.fixture
def postgresql_url(postgres: str) -> str:
    return _database(postgres, "ready")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an upgraded, empty database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def storage(url: str) -> AsyncIterator[Storage]:
    async with open_storage(url, 30) as opened:
        yield opened


def _database(server: str, template: str) -> str:
    name = f"test{next(_count)}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    head, _, _ = server.rpartition("/")
    return f"{head}/{name}"


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
