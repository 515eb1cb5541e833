"""A callback's states: every order of events ends, no attempt too many, the place is kept."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callbacks import ATTEMPTS, FINAL, MOST_UNCHARGED, MOVES, Callback, IllegalCallbackMove, apply, spent

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NEW = Callback(
    id="c1", number="+74232201234", service="88005553535", category="signin", queue="vladivostok", language="ru",
    region="25", zone="Asia/Vladivostok", ticket="", source="queue", virtual_start=NOON, created_at=NOON,
    window_from=NOON, window_to=NOON + timedelta(hours=1), expires_at=NOON + timedelta(hours=8),
)  # fmt: skip


def test_the_usual_way_from_the_key_to_the_talk() -> None:
    callback = NEW
    for event in ("confirm", "dial", "human", "connect", "complete"):
        callback, told = apply(callback, event, NOON, attempt="a1", owner="d1")
        assert told.after == callback.state
    assert (callback.state, callback.attempts, callback.reason) == ("done", 0, "complete")
    assert callback.lease_until is None and callback.virtual_start == NOON


def test_a_busy_phone_spends_an_attempt_and_is_tried_again_five_minutes_later() -> None:
    dialled, _ = apply(apply(NEW, "confirm", NOON)[0], "dial", NOON, attempt="a1", owner="d1")
    assert (dialled.attempt, dialled.lease_until) == ("a1", NOON + timedelta(seconds=60))
    busy, told = apply(dialled, "busy", NOON)
    assert (busy.state, busy.attempts, busy.not_before) == ("retry_wait", 1, NOON + timedelta(minutes=5))
    assert told.attempt == "a1" and busy.attempt == "" and busy.virtual_start == NEW.virtual_start


def test_trouble_of_our_own_trunk_is_not_charged_but_not_for_ever() -> None:
    callback = apply(apply(NEW, "confirm", NOON)[0], "dial", NOON, attempt="a", owner="d")[0]
    lost, _ = apply(callback, "trunk", NOON)
    assert (lost.attempts, lost.uncharged, spent(lost)) == (0, 1, False)
    assert spent(replace(lost, uncharged=MOST_UNCHARGED))


def test_an_operator_who_does_not_take_the_call_costs_the_citizen_nothing() -> None:
    dialled = apply(apply(NEW, "confirm", NOON)[0], "dial", NOON, attempt="a", owner="d")[0]
    left, _ = apply(dialled, "no_operator", NOON)
    assert (left.state, left.attempts, left.uncharged) == ("retry_wait", 0, 1)
    assert left.not_before == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("event", ["no_agent", "no_operator"])
def test_whom_nobody_of_ours_was_free_for_is_called_later_each_time_and_kept_for_hours(event: str) -> None:
    callback, waits = apply(NEW, "confirm", NOON)[0], []
    while not spent(callback):
        callback = apply(callback, "dial", NOON, attempt="a", owner="d")[0]
        callback = apply(callback, "human", NOON)[0] if event == "no_agent" else callback
        callback = apply(callback, event, NOON)[0]
        assert callback.not_before is not None
        waits.append((callback.not_before - NOON) // timedelta(minutes=1))
        callback = callback if spent(callback) else apply(callback, "retry", NOON)[0]
    assert waits == [2, 4, 8, 16, 30, 30, 30, 30, 30, 30] and callback.attempts == 0


def test_a_trunk_in_trouble_is_tried_again_at_the_same_pace() -> None:
    lost = replace(apply(NEW, "confirm", NOON)[0], uncharged=4)
    lost = apply(apply(lost, "dial", NOON, attempt="a", owner="d")[0], "trunk", NOON)[0]
    assert lost.not_before == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("before", [(), ("human",)], ids=["who said nothing", "in the middle of a talk"])
def test_our_own_silence_is_not_charged_but_not_for_ever(before: tuple[str, ...]) -> None:
    callback = apply(apply(NEW, "confirm", NOON)[0], "dial", NOON, attempt="a", owner="d")[0]
    for event in before:
        callback = apply(callback, event, NOON)[0]
    silent, _ = apply(callback, "silent", NOON)
    assert (silent.state, silent.attempts, silent.uncharged, spent(silent)) == ("retry_wait", 0, 1, False)
    # his phone rang in vain: not again at once
    assert silent.not_before is not None and silent.not_before >= NOON + timedelta(minutes=10)


EVENTS = sorted({event for moves in MOVES.values() for event in moves})
#: What ends it early, or changes nothing: else few orders would come to a second dial.
RARE = frozenset(
    (
        "cancel",
        "expire",
        "decline",
        "hang_up",
        "invalid",
        "soon",
        "missed",
        "moved",
        "park",
        "language",
        "hold",
        "let_go",
    )
)


def picked(state: str, number: int) -> str:
    """Mostly an event that this state has; one in eight is any event."""
    often = sorted(set(MOVES[state]) - RARE) or sorted(MOVES[state])
    some = EVENTS if number % 8 == 0 or not often else sorted(MOVES[state]) if number % 8 == 1 else often
    return some[number // 8 % len(some)]


def course(numbers: list[int]) -> list[Callback]:
    """Every state that it comes to; only legal moves happen."""
    callback, found = NEW, [NEW]
    for turn, number in enumerate(numbers):
        event, before = picked(callback.state, number), callback
        if event in ("retry", "dial") and spent(callback):
            with pytest.raises(IllegalCallbackMove):
                apply(callback, event, NOON, attempt=f"a{turn}", owner="d")
            event = "give_up"
        try:
            callback, told = apply(callback, event, NOON, attempt=f"a{turn}", owner="d")
        except IllegalCallbackMove:
            assert event not in MOVES[before.state]
            continue
        assert MOVES[before.state][event] == callback.state == told.after and told.before == before.state
        assert callback.version == before.version + 1
        assert callback.attempts <= ATTEMPTS and callback.uncharged <= MOST_UNCHARGED
        assert callback.virtual_start == NEW.virtual_start
        assert (callback.lease_until is None) == (callback.state not in ("dialling", "rejoining", "connected"))
        assert (callback.attempt == "") == (callback.lease_until is None)
        found.append(callback)
    return found


@given(st.lists(st.integers(0, 999), max_size=80))
def test_in_any_order_of_events_only_legal_moves_happen_and_the_place_is_kept(numbers: list[int]) -> None:
    course(numbers)


def test_orders_of_events_come_to_every_state_and_to_the_last_attempt() -> None:
    chance = random.Random(4)
    ways = [course([chance.randrange(1000) for _ in range(80)]) for _ in range(400)]
    assert {each.state for way in ways for each in way} == set(MOVES)
    assert {each.attempts for way in ways for each in way} == set(range(ATTEMPTS + 1))
    assert max(each.uncharged for way in ways for each in way) >= 2


def test_every_state_reaches_an_end_and_nothing_leads_out_of_one() -> None:
    for state in MOVES:
        seen, todo = {state}, [state]
        while todo:
            for after in MOVES[todo.pop()].values():
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        assert seen & FINAL
    with pytest.raises(IllegalCallbackMove, match="it is over"):
        apply(replace(NEW, state="done"), "dial", NOON)
