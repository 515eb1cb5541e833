"""Playbooks of calls that nobody takes now, and of calls that a queue gives back when its time is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ivr.flow import engine
from ivr.flow.commands import (
    AskPlace,
    AskRoute,
    Caller,
    Done,
    End,
    Enqueue,
    NoteTicket,
    OpenTicket,
    RouteFound,
    TicketOpened,
)
from ivr.flow.operator import CLOSED, WISH
from ivr.flow.simulate_replies import NOW
from ivr.flow.talk import Talk
from ivr.playbook import Playbook
from tests.flow.conftest import HERE, MOBILE, TICKET, NewCall

#: Monday, 23 November 2026, 18:40; the specialists begin on …
TUESDAY = datetime.fromisoformat("2026-11-24T08:00+03:00")
FRIDAY = datetime.fromisoformat("2026-11-27T08:30+03:00")
LATER_TODAY = datetime.fromisoformat("2026-11-23T21:01+03:00")


def closed(opens: datetime) -> RouteFound:
    return RouteFound("common", False, now=NOW, opens=opens)


def asks(call: NewCall, due: datetime | None, route: RouteFound, **options: object) -> Playbook:
    play = call("1", "0", **options).expects(AskPlace(), HERE).silent()
    play.expects(OpenTicket("other", "operator"), TicketOpened(TICKET, due)).silent()
    return play.expects(AskRoute("other"), route)


@pytest.mark.parametrize(
    ("opens", "words"),
    [
        (LATER_TODAY, ("day/today", "at/21", "n/1fa", "u/minute-one-acc")),
        (TUESDAY, ("day/tomorrow", "at/8")),
        (FRIDAY, ("weekday/5", "o/27g", "month/11", "at/8", "n/30", "u/minute-many")),
    ],
)
def test_who_calls_after_hours_hears_when_the_work_goes_on_by_his_own_clock(
    call: NewCall, opens: datetime, words: tuple[str, ...]
) -> None:
    play = asks(call, None, closed(opens)).expects(NoteTicket(CLOSED), Done())
    said = ("place/now", "n/18", "u/hour-many", "n/40", "u/minute-many", "opens/begin", *words, "time/yours")
    play.hears(*said, "nobody/noted", "say/goodbye").hears_not("nobody/all-away", "due/by").silent()
    play.ends(End("nobody"))


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (LATER_TODAY, ("n/20g", "n/1g", "u/hour-one-gen", "n/1fg", "u/minute-one-gen", "day/today")),
        (TUESDAY, ("n/8g", "u/hour-many", "day/tomorrow")),
        (FRIDAY, ("n/8g", "u/hour-many", "n/30g", "u/minute-many", "weekday/5", "o/27g", "month/11")),
    ],
)
@pytest.mark.parametrize("route", [closed(TUESDAY), RouteFound("common", False)])
def test_the_caller_hears_by_when_he_will_be_answered(
    call: NewCall, due: datetime, words: tuple[str, ...], route: RouteFound
) -> None:
    play = asks(call, due, route).expects(NoteTicket, Done())
    play.hears("nobody/noted", "due/by", *words, "time/yours", "say/goodbye").silent().ends(End("nobody"))


def test_the_same_is_said_in_english(call: NewCall) -> None:
    play = call("2", "0").expects(AskPlace(), HERE).silent()
    play.expects(OpenTicket, TicketOpened(TICKET, LATER_TODAY)).silent().expects(AskRoute, closed(TUESDAY))
    play.expects(NoteTicket, Done()).hears("opens/begin", "day/tomorrow", "clock/at", "n/8", "clock/am", "time/yours")
    play.hears("due/by", "n/9", "clock/oh", "n/1", "clock/pm", "day/today", "time/yours")


@pytest.mark.parametrize("due", [None, NOW, NOW - timedelta(days=1)])
def test_a_time_that_is_over_or_unknown_is_not_promised(call: NewCall, due: datetime | None) -> None:
    asks(call, due, closed(TUESDAY)).expects(NoteTicket, Done()).hears("nobody/noted").hears_not("due/by")


def test_who_cannot_be_called_back_is_asked_to_call_then(call: NewCall) -> None:
    for caller, done in ((Caller(), Done()), (MOBILE, Done(False))):
        play = asks(call, FRIDAY, closed(TUESDAY), caller=caller).expects(NoteTicket(CLOSED), done)
        play.hears("opens/begin", "nobody/call-then").hears_not("nobody/noted", "due/by")


@pytest.fixture
def moved(later: Callable[..., Talk]) -> Playbook:
    talk = later("ru", TICKET)
    talk.caller, talk.category, talk.leaving, talk.slow = MOBILE, "identity", "kamchatka", True
    return Playbook(engine.moved(talk))


def test_a_moved_caller_is_told_and_keeps_his_place(moved: Playbook) -> None:
    legs = (("ural", 600), ("common", 0))
    moved.expects(AskRoute("identity", leaving="kamchatka"), RouteFound("ural", True, 2, 60, legs))
    moved.hears("operator/moved", "operator/place-kept").silent()
    moved.ends(Enqueue("ural", TICKET, "identity", "moved", True, legs, 2))


def test_a_place_that_is_not_known_is_not_promised(moved: Playbook) -> None:
    moved.expects(AskRoute, RouteFound("common", True, legs=(("common", 0),)))
    moved.hears("operator/moved").hears_not("operator/place-kept").silent()
    moved.ends(Enqueue("common", TICKET, "identity", "moved", True, (("common", 0),)))


def test_who_stays_in_his_queue_hears_nothing_of_a_move(moved: Playbook) -> None:
    moved.expects(AskRoute, RouteFound("kamchatka", True, 1, 0, (("kamchatka", 300), ("common", 0))))
    moved.ends(Enqueue("kamchatka", TICKET, "identity", "moved", True, (("kamchatka", 300), ("common", 0)), 1))


def test_a_moved_caller_whom_nobody_can_take_hears_when_and_his_ticket_again(moved: Playbook) -> None:
    moved.expects(AskRoute, closed(TUESDAY)).expects(OpenTicket("identity", "operator"), TicketOpened(TICKET, FRIDAY))
    moved.expects(NoteTicket(CLOSED), Done())
    moved.hears("opens/begin", "day/tomorrow", "nobody/noted", "due/by", "weekday/5", "ticket/your-number", "d/4")
    moved.silent().ends(End("nobody"))


def test_a_moved_caller_without_operators_hears_so(moved: Playbook) -> None:
    moved.expects(AskRoute, RouteFound("common", False)).expects(OpenTicket, TicketOpened(""))
    moved.expects(NoteTicket(WISH), Done()).hears("nobody/all-away", "nobody/noted").silent().ends(End("nobody"))
