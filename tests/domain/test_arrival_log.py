"""Stays in lines read from the journal of calls."""

from datetime import UTC, datetime, timedelta

from ivr.domain.arrival_log import stays
from ivr.domain.arrival_order import Stay, inversions
from ivr.domain.calls import CallRecord, CallStep

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def call(id: str, *steps: tuple[float, str, dict[str, str]]) -> CallRecord:
    return CallRecord(id, steps=tuple(CallStep(at(seconds), kind, data) for seconds, kind, data in steps))


def test_a_caller_who_is_moved_keeps_the_place_of_his_first_queue() -> None:
    moved = call(
        "a", (0, "start", {}), (10, "waiting", {"queue": "ural"}), (40, "moved", {"from": "ural"}),
        (41, "waiting", {"queue": "common"}), (60, "answered", {"queue": "common", "rang_s": "4"}),
    )  # fmt: skip
    assert stays([moved], {}) == [
        Stay("a", "ural", at(10), at(10), at(40), False),
        Stay("a", "common", at(10), at(41), at(60), True, at(55)),
    ]


def test_one_called_back_has_the_place_of_his_callback() -> None:
    back = call(
        "b", (100, "start", {"callback": "c1"}), (110, "waiting", {"queue": "common"}),
        (120, "answered", {"queue": "common"}),
    )  # fmt: skip
    assert stays([back], {"c1": at(-600)}) == [Stay("b", "common", at(-600), at(110), at(120), True, at(120))]


def test_who_hangs_up_or_still_waits_was_not_served() -> None:
    gone = call("c", (0, "waiting", {"queue": "common"}), (9, "abandoned", {}), (9, "end", {}))
    there = call("d", (0, "waiting", {"queue": "common"}))
    assert stays([gone, there], {}) == [Stay("c", "common", at(0), at(0), at(9), False)]


def test_a_live_caller_taken_before_one_called_back_who_stood_there_is_an_inversion() -> None:
    late = call("late", (50, "waiting", {"queue": "common"}), (70, "answered", {"rang_s": "1"}))
    back = call("back", (40, "start", {"callback": "c1"}), (41, "waiting", {"queue": "common"}), (90, "answered", {}))
    (found,) = inversions(stays([late, back], {"c1": at(-600)}))
    assert (found.earlier.id, found.later.id) == ("back", "late")
