"""The doctor sees that nobody calls citizens back."""

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.config import Config, Trunk
from ivr.doctor.callbacks import dispatching
from ivr.domain.callbacks import Callback
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.testing import FixedClock

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


async def promised(config: Config) -> None:
    """Until ten past nine."""
    await upgrade(config.database)
    wish = Callback(
        id="", number="+74232201234", service="88005553535", category="other", queue="common", language="ru",
        region="25", zone="Asia/Vladivostok", ticket="", source="agent", virtual_start=NOW, created_at=NOW,
        window_from=NOW, window_to=NOW + timedelta(minutes=10), expires_at=NOW + timedelta(hours=8),
    )  # fmt: skip
    async with open_storage(config.database, 30) as storage:
        await CallbackDesk(storage.callbacks, FixedClock(NOW), lambda: secrets.token_hex(8)).request(wish)


def test_promises_that_nobody_looks_after_are_seen(tmp_path: Path) -> None:
    config = replace(Config(), state_dir=tmp_path, trunks=(Trunk("out", addresses=("10.0.0.9",)),))
    assert dispatching(config, NOW).what == "none yet"
    asyncio.run(promised(config))
    good = dispatching(config, NOW + timedelta(minutes=14))
    assert (good.status, good.what) == ("ok", "nobody was forgotten")
    late = dispatching(config, NOW + timedelta(minutes=15))
    assert (late.status, late.remedy) == ("warn", "see: ivr callbacks install --print")
    assert late.what.startswith("1 wait")
    # with nothing to call by, that is what is wrong
    for addresses, words in ((("127.0.0.1",), "ivr call --wait"), (("10.0.0.9", "10.0.0.8"), "no trunk")):
        none = dispatching(replace(config, trunks=(Trunk("a", addresses),)), NOW + timedelta(minutes=15))
        assert (none.status, words in none.what, "callback_trunk" in none.remedy) == ("warn", True, True)


def test_a_database_of_another_version_is_the_database_checks_affair(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").write_bytes(b"")
    assert dispatching(replace(Config(), state_dir=tmp_path), NOW).status == "ok"
