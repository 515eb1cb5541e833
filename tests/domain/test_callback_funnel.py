"""The figures of callbacks, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ivr.domain.callback_funnel import Funnel, funnel
from ivr.domain.callbacks import CallbackEvent

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
    # c was connected after the window, b never
    assert (found.kept, found.broken) == (1, 2)


def test_due_is_whose_window_has_begun_while_it_was_promised() -> None:
    told = {"window_from": (NOON + timedelta(hours=2)).isoformat()}
    promised = [replace(story(name, (0, "confirm", "waiting"))[0], data=told) for name in "abc"]
    sooner = replace(story("b", (60, "moved", "waiting"))[0], data={"begins": NOON.isoformat()})
    gone = story("c", (3600, "cancel", "cancelled"))
    events = [*promised, sooner, *gone]
    assert [funnel(events, NOON + timedelta(hours=hours)).due for hours in (1, 3)] == [1, 2]
