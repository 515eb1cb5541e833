"""The figures of callbacks, worked out by hand."""

from datetime import UTC, datetime, timedelta

from ivr.domain.callback_funnel import Funnel, funnel
from ivr.domain.callbacks import CallbackEvent

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def story(callback: str, *steps: tuple[int, str, str]) -> list[CallbackEvent]:
    """(seconds, event, state after)"""
    return [CallbackEvent(callback, NOON + timedelta(seconds=at), event, "", after) for at, event, after in steps]


def test_of_nothing_there_is_nothing() -> None:
    assert funnel([]) == Funnel()


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
    found = funnel(events)
    assert (found.accepted, found.dialled, found.human, found.connected, found.done) == (4, 3, 2, 2, 1)
    assert found.ends == {"done": 1, "failed": 1, "cancelled": 1, "abandoned_offer": 1}
    assert found.results == {"busy": 1, "invalid": 1}
    assert found.attempts == {2: 1, 1: 1, 0: 2}
    assert (found.to_dial, found.to_connect) == ((200.0, 700.0), (430.0, 730.0))
    # c was connected after the window, b never
    assert (found.kept, found.broken) == (1, 2)
