"""The doctor looks at the pages and their accounts."""

import asyncio
from pathlib import Path

import pytest

from ivr.config import Config
from ivr.doctor.web import web
from ivr.domain.accounts import Account
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.testing import NOON

PUBLIC = {"web_url": "https://hotline.example"}
ADMINISTRATOR = frozenset({"administrator"})


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "login.ru.html").touch()
    return tmp_path


@pytest.mark.parametrize(("settings", "people", "said"), [
    ({}, None, {"pages": "ok", "web": "ok"}),
    ({}, [], {"pages": "ok", "web": "ok", "accounts": "warn"}),
    ({}, [Account("root", "Root", ADMINISTRATOR, NOON)], {"pages": "ok", "web": "ok", "accounts": "ok"}),
    ({}, [Account("root", "Root", ADMINISTRATOR, NOON, demo=True)], {"pages": "ok", "web": "ok", "accounts": "ok"}),
    ({}, [Account("root", "Root", ADMINISTRATOR, NOON, disabled=True)],
     {"pages": "ok", "web": "ok", "accounts": "warn"}),
    (PUBLIC, [Account("root", "Root", ADMINISTRATOR, NOON, demo=True)],
     {"pages": "ok", "web": "ok", "accounts": "warn"}),
    ({"web_host": "0.0.0.0"}, None, {"pages": "ok", "web": "warn"}),
    ({"web_host": "0.0.0.0", **PUBLIC}, None, {"pages": "ok", "web": "ok"}),
])  # fmt: skip
def test_what_is_said(
    tmp_path: Path, build: Path, settings: dict[str, str], people: list[Account] | None, said: dict[str, str]
) -> None:
    config = Config(state_dir=tmp_path, **settings)  # type: ignore[arg-type]

    async def fill() -> None:
        await upgrade(config.database)
        async with open_storage(config.database, 30) as storage:
            for account in people or []:
                await storage.accounts.add(account)

    if people is not None:
        asyncio.run(fill())
    assert {check.name: check.status for check in web(config, build)} == said


def test_pages_that_are_not_built_are_told_with_the_remedy(tmp_path: Path) -> None:
    first = next(iter(web(Config(state_dir=tmp_path), tmp_path / "nothing")))
    assert (first.status, first.name) == ("warn", "pages") and "make setup" in first.remedy
