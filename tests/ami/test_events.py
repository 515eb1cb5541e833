"""Queue messages become the board."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr.ami.events import HandleTimes, fold

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def member(status: str, paused: str = "0") -> dict[str, str]:
    return {"event": "QueueMember", "queue": "q", "status": status, "paused": paused}


def test_paused_people_are_logged_in_but_not_ready_and_absent_ones_neither() -> None:
    view = fold(
        [{"event": "QueueParams", "queue": "q"}, member("1"), member("1", "1"), member("2"), member("5"), member("4")],
        AT,
    )
    assert (view.queues["q"].logged_in, view.queues["q"].ready) == (3, 1)


def test_phones_that_asterisk_takes_for_absent_are_absent_on_the_board() -> None:
    state = {"unknown": "0", "invalid": "4", "unavailable": "5"}
    text = (Path(__file__).parents[2] / "asterisk-conf/queues.conf.j2").read_text("utf-8")
    for setting in ("joinempty", "leavewhenempty"):
        assert f"\n{setting} = unavailable,invalid,unknown\n" in text
    view = fold([{"event": "QueueParams", "queue": "q"}, *(member(s) for s in state.values())], AT)
    assert (view.queues["q"].logged_in, view.queues["q"].ready) == (0, 0)


def test_waiting_callers_come_in_order_with_their_call_ids() -> None:
    entries = [
        {"event": "QueueEntry", "queue": "q", "channel": c, "position": p, "wait": "7"}
        for c, p in (("B", "2"), ("A", "1"))
    ]
    waiting = fold(entries, AT, {}, {"A": "call"}).queues["q"].waiting
    assert [(w.channel, w.call_id) for w in waiting] == [("A", "call"), ("B", "")]
    assert waiting[0].joined == AT - timedelta(seconds=7)


def test_who_comes_from_another_queue_waits_since_the_first_one() -> None:
    entries = [
        {"event": "QueueEntry", "queue": "q", "channel": c, "position": p, "wait": "7"}
        for c, p in (("A", "1"), ("B", "2"), ("C", "3"))
    ]
    arrived = {"A": AT - timedelta(seconds=100), "C": AT + timedelta(seconds=100)}
    waiting = fold(entries, AT, {}, {}, arrived).queues["q"].waiting
    # nobody arrived after he joined
    assert [(AT - w.joined).total_seconds() for w in waiting] == [100, 7, 7]


@given(st.lists(st.dictionaries(st.sampled_from(["event", "queue", "status", "wait", "position"]), st.text())))
def test_no_message_breaks_the_board(messages: list[dict[str, str]]) -> None:
    assert fold(messages, AT).fresh


def test_handle_time_moves_towards_what_is_seen() -> None:
    times = HandleTimes()
    for _ in range(60):
        times.observe({"queue": "q", "talktime": "50", "holdtime": "10"})
    assert 59 < times.by_queue["q"] < 62
