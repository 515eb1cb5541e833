"""Rows of recordings, on both databases."""

from datetime import UTC, datetime

from ivr.domain.recordings import Recording
from ivr.storage.store import Storage

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
ONE = Recording("2026-11-25/1x1-1764061200-103.wav", "1x1", "103", AT, 5)
TWO = Recording("2026-11-24/1x1-1764000000-101.wav", "1x1", "101", AT.replace(day=24), 7)


async def test_recordings_are_found_by_call_and_by_day_and_grow(storage: Storage) -> None:
    await storage.recordings.keep([])
    await storage.recordings.keep([ONE, TWO])
    assert await storage.recordings.of_call("1x1") == [TWO, ONE]
    assert await storage.recordings.of_day("2026-11-25") == [ONE]
    assert await storage.recordings.of_day("2026-11-2%") == []
    await storage.recordings.keep([Recording(ONE.file, "1x1", "103", AT, 9)])
    assert [each.seconds for each in await storage.recordings.of_call("1x1")] == [7, 9]


async def test_what_was_deleted_stays_deleted_since_the_first_time(storage: Storage) -> None:
    await storage.recordings.keep([ONE, TWO])
    await storage.recordings.deleted([ONE.file], AT)
    await storage.recordings.deleted([ONE.file], AT.replace(hour=10))
    await storage.recordings.keep([ONE])
    assert [each.deleted_at for each in await storage.recordings.of_call("1x1")] == [None, AT]


async def test_all_files_of_a_busy_day_are_deleted_at_once(storage: Storage) -> None:
    many = [Recording(f"2026-11-25/{n}x1-1764061200-103.wav", f"{n}x1", "103", AT, 5) for n in range(2500)]
    await storage.recordings.keep(many)
    # more names than PostgreSQL takes in one statement
    names = [*(each.file for each in many), *(f"2026-11-25/none-{n}" for n in range(31_000))]
    await storage.recordings.deleted(names, AT)
    assert {each.deleted_at for each in await storage.recordings.of_day("2026-11-25")} == {AT}
