"""Counts and the place that they were read to are stored together, once."""

from datetime import UTC, datetime, timedelta

from ivr.services.live_ports import LogPlace
from ivr.storage.store import Storage

SINCE = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EAST, ANNA = ("queue", "east", SINCE), ("agent", "op-101", SINCE)


async def test_counts_are_added_up(storage: Storage) -> None:
    assert await storage.counts.place() == (LogPlace(), {})
    first, second = LogPlace("100|…", 10), LogPlace("100|…", 30)
    assert await storage.counts.add({EAST: {"answered": 2.0, "wait_s": 1.5}, ANNA: {"answered": 2}}, LogPlace(), first,
                                    {"1.1": {"queue": "east"}})  # fmt: skip
    assert await storage.counts.add({EAST: {"answered": 1, "abandoned": -1}}, first, second, {})
    assert await storage.counts.place() == (second, {})
    assert await storage.counts.since(SINCE) == {
        EAST: {"answered": 3, "wait_s": 1.5, "abandoned": -1}, ANNA: {"answered": 2},
    }  # fmt: skip
    assert await storage.counts.since(SINCE + timedelta(minutes=30)) == {}


async def test_who_read_from_another_place_adds_nothing(storage: Storage) -> None:
    first = LogPlace("100|…", 10)
    assert await storage.counts.add({EAST: {"answered": 2}}, LogPlace(), first, {})
    # the same again, as after an answer that was lost; and from where nobody has been
    for before in (LogPlace(), LogPlace("100|…", 9), LogPlace("other", 10)):
        assert not await storage.counts.add({EAST: {"answered": 2}}, before, LogPlace("100|…", 99), {})
    assert await storage.counts.place() == (first, {})
    assert await storage.counts.since(SINCE) == {EAST: {"answered": 2}}
