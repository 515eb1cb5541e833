"""Playbooks of a caller whom a known fault touches."""

from collections.abc import Mapping

import pytest

from ivr.domain.readout import Reader
from ivr.flow import engine
from ivr.flow.book import Book
from ivr.flow.commands import AskPlace, AskRoute, Caller, Enqueue, FlowSettings, OpenTicket, RouteFound, TicketOpened
from ivr.flow.incident_commands import IncidentFound, Subscribed, TellWhenFixed
from ivr.flow.talk import Talk
from ivr.playbook import Playbook
from tests.flow.conftest import HERE, LANDLINE, TICKET, NewCall

FAULT = IncidentFound("i1", ("incidents/i1-abc",))
OWN = "+79161234567"


@pytest.fixture
def told(call: NewCall) -> Playbook:
    """In the menu «sign-in», with a fault there."""
    return call("1", "1", fault=FAULT).hears("incidents/i1-abc", "item/incident-tell", "press/1", "press/2", "press/0")


def test_it_is_told_where_the_category_is_known_and_before_that_menu(call: NewCall) -> None:
    play = call("1", fault=FAULT).hears("menu/main").hears_not("incidents/i1-abc").presses("5").hears("item/status")
    assert play.asked == []
    play.presses("*").hears("menu/main").presses("1").hears("incidents/i1-abc").silent().hears("menu/signin")
    assert play.asked == ["signin"]


@pytest.mark.parametrize("key", ["", "2", "7", "#", "*"])
def test_whoever_has_heard_enough_goes_on_to_the_menu(told: Playbook, key: str) -> None:
    told.presses(key).hears("menu/signin").presses("1").hears("signin-password/1")


def test_it_is_repeated_a_few_times_and_not_for_ever(told: Playbook) -> None:
    told.presses("9", "9", "9").hears("incidents/i1-abc").presses("9").hears("menu/signin")


def test_a_mobile_caller_is_told_when_it_is_fixed(told: Playbook) -> None:
    told.presses("1").hears("sms/to-this-number", "d/4", "d/5", "d/6", "d/7").presses("1")
    told.expects(TellWhenFixed("i1", OWN), Subscribed("noted")).hears("incident/noted").silent().hears("menu/signin")


@pytest.mark.parametrize(
    ("outcome", "said"), [("already", "incident/already"), ("over", "incident/over"), ("failed", "incident/not-noted")]
)
def test_what_became_of_the_wish_is_said(told: Playbook, outcome: str, said: str) -> None:
    told.presses("1", "1").expects(TellWhenFixed, Subscribed(outcome)).hears(said)  # type: ignore[arg-type]
    told.silent().hears("menu/signin")


@pytest.mark.parametrize("caller", [LANDLINE, Caller()])
def test_who_calls_from_no_mobile_keys_one_in(call: NewCall, caller: Caller) -> None:
    play = call("1", "1", caller=caller, fault=FAULT).presses("1").hears("sms/enter-number")
    play.presses("4951234567").hears("sms/bad-number").presses("9169999999").hears("sms/you-entered").presses("1")
    play.expects(TellWhenFixed("i1", "+79169999999"), Subscribed("noted")).hears("incident/noted")


def test_who_gives_no_number_goes_on(told: Playbook) -> None:
    told.presses("1", "2").hears("sms/enter-number").presses("*").hears("menu/signin")


def test_0_is_the_operator_at_every_step(call: NewCall) -> None:
    for keys in (("0",), ("1", "0"), ("1", "2", "0")):
        call("1", "1", *keys, fault=FAULT).expects(AskPlace(), HERE)
    play = call("1", "1", "1", "1", fault=FAULT).expects(TellWhenFixed, Subscribed("noted")).presses("0")
    play.expects(AskPlace(), HERE)


def test_who_asks_for_an_operator_first_hears_it_before_he_waits(call: NewCall) -> None:
    play = call("1", "0", fault=FAULT).expects(AskPlace(), HERE).silent().hears("incidents/i1-abc")
    assert play.asked == ["other"]
    # 0 goes on to the operator, also out of the dialogue about the number
    play.presses("1", "0").expects(OpenTicket("other", "operator"), TicketOpened(TICKET)).silent()
    play.expects(AskRoute("other"), RouteFound("common", True, legs=(("common", 0),))).silent()
    play.ends(Enqueue("common", TICKET, "other", "operator", legs=(("common", 0),)))


def test_who_comes_straight_to_a_menu_from_the_page_is_greeted_before_he_hears_it(
    readers: Mapping[str, Reader], book: Book
) -> None:
    talk = Talk(Caller(), FlowSettings(), readers)
    play = Playbook(engine.from_page(talk, book, "signin"), FAULT)
    play.hears("say/welcome", "say/never-ask", "incidents/i1-abc")
    play.presses("9").hears("incidents/i1-abc").hears_not("say/welcome").silent().hears("menu/signin")
    play.hears_not("say/welcome")
