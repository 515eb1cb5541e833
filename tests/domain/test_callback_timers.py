"""What time does to a callback: looked at in time, told once, and over in the end whatever happens on the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callback_timers import overdue_event, wake_at
from ivr.domain.callbacks import (
    ASKED,
    ATTEMPTS,
    FINAL,
    MOST_UNCHARGED,
    MOVES,
    VOIDING,
    Callback,
    IllegalCallbackMove,
    apply,
    reschedule,
    spent,
)

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEW = Callback(
    id="c1", number="+74232201234", service="88005553535", category="signin", queue="vladivostok", language="ru",
    region="25", zone="Asia/Vladivostok", ticket="", source="queue", virtual_start=NOON, created_at=NOON,
    window_from=NOON, window_to=NOON + 60 * MINUTE, expires_at=NOON + 480 * MINUTE,
)  # fmt: skip
WAITING = apply(NEW, "confirm", NOON)[0]
DIALLED = apply(WAITING, "dial", NOON, attempt="a1", owner="d1")[0]


@pytest.mark.parametrize(
    ("callback", "wakes", "event"),
    [
        (NEW, 5, "confirm"),  # he hung up in the offer, and his number is known
        (replace(NEW, number=""), 5, "hang_up"),
        (WAITING, 60, "missed"),
        (replace(WAITING, soon_at=NOON + MINUTE), 1, "soon"),
        (replace(WAITING, window_to=NOON + 480 * MINUTE), 480, "expire"),
        (DIALLED, 1, "recover"),
        (apply(DIALLED, "human", NOON)[0], 5, "recover"),
        (replace(DIALLED, state="connected", lease_until=NOON + 180 * MINUTE), 180, "complete"),
        (apply(DIALLED, "busy", NOON)[0], 5, "retry"),
        (replace(apply(DIALLED, "busy", NOON)[0], attempts=ATTEMPTS), 0, "give_up"),
        (replace(apply(DIALLED, "trunk", NOON)[0], uncharged=MOST_UNCHARGED), 0, "give_up"),
        (apply(WAITING, "park", NOON, until=NOON + 30 * MINUTE)[0], 30, "open"),
    ],
)
def test_each_state_wakes_for_its_own_event(callback: Callback, wakes: int, event: str) -> None:
    assert wake_at(callback) == NOON + wakes * MINUTE
    assert overdue_event(callback, NOON + wakes * MINUTE) == event
    assert overdue_event(callback, NOON + wakes * MINUTE - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_is_over_never_wakes(state: str) -> None:
    assert wake_at(replace(NEW, state=state)) is None
    assert overdue_event(replace(NEW, state=state), NOON + 9999 * MINUTE) is None


def test_a_missed_window_is_told_once_and_he_is_still_called() -> None:
    late = NOON + 60 * MINUTE
    missed, told = apply(WAITING, "missed", late)
    assert (missed.state, missed.window_to, told.notice) == ("waiting", NEW.expires_at, "callback-missed")
    assert told.data == {"window_to": "2026-11-25T10:00:00+00:00"}
    assert overdue_event(missed, late) is None


def test_soon_is_told_once() -> None:
    told_soon, told = apply(replace(WAITING, soon_at=NOON), "soon", NOON)
    assert (told_soon.soon_at, told.notice, overdue_event(told_soon, NOON)) == (None, "callback-soon", None)


def test_after_a_missed_window_nobody_is_told_that_the_call_is_near() -> None:
    late = NOON + 60 * MINUTE
    missed, _ = apply(replace(WAITING, soon_at=NOON - 5 * MINUTE), "missed", late)
    assert missed.soon_at is None and overdue_event(missed, late) is None


def test_moved_to_another_window_it_waits_for_that_one_with_its_attempts_counted() -> None:
    tomorrow = {"window_from": NOON + 1440 * MINUTE, "window_to": NOON + 1470 * MINUTE, "asap": False}
    tomorrow |= {"virtual_start": NOON + 1440 * MINUTE, "expires_at": NOON + 1900 * MINUTE}
    parked = apply(WAITING, "park", NOON, until=NOON + 30 * MINUTE)[0]
    moved, told = reschedule(parked, NOON, tomorrow)
    assert (moved.state, moved.not_before, told.event) == ("waiting", None, "moved")
    assert told.data["window_from"] == "2026-11-25T09:00:00+00:00"
    busy = apply(DIALLED, "busy", NOON)[0]
    moved, _ = reschedule(busy, NOON, tomorrow)
    assert (moved.state, moved.attempts, moved.not_before) == ("retry_wait", 1, NOON + 5 * MINUTE)
    with pytest.raises(ValueError, match="state: cannot be changed"):
        reschedule(busy, NOON, {"state": "waiting"})
    with pytest.raises(IllegalCallbackMove):
        reschedule(DIALLED, NOON, tomorrow)


def test_another_language_alone_changes_nothing_that_was_promised() -> None:
    for promised in (
        WAITING,
        apply(WAITING, "park", NOON, until=NOON + 30 * MINUTE)[0],
        apply(DIALLED, "busy", NOON)[0],
    ):
        changed, told = reschedule(promised, NOON, {"language": "en"})
        assert changed == replace(promised, language="en", version=promised.version + 1)
        assert (told.event, told.notice, told.data) == ("language", "", {})
        assert told.event not in ASKED | VOIDING
    with pytest.raises(IllegalCallbackMove):
        reschedule(DIALLED, NOON, {"language": "en"})


def test_no_attempt_left_is_no_dial_left() -> None:
    last = replace(apply(DIALLED, "busy", NOON)[0], attempts=ATTEMPTS)
    with pytest.raises(IllegalCallbackMove, match="no attempt left"):
        apply(last, "retry", NOON)
    with pytest.raises(IllegalCallbackMove, match="no attempt left"):
        apply(replace(WAITING, attempts=ATTEMPTS), "dial", NOON, attempt="a", owner="d")


DIAL_RESULTS = sorted(set(MOVES["dialling"]) | set(MOVES["rejoining"]) | {"nothing"})


@given(st.lists(st.sampled_from(DIAL_RESULTS), max_size=80), st.integers(0, 300))
def test_whatever_the_dials_come_to_it_is_over_in_the_end_and_never_dialled_too_often(
    results: list[str], patience: int
) -> None:
    """A scheduler that dials whenever it can; "nothing" is a dispatcher killed, the lease of which runs out."""
    callback, at, dials, todo = NEW, NOON, 0, iter(results)
    for _ in range(500):
        if callback.state in FINAL:
            break
        due = overdue_event(callback, at)
        if due is not None:
            callback, _ = apply(callback, due, at)
        elif callback.state == "waiting" and dials < patience:
            dials += 1
            callback, _ = apply(callback, "dial", at, attempt=f"a{dials}", owner="d")
        elif callback.state in ("dialling", "rejoining") and (result := next(todo, "nothing")) in MOVES[callback.state]:
            callback, _ = apply(callback, result, at + timedelta(seconds=9))
            at += timedelta(seconds=10)
        else:
            wakes = wake_at(callback)
            assert wakes is not None and wakes > at
            at = wakes
    assert callback.state in FINAL
    assert callback.attempts <= ATTEMPTS and callback.uncharged <= MOST_UNCHARGED
    if callback.state == "failed" and callback.reason == "give_up":
        assert spent(callback)


@given(st.sampled_from(sorted(MOVES)), st.integers(-10, 700), st.booleans(), st.integers(0, ATTEMPTS))
def test_it_wakes_exactly_when_there_is_something_to_do(state: str, minutes: int, soon: bool, attempts: int) -> None:
    lease = NOON + 3 * MINUTE if state in ("dialling", "rejoining", "connected") else None
    callback = replace(
        NEW, state=state, lease_until=lease, attempts=attempts, soon_at=NOON + 7 * MINUTE if soon else None,
        not_before=NOON + 11 * MINUTE,
    )  # fmt: skip
    at, wakes = NOON + minutes * MINUTE, wake_at(callback)
    assert (overdue_event(callback, at) is not None) == (wakes is not None and wakes <= at)
