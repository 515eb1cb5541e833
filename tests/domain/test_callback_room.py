"""How many callbacks a half hour takes. 2026-11-25 is a Wednesday, 2026-11-04 a holiday; Moscow is UTC+3, Ural +5."""

from datetime import UTC, datetime

import pytest

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_room import SlotRoom
from ivr.domain.queue_plan import GENERAL, QueuePlan, QueueRule, Shift, Site

WEEK = frozenset(range(5))
MOSCOW = Site("moscow", {}, "77", "Europe/Moscow", (Shift(WEEK, 420, 900, 30), Shift(WEEK, 840, 1320, 26)))
URAL = Site("ural", {}, "66", "Asia/Yekaterinburg", (Shift(WEEK, 480, 1200, 10),), works_holidays=False)
PLAN = QueuePlan(
    (QueueRule("moscow", site="moscow"), QueueRule("ural", site="ural"), QueueRule(GENERAL)),
    {"moscow": MOSCOW, "ural": URAL},
)
ROOM = SlotRoom(PLAN, load_calendars(data_reader(None)))


@pytest.mark.parametrize(
    ("queue", "at", "operators"),
    [
        ("moscow", "25 09:00", 30),  # 12:00
        ("moscow", "25 11:00", 56),  # 14:00: two shifts
        ("moscow", "25 11:30", 56),  # until 15:00
        ("moscow", "25 11:45", 26),  # the first shift goes home within it
        ("moscow", "25 19:00", 0),
        ("ural", "25 09:00", 10),  # 14:00
        ("ural", "04 09:00", 0),
        ("moscow", "04 09:00", 30),
        (GENERAL, "25 09:00", 40),
        ("nowhere", "25 09:00", 0),
    ],
)
def test_people_planned_for_the_whole_of_it_count(queue: str, at: str, operators: int) -> None:
    day, clock = at.split()
    start = datetime.fromisoformat(f"2026-11-{day}T{clock}:00").replace(tzinfo=UTC)
    assert ROOM.operators(queue, start) == operators
    # ten talks of three minutes each in a half hour, a quarter of them called back
    assert ROOM.room(queue, start) == operators * 10 // 4
