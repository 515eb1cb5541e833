"""The router is asked and believed; whatever goes wrong with it, the call has a queue."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.calls import journal_data
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.domain.routing import Candidate, Decision, Leg, decision_of, request_of
from ivr.domain.whereabouts import Place, Reason
from ivr.flow.commands import AskRoute, End, Flow, RouteFound
from ivr.services.conversation import Known
from ivr.services.routing import Question
from ivr.testing import NOON
from tests.services.house import CALLER, MOSCOW, House, staffed

KAMCHATKA = Place("41", "Asia/Kamchatka", "fixed", Reason("place-fixed"))


def ask(house: House, place: Place = MOSCOW, leaving: str = "", arrived: datetime | None = None) -> RouteFound:
    return house.services.route.ask(Question(place, "signin", "ru", True, leaving, arrived)).found


def test_the_question_holds_all_that_decides() -> None:
    house = House(staffed(moscow=QueueView("moscow", 1)))
    house.local.at = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    house.services.route.ask(Question(KAMCHATKA, "recovery", "en", False, "ural", NOON))
    (asked,) = house.router.asked
    assert (asked.place, asked.category, asked.language, asked.reachable) == (KAMCHATKA, "recovery", "en", False)
    assert (asked.leaving, asked.at, asked.board) == ("ural", house.local.at, house.board.now)


def test_the_answer_has_the_legs_and_the_figures_of_the_first() -> None:
    waiting = (Waiting("a", 1, NOON), Waiting("b", 2, NOON))
    house = House(staffed(moscow=QueueView("moscow", 2, 0, waiting, 200), ural=QueueView("ural", 9, 9)))
    house.router.decision = Decision("overflow", (Leg("moscow", 90), Leg("common")), (), ())
    # two operators, two before the caller, 200 s a call: (3 - 0) x 200 / 2
    assert ask(house) == RouteFound("moscow", True, 3, 300, (("moscow", 90), ("common", 0)))


def test_no_figures_are_told_from_a_stale_board() -> None:
    house = House(BoardView({"moscow": QueueView("moscow", 2, 2)}, fresh=False))
    assert ask(house) == RouteFound("moscow", True, 0, None, (("moscow", 0),))


def test_a_moved_caller_is_behind_those_who_came_before_and_before_those_who_came_later() -> None:
    arrived = NOON - timedelta(minutes=5)
    waiting = tuple(
        Waiting(name, n, NOON - timedelta(minutes=ago))
        for n, (name, ago) in enumerate([("a", 7), ("b", 6), ("c", 1)], 1)
    )
    house = House(staffed(moscow=QueueView("moscow", 3, 0, waiting, 100)))
    found = ask(house, leaving="ural", arrived=arrived)
    assert (found.position, found.wait_s) == (3, 100)


def test_when_nobody_works_the_caller_hears_both_times_by_the_own_clock() -> None:
    house = House()
    house.local.at = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
    opens = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)
    house.router.decision = Decision("callback", (), (Candidate("common", False, ()),), (), opens)
    found = ask(house, KAMCHATKA)
    assert (found.queue, found.staffed, found.legs) == ("common", False, ())
    told = house.services.route.ask(Question(KAMCHATKA, "signin", "ru", True)).told
    assert told["queue"] == ""  # nobody is sent to the 24/7 queue
    # UTC+12
    assert found.now is not None and found.now.isoformat() == "2026-01-16T06:00:00+12:00"
    assert found.opens is not None and found.opens.isoformat() == "2026-01-16T08:00:00+12:00"


def test_when_a_centre_is_on_shift_with_nobody_there_no_opening_hour_is_named() -> None:
    """They may be back at any moment; the next opening is another centre's, maybe in the middle of the night."""
    house = House()
    opens = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)
    away = Candidate("moscow", False, (Reason("nobody-logged-in", {"queue": "moscow"}),))
    house.router.decision = Decision("callback", (), (away, Candidate("common", False, ())), (), opens)
    found = ask(house, KAMCHATKA)
    assert not found.staffed and found.now is not None and found.opens is None


def test_a_router_that_fails_sends_the_call_to_the_24_7_queue_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    house = House(staffed(common=QueueView("common", 1, 1)))
    house.router.fault = ZeroDivisionError("a fault in the router")
    with caplog.at_level(logging.ERROR):
        routed = house.services.route.ask(Question(MOSCOW, "signin", "ru", True))
    assert routed.found == RouteFound("common", True, 1, 0, (("common", 0),))
    assert routed.told["failed"] == 1 and "request" not in routed.told
    assert "a fault in the router" in caplog.text


@pytest.mark.parametrize("what", ["board", "figures", "zone"])
def test_whatever_else_fails_sends_the_call_to_the_24_7_queue(what: str) -> None:
    house, place = House(), MOSCOW
    if what == "board":
        house.board.view = lambda: 1 // 0  # type: ignore[method-assign, return-value, assignment]
    elif what == "figures":
        house.board.now = staffed(moscow=QueueView("moscow", 1, 0, ("no caller",)))  # type: ignore[arg-type]
    else:
        house.router.decision, place = Decision("callback", (), (), ()), replace(MOSCOW, zone="Moscow/Europe")
    routed = house.services.route.ask(Question(place, "signin", "ru", True, arrived=NOON))
    assert (routed.found.queue, routed.found.staffed) == ("common", True)
    assert routed.found.legs == (("common", 0),) and routed.told["failed"] == 1


def test_trouble_that_the_router_met_itself_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    trouble = Reason("router-failed", {"error": "KeyError"})
    house.router.decision = Decision("queue", (Leg("common"),), (), (trouble,))
    with caplog.at_level(logging.ERROR):
        assert ask(house).queue == "common"
    assert "router-failed" in caplog.text and "KeyError" in caplog.text


async def test_question_and_decision_can_be_read_again_from_the_journal() -> None:
    house = House(staffed(moscow=QueueView("moscow", 2, 1)))
    digest = "0123456789012345678901234567890123456789abcdef0123456789abcdef01"
    house.router.decision = Decision("queue", (Leg("moscow"),), (Candidate("moscow", True, ()),), (), digest=digest)

    def flow() -> Flow:
        yield AskRoute("signin", "ural")
        return End("done")

    await house.talk(flow(), known=Known(CALLER, house.place(KAMCHATKA), "ru", arrived=NOON))
    (written,) = house.told("route")
    told = json.loads(json.dumps(journal_data(written)))
    flat = {key: told[key] for key in ("category", "leaving", "queue", "staffed", "position", "wait_s", "digest")}
    assert flat == {"category": "signin", "leaving": "ural", "queue": "moscow", "staffed": 1, "position": 1,
                    "wait_s": 0, "digest": digest}  # fmt: skip
    assert decision_of(told["decision"]).legs == (Leg("moscow"),)
    again = request_of(told["request"])
    assert (again.place.region, again.leaving, again.at) == ("41", "ural", house.local.at)
    assert again.board.queues["moscow"] == QueueView("moscow", 2, 1)
    assert "9161234567" not in str(told)


@pytest.mark.parametrize(("code", "kept"), [("41134", "411"), ("495", "495"), ("7", "7")])
def test_of_the_callers_number_the_journal_has_no_more_than_a_three_digit_code(code: str, kept: str) -> None:
    house = House()
    reason = Reason("place-fixed", {"region": "14", "zone": "Asia/Srednekolymsk", "code": code, "territory": ""})
    place = Place("14", "Asia/Srednekolymsk", "fixed", reason)
    told = house.services.route.ask(Question(place, "signin", "ru", True)).told
    (asked,) = house.router.asked
    assert asked.place == replace(place, reason=replace(reason, data={**reason.data, "code": kept}))
    assert len(code) <= 3 or code not in json.dumps(told)
