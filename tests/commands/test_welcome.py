"""The accounts at a start: a demonstration's, or the link for the first administrator."""

import hashlib
from pathlib import Path

import pytest

from ivr.commands import _accounts
from ivr.commands._accounts import Welcome
from ivr.config import Config
from ivr.passwords import Argon2
from ivr.services.accounts import SessionDesk
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.testing import NOON


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_accounts, "_LIMIT", 30)


async def test_demonstration_accounts_let_in_and_go_with_the_next_start(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    await upgrade(config.database)
    before, told = await Welcome(config, demo=True).lines(), await Welcome(config, demo=True).lines()
    passwords = dict(line.split() for line in told[1:])
    assert set(passwords) == {"101", "102", "supervisor", "administrator"}
    assert not set(passwords.values()) & {line.split()[-1] for line in before}
    async with open_storage(config.database, 30) as storage:
        desk = SessionDesk(storage.accounts, storage.sessions, Argon2())
        found = await desk.log_in("101", passwords["101"], NOON)
        assert found is not None and found[1].phone == "101" and found[1].roles == {"operator"}
        again = await Welcome(config, demo=False).lines()
        assert await storage.accounts.count() == 0
        assert await desk.who(found[0], NOON) is None
    assert "/setup#" in again[1]


async def test_the_link_is_printed_and_only_its_digest_handed_on(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path, web_url="https://hotline.example/")
    await upgrade(config.database)
    start = Welcome(config, demo=False)
    told = await start.lines()
    address, _, token = told[1].strip().partition("#")
    assert address == "https://hotline.example/setup"
    assert start.environment == {"IVR_SETUP_DIGEST": hashlib.sha256(token.encode()).hexdigest()}
    assert (await Welcome(config, demo=False).lines())[1] != told[1]
    async with open_storage(config.database, 30) as storage:
        from ivr.services.account_desk import AccountDesk

        await AccountDesk(storage.accounts, storage.sessions, Argon2()).add(
            "irina", "Ирина", frozenset({"administrator"}), "a phrase of several words", NOON
        )
    assert not await start.lines()
