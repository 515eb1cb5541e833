"""The board shows what is so: callers, people, queues by their own clocks, callbacks, and what needs action."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.callbacks import CallbackEvent
from ivr.domain.live_snapshot import Drift
from ivr.services.board_state import BoardState, CallerRow, OperatorRow, QueueRow, jsonable
from ivr.services.live_ports import CallbackCounts
from tests.board_house import BoardHouse

#: Tuesday, 9:30 in Moscow, 16:30 in Vladivostok.
AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.fixture
def house() -> BoardHouse:
    return BoardHouse(AT)


def shown(house: BoardHouse) -> BoardState:
    return house.board.snapshot(house.clock.now())


def queue(house: BoardHouse, name: str) -> QueueRow:
    return next(row for row in shown(house).queues if row.name == name)


def caller(house: BoardHouse) -> CallerRow:
    [row] = shown(house).callers
    return row


def person(house: BoardHouse) -> OperatorRow:
    [row] = shown(house).operators
    return row


def alerts(house: BoardHouse) -> list[tuple[str, str]]:
    return [(alert.kind, alert.subject) for alert in shown(house).alerts]


def test_everything_is_json_and_no_whole_number_is_in_it(house: BoardHouse) -> None:
    house.caller("1.1", "moscow")
    house.staff("101", "moscow", "common")
    text = json.dumps(jsonable(shown(house)))
    assert "4567" in text and "9161234567" not in text


def test_a_waiting_caller_with_all_that_is_known_of_him(house: BoardHouse) -> None:
    house.caller("1.1", "vladivostok", 75, region="25", zone="Asia/Vladivostok", language="tt")
    house.calls.write("1x1", AT, "told", {"queue": "vladivostok", "position": 1, "wait_s": 240})
    row = caller(house)
    assert (row.call, row.queue, row.place, row.number) == ("1x1", "vladivostok", 1, "4567")
    assert row.region is not None and row.region["en"] == "Primorsky Krai"
    assert (row.zone, row.category, row.language, row.ticket) == ("Asia/Vladivostok", "signin", "tt", "48215513")
    assert row.told is not None and (row.told.position, row.told.wait_s) == (1, 240)
    assert datetime.fromisoformat(row.since) == AT - timedelta(seconds=75)


def test_a_caller_of_whom_the_controller_knows_nothing_shows_what_the_operator_would_see(house: BoardHouse) -> None:
    house.caller("1.1", "moscow", category="")
    row = caller(house)
    assert (row.number, row.category, row.ticket, row.region) == ("", "identity", "48215513", None)
    shown(house)
    assert house.asked == ["1x1"]  # asked for in storage, once


def test_one_we_called_back_is_marked(house: BoardHouse) -> None:
    house.caller("cb20781abcdefghijkl", "moscow")
    assert caller(house).callback


def test_a_person_on_a_call(house: BoardHouse) -> None:
    house.staff("101", "moscow", "common")
    house.caller("1.1", "moscow")
    house.answered("1.1", "moscow", "101")
    row = person(house)
    assert (row.login, row.name, row.state, row.queues) == ("101", "Анна Кузнецова", "talking", ("common", "moscow"))
    assert row.call is not None and (row.call.call, row.call.number, row.call.category) == ("1x1", "4567", "signin")
    assert shown(house).callers == ()
    assert (queue(house, "moscow").talking, queue(house, "moscow").ready) == (1, 0)


async def test_a_talk_that_began_before_this_controller_is_known_from_the_log(house: BoardHouse) -> None:
    began = AT - timedelta(minutes=2)
    house.logged(began, "1.1", "moscow", "NONE", "ENTERQUEUE", "", "", 1)
    house.logged(began, "1.1", "moscow", "op-101", "CONNECT", 0, "1.9", 3)
    await house.counts.tick([])
    house.staff("101", "moscow", status=2, incall="1")
    row = person(house)
    assert row.state == "talking" and row.call is not None
    assert (row.call.call, row.call.queue, datetime.fromisoformat(row.since)) == ("1x1", "moscow", began)


def test_sites_have_their_own_clock_and_shift(house: BoardHouse) -> None:
    sites = {site.id: site for site in shown(house).sites}
    assert sites["kamchatka"].shift is not None
    assert (sites["kamchatka"].shift.start, sites["kamchatka"].shift.end) == ("14:00", "20:00")
    assert sites["moscow"].shift is not None and sites["moscow"].shift.planned == 30
    assert datetime.fromisoformat(sites["kamchatka"].until) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    house.clock.at = AT + timedelta(hours=2)
    closed = next(site for site in shown(house).sites if site.id == "kamchatka")
    assert not closed.open and closed.shift is None
    assert sites[""].queues == ("common",)


def test_the_expected_wait_of_a_newcomer_counts_callbacks_that_are_due(house: BoardHouse) -> None:
    house.staff("101", "moscow", status=2)
    assert queue(house, "kazan").expected is None
    house.callbacks.due = {"moscow": 3}
    found = queue(house, "moscow").expected
    assert found is not None
    assert (found.seconds, found.callbacks, found.minutes) == (4 * 180, 3, (9, 15))


async def test_the_day_of_a_queue_begins_at_its_own_midnight(house: BoardHouse) -> None:
    for number, hour in enumerate((13, 15)):  # 23:00 and 1:00 in Vladivostok, 16:00 and 18:00 in Moscow
        at = datetime(2026, 11, 23, hour, tzinfo=UTC)
        for name in ("moscow", "vladivostok"):
            uniqueid = f"1.{number}{name}"
            house.logged(at, uniqueid, name, "NONE", "ENTERQUEUE", "", "", 1)
            house.logged(at, uniqueid, name, "op-101", "CONNECT", 15, "1.9", 3)
    await house.counts.tick([])
    found = {row.name: row.figures for row in shown(house).queues}
    assert (found["vladivostok"]["answered"], found["moscow"]["answered"]) == (1, 0)
    assert (found["vladivostok"]["service_level"], found["vladivostok"]["asa"]) == (1.0, 15.0)
    day = house.board.day(AT)
    assert sum(day["queues"]["moscow"]["answered"]) == 2  # type: ignore[index]


def test_callers_whom_nobody_can_take_are_an_alert_after_a_minute(house: BoardHouse) -> None:
    house.caller("1.1", "moscow")
    assert alerts(house) == []
    house.clock.pass_(59)
    assert alerts(house) == []
    house.clock.pass_(1)
    assert alerts(house) == [("unattended", "moscow")]
    house.staff("101", "moscow")
    assert alerts(house) == []


def test_what_another_controller_began_is_read_back_though_nobody_looks(house: BoardHouse) -> None:
    house.source.live.apply({"event": "QueueCallerJoin", "uniqueid": "1.1", "queue": "moscow", "channel": "x"}, AT)
    house.board.unseen(AT)
    house.board.unseen(AT)
    assert house.asked == ["1x1"]


def test_alerts_grow_old_while_nobody_looks(house: BoardHouse) -> None:
    house.caller("1.1", "moscow")
    house.board.unseen(house.clock.now())
    house.clock.pass_(60)
    assert alerts(house) == [("unattended", "moscow")]


def test_a_long_wait_is_an_alert_since_the_moment_it_became_too_long(house: BoardHouse) -> None:
    house.staff("101", "moscow")
    house.caller("1.1", "moscow", 660)
    [alert] = shown(house).alerts
    assert (alert.kind, alert.limit) == ("longest_wait", 600)
    assert datetime.fromisoformat(alert.since) == AT - timedelta(seconds=60)


def test_who_was_talked_with_has_not_waited_meanwhile(house: BoardHouse) -> None:
    house.staff("101", "moscow")
    house.caller("1.1", "moscow", 900)
    house.answered("1.1", "moscow", "101")
    house.event("AgentComplete", queue="moscow", uniqueid="1.1")
    arrived = {"chanvariable:ivr_arrived": str(int((AT - timedelta(seconds=900)).timestamp()))}
    house.event("QueueCallerJoin", queue="moscow", uniqueid="1.1", channel="PJSIP/1.1", **arrived)
    assert alerts(house) == []
    assert datetime.fromisoformat(caller(house).since) == AT


async def test_shares_are_alerts_only_of_enough_calls(house: BoardHouse) -> None:
    def called(count: int) -> None:
        for n in range(count):
            house.logged(AT - timedelta(minutes=5), f"{count}.{n}", "moscow", "NONE", "ENTERQUEUE", "", "", 1)
            house.logged(AT - timedelta(minutes=4), f"{count}.{n}", "moscow", "NONE", "ABANDON", 1, 1, 60)

    called(9)
    await house.counts.tick([])
    assert alerts(house) == []
    called(1)
    await house.counts.tick([])
    assert set(alerts(house)) == {("abandoned", "moscow"), ("service_level", "moscow")}


async def test_an_overdue_promise_is_an_alert(house: BoardHouse) -> None:
    house.figures.now = {"moscow": CallbackCounts({"waiting": 2}, 1, AT - timedelta(minutes=3))}
    await house.callbacks.look()
    [alert] = shown(house).alerts
    assert (alert.kind, datetime.fromisoformat(alert.since)) == ("promise_overdue", AT - timedelta(minutes=3))
    [row] = shown(house).callbacks.queues
    assert (row.queue, row.states, row.due) == ("moscow", {"waiting": 2}, 1)


def test_silence_drift_and_a_count_that_stands_still_are_alerts(house: BoardHouse) -> None:
    house.source.silence = 16.0
    house.source.drift = Drift(AT, ("moscow: caller 1.1 is not there",))
    house.counts.trouble = "the queue_log of Asterisk cannot be read, so calls are not counted"
    assert {kind for kind, _ in alerts(house)} == {"silent", "drift", "not_counted"}
    health = shown(house).health
    assert health.differences == ("moscow: caller 1.1 is not there",) and health.trouble


def test_while_the_queues_are_not_fresh_no_alert_is_made_of_them(house: BoardHouse) -> None:
    house.caller("1.1", "moscow", 9999)
    house.source.is_fresh, house.source.silence = False, None
    assert alerts(house) == [("silent", "")]


def test_who_has_seen_an_alert_is_kept_until_it_is_over(house: BoardHouse) -> None:
    house.staff("101", "moscow")
    house.caller("1.1", "moscow", 700)
    shown(house)
    assert house.board.acknowledge("longest_wait:moscow", "Ольга", AT)
    assert not house.board.acknowledge("longest_wait:kazan", "Ольга", AT)
    assert [alert.seen_by for alert in shown(house).alerts] == ["Ольга"]
    house.event("QueueCallerLeave", queue="moscow", uniqueid="1.1")
    assert alerts(house) == []
    house.caller("1.2", "moscow", 700)
    assert [alert.seen_by for alert in shown(house).alerts] == [""]


async def test_what_the_last_day_made_of_callbacks(house: BoardHouse) -> None:
    begun = AT - timedelta(hours=2)
    window = {"window_from": begun.isoformat(), "window_to": (begun + timedelta(minutes=10)).isoformat()}
    event = CallbackEvent("a", begun, "confirm", "provisional", "waiting", data=window)
    told = {"a": {"confirm": 0, "dial": 5, "human": 5, "connect": 6}, "b": {"confirm": 0, "missed": 11, "dial": 20}}
    for name, steps in told.items():
        for step, minutes in steps.items():
            at = begun + timedelta(minutes=minutes)
            house.figures.happened.append(replace(event, callback=name, event=step, at=at))
    await house.callbacks.look()
    found = shown(house).callbacks
    assert (found.day["dialled"], found.day["human"], found.reached, found.kept) == (2, 1, 0.5, 0.5)
