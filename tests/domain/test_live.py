"""Manager events become the live queues, whatever is lost and read anew on the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.live import LiveQueues
from ivr.domain.live_people import Person, board_view, people
from ivr.domain.live_snapshot import differences, read_snapshot, seed
from ivr.domain.live_types import Caller, Talk
from tests.domain.queue_model import QUEUES, QueueModel

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
queues = st.sampled_from(QUEUES)
names = st.sampled_from(["101", "102", "103"])
small = st.integers(0, 3)
operations = st.one_of(
    st.tuples(st.just("join"), queues, small),
    st.tuples(st.just("answer"), queues, small),
    st.tuples(st.just("hang_up"), small),
    st.tuples(st.just("abandon"), queues, small),
    st.tuples(st.just("move"), queues, queues, small),
    st.tuples(st.just("log_in"), names, st.lists(queues, unique=True).map(tuple)),
    st.tuples(st.just("log_out"), names),
    st.tuples(st.just("pause"), names, st.booleans(), st.sampled_from(["", "lunch"])),
    st.tuples(st.just("unplug"), names, st.sampled_from([1, 5])),
)


def play(model: QueueModel, *stories: tuple[object, ...]) -> None:
    for name, *rest in stories:
        getattr(model, str(name))(*rest)


def reduced(model: QueueModel) -> LiveQueues:
    live = LiveQueues()
    for event in model.events:
        live.apply(event, AT)
    return live


def staffed(*names: str) -> QueueModel:
    model = QueueModel()
    for name in names:
        model.log_in(name, ("east", "common"))
    return model


@given(st.lists(operations, max_size=60))
def test_events_alone_lead_to_what_asterisk_says(stories: list[tuple[object, ...]]) -> None:
    model = QueueModel()
    live = LiveQueues()
    seed(live, read_snapshot(model.queue_status(), AT))
    play(model, *stories)
    for event in model.events:
        live.apply(event, AT)
    assert differences(live, read_snapshot(model.queue_status(), AT)) == ()
    assert {talk.uniqueid for talk in live.talks.values()} == {p.call for p in model.phones.values() if p.call}


@settings(max_examples=200)
@given(st.lists(operations, max_size=40), st.lists(operations, max_size=40), st.lists(operations, max_size=20),
       st.lists(operations, max_size=20))  # fmt: skip
def test_lost_events_and_events_around_a_new_snapshot_change_nothing(
    seen: list[tuple[object, ...]],
    lost: list[tuple[object, ...]],
    before: list[tuple[object, ...]],
    after: list[tuple[object, ...]],
) -> None:
    """`before` and `after`: while the answer is under way, so that its events are told over it again."""
    model, live = QueueModel(), LiveQueues()
    play(model, *seen)
    for event in model.events:
        live.apply(event, AT)
    play(model, *lost)
    model.events.clear()
    play(model, *before)
    snapshot = read_snapshot(model.queue_status(), AT)
    play(model, *after)
    seed(live, snapshot)
    for event in model.events:
        live.apply(event, AT)
    fresh = read_snapshot(model.queue_status(), AT)
    # one who joined twice meanwhile may stand one place off until the next comparison, never in another queue
    found = [each for each in differences(live, fresh) if "another order" not in each]
    assert found == []
    busy = {p.call for p in model.phones.values() if p.call}
    assert {talk.uniqueid for talk in live.talks.values()} <= busy


@given(st.lists(st.dictionaries(
    st.sampled_from(["event", "queue", "uniqueid", "interface", "position", "status", "timestamp", "channel"]),
    st.one_of(st.text(), st.sampled_from(["QueueCallerJoin", "AgentConnect", "Hangup", "QueueMemberStatus", "q"])),
)))  # fmt: skip
def test_no_message_breaks_the_live_queues(messages: list[dict[str, str]]) -> None:
    live = LiveQueues()
    for message in messages:
        live.apply(message, AT)
    board_view(live, AT, {})
    people(live, AT)


def test_an_answered_caller_is_lost_at_no_moment() -> None:
    model = staffed("101")
    model.join("east")
    model.answer("east")
    live, kinds = LiveQueues(), []
    for event in model.events:
        live.apply(event, AT)
        kinds.append((event["event"], len(live.callers), len(live.between), len(live.talks)))
    assert ("QueueCallerLeave", 0, 1, 0) in kinds
    assert kinds[-1] == ("AgentConnect", 0, 0, 1)


def test_who_is_moved_keeps_the_moment_of_his_arrival() -> None:
    live = LiveQueues()
    arrived = AT - timedelta(minutes=9)
    join = {"event": "QueueCallerJoin", "queue": "east", "uniqueid": "1.1", "position": "1"}
    live.apply({**join, "chanvariable:ivr_arrived": str(int(arrived.timestamp()))}, AT)
    live.apply({"event": "QueueCallerLeave", "queue": "east", "uniqueid": "1.1"}, AT)
    live.apply({**join, "queue": "west"}, AT)
    assert [w.joined for w in board_view(live, AT, {}).queues["west"].waiting] == [arrived]


def test_who_is_moved_while_the_queues_are_told_of_is_where_he_was_told_of_last() -> None:
    model = staffed()
    model.join("east")
    model.join("east")
    first, moved = model.lines["east"]
    before = model.queue_status()
    model.move("east", "west", 1)
    told = [e for e in before if e["queue"] == "east"] + [e for e in model.queue_status() if e["queue"] == "west"]
    snapshot, live = read_snapshot(told, AT), LiveQueues()
    seed(live, snapshot)
    assert (live.lines["east"], live.lines["west"]) == ([first], [moved])
    assert differences(live, snapshot) == ()
    live.apply({"event": "QueueCallerLeave", "queue": "west", "uniqueid": moved}, AT)
    assert {name: len(queue.waiting) for name, queue in board_view(live, AT, {}).queues.items()} == {
        "east": 1, "west": 0,
    }  # fmt: skip


def test_a_caller_who_is_begun_with_in_two_lines_stands_in_one() -> None:
    live = LiveQueues()
    twice = [[Caller("1.1", "PJSIP/1.1", queue, AT)] for queue in ("east", "west")]
    live.seed(twice, ("east", "west"), ())
    assert (live.lines, live.callers["1.1"].queue) == ({"east": [], "west": ["1.1"]}, "west")


def test_who_was_talked_with_and_passed_on_waits_anew_and_keeps_his_place() -> None:
    live = LiveQueues()
    arrived = AT - timedelta(minutes=20)
    join = {"event": "QueueCallerJoin", "uniqueid": "1.1", "position": "1",
            "chanvariable:ivr_arrived": str(int(arrived.timestamp()))}  # fmt: skip
    live.apply({**join, "queue": "east"}, arrived)
    assert live.callers["1.1"].silent_since == arrived
    live.apply({"event": "QueueCallerLeave", "queue": "east", "uniqueid": "1.1"}, AT)
    live.apply({"event": "AgentConnect", "queue": "east", "uniqueid": "1.1", "interface": "PJSIP/op-101"}, AT)
    live.apply({"event": "AgentComplete", "queue": "east", "uniqueid": "1.1"}, AT)
    live.apply({**join, "queue": "west"}, AT)
    caller = live.callers["1.1"]
    assert (caller.silent_since, caller.waits_since) == (AT, arrived)
    # moved on, and read anew
    later = AT + timedelta(minutes=2)
    live.apply({"event": "QueueCallerLeave", "queue": "west", "uniqueid": "1.1"}, later)
    live.apply({**join, "queue": "common"}, later)
    assert live.callers["1.1"].silent_since == AT
    live.seed([[replace(live.callers["1.1"], again=None)]], ["common"], [])
    assert (live.callers["1.1"].silent_since, live.callers["1.1"].waits_since) == (AT, arrived)


def test_a_caller_between_a_queue_and_an_operator_is_forgotten_when_he_hangs_up() -> None:
    model = staffed()
    model.join("east")
    model.abandon("east")
    live = reduced(model)
    assert (live.callers, live.between, live.lines["east"]) == ({}, {}, [])


def state(live: LiveQueues, at: datetime = AT, wrapup_s: int = 0) -> Person:
    [person] = people(live, at, wrapup_s)
    return person


def test_a_person_in_several_queues_is_one_person_and_shared_by_those_where_somebody_waits() -> None:
    model = staffed("101", "102")
    view = board_view(reduced(model), AT, {})
    assert {q.name: (q.logged_in, q.capacity) for q in view.queues.values()} == {"east": (2, 2.0), "common": (2, 2.0)}
    model.join("east")
    model.join("common")
    view = board_view(reduced(model), AT, {})
    assert {q.name: q.capacity for q in view.queues.values()} == {"east": 1.0, "common": 1.0}


def test_what_a_person_does() -> None:
    model = staffed("101")
    assert state(reduced(model)).state == "ready"
    model.pause("101", True, "lunch")
    assert (state(reduced(model)).state, state(reduced(model)).reason) == ("paused", "lunch")
    model.pause("101", False)
    model.join("east")
    model.answer("east")
    assert state(reduced(model)).state == "talking"
    live = reduced(model)
    [talk] = live.talks.values()
    live.apply({"event": "Hold", "uniqueid": talk.phone, "timestamp": "1800000099.0"}, AT)
    assert (state(live).state, state(live).since) == ("hold", datetime.fromtimestamp(1800000099, UTC))
    live.apply({"event": "Unhold", "uniqueid": talk.phone}, AT)
    assert state(live).state == "talking"
    model.hang_up(0)
    model.unplug("101", 5)
    assert state(reduced(model)).state == "away"


def test_a_talk_that_nobody_saw_begin_is_taken_over_for_who_is_in_a_call_of_which_nothing_is_known() -> None:
    live = reduced(staffed("101", "102"))
    old = Talk("1.1", "", "east", "op-101", "", AT, 3)
    live.adopt(lambda: [old])
    assert live.talks == {}
    for member in list(live.members.values()):
        event = {"event": "QueueMemberStatus", "queue": member.queue, "interface": member.interface, "status": "2"}
        if member.name == "op-101":
            live.apply({**event, "membername": member.name, "incall": "1"}, AT)
    live.adopt(lambda: [old, Talk("2.2", "", "east", "op-102", "", AT)])
    assert live.talks == {"1.1": replace(old, interface="PJSIP/op-101")}
    live.adopt(lambda: [Talk("3.3", "", "east", "op-101", "", AT)])
    assert list(live.talks) == ["1.1"]
    live.apply({"event": "AgentComplete", "uniqueid": "1.1"}, AT)
    assert live.talks == {}


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("event", ["AgentComplete", "Hangup"])
def test_a_talk_whose_end_was_seen_is_not_taken_over_anew_by_a_log_that_is_behind(event: str, seen: bool) -> None:
    live = reduced(staffed("101"))
    old = Talk("1.1", "", "east", "op-101", "", AT, 3)
    for member in list(live.members.values()):
        told = {"event": "QueueMemberStatus", "queue": member.queue, "interface": member.interface, "status": "2"}
        live.apply({**told, "membername": member.name, "incall": "1"}, AT)
    if seen:
        live.adopt(lambda: [old])
        assert list(live.talks) == ["1.1"]
    live.apply({"event": event, "uniqueid": "1.1"}, AT)
    live.adopt(lambda: [old])
    assert live.talks == {}
    # the caller comes back to the queue and is answered again
    live.apply({"event": "AgentConnect", "uniqueid": "1.1", "queue": "east", "interface": "PJSIP/op-101"}, AT)
    assert list(live.talks) == ["1.1"]


def in_call(live: LiveQueues) -> None:
    for member in list(live.members.values()):
        told = {"event": "QueueMemberStatus", "queue": member.queue, "interface": member.interface, "status": "2"}
        live.apply({**told, "membername": member.name, "incall": "1"}, AT)


def connect(live: LiveQueues, uniqueid: str, at: datetime) -> None:
    who = {"membername": "op-101", "interface": "PJSIP/op-101", "destuniqueid": f"d{uniqueid}"}
    live.apply({"event": "AgentConnect", "uniqueid": uniqueid, "queue": "east", **who}, at)


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_a_talk_that_began_while_nobody_listened_takes_the_place_of_the_one_before_it() -> None:
    live = reduced(staffed("101"))
    in_call(live)
    connect(live, "1.1", later(0.5))
    # the log is behind, or says the same
    live.adopt(lambda: [Talk("0.9", "", "east", "op-101", "", later(-60))])
    live.adopt(lambda: [Talk("1.1", "", "east", "op-101", "", AT)])
    assert list(live.talks) == ["1.1"] and state(live).since == later(0.5)
    live.seed((), QUEUES, list(live.members.values()))  # the link was lost; he is in a call still
    other = Talk("2.2", "", "east", "op-101", "", later(20), 3)
    live.adopt(lambda: [other])
    assert live.talks == {"2.2": replace(other, interface="PJSIP/op-101")} and state(live).since == later(20)
    live.adopt(lambda: [Talk("1.1", "", "east", "op-101", "", AT)])
    assert list(live.talks) == ["2.2"]
    live.apply({"event": "Hangup", "uniqueid": "d1.1"}, later(30))
    assert list(live.talks) == ["2.2"]


def test_a_talk_whose_end_was_seen_takes_the_place_of_none() -> None:
    live = reduced(staffed("101"))
    in_call(live)
    connect(live, "2.2", later(5))
    live.apply({"event": "AgentComplete", "uniqueid": "2.2"}, later(8))
    connect(live, "1.1", later(3))  # told late
    live.adopt(lambda: [Talk("2.2", "", "east", "op-101", "", later(5))])
    assert list(live.talks) == ["1.1"]


def test_a_talk_that_ended_and_began_again_while_nobody_listened_is_taken_over() -> None:
    live = reduced(staffed("101"))
    in_call(live)
    connect(live, "1.1", AT)
    live.apply({"event": "AgentComplete", "uniqueid": "1.1"}, later(8))
    live.adopt(lambda: [Talk("1.1", "", "east", "op-101", "", AT)])
    assert live.talks == {}
    live.adopt(lambda: [Talk("1.1", "", "common", "op-101", "", later(20))])
    assert [talk.queue for talk in live.talks.values()] == ["common"]


def test_a_caller_on_his_way_from_a_queue_to_an_operator_is_not_taken_over_with_his_talk_before() -> None:
    live = reduced(staffed("101"))
    in_call(live)
    where = {"queue": "east", "uniqueid": "1.1"}
    for event in ("QueueCallerJoin", "QueueCallerLeave"):
        live.apply({"event": event, **where}, AT)
    live.adopt(lambda: [Talk("1.1", "", "east", "op-101", "", later(-9))])
    assert live.talks == {}


def test_a_phone_that_says_busy_while_it_rings_is_rung() -> None:
    model = staffed("101")
    model.join("east")
    live = reduced(model)
    [caller] = live.callers.values()
    for member in list(live.members.values()):
        event = {"event": "QueueMemberStatus", "queue": member.queue, "interface": member.interface}
        live.apply({**event, "membername": member.name, "status": "3"}, AT)
    assert state(live).state == "busy"
    live.apply({"event": "AgentCalled", "uniqueid": caller.uniqueid, "interface": member.interface}, AT)
    assert state(live).state == "ringing"


@pytest.mark.parametrize(("seconds", "state_"), [(9, "wrapup"), (10, "ready")])
def test_after_a_call_a_person_rests_and_is_not_free(seconds: int, state_: str) -> None:
    ended = {"lastcall": str(int(AT.timestamp())), "membername": "op-1", "interface": "i", "queue": "east"}
    live = LiveQueues()
    live.apply({"event": "QueueMemberStatus", "status": "1", **ended}, AT)
    at = AT + timedelta(seconds=seconds)
    assert state(live, at, 10).state == state_
    assert board_view(live, at, {}, 10).queues["east"].ready == (state_ == "ready")
