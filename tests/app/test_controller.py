"""What the controller tells of itself, and whom it never refuses."""

import asyncio
from pathlib import Path

import pytest

from ivr.app import Controller
from ivr.config import Config
from ivr.pbx.secrets import load_secrets
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage


@pytest.mark.parametrize(("moment", "gauge"), [("", 0), ("2026-11-24T06:30:00+00:00", 1)])
async def test_a_clock_that_stands_still_shows_in_the_counters(tmp_path: Path, moment: str, gauge: int) -> None:
    config = Config(state_dir=tmp_path, test_time=moment)
    await upgrade(config.database)
    async with open_storage(config.database, 30) as storage:
        told = (await Controller(config, storage).site.monitor.text()).decode()
        assert f"\nhotline_test_time {gauge}.0\n" in told


async def test_with_all_its_calls_taken_it_still_talks_to_those_whom_it_has_called_itself(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path, max_calls=1)
    secret = load_secrets(tmp_path / "secrets.json", ()).agi
    await upgrade(config.database)

    async def first_command(route: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        links.append(writer)
        head = f"agi_network_script: {secret}/{route}\nagi_uniqueid: 1.1\nagi_arg_1: c{len(links)}\n\n"
        writer.write(head.encode())
        async with asyncio.timeout(10):
            return await reader.readline()

    links: list[asyncio.StreamWriter] = []
    async with open_storage(config.database, 30) as storage:
        controller = Controller(config, storage)
        port = await controller._agi.start("127.0.0.1", 0)
        try:
            assert await first_command("inbound")
            assert await first_command("inbound") == b""
            for route in ("callback", "moved", "rating"):
                assert await first_command(route)
        finally:
            for link in links:
                link.close()
            await controller._agi.drain(0)
