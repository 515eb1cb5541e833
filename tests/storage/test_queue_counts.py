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
    # nothing was read, so the calls are the same
    assert await storage.counts.add({}, first, first, None)
    assert await storage.counts.place() == (first, {"1.1": {"queue": "east"}})
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


async def test_a_whole_day_of_many_queues_and_operators_is_stored_at_once(storage: Storage) -> None:
    half_hours = [SINCE + timedelta(minutes=30) * n for n in range(48)]
    counts = {("queue", f"q{q}", at): {"answered": 2.0, "wait_s": 30.5} for q in range(20) for at in half_hours}
    counts |= {("agent", f"op-{n}", at): {"answered": 1.0, "talk_s": 60.0} for n in range(60) for at in half_hours}
    first, second = LogPlace("100|…", 10), LogPlace("100|…", 20)
    assert await storage.counts.add(counts, LogPlace(), first, {})
    assert await storage.counts.add(counts, first, second, {})
    found = await storage.counts.since(SINCE)
    assert found == {key: {field: 2 * much for field, much in fields.items()} for key, fields in counts.items()}
