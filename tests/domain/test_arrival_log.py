"""Stays in lines read from the journal of calls."""

from datetime import UTC, datetime, timedelta

from ivr.domain.arrival_log import operator_stays, stays
from ivr.domain.arrival_order import Stay, inversions
from ivr.domain.callbacks import Callback, CallbackEvent
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


def back_first(*events: tuple[float, str, str, int]) -> list[Stay]:
    """Of a callback asked for ten minutes ago: (seconds, event, attempt, how long the operator's phone rang)."""
    history = [
        CallbackEvent("c1", at(seconds), event, "", "", attempt=attempt, data={"rang_s": rang} if rang else {})
        for seconds, event, attempt, rang in events
    ]
    return operator_stays(CALLBACK, history)


CALLBACK = Callback(
    id="c1", number="+78432220701", service="88005553535", category="other", queue="kazan", language="ru", region="16",
    zone="Europe/Moscow", ticket="", source="menu", virtual_start=at(-600), created_at=at(-600), window_from=at(-600),
    window_to=at(600), expires_at=at(600),
)  # fmt: skip


def test_a_callback_stands_in_the_queue_while_an_operator_is_called_before_the_citizen() -> None:
    found = back_first(
        (0, "confirm", "", 0), (10, "dial", "a1", 0), (40, "no_operator", "a1", 0), (160, "retry", "", 0),
        (170, "dial", "a2", 0), (180, "operator", "a2", 4), (200, "no_operator", "a2", 0),
    )  # fmt: skip
    assert found == [
        Stay("c1", "kazan", at(-600), at(10), at(40), False),
        Stay("c1", "kazan", at(-600), at(170), at(180), True, at(175)),
    ]
    # the citizen first: no operator is called for him
    assert back_first((10, "dial", "a1", 0), (20, "human", "a1", 0), (30, "connect", "a1", 0)) == []


def test_a_live_caller_and_a_callback_with_an_operator_first_are_judged_by_one_order() -> None:
    mine = back_first((10, "dial", "a1", 0), (60, "operator", "a1", 4))
    late = call("late", (5, "waiting", {"queue": "kazan"}), (50, "answered", {"rang_s": "4"}))
    (found,) = inversions([*stays([late], {}), *mine])
    assert (found.earlier.id, found.later.id) == ("c1", "late")
    # an operator's phone rang for him before the callback came into the queue
    begun = call("begun", (5, "waiting", {"queue": "kazan"}), (12, "answered", {"rang_s": "4"}))
    assert inversions([*stays([begun], {}), *mine]) == []
    first = call("first", (-700, "waiting", {"queue": "kazan"}), (90, "answered", {"rang_s": "4"}))
    (found,) = inversions([*stays([first], {}), *mine])
    assert (found.earlier.id, found.later.id) == ("first", "c1")
