"""Queue messages become the board."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr.ami.events import HandleTimes, fold, lower

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
        {"event": "QueueEntry", "queue": "q", "channel": c, "uniqueid": f"{p}.7", "position": p, "wait": "7"}
        for c, p in (("B", "2"), ("A", "1"))
    ]
    waiting = fold(entries, AT).queues["q"].waiting
    assert [(w.channel, w.call_id) for w in waiting] == [("A", "1x7"), ("B", "2x7")]
    assert waiting[0].joined == AT - timedelta(seconds=7)


def test_one_person_with_two_phones_is_one_person() -> None:
    phones = [{**member("1"), "name": "op-101", "location": f"PJSIP/{kind}-101"} for kind in ("op", "web")]
    queue = fold(phones, AT).queues["q"]
    assert (queue.logged_in, queue.ready, queue.capacity) == (1, 1, 1.0)


def test_a_person_on_the_phone_is_not_free_on_another() -> None:
    busy = {**member("2"), "name": "op-101", "location": "PJSIP/op-101", "incall": "1"}
    idle = {**member("1"), "name": "op-101", "location": "PJSIP/web-101"}
    assert fold([busy, idle], AT).queues["q"].ready == 0


def test_each_channel_variable_of_an_event_has_a_name_of_its_own() -> None:
    told = lower({"Event": "Hangup", "ChanVariable": ["IVR_CALLBACK=cb1", "IVR_ARRIVED=17=8"]})
    assert told == {"event": "Hangup", "chanvariable:ivr_callback": "cb1", "chanvariable:ivr_arrived": "17=8"}
    assert lower({"ChanVariable": "IVR_CALLBACK="}) == {"chanvariable:ivr_callback": ""}


@given(st.lists(st.dictionaries(st.sampled_from(["event", "queue", "status", "wait", "position"]), st.text())))
def test_no_message_breaks_the_board(messages: list[dict[str, str]]) -> None:
    assert fold(messages, AT).fresh


def test_handle_time_moves_towards_talk_and_rest_and_not_towards_what_the_caller_waited() -> None:
    times = HandleTimes(10)
    for _ in range(60):
        times.observe({"queue": "q", "talktime": "50", "holdtime": "900"})
    assert 59 < times.by_queue["q"] < 62
