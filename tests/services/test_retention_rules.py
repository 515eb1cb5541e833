"""What was deleted stands in the audit whatever becomes of the run: deleted and not written down must not be."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.services.retention import Deleted, Gone, Kept, OldData, apply_rules
from ivr.storage.old_files import OldFiles
from ivr.testing import MemoryAudit

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


class Data(OldData):
    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self._then = then

    async def count(self, before: datetime) -> int:
        return 3

    async def delete(self, before: datetime, deleted: Callable[[int], None]) -> None:
        deleted(1)
        deleted(2)
        self._then()


class Broken:
    """A rule with a fault of its own."""

    kind = "broken"

    async def run(self, at: datetime, dry: bool = False, gone: Gone = lambda more: None) -> Deleted:
        gone(7)
        raise OSError("the disk")


async def told(audit: MemoryAudit) -> list[object]:
    return [entry.data for entry in reversed(await audit.latest(9))]


async def test_a_rule_that_fails_hides_nothing_that_it_and_those_before_it_have_deleted() -> None:
    audit = MemoryAudit()
    with pytest.raises(OSError, match="the disk"):
        await apply_rules([Kept("old calls", Data(), 5), Broken(), Kept("never", Data(), 5)], audit, AT)
    assert await told(audit) == [{"old_calls": 3}, {"broken": 7}]


async def test_a_run_that_is_stopped_says_what_was_deleted_by_then() -> None:
    audit = MemoryAudit()

    def stop() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await apply_rules([Kept("calls", Data(), 5), Kept("places", Data(stop), 5)], audit, AT)
    assert await told(audit) == [{"calls": 3}, {"places": 3}]


async def test_counting_alone_writes_nothing_down() -> None:
    audit = MemoryAudit()
    (done,) = await apply_rules([Kept("calls", Data(), 5)], audit, AT, dry=True)
    assert (done.count, await told(audit)) == (3, [])


@pytest.mark.parametrize("look", range(3))
async def test_a_file_that_is_rotated_away_meanwhile_is_no_fault(
    tmp_path: Path, look: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.log.1", "b.log.1", "c.log.1"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000, 1000))
    looks, stat, going = 0, Path.stat, tmp_path / "b.log.1"

    def stat_(self: Path, **more: bool) -> os.stat_result:
        nonlocal looks
        if self == going:
            if looks == look:
                going.unlink()
            looks += 1
        return stat(self, **more)

    gone: list[int] = []
    monkeypatch.setattr(Path, "stat", stat_)
    await OldFiles(tmp_path, lambda name: name.endswith(".1")).delete(AT, gone.append)
    monkeypatch.undo()
    assert looks and not list(tmp_path.iterdir())
    assert len(gone) in (2, 3)
