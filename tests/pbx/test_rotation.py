"""A real Asterisk rotates its logs: the newest parts are kept, its queue_log is read through it all, each line once."""

import asyncio
import time
from pathlib import Path
from typing import Any, cast

from ivr.config import Config
from ivr.domain.queue_plan import QueuePlan
from ivr.logcare import LogCare
from ivr.pbx.find import tree_install
from ivr.pbx.instance import Instance
from ivr.pbx.paths import InstancePaths
from ivr.pbx.plan import make_plan
from ivr.pbx.process import Asterisk
from ivr.pbx.queue_log import QueueLogFile
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets
from ivr.services.live_ports import LogPlace

KEPT = 2


class Console:
    """The manager link's part in it."""

    connected = True

    def __init__(self, asterisk: Asterisk) -> None:
        self._asterisk = asterisk

    async def action(self, name: str) -> list[dict[str, str]]:
        assert name == "LoggerRotate" and await self._asterisk.command("logger rotate") is not None
        return [{"response": "Success"}]


async def next_second(before: float) -> None:
    """A part is known by its first line, which tells the second."""
    while int(time.time()) == int(before):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_rotated_logs_are_read_to_their_end_and_the_oldest_go(provisioned: Path, tmp_path: Path) -> None:
    install, paths = tree_install(provisioned, "provisioned"), InstancePaths.under(tmp_path)
    assert install is not None
    config = Config(state_dir=tmp_path, operators=())
    plan = make_plan(config, load_secrets(tmp_path / "secrets.json", []), QueuePlan(()), paths)
    shipped = render(plan, install.modules)
    empty = {"modules.conf": "[modules]\nautoload = no\n", "extensions.conf": "[nothing]\n"}
    Instance(paths, install).write({**empty, **{name: shipped[name] for name in ("asterisk.conf", "logger.conf")}})
    asterisk, queue_log = Asterisk(install, paths), paths.log / "queue_log"
    reader, place = QueueLogFile(queue_log), LogPlace()
    child = await asterisk.start()

    async def rotated(line: str, stored: LogPlace) -> None:
        with queue_log.open("a") as file:
            file.write(line + "\n")
        assert await LogCare(cast(Any, Console(asterisk)), paths.log, lambda: reader.unread(stored), 10, KEPT).look()
        await next_second(time.time())

    def read_on(place: LogPlace) -> tuple[list[str], LogPlace]:
        found: list[str] = []
        while True:
            lines, after = reader.read(place)
            if after == place:
                return [line for line in found if "|ENTERQUEUE|" in line], place
            found, place = found + lines, after

    try:
        told = [f"{n}|1.{n}|east|NONE|ENTERQUEUE|" for n in range(1_700_000_000, 1_700_000_012)]
        for line in told[:6]:
            await rotated(line, place)
        # nothing is stored yet: nothing is forgotten
        assert len(list(paths.log.glob("queue_log.*"))) == 6
        found, place = read_on(place)
        assert found == told[:6]
        for n, line in enumerate(told[6:], 1):
            await rotated(line, place)
            found, place = read_on(place)
            assert found == [line]
            assert sorted(path.name for path in paths.log.glob("queue_log.*")) == ["queue_log.0", "queue_log.1"], n
            assert line in (paths.log / "queue_log.0").read_text()
        messages = sorted(path.name for path in paths.log.glob("messages.log.*"))
        assert messages == [f"messages.log.{n}" for n in range(min(KEPT, len(messages)))]
    finally:
        await asterisk.stop(child, 0)
