"""Arrivals read from the journal, on both databases."""

from datetime import UTC, datetime, timedelta

from ivr.storage.arrivals import ArrivedCall, JournalArrivals
from ivr.storage.store import Storage

AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
END = AT + timedelta(days=3)


def minutes(number: float) -> datetime:
    return AT + timedelta(minutes=number)


async def read(storage: Storage, start: datetime = AT, end: datetime = END) -> list[ArrivedCall]:
    assert await storage.journal.flush(30)
    return [call async for call in JournalArrivals(storage.database).read(start, end)]


async def test_a_call_is_told_by_its_events(storage: Storage) -> None:
    write = storage.journal.write
    write("c1", minutes(0), "start", {"caller": "+74951234567"})
    write("c1", minutes(0.1), "place", {"region": "77", "zone": "Europe/Moscow"})
    write("c1", minutes(1), "language", {"language": "en"})
    write("c1", minutes(2), "place", {"region": "41", "zone": "Asia/Kamchatka"})  # chosen by keys
    write("c1", minutes(3), "route", {"category": "signin", "queue": "kamchatka"})
    write("c1", minutes(4), "waiting", {"queue": "kamchatka"})
    write("c1", minutes(5), "talked", {"queue": "kamchatka", "seconds": "185"})
    assert await read(storage) == [
        ArrivedCall(minutes(3), "+74951234567", "41", "Asia/Kamchatka", "signin", "en", [185.0])
    ]


async def test_a_caller_who_helped_himself_is_no_load(storage: Storage) -> None:
    storage.journal.write("c1", minutes(0), "start", {"caller": "+74951234567"})
    storage.journal.write("c1", minutes(1), "place", {"region": "77", "zone": "Europe/Moscow"})
    storage.journal.write("c1", minutes(2), "end", {"reason": "solved"})
    assert await read(storage) == []


async def test_a_call_queued_without_the_controller_counts_with_what_is_known(storage: Storage) -> None:
    storage.journal.write("c1", minutes(0), "waiting", {"queue": "common", "position": "1"})
    assert await read(storage) == [ArrivedCall(minutes(0))]


async def test_a_call_moved_to_the_next_queue_counts_once_and_where_it_came_first(storage: Storage) -> None:
    for minute, queue in ((1, "moscow"), (4, "ural"), (9, "common")):
        storage.journal.write("c1", minutes(minute), "route", {"category": "signin", "queue": queue})
    storage.journal.write("c1", minutes(20), "talked", {"seconds": "60"})
    storage.journal.write("c1", minutes(30), "talked", {"seconds": "not known"})
    assert await read(storage) == [ArrivedCall(minutes(1), category="signin", talked_s=[60.0])]


async def test_only_the_period_is_read_oldest_first_and_progress_told(storage: Storage) -> None:
    for number in range(-1, 5):
        for name in ("b", "a"):
            storage.journal.write(f"{name}{number}", AT + timedelta(days=number), "route", {"category": name})
    assert await storage.journal.flush(30)
    told: list[tuple[int, int]] = []
    end = AT + timedelta(days=2, hours=1)
    found = [call async for call in JournalArrivals(storage.database).read(AT, end, lambda *days: told.append(days))]
    assert [(call.at, call.category) for call in found] == [
        (AT + timedelta(days=day), name) for day in range(3) for name in ("a", "b")
    ]
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_the_first_call_of_all(storage: Storage) -> None:
    arrivals = JournalArrivals(storage.database)
    assert await arrivals.first() is None
    storage.journal.write("c2", minutes(5), "start", {})
    storage.journal.write("c1", minutes(2), "start", {})
    assert await storage.journal.flush(30)
    assert await arrivals.first() == minutes(2)
