"""Promises read from the journal and the history of callbacks, on both databases."""

from datetime import UTC, datetime, timedelta

from ivr.domain.callbacks import Callback, apply
from ivr.domain.promises import Promise
from ivr.storage.promises import JournalPromises
from ivr.storage.store import Storage

AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
END = AT + timedelta(days=3)


def minutes(number: float) -> datetime:
    return AT + timedelta(minutes=number)


async def read(storage: Storage, start: datetime = AT, end: datetime = END) -> list[Promise]:
    assert await storage.journal.flush(30)
    return [promise async for promise in JournalPromises(storage.database).read(start, end, END)]


async def _called(storage: Storage, number: str, ring: float) -> None:
    """Promised at minute 0 between 10 and 40, rung in that minute."""
    callback = Callback(
        id=f"id{number}", number=f"+7423220{number}", service="78005553535", category="signin", queue="ural",
        language="ru", region="25", zone="Asia/Vladivostok", ticket="", source="menu", virtual_start=AT,
        created_at=AT, window_from=minutes(10), window_to=minutes(40), expires_at=minutes(100),
    )  # fmt: skip
    callback, event = apply(callback, "confirm", AT)
    assert await storage.callbacks.add(callback, event)
    for name, at in (("dial", ring), ("human", ring + 0.5)):
        more = {"attempt": f"try{number}", "owner": "me"} if name == "dial" else {}
        callback, event = apply(callback, name, minutes(at), **more)
        assert await storage.callbacks.move(callback, event)


async def test_waits_of_calls_and_windows_of_callbacks(storage: Storage) -> None:
    for call_id in ("c1", "c2"):
        storage.journal.write(call_id, minutes(0), "start", {"caller": "+74951234567"})
        storage.journal.write(call_id, minutes(1), "route", {"queue": "moscow", "position": 2, "wait_s": 120})
        storage.journal.write(call_id, minutes(1), "enqueue", {"queue": "moscow", "position": 2})
    storage.journal.write("c1", minutes(4), "answered", {"queue": "moscow", "waited_s": "180"})
    # two more were answered meanwhile, one of them a call from before the period
    for call_id, came in (("c0", -30), ("c3", 2)):
        storage.journal.write(call_id, minutes(came), "start", {})
        storage.journal.write(call_id, minutes(3), "answered", {"queue": "moscow"})
    storage.journal.write("c2", minutes(2), "told", {"queue": "moscow", "position": 1, "wait_s": 60})
    storage.journal.write("c2", minutes(5), "abandoned", {"queue": "moscow"})
    await _called(storage, "1234", 20)
    await _called(storage, "1235", 45)
    assert await read(storage) == [
        Promise("wait", "moscow", minutes(1), "kept", 60.0),
        Promise("place", "moscow", minutes(1), "broken", 1),
        Promise("wait", "moscow", minutes(1), "abandoned"),
        Promise("wait", "moscow", minutes(2), "abandoned"),
        Promise("place", "moscow", minutes(1), "abandoned"),
        Promise("place", "moscow", minutes(2), "abandoned"),
        Promise("window", "ural", AT, "kept", 0.0),
        Promise("window", "ural", AT, "broken", 300.0),
    ]


async def test_only_the_period_is_read_and_progress_told(storage: Storage) -> None:
    await _called(storage, "1234", 20)
    for day in range(-1, 4):
        storage.journal.write(f"c{day}", AT + timedelta(days=day), "start", {})
        storage.journal.write(f"c{day}", AT + timedelta(days=day), "told", {"queue": f"q{day}", "wait_s": 60})
    assert [promise.queue for promise in await read(storage)] == ["q0", "ural", "q1", "q2"]
    assert [promise.queue for promise in await read(storage, minutes(1), minutes(60 * 25))] == ["q1"]
    days: list[tuple[int, int]] = []
    reading = JournalPromises(storage.database).read(AT, END, END, lambda *done: days.append(done))
    assert len([promise async for promise in reading]) == 4
    assert days == [(1, 3), (2, 3), (3, 3)]


async def test_an_empty_database_promised_nothing(storage: Storage) -> None:
    assert await read(storage) == []
