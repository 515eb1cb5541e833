"""What was said against what happened; every figure worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.callbacks import CallbackEvent
from ivr.domain.calls import CallStep, Value
from ivr.domain.promise_ledger import Ledger
from ivr.domain.promises import CallbackTold, Promise, Turns, places, waits, windows

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def step(seconds: float, kind: str, **data: Value) -> CallStep:
    return CallStep(at(seconds), kind, data)


ROUTE = step(0, "route", queue="ural", position=3, wait_s=300)
QUEUED = step(5, "enqueue", queue="ural")


def call(*steps: CallStep) -> list[tuple[str, float | None]]:
    return [(promise.outcome, promise.error) for promise in waits(steps)]


@pytest.mark.parametrize(
    ("answered", "outcome", "error"),
    [
        (200, "kept", 100),  # early is kept, and an error all the same
        (300, "kept", 0),
        (360, "kept", 60),  # 60 s of leeway, also 20 % of 300 s
        (361, "broken", 61),
    ],
)
def test_a_wait_is_kept_when_the_answer_comes_no_later_than_a_minute_after(
    answered: float, outcome: str, error: float
) -> None:
    assert call(ROUTE, QUEUED, step(answered, "answered", queue="ural")) == [(outcome, error)]


@pytest.mark.parametrize(("answered", "outcome"), [(1440, "kept"), (1441, "broken")])
def test_a_long_wait_has_a_fifth_of_itself_as_leeway(answered: float, outcome: str) -> None:
    # 1,110 s are spoken as "20 minutes": 1,200 s, and 240 s more
    (promise,) = waits([step(0, "route", queue="ural", position=9, wait_s=1110), QUEUED, step(answered, "answered")])
    assert (promise.outcome, promise.queue, promise.said) == (outcome, "ural", AT)


def test_what_is_spoken_is_whole_minutes_rounded_up() -> None:
    asked = step(0, "route", queue="ural", position=2, wait_s=61)
    assert call(asked, QUEUED, step(100, "answered")) == [("kept", 20)]  # "two minutes"


def test_who_hung_up_is_counted_apart() -> None:
    ended = (step(900, "abandoned", queue="ural"), step(900, "end", reason="abandoned"))
    assert call(ROUTE, QUEUED, *ended) == [("abandoned", None)]


def test_who_took_a_callback_instead_of_the_wait_has_withdrawn() -> None:
    offered = step(2, "step", step="callback/offer")
    taken = step(20, "callback", event="taken")
    assert call(ROUTE, offered, taken, step(60, "end", reason="callback")) == [("withdrawn", None)]
    # he thought better of it, waited, and hung up there
    dropped = (step(30, "callback", event="dropped"), step(31, "enqueue"), step(500, "end", reason="abandoned"))
    assert call(ROUTE, offered, taken, *dropped) == [("abandoned", None)]


def test_a_caller_who_still_waits_is_open() -> None:
    assert call(ROUTE, QUEUED) == [("open", None)]


def test_the_offer_of_a_callback_and_the_way_to_the_queue_tell_one_wait_once() -> None:
    offered = step(2, "step", step="callback/offer")
    assert call(ROUTE, offered, QUEUED, step(240, "answered")) == [("kept", 60)]


def test_what_the_router_said_and_nobody_heard_is_no_promise() -> None:
    answered = step(1000, "answered")
    silent = step(0, "route", queue="ural", position=1, wait_s=0)  # "you are being connected"
    moved = step(0, "route", queue="ural", position=2, wait_s=60, leaving="moscow")
    unknown = step(0, "route", queue="ural", position=2, wait_s=None)
    away = step(0, "route", queue="", position=2, wait_s=60)
    for unsaid in (silent, moved, unknown, away):
        assert call(unsaid, QUEUED, answered) == []
    assert call(ROUTE, step(1, "end", reason="hung_up")) == []
    assert call(step(0, "step", step="callback/key"), ROUTE, QUEUED, answered) == []
    assert call(step(0, "start", callback="id1"), ROUTE, QUEUED, answered) == []


def test_every_announcement_in_the_queue_is_a_promise_of_its_own() -> None:
    told = [
        step(10, "told", queue="ural", position=2, wait_s=120),
        step(60, "told", queue="common", position=1, wait_s=30),
        step(70, "told", queue="common", position=1, wait_s=None),
    ]
    found = waits([ROUTE, QUEUED, *told, step(200, "answered", queue="common")])
    assert [(promise.queue, promise.outcome, promise.error) for promise in found] == [
        ("ural", "kept", 100),  # at 300
        ("ural", "broken", 70),  # at 130
        ("common", "broken", 80),  # at 120
    ]


def placed(turns: Turns, *steps: CallStep) -> list[tuple[str, float | None]]:
    return [(promise.outcome, promise.error) for promise in places(steps, turns)]


def test_a_place_is_kept_when_no_more_were_answered_before_than_were_said_to_be() -> None:
    turns = Turns()
    for seconds in (300, -20, 100, 0, 200):
        turns.add("ural", at(seconds))
    turns.add("moscow", at(50))
    # third: those at 100 and 200, and he at 300; those at -20 and 0 had been answered before it was said
    assert placed(turns, ROUTE, QUEUED, step(300, "answered", queue="ural")) == [("kept", 0)]
    second = step(0, "told", queue="ural", position=2, wait_s=None)
    assert placed(turns, second, step(300, "answered", queue="ural")) == [("broken", 1)]
    assert placed(turns, second, step(100, "answered", queue="ural")) == [("kept", 1)]


def test_a_place_in_a_queue_that_did_not_answer_is_counted_apart() -> None:
    assert placed(Turns(), ROUTE, QUEUED, step(300, "answered", queue="common")) == [("withdrawn", None)]
    assert placed(Turns(), ROUTE, QUEUED, step(300, "end")) == [("abandoned", None)]
    assert placed(Turns(), ROUTE, QUEUED) == [("open", None)]


def test_a_place_is_said_on_the_way_to_the_queue_not_in_the_offer_of_a_callback() -> None:
    offered = step(2, "step", step="callback/offer")
    assert placed(Turns(), ROUTE, offered, step(9, "end")) == []
    assert placed(Turns(), ROUTE, offered, QUEUED, step(9, "end")) == [("abandoned", None)]
    alone = step(0, "route", queue="ural", position=1, wait_s=0)
    assert placed(Turns(), alone, QUEUED, step(9, "end")) == []


def event(seconds: float, name: str, attempt: str = "", **data: str) -> CallbackEvent:
    return CallbackEvent("id1", at(seconds), name, "", "", attempt=attempt, data=dict(data))


def told(*events: CallbackEvent, state: str = "waiting", window: tuple[float, float] = (600, 2400)) -> CallbackTold:
    return CallbackTold("ural", state, at(window[0]), at(window[1]), (event(0, "confirm"), *events))


def judged(callback: CallbackTold, now: float = 9000) -> list[tuple[str, float | None]]:
    return [(promise.outcome, promise.error) for promise in windows(callback, at(now))]


def test_a_window_is_kept_when_the_phone_rang_within_it() -> None:
    connected = (event(2400, "dial", "a"), event(2420, "human", "a"), event(2500, "connect", "a"))
    assert judged(told(*connected, state="connected")) == [("kept", 0)]
    assert judged(told(event(700, "dial", "a"), event(735, "no_answer", "a"))) == [("kept", 0)]


def test_a_phone_that_rang_too_late_or_too_early_is_a_broken_window() -> None:
    assert judged(told(event(2700, "dial", "a"), event(2720, "busy", "a"))) == [("broken", 300)]
    assert judged(told(event(540, "dial", "a"), event(550, "human", "a"))) == [("broken", 60)]


@pytest.mark.parametrize("ours", ["trunk", "no_operator", "silent"])
def test_a_dial_that_our_trunk_lost_or_nobody_of_ours_took_is_none(ours: str) -> None:
    lost = (event(700, "dial", "a"), event(701, ours, "a"))
    assert judged(told(*lost)) == [("broken", None)]
    assert judged(told(*lost, event(900, "dial", "b"), event(930, "human", "b"))) == [("kept", 0)]


def test_a_phone_switched_off_is_counted_apart() -> None:
    assert judged(told(event(700, "dial", "a"), event(705, "unreachable", "a"))) == [("unreachable", None)]


def test_a_window_nobody_used_is_open_until_it_is_over() -> None:
    assert judged(told(), now=2400) == [("open", None)]
    assert judged(told(), now=2401) == [("broken", None)]


def test_a_wish_taken_back_in_time_is_withdrawn_and_too_late_is_broken() -> None:
    assert judged(told(event(900, "cancel"), state="cancelled")) == [("withdrawn", None)]
    assert judged(told(event(2500, "cancel"), state="cancelled")) == [("broken", None)]


def test_another_window_is_another_promise_and_a_note_of_a_missed_one_is_none() -> None:
    # promised 600-2400, missed and kept alive to 6000, moved by the citizen to 7000-8800, rung at 7100
    history = (
        event(2400, "missed", window_to=at(2400).isoformat()),
        event(2500, "moved", window_from=at(600).isoformat(), window_to=at(6000).isoformat()),
        event(2600, "moved"),  # another number only
        event(7100, "dial", "a"),
        event(7110, "human", "a"),
    )
    found = windows(told(*history, window=(7000, 8800)), at(9000))
    assert [(promise.said, promise.outcome, promise.error) for promise in found] == [
        (at(0), "broken", None),
        (at(2500), "kept", 0),
    ]


def test_an_offer_that_was_never_confirmed_promised_nothing() -> None:
    lost = CallbackTold("ural", "abandoned_offer", at(0), at(9), (event(0, "hang_up"),))
    assert windows(lost, at(100)) == []


def test_the_ledger_counts_by_kind_and_queue() -> None:
    ledger = Ledger()
    for error in (10, 20, 30, 40, 50, 60, 70, 80, 90):
        ledger.add(Promise("wait", "ural", AT, "kept", error))
    ledger.add(Promise("wait", "ural", AT, "broken", 900))
    ledger.add(Promise("wait", "common", AT, "broken", 5))
    ledger.add(Promise("wait", "common", AT, "abandoned"))
    ledger.add(Promise("window", "ural", AT, "open"))
    assert [
        (line.kind, line.queue, line.told, line.kept, line.broken, line.abandoned, line.open, line.kept_percent)
        for line in ledger.lines()
    ] == [
        ("wait", "common", 2, 0, 1, 1, 0, 0.0),
        ("wait", "ural", 10, 9, 1, 0, 0, 90.0),
        ("window", "ural", 1, 0, 0, 0, 1, None),
    ]
    assert [(line.error_p50, line.error_p90) for line in ledger.lines()] == [(5, 5), (50, 90), (None, None)]
    wait, window = ledger.totals()
    assert (wait.told, wait.kept, wait.broken, wait.error_p50, wait.error_p90) == (12, 9, 2, 50, 90)
    assert (window.told, window.kept_percent) == (1, None)
