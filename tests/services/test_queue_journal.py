"""What a call lives through in its queues, as the journal tells it."""

import pytest

from tests.services.house import House

ONE = {"uniqueid": "1.5", "queue": "moscow"}


def events(house: House, *messages: dict[str, str]) -> None:
    for message in messages:
        house.queue_journal.event({**ONE, **message})


JOIN = {"event": "QueueCallerJoin", "position": "2"}
ABANDON = {"event": "QueueCallerAbandon", "holdtime": "30"}
HANGUP = {"event": "Hangup"}


def test_a_caller_who_hangs_up_while_waiting_has_abandoned() -> None:
    house = House()
    events(house, JOIN, ABANDON, HANGUP)
    assert house.journal.kinds("1x5") == ["waiting", "abandoned", "end"]
    assert house.told("abandoned") == [{"queue": "moscow", "waited_s": "30"}]


@pytest.mark.parametrize("late", [False, True], ids=["event first", "call first"])
def test_a_call_that_comes_back_from_its_queue_is_not_abandoned(late: bool) -> None:
    house = House()
    events(house, JOIN)
    for step in (1, 0) if late else (0, 1):
        if step:
            house.queue_journal.came_back("1x5")
        else:
            events(house, ABANDON)
    events(house, JOIN, HANGUP)
    assert house.journal.kinds("1x5") == ["waiting", "waiting"]


def test_a_call_that_the_dialplan_moved_alone_is_not_abandoned() -> None:
    house = House()
    events(house, JOIN, ABANDON, JOIN, {"event": "AgentConnect", "holdtime": "40"}, HANGUP)
    assert house.journal.kinds("1x5") == ["waiting", "waiting", "answered"]


def test_who_was_moved_once_and_hangs_up_later_has_abandoned() -> None:
    house = House()
    events(house, JOIN, ABANDON)
    house.queue_journal.came_back("1x5")
    events(house, JOIN, ABANDON, HANGUP)
    assert house.journal.kinds("1x5") == ["waiting", "waiting", "abandoned", "end"]


def test_who_found_an_empty_queue_first_and_hangs_up_in_the_next_has_abandoned() -> None:
    house = House()
    house.queue_journal.came_back("1x5")
    events(house, JOIN, ABANDON, HANGUP)
    assert house.journal.kinds("1x5") == ["waiting", "abandoned", "end"]


def test_calls_whose_end_is_never_heard_of_do_not_pile_up() -> None:
    house = House()
    for number in range(3000):
        house.queue_journal.event({**ABANDON, "uniqueid": f"1.{number}"})
        house.queue_journal.came_back(f"2x{number}")
    for number in range(3000):
        house.queue_journal.event({**HANGUP, "uniqueid": f"1.{number}"})
    assert len(house.told("abandoned")) == 1000


def test_other_calls_are_none_of_our_business() -> None:
    house = House()
    events(house, HANGUP, {"event": "Newchannel"}, {"event": "AgentConnect", "uniqueid": ""})
    assert house.journal.events == []


def test_listeners_hear_who_waits_in_a_queue_no_longer() -> None:
    house = House()
    out: list[tuple[str, str]] = []
    house.queue_journal.on_out.append(lambda call_id, queue: out.append((call_id, queue)))
    leave = {"event": "QueueCallerLeave"}
    events(house, JOIN, ABANDON, leave, JOIN, leave, {"event": "AgentConnect"})
    house.queue_journal.event({"event": "Hangup", "uniqueid": "1.5"})
    assert out == [("1x5", "moscow")] * 4 + [("1x5", "")]


def test_a_caller_on_hold_is_known_by_the_phone_that_talks_with_him() -> None:
    house = House()
    connect = {"event": "AgentConnect", "holdtime": "4", "destuniqueid": "1.9"}
    complete = {"event": "AgentComplete", "talktime": "30", "destuniqueid": "1.9"}
    events(house, JOIN, connect, {"event": "Hold", "uniqueid": "1.9"}, {"event": "Unhold", "uniqueid": "1.9"})
    events(house, {"event": "Hold", "uniqueid": "1.7"}, complete, {"event": "Hold", "uniqueid": "1.9"})
    assert house.journal.kinds("1x5") == ["waiting", "answered", "hold", "unhold", "talked", "end"]
    assert house.journal.kinds("1x9") == house.journal.kinds("1x7") == []
