"""Counting goes on where it stopped: after a crash, while the database is away, beside a second controller."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.live_people import Person
from ivr.domain.log_fold import LogFold
from ivr.domain.queue_counts import Counts, Key, merge, total
from ivr.errors import StorageError
from ivr.services import ports
from ivr.services.live_ports import CountStore, LogPlace, QueueLog
from ivr.services.queue_counts import QueueCounts

START = 1_795_000_000


class Log(QueueLog):
    """Lines in memory; an offset counts lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, uniqueid: str, verb: str, *arguments: object, agent: str = "NONE", after: int = 0) -> None:
        at = START + after + len(self.lines)
        self.lines.append("|".join(map(str, (at, uniqueid, "east", agent, verb, *arguments))))

    def call(self, uniqueid: str, after: int = 0) -> None:
        """A whole call, `after` seconds."""
        self.say(uniqueid, "ENTERQUEUE", "", "", 1, after=after)
        self.say(uniqueid, "CONNECT", 1, "1.9", 1, agent="op-101", after=after)
        self.say(uniqueid, "COMPLETEAGENT", 1, 30, 1, agent="op-101", after=after)

    def read(self, place: LogPlace) -> tuple[list[str], LogPlace]:
        if not self.lines:
            raise FileNotFoundError
        more = self.lines[place.offset : place.offset + 2]
        return more, LogPlace("head", place.offset + len(more))


class Store(CountStore):
    def __init__(self) -> None:
        self.rows: dict[Key, dict[str, float]] = {}
        self.sizes: list[int] = []
        self.told: list[bool] = []
        self.at: tuple[LogPlace, Mapping[str, Any]] = (LogPlace(), {})
        self.fault = ""

    async def place(self) -> tuple[LogPlace, Mapping[str, Any]]:
        if self.fault == "away":
            raise StorageError("the database is away")
        return self.at

    async def since(self, moment: datetime) -> Mapping[Key, Counts]:
        return {key: dict(counts) for key, counts in self.rows.items()}

    async def add(
        self, counts: Mapping[Key, Counts], before: LogPlace, after: LogPlace, visits: Mapping[str, Any] | None
    ) -> bool:
        if self.fault == "away":
            raise StorageError("the database is away")
        self.sizes.append(len(counts))
        self.told.append(visits is not None)
        if self.at[0] != before:
            return False
        merge(self.rows, counts)
        self.at = (after, self.at[1] if visits is None else json.loads(json.dumps(visits)))
        if self.fault == "silent":
            raise StorageError("the database did not say that it has committed")
        return True


class Clock(ports.Clock):
    def __init__(self) -> None:
        self.at = datetime.fromtimestamp(START, UTC) + timedelta(minutes=1)

    def now(self) -> datetime:
        return self.at


class House:
    def __init__(self) -> None:
        self.log, self.store, self.clock = Log(), Store(), Clock()

    def controller(self) -> QueueCounts:
        new = lambda: LogFold(lambda queue: "Europe/Moscow", lambda queue: 20)  # noqa: E731
        return QueueCounts(self.log, self.store, self.clock, new, lambda queue: "Europe/Moscow")


@pytest.fixture
def house() -> House:
    return House()


def calls(rows: Mapping[Key, Counts]) -> tuple[float, float]:
    east = total(counts for (kind, _, _), counts in rows.items() if kind == "queue")
    return east.get("answered", 0), east.get("completed", 0)


async def test_a_controller_that_dies_loses_nothing_and_its_successor_counts_nothing_twice(house: House) -> None:
    first = house.controller()
    house.log.call("1.1")
    await first.tick([])
    await first.save()
    house.log.say("1.2", "ENTERQUEUE", "", "", 1)
    await first.tick([])
    await first.save()
    house.log.say("1.2", "CONNECT", 1, "1.9", 1, agent="op-101")
    await first.tick([])  # not saved: killed here
    house.log.say("1.2", "COMPLETEAGENT", 1, 30, 1, agent="op-101")
    second = house.controller()
    await second.tick([])
    assert calls(second.rows) == (2, 2)
    await second.save()
    assert calls(house.store.rows) == (2, 2)


async def test_calls_that_are_not_over_are_stored_only_when_the_log_has_gone_on(house: House) -> None:
    counts = house.controller()
    house.log.say("1.1", "ENTERQUEUE", "", "", 1)
    for _ in range(3):
        # a caller who waits is counted each second
        await counts.tick([], {"east": 1})
        house.clock.at += timedelta(seconds=1)
        await counts.save()
    assert house.store.told == [True, False, False] and set(house.store.at[1]) == {"1.1"}


async def test_what_is_counted_while_the_database_is_away_is_stored_when_it_is_back(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    await counts.tick([])
    house.store.fault = "away"
    with pytest.raises(StorageError):
        await counts.save()
    house.log.call("1.2")
    await counts.tick([])
    assert calls(counts.rows) == (2, 2)
    house.store.fault = ""
    await counts.save()
    assert calls(house.store.rows) == (2, 2)


async def test_a_commit_whose_answer_was_lost_is_not_done_again(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    await counts.tick([])
    house.store.fault = "silent"
    with pytest.raises(StorageError):
        await counts.save()
    house.store.fault = ""
    house.log.call("1.2")
    for _ in range(2):
        await counts.tick([])
        await counts.save()
    assert calls(house.store.rows) == calls(counts.rows) == (2, 2)


async def test_two_controllers_at_once_count_each_call_once(house: House) -> None:
    one, other = house.controller(), house.controller()
    for number in range(6):
        house.log.call(f"1.{number}")
        for counts in (one, other):
            await counts.tick([])
            await counts.save()
    for counts in (one, other):
        await counts.tick([])
        await counts.save()
    assert calls(house.store.rows) == calls(one.rows) == calls(other.rows) == (6, 6)


async def test_a_long_backlog_is_stored_bit_by_bit_and_goes_on_after_a_crash(house: House) -> None:
    many = 500  # half hours, each of a queue and an operator
    for number in range(many):
        house.log.call(f"1.{number}", number * 1800)
    first = house.controller()
    await first.tick([])
    assert first.full and not first.caught_up
    await first.save()
    assert not first.full
    second = house.controller()
    rounds = 0
    while not second.caught_up:
        await second.tick([])
        await second.save()
        rounds += 1
    assert calls(house.store.rows) == (many, many) and rounds > 1
    assert max(house.store.sizes) < 310


async def test_seconds_of_operators_that_piled_up_are_stored_bit_by_bit(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    house.store.fault = "away"
    team = [Person(f"op-{n}", "ready", None, queues=("east",)) for n in range(1000)]
    await counts.tick([])
    for _ in range(3):
        house.clock.at += timedelta(minutes=30)
        await counts.tick([])
        house.clock.at += timedelta(seconds=1)
        await counts.tick(team)
    house.store.fault = ""
    await counts.tick([])
    while counts.full:
        await counts.save()
    await counts.save()
    assert len(house.store.sizes) == 2 and calls(house.store.rows) == (1, 1)
    own = [rows.get("idle_s") for (kind, _, _), rows in house.store.rows.items() if kind == "agent"]
    assert own.count(1.0) == 3000


async def test_who_talks_is_told_by_a_log_that_is_read_to_its_end_only(house: House) -> None:
    for number in range(400):
        house.log.call(f"1.{number}", number * 1800)
    del house.log.lines[-1]
    counts = house.controller()
    house.store.fault = "away"
    await counts.tick([])
    assert counts.talks() == {}
    house.store.fault = ""
    while not counts.caught_up:
        await counts.tick([])
        assert counts.caught_up == bool(counts.talks())
        await counts.save()
    assert list(counts.talks()) == ["op-101"]


async def test_of_two_talks_that_did_not_end_the_later_one_is_told(house: House) -> None:
    counts = house.controller()
    for uniqueid in ("1.1", "1.2"):
        house.log.say(uniqueid, "ENTERQUEUE", "", "", 1)
    for uniqueid in ("1.2", "1.1"):
        house.log.say(uniqueid, "CONNECT", 1, "1.9", 1, agent="op-101")
    await counts.tick([])
    assert counts.talks()["op-101"].uniqueid == "1.1"


async def test_that_nothing_can_be_stored_is_said_when_it_lasts(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    await counts.tick([])
    house.store.fault = "away"
    for seconds, said in ((0, False), (29, False), (1, True)):
        house.clock.at += timedelta(seconds=seconds)
        with pytest.raises(StorageError):
            await counts.save()
        await counts.tick([])
        assert bool(counts.trouble) is said
    house.store.fault = ""
    await counts.save()
    await counts.tick([])
    assert counts.trouble == ""


async def test_why_counts_stand_still_is_said(house: House) -> None:
    counts = house.controller()
    await counts.tick([])
    assert "queue_log" in counts.trouble
    house.log.call("1.1")
    await counts.tick([])
    assert counts.trouble == ""


async def test_seconds_of_an_operator_are_shared_among_his_queues_and_his_own_once(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    ready = Person("op-101", "ready", None, queues=("common", "east"))
    for state in ("ready", "ready", "hold", "paused"):
        await counts.tick([Person("op-101", state, None, queues=ready.queues)])
        house.clock.at += timedelta(seconds=1)
    house.clock.at += timedelta(hours=1)  # the controller was away: nobody knows what he did
    await counts.tick([ready])
    found = {(kind, name): total(c for k, c in counts.rows.items() if k[:2] == (kind, name))
             for kind, name, _ in counts.rows}  # fmt: skip
    own = {"idle_s": 1.0, "handle_s": 1.0, "hold_s": 1.0, "paused_s": 1.0}
    assert {field: found["agent", "op-101"].get(field) for field in own} == own
    assert {field: found["queue", "common"].get(field) for field in own} == {field: 0.5 for field in own}


async def test_work_after_a_call_is_handling_and_any_other_pause_is_not(house: House) -> None:
    counts = house.controller()
    house.log.call("1.1")
    for reason in ("", "after_call", "after_call", "lunch"):
        await counts.tick([Person("op-101", "paused", None, reason, queues=("east",))])
        house.clock.at += timedelta(seconds=1)
    found = total(c for (kind, _, _), c in counts.rows.items() if kind == "agent")
    assert [found.get(field, 0) for field in ("handle_s", "wrapup_s", "paused_s")] == [2, 2, 1]
