"""Logs are rotated when they are big; the oldest are forgotten, but none that is needed."""

import os
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.logcare import LogCare


class _Ami:
    connected = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def action(self, name: str) -> list[dict[str, str]]:
        self.asked.append(name)
        return [{"response": "Success"}]


def old(file: Path, at: int) -> Path:
    file.touch()
    os.utime(file, (at, at))
    return file


async def test_only_a_big_log_is_rotated_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    ami = _Ami()
    care = LogCare(cast(Any, ami), tmp_path, set, largest=100, kept=2)
    assert not await care.look()
    (tmp_path / "messages.log").write_text("x" * 50)
    for number, at in enumerate((400, 100, 200, 300)):  # the newest first; then as an older Asterisk left them
        old(tmp_path / f"messages.log.{number}", at)
    (tmp_path / "somebody.elses.9").touch()
    assert not await care.look()
    assert ami.asked == []
    (tmp_path / "messages.log").write_text("x" * 500)
    assert await care.look()
    assert ami.asked == ["LoggerRotate"]
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "messages.log",
        "messages.log.0",
        "messages.log.3",
        "somebody.elses.9",
    ]


async def test_a_part_of_the_queue_log_that_is_not_counted_yet_is_kept(tmp_path: Path) -> None:
    parts = [old(tmp_path / f"queue_log.{number}", 1000 - number) for number in range(5)]
    (tmp_path / "queue_log").write_text("x" * 500)
    care = LogCare(cast(Any, _Ami()), tmp_path, lambda: {parts[0], parts[3]}, largest=100, kept=2)
    assert await care.look()
    assert [part.name for part in parts if part.exists()] == ["queue_log.0", "queue_log.1", "queue_log.3"]


async def test_what_waits_for_the_database_has_a_bound_and_its_loss_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = []
    for number in range(6):
        parts.append(tmp_path / f"queue_log.{number}")
        parts[-1].write_text("x" * 100)
        os.utime(parts[-1], (1000 - number, 1000 - number))
    (tmp_path / "queue_log").write_text("x" * 500)
    care = LogCare(cast(Any, _Ami()), tmp_path, lambda: set(parts), largest=100, kept=2, most_unread=400)
    assert await care.look()
    assert [part.name for part in parts if part.exists()] == [f"queue_log.{number}" for number in range(4)]
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [text.split()[0] for text in told] == ["queue_log.4", "queue_log.5"]
    assert "missing in the figures" in told[0]
