from pathlib import Path
from typing import Any, cast

from ivr.logcare import LogCare


class _Ami:
    connected = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def action(self, name: str) -> list[dict[str, str]]:
        self.asked.append(name)
        return [{"response": "Success"}]


async def test_only_a_big_log_is_rotated_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    ami = _Ami()
    care = LogCare(cast(Any, ami), tmp_path, largest=100, kept=2)
    assert not await care.look()
    (tmp_path / "messages.log").write_text("x" * 50)
    for number in range(4):
        (tmp_path / f"messages.log.{number}").touch()
    (tmp_path / "somebody.elses.9").touch()
    assert not await care.look()
    assert ami.asked == []
    (tmp_path / "messages.log").write_text("x" * 500)
    assert await care.look()
    assert ami.asked == ["LoggerRotate"]
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "messages.log",
        "messages.log.0",
        "messages.log.1",
        "somebody.elses.9",
    ]
