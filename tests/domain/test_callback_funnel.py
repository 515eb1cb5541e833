"""The figures of callbacks, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callback_funnel import Funnel, funnel
from ivr.domain.callbacks import MOVES, Callback, CallbackEvent, apply, reschedule, spent
from ivr.domain.promise_ledger import Ledger
from ivr.domain.promises import CallbackTold, windows

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def story(callback: str, *steps: tuple[int, str, str]) -> list[CallbackEvent]:
    """(seconds, event, state after)"""
    return [CallbackEvent(callback, NOON + timedelta(seconds=at), event, "", after) for at, event, after in steps]


def test_of_nothing_there_is_nothing() -> None:
    assert funnel([], NOON) == Funnel()


def test_each_callback_is_counted_as_far_as_it_came() -> None:
    events = [
        *story("a", (0, "confirm", "waiting"), (100, "dial", "dialling"), (110, "busy", "retry_wait"),
               (400, "retry", "waiting"), (410, "dial", "dialling"), (420, "human", "rejoining"),
               (430, "connect", "connected"), (500, "complete", "done")),
        *story("b", (0, "confirm", "waiting"), (200, "dial", "dialling"), (210, "invalid", "failed")),
        *story("c", (0, "confirm", "waiting"), (600, "missed", "waiting"), (700, "dial", "dialling"),
               (710, "human", "rejoining"), (730, "connect", "connected")),
        *story("d", (0, "confirm", "waiting"), (50, "cancel", "cancelled")),
        *story("e", (0, "hang_up", "abandoned_offer")),
    ]  # fmt: skip
    found = funnel(events, NOON + timedelta(hours=1))
    assert (found.accepted, found.dialled, found.human, found.connected, found.done) == (4, 3, 2, 2, 1)
    assert found.due == 4
    assert found.ends == {"done": 1, "failed": 1, "cancelled": 1, "abandoned_offer": 1}
    assert found.results == {"busy": 1, "invalid": 1}
    assert found.attempts == {2: 1, 1: 1, 0: 2}
    assert (found.to_dial, found.to_connect) == ((200.0, 700.0), (430.0, 730.0))


CALLBACK = Callback(
    id="a", number="+79161234567", service="88005553535", category="other", queue="moscow", language="ru", region="77",
    zone="Europe/Moscow", ticket="", source="menu", virtual_start=NOON, created_at=NOON, window_from=NOON,
    window_to=NOON + timedelta(minutes=40), expires_at=NOON + timedelta(hours=9),
)  # fmt: skip
MOVED = {"window_from": NOON + timedelta(hours=2), "window_to": NOON + timedelta(hours=2, minutes=30)}


def lived(*steps: tuple[int, str]) -> tuple[Callback, list[CallbackEvent]]:
    """(minutes, event) from "confirm" on; those that are not possible do not happen."""
    callback, told = apply(CALLBACK, "confirm", NOON)
    events = [told]
    for number, (minutes, event) in enumerate(steps):
        at = NOON + timedelta(minutes=minutes)
        if event not in MOVES[callback.state] or (event in ("dial", "retry") and spent(callback)):
            continue
        if event == "moved":
            callback, told = reschedule(callback, at, MOVED)
        else:
            more = {"attempt": f"a{number}", "owner": "d"} if event == "dial" else {}
            callback, told = apply(callback, event, at, **more)  # type: ignore[arg-type]
        events.append(told)
    return callback, events


@pytest.mark.parametrize(
    ("steps", "judged"),
    [
        # kept, broken, unreachable; who did not answer was rung all the same
        ([(30, "dial"), (31, "no_answer")], (1, 0, 0)),
        ([(30, "dial"), (31, "human"), (32, "connect"), (40, "complete")], (1, 0, 0)),
        ([(30, "dial"), (31, "unreachable")], (0, 0, 1)),
        ([(30, "dial"), (31, "invalid")], (0, 0, 1)),
        ([(41, "missed"), (50, "dial"), (51, "human"), (52, "connect")], (0, 1, 0)),
        ([(41, "missed"), (540, "expire")], (0, 1, 0)),
        ([(30, "cancel")], (0, 0, 0)),
        ([(30, "moved"), (125, "dial"), (126, "busy")], (1, 0, 0)),
        ([(30, "moved")], (0, 1, 0)),
    ],
)
def test_what_became_of_each_promised_window(steps: list[tuple[int, str]], judged: tuple[int, int, int]) -> None:
    found = funnel(lived(*steps)[1], NOON + timedelta(hours=10))
    assert (found.kept, found.broken, found.unreachable) == judged


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(sorted({e for m in MOVES.values() for e in m})))))
def test_the_figures_and_the_ledger_of_promises_agree(story: list[tuple[int, str]]) -> None:
    minutes = 0
    steps = [(minutes := minutes + pause, event) for pause, event in story]
    callback, events = lived(*steps)
    until = NOON + timedelta(minutes=minutes + 60)
    told = CallbackTold("moscow", callback.state, callback.window_from, callback.window_to, tuple(events))
    ledger = Ledger()
    for promise in windows(told, until):
        ledger.add(promise)
    (line,) = ledger.totals()
    found = funnel(events, until)
    assert (found.kept, found.broken, found.unreachable) == (line.kept, line.broken, line.unreachable)


def test_due_is_whose_window_has_begun_while_it_was_promised() -> None:
    told = {"window_from": (NOON + timedelta(hours=2)).isoformat()}
    promised = [replace(story(name, (0, "confirm", "waiting"))[0], data=told) for name in "abc"]
    sooner = replace(story("b", (60, "moved", "waiting"))[0], data={"begins": NOON.isoformat()})
    gone = story("c", (3600, "cancel", "cancelled"))
    events = [*promised, sooner, *gone]
    assert [funnel(events, NOON + timedelta(hours=hours)).due for hours in (1, 3)] == [1, 2]
