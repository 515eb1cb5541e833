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


def test_who_was_moved_up_by_a_supervisor_is_a_steered_move_and_no_fault() -> None:
    up = call(
        "up", (50, "waiting", {"queue": "common"}), (60, "steered", {"action": "move_up", "by": "anna"}),
        (61, "waiting", {"queue": "common"}), (70, "answered", {"rang_s": "1"}),
    )  # fmt: skip
    first = call("first", (10, "waiting", {"queue": "common"}), (90, "answered", {}))
    (found,) = inversions(stays([up, first], {}))
    assert (found.earlier.id, found.later.id, found.later.steered) == ("first", "up", "anna")


def test_who_was_moved_to_another_queue_keeps_his_place_and_is_not_overtaken_where_he_was() -> None:
    moved = call(
        "moved", (10, "waiting", {"queue": "ural"}), (60, "steered", {"action": "move", "by": "anna"}),
        (63, "waiting", {"queue": "common"}), (90, "answered", {}),
    )  # fmt: skip
    ural = call("ural", (20, "waiting", {"queue": "ural"}), (70, "answered", {}))
    common = call("common", (30, "waiting", {"queue": "common"}), (80, "answered", {}))
    (found,) = inversions(stays([moved, ural, common], {}))
    # in the other queue the order counts for him as for everybody
    assert (found.line, found.earlier.id, found.later.id, found.later.steered) == ("common", "moved", "common", "")
