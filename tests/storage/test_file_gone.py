"""An SQLite file that is removed, moved or replaced under the running hotline is noticed, told and healed from."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ivr.domain import tickets as rules
from ivr.domain.tickets import Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.storage.schema import revision, upgrade
from ivr.storage.store import Storage, open_storage
from ivr.testing import NOON

ONE_LINE_GONE = r"\Athe database file [^\n]+hotline\.db is not there[^\n]+ivr db upgrade[^\n]*\Z"
ONE_LINE_OTHER = r"\Athe database file [^\n]+hotline\.db was replaced[^\n]*\Z"


def ticket(n: int) -> tuple[Ticket, TicketEvent]:
    number = rules.new_number(lambda _: n)
    return rules.open_ticket(
        number, category="other", language="ru", call_id=f"c{n}", caller="", purpose="sms", at=NOON
    )


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    file = tmp_path / "hotline.db"
    await upgrade(f"sqlite:///{file}")
    return file


async def used(storage: Storage, n: int = 1) -> None:
    assert await storage.tickets.add(*ticket(n))


async def test_a_removed_file_refuses_tickets_until_a_new_one_is_made(file: Path) -> None:
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        await used(storage)
        file.unlink()
        for _ in range(2):
            with pytest.raises(StorageError, match=ONE_LINE_GONE):
                await storage.tickets.add(*ticket(2))
        with pytest.raises(StorageError, match=ONE_LINE_GONE):
            await storage.tickets.list()
        assert not file.exists()
        await upgrade(f"sqlite:///{file}")
        assert await storage.tickets.add(*ticket(3))
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        assert [t.call_id for t in await storage.tickets.list()] == ["c3"]


async def test_a_file_moved_away_and_back_goes_on_with_all_its_tickets(file: Path) -> None:
    aside = file.with_name("aside.db")
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        await used(storage)
        file.rename(aside)
        with pytest.raises(StorageError, match=ONE_LINE_GONE):
            await storage.tickets.add(*ticket(2))
        aside.rename(file)
        assert await storage.tickets.add(*ticket(3))
        assert {t.call_id for t in await storage.tickets.list()} == {"c1", "c3"}


async def test_a_replaced_file_is_told_once_and_then_used(file: Path) -> None:
    restored = file.with_name("restored.db")
    shutil.copy(file, restored)
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        await used(storage)
        os.replace(restored, file)  # noqa: PTH105
        with pytest.raises(StorageError, match=ONE_LINE_OTHER):
            await storage.tickets.add(*ticket(2))
        assert await storage.tickets.add(*ticket(3))
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        assert "c3" in {t.call_id for t in await storage.tickets.list()}


async def test_an_older_copy_put_back_is_not_mixed_with_what_came_after_it(file: Path) -> None:
    restored = file.with_name("restored.db")
    shutil.copy(file, restored)
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        for n in range(10, 60):
            await used(storage, n)
        await storage.tickets.get("00000000")
        os.replace(restored, file)  # noqa: PTH105
        with pytest.raises(StorageError, match=ONE_LINE_OTHER):
            await storage.tickets.add(*ticket(2))
        assert await storage.tickets.add(*ticket(3))
        assert [t.call_id for t in await storage.tickets.list()] == ["c3"]
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_file_removed_just_before_the_commit_is_not_called_stored(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_storage(f"sqlite:///{file}", 30) as storage:

        def work(_: object) -> bool:
            file.unlink()
            return True

        with pytest.raises(StorageError, match=ONE_LINE_GONE):
            await storage.database.write(work)


async def test_the_new_database_does_not_take_over_what_the_removed_one_left(file: Path) -> None:
    async with open_storage(f"sqlite:///{file}", 30) as storage:
        await used(storage)
        file.unlink()
        await upgrade(f"sqlite:///{file}")  # before the hotline has noticed anything
        with pytest.raises(StorageError, match=ONE_LINE_OTHER):
            await storage.tickets.add(*ticket(2))
        assert await storage.tickets.add(*ticket(3))
        assert [t.call_id for t in await storage.tickets.list()] == ["c3"]


@pytest.mark.parametrize("name", ["hotline.db", "with #% signs&mode=rwc.db"])
async def test_only_an_upgrade_makes_the_file(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/new/{name}"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match="ivr db upgrade"):
        async with open_storage(url, 30) as storage:
            await storage.tickets.list()
    assert await revision(url) is None
    assert sorted(tmp_path.rglob("*")) == before == []
    await upgrade(url)
    made = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert [p.stat().st_mode & 0o777 for p in made] == [0o600]
    async with open_storage(url, 30) as storage:
        assert await storage.tickets.list() == []
