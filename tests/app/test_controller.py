"""What the controller tells of itself."""

from pathlib import Path

import pytest

from ivr.app import Controller
from ivr.config import Config
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage


@pytest.mark.parametrize(("moment", "gauge"), [("", 0), ("2026-11-24T06:30:00+00:00", 1)])
async def test_a_clock_that_stands_still_shows_in_the_counters(tmp_path: Path, moment: str, gauge: int) -> None:
    config = Config(state_dir=tmp_path, test_time=moment)
    await upgrade(config.database)
    async with open_storage(config.database) as storage:
        told = (await Controller(config, storage).site.monitor.text()).decode()
        assert f"\nhotline_test_time {gauge}.0\n" in told
