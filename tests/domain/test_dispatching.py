"""Whom to dial now: by place, never more than people are idle, never in quiet hours."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_hours import CallbackHours
from ivr.domain.callbacks import Callback
from ivr.domain.dispatching import Choice, Pacing, choose
from ivr.domain.queues import BoardView, QueueView, Waiting

HOURS = CallbackHours(load_calendars(data_reader(None)))
#: A Wednesday: 12:00 in Moscow, 21:00 in Kamchatka, 19:00 in Vladivostok.
AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRICT = Pacing(head_of_line=False)


def callback(id: str, ago: float, queue: str = "moscow", zone: str = "Europe/Moscow", **changes: object) -> Callback:
    """`ago`: minutes since he joined the line."""
    start = AT - ago * MINUTE
    plain = Callback(
        id=id, number="+74952201234", service="88005553535", category="signin", queue=queue, language="ru",
        region="", zone=zone, ticket="", source="queue", virtual_start=start, created_at=start, window_from=start,
        window_to=AT + 60 * MINUTE, expires_at=AT + 480 * MINUTE, state="waiting",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def queue(
    name: str, ready: int, *waiting: float, logged_in: int = 9, handle_s: float = 180.0, capacity: float | None = None
) -> QueueView:
    """`waiting`: minutes since each live caller came; `capacity`: that of all who are logged in, unless it is said."""
    line = tuple(Waiting(f"c{n}", n + 1, AT - ago * MINUTE) for n, ago in enumerate(waiting))
    return QueueView(name, logged_in, ready, line, handle_s, logged_in if capacity is None else capacity)


def board(*queues: QueueView) -> BoardView:
    return BoardView({each.name: each for each in queues}, fresh=True)


def chosen(choice: Choice) -> tuple[list[str], dict[str, str]]:
    return [each.id for each in choice.dial], {held.callback.id: held.reason for held in choice.held}


def test_the_longest_in_the_line_are_dialled_as_many_as_people_are_idle() -> None:
    due = [callback("b", 20), callback("c", 10), callback("a", 30)]
    assert chosen(choose(due, {}, board(queue("moscow", 2)), AT, HOURS)) == (["a", "b"], {"c": "operators"})
    assert chosen(choose(due, {"moscow": 1}, board(queue("moscow", 2)), AT, HOURS)) == (
        ["a"],
        {"b": "operators", "c": "operators"},
    )
    assert chosen(choose(due, {"moscow": 3}, board(queue("moscow", 2)), AT, HOURS))[0] == []


def test_a_live_caller_who_came_earlier_goes_first_and_one_who_came_later_does_not() -> None:
    due = [callback("before", 30), callback("after", 10)]
    assert chosen(choose(due, {}, board(queue("moscow", 2, 20)), AT, HOURS)) == (["before"], {"after": "turn"})
    # callers of another queue are in another line
    assert chosen(choose(due, {}, board(queue("moscow", 2), queue("ural", 0, 40)), AT, HOURS))[0] == ["before", "after"]


def test_his_quiet_hours_hold_him_and_the_next_one_goes_on() -> None:
    due = [callback("kamchatka", 30, zone="Asia/Kamchatka"), callback("moscow", 10)]
    choice = choose(due, {}, board(queue("moscow", 2)), AT, HOURS)
    assert chosen(choice) == (["moscow"], {"kamchatka": "quiet"})
    assert choice.held[0].until == datetime(2026, 11, 25, 21, 0, tzinfo=UTC)  # Thursday 09:00 there
    asked = replace(due[0], tonight_until=AT + MINUTE)
    assert chosen(choose([asked], {}, board(queue("moscow", 2)), AT, HOURS))[0] == ["kamchatka"]
    doubtful = replace(due[1], zones=("Europe/Moscow", "Asia/Kamchatka"))
    assert chosen(choose([doubtful], {}, board(queue("moscow", 2)), AT, HOURS)) == ([], {"moscow": "quiet"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires_at": AT}, "over"),
        ({"window_from": AT + MINUTE}, "window"),
        ({"not_before": AT + MINUTE}, "window"),
        ({"queue": "nowhere"}, "operators"),
    ],
)
def test_whose_time_it_is_not_is_held(changes: dict[str, object], reason: str) -> None:
    due = [callback("a", 30, **changes)]
    assert chosen(choose(due, {}, board(queue("moscow", 2)), AT, HOURS)) == ([], {"a": reason})


def test_nobody_is_dialled_blindly_or_for_a_queue_that_does_not_work_or_over_the_lines() -> None:
    due, idle = [callback("a", 30), callback("b", 20)], board(queue("moscow", 2))
    assert chosen(choose(due, {}, replace(idle, fresh=False), AT, HOURS)) == ([], {"a": "board", "b": "board"})
    assert chosen(choose(due, {}, idle, AT, HOURS, lambda name, at: False))[1] == {"a": "closed", "b": "closed"}
    assert chosen(choose(due, {"ural": 1}, idle, AT, HOURS, pacing=Pacing(lines=2))) == (["a"], {"b": "lines"})
    assert chosen(choose(due, {}, board(queue("moscow", 2, logged_in=0)), AT, HOURS))[0] == []


def test_one_idle_person_of_several_queues_is_counted_once() -> None:
    due = [callback("a", 30, "moscow"), callback("b", 20, "ural"), callback("c", 10, "common")]
    shared = board(queue("moscow", 1), queue("ural", 1), queue("common", 2))
    assert chosen(choose(due, {}, shared, AT, HOURS)) == (["a", "b"], {"c": "operators"})
    assert chosen(choose(due, {"kazan": 1}, shared, AT, HOURS))[0] == ["a"]


def test_at_the_head_of_the_line_he_is_dialled_though_nobody_is_idle_lest_later_callers_take_everybody() -> None:
    due = [callback("a", 30), callback("b", 20)]
    busy = board(queue("moscow", 0, 10, 5), queue("common", 0))
    assert chosen(choose(due, {}, busy, AT, HOURS)) == (["a"], {"b": "operators"})
    assert chosen(choose(due, {}, busy, AT, HOURS, pacing=STRICT))[0] == []
    assert chosen(choose(due, {"moscow": 1}, busy, AT, HOURS))[0] == []  # one at a time
    assert chosen(choose(due, {}, board(queue("moscow", 0, 40)), AT, HOURS))[1] == {"a": "turn", "b": "turn"}
    assert chosen(choose(due, {}, board(queue("moscow", 0)), AT, HOURS))[0] == []  # nobody else is waiting either
    # the one operator that there is would be taken for ever by those who came later
    assert chosen(choose(due, {}, board(queue("moscow", 0, 5, logged_in=1)), AT, HOURS))[0] == ["a"]


@pytest.mark.parametrize(
    ("capacity", "handle_s", "dialled"),
    [
        (2.0, 180, True),  # the next is free in 90 s
        (2.0, 200, False),
        (4.0, 400, False),
        (5.0, 400, True),
        # one alone, or two who work for several queues: there is no better moment while later callers come
        (1.0, 180, True),
        (1.5, 600, True),
        (0.3, 180, True),
        (0.0, 180, False),  # all nine pause
    ],
)
def test_who_is_first_in_line_is_dialled_by_what_the_people_at_work_can_do(
    capacity: float, handle_s: float, dialled: bool
) -> None:
    view = board(queue("moscow", 0, 5, capacity=capacity, handle_s=handle_s))
    assert chosen(choose([callback("a", 30)], {}, view, AT, HOURS))[0] == (["a"] if dialled else [])


def test_queues_that_ring_the_operator_first_are_marked_and_need_an_idle_one() -> None:
    due, first = [callback("a", 30), callback("b", 20, "ural")], Pacing(agent_first=("ural",))
    choice = choose(due, {}, board(queue("moscow", 1), queue("ural", 1)), AT, HOURS, pacing=first)
    assert (chosen(choice)[0], choice.agent_first) == (["a", "b"], {"b"})
    assert chosen(choose(due, {}, board(queue("ural", 0, 5)), AT, HOURS, pacing=first))[0] == []


def test_one_whose_clock_is_not_known_any_more_is_put_aside_and_the_next_one_goes_on() -> None:
    due = [callback("a", 30, zone="Mars/Base"), callback("b", 20, zones=("Europe/Moscow", "")), callback("c", 10)]
    choice = choose(due, {}, board(queue("moscow", 3)), AT, HOURS)
    assert chosen(choice) == (["c"], {"a": "clock", "b": "clock"})
    assert {held.until for held in choice.held} == {AT + 60 * MINUTE}


def test_whose_queue_is_no_more_stands_in_the_line_of_everybody() -> None:
    due, view = [callback("a", 30, "renamed")], board(queue("moscow", 1), queue("common", 1))
    assert chosen(choose(due, {}, view, AT, HOURS))[0] == ["a"]
    assert chosen(choose(due, {"renamed": 1}, view, AT, HOURS)) == ([], {"a": "operators"})
    earlier = board(queue("common", 1, 40))
    assert chosen(choose(due, {}, earlier, AT, HOURS)) == ([], {"a": "turn"})


def test_who_is_under_way_where_the_operator_is_rung_first_takes_no_other_idle_one() -> None:
    due, first = [callback("a", 30, "ural")], Pacing(agent_first=("ural",))
    view = board(queue("ural", 1), queue("moscow", 1), queue("common", 1))
    assert chosen(choose(due, {"ural": 1}, view, AT, HOURS, pacing=first))[0] == ["a"]
    assert chosen(choose(due, {"ural": 1}, view, AT, HOURS))[0] == []
    # of a queue that rings the citizen first he does take one, of the lines both do
    assert chosen(choose(due, {"moscow": 1}, view, AT, HOURS, pacing=first))[0] == []
    assert chosen(choose(due, {"ural": 1}, view, AT, HOURS, pacing=Pacing(1, ("ural",))))[1] == {"a": "lines"}


QUEUES = ("moscow", "ural", "common")
ZONES = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Vladivostok", "Asia/Kamchatka")
CALLBACKS = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from(QUEUES), st.sampled_from(ZONES), st.sampled_from([None, -1, 1]),
        st.booleans(),
    ),
    max_size=30,
).map(
    lambda rows: [
        callback(
            f"c{n}", ago, name, zone, not_before=None if wait is None else AT + wait * MINUTE,
            zones=(zone, "Europe/Moscow") if doubtful else (),
        )
        for n, (ago, name, zone, wait, doubtful) in enumerate(rows)
    ]
)  # fmt: skip
BOARDS = st.fixed_dictionaries(
    {name: st.tuples(st.integers(0, 4), st.lists(st.integers(0, 90), max_size=4)) for name in QUEUES}
).map(lambda rows: board(*(queue(name, ready, *waiting) for name, (ready, waiting) in rows.items())))
FLYING = st.dictionaries(st.sampled_from(QUEUES), st.integers(0, 4))
HOUR_LATER = st.integers(0, 24).map(lambda hours: AT + timedelta(hours=hours))


@given(CALLBACKS, FLYING, BOARDS, HOUR_LATER, st.booleans())
def test_laws_of_every_decision(
    due: list[Callback], flying: dict[str, int], view: BoardView, at: datetime, head_of_line: bool
) -> None:
    due = [replace(each, expires_at=at + MINUTE) for each in due]
    choice = choose(due, flying, view, at, HOURS, pacing=Pacing(head_of_line=head_of_line))
    reasons = {held.callback.id: held.reason for held in choice.held}
    dialled = Counter(each.queue for each in choice.dial)
    # everyone is dialled or held, once
    assert sorted([*(each.id for each in choice.dial), *reasons]) == sorted(each.id for each in due)
    for name, count in dialled.items():
        spare = max(0, view.queues[name].ready - flying.get(name, 0))
        assert count <= (max(1, spare) if head_of_line else spare)
    if not head_of_line and choice.dial:
        assert choice.dial and sum(flying.values()) + len(choice.dial) <= view.queues["common"].ready
    for one in choice.dial:
        # nobody's quiet hours, by any clock he may have
        for zone in one.zones or (one.zone,):
            assert 9 <= at.astimezone(pytz.timezone(zone)).hour < 20
        # nobody who came earlier is passed over, unless he may not be rung now
        assert all(caller.joined >= one.virtual_start for caller in view.queues[one.queue].waiting)
        for other in due:
            if other.queue == one.queue and other.virtual_start < one.virtual_start and other.id in reasons:
                assert reasons[other.id] in ("quiet", "window")
    # nobody idle is left while the first of a line could be called
    total = sum(flying.values()) + len(choice.dial)
    for held in choice.held:
        name = held.callback.queue
        if held.reason == "operators":
            ready = view.queues[name].ready
            assert flying.get(name, 0) + dialled[name] >= ready or total >= view.queues["common"].ready
