"""Playbooks of the guides, the SMS and the status of a ticket."""

import pytest

from ivr.domain.tickets import STATUSES
from ivr.flow.book import Book
from ivr.flow.commands import AskPlace, Caller, Done, End, FindTicket, OpenTicket, QueueSms, TicketFound, TicketOpened
from ivr.flow.simulate_replies import MISTYPED
from ivr.playbook import Playbook
from tests.flow.conftest import HERE, LANDLINE, TICKET, NewCall

END = (
    "guide/end",
    "item/sms",
    "press/1",
    "item/solved",
    "press/2",
    "item/again",
    "press/3",
    "press/star",
    "press/0",
)


@pytest.fixture
def guide(call: NewCall) -> Playbook:
    """In the first step of the guide signin-password."""
    return call("1", "1", "1").hears("signin-password/1")


def test_every_guide_says_all_its_steps_and_offers_what_to_do(call: NewCall, book: Book) -> None:
    ways = {"more": ("5",), **{c.to: (c.key,) for c in book.menus["main"].choices}}
    ways |= {c.to: ("5", c.key) for c in book.menus["more"].choices}
    told = set()
    for menu in book.menus.values():
        for choice in menu.choices:
            if choice.to in book.guides:
                play = call("1", *ways[menu.id], choice.key)
                for step in book.guides[choice.to].steps:
                    play.hears(step).silent()
                play.hears(*END)
                told.add(choice.to)
    assert told == set(book.guides)


def test_keys_during_the_steps(guide: Playbook) -> None:
    guide.presses("9").hears("signin-password/1").presses("#").hears("signin-password/2").presses("9")
    guide.hears("signin-password/2").silent().hears("signin-password/3").presses("*").hears("menu/signin")
    guide.presses("1", "2").hears("say/thanks", "say/goodbye").silent().ends(End("solved"))


def test_0_during_a_step_calls_an_operator_of_its_category(guide: Playbook) -> None:
    guide.presses("0").expects(AskPlace(), HERE).silent().expects(
        OpenTicket("signin", "operator"), TicketOpened(TICKET)
    )


def test_the_end_of_a_guide(guide: Playbook) -> None:
    guide.silent(3).hears(*END).presses("3").hears("signin-password/1").silent(3)
    guide.presses("9").hears(*END).presses("5").hears("say/wrong-key").silent().hears("say/silence").silent()
    guide.hears("say/to-operator").silent().expects(AskPlace(), HERE).silent().expects(
        OpenTicket("signin", "operator"), TicketOpened("")
    )


def test_sms_to_the_own_mobile(guide: Playbook) -> None:
    guide.presses("1").hears("sms/to-this-number", "d/4", "d/5", "d/6", "d/7", "sms/right", "press/1").presses("1")
    guide.expects(OpenTicket("signin", "sms"), TicketOpened(TICKET))
    guide.expects(QueueSms("signin-password", "+79161234567"), Done()).hears("sms/queued").silent()
    guide.hears("ticket/your-number").silent().hears(*END).presses("*").hears("menu/signin")


def test_sms_to_another_number(guide: Playbook) -> None:
    guide.presses("1", "2").hears("sms/enter-number")
    assert guide.ask.private
    guide.presses("9035554433").hears("sms/you-entered", "sms/right", "sms/again").presses("2", "9035554434", "1")
    guide.expects(OpenTicket, TicketOpened(TICKET)).expects(QueueSms("signin-password", "+79035554434"), Done(False))
    guide.hears("sms/failed").silent().hears(*END)


@pytest.mark.parametrize("caller", [LANDLINE, Caller()])
def test_sms_without_a_mobile_of_the_caller_asks_for_one_and_gives_up_after_three(
    call: NewCall, caller: Caller
) -> None:
    play = call("1", "1", "1", "1", caller=caller).hears("sms/enter-number").presses("4951234567")
    play.hears("sms/bad-number", "sms/enter-number").silent().hears("say/silence", "sms/enter-number")
    play.presses("123").hears("sms/given-up").silent().hears(*END)


def test_back_operator_and_repeat_while_a_number_is_entered(call: NewCall) -> None:
    number = ("1", "1", "1", "1", "2")
    call(*number, "*").hears(*END)
    call(*number, "9").hears("sms/enter-number").hears_not("sms/bad-number")
    call(*number, "0").expects(AskPlace(), HERE).silent().expects(
        OpenTicket("signin", "operator"), TicketOpened(TICKET)
    )
    call(*number, "9035554433", "*").hears(*END)
    call(*number, "9035554433", "", "", "").hears(*END)
    call("1", "1", "1", "1", "*").hears(*END)
    play = call("1", "1", "1", "1", "1").expects(OpenTicket, TicketOpened("")).expects(QueueSms, Done())
    play.presses("").hears("ticket/none").presses("0").expects(AskPlace(), HERE).silent().expects(
        OpenTicket("signin", "operator"), TicketOpened(TICKET)
    )


@pytest.mark.parametrize("status", STATUSES)
def test_the_status_of_a_ticket_opened_from_this_phone(call: NewCall, status: str) -> None:
    play = call("1", "5", "2").hears("status/enter-number")
    assert play.ask.private  # a phone or an identity number may be keyed in there by mistake
    play.presses(TICKET)
    play.expects(FindTicket(TICKET), TicketFound(status)).hears(f"status/{status.replace('_', '-')}", "press/star")
    play.presses("*").hears("item/applications")


def test_a_wrong_pair_never_tells_which_part_was_wrong(call: NewCall) -> None:
    play = call("1", "5", "2", TICKET).expects(FindTicket(TICKET), TicketFound()).hears("status/last-four")
    assert play.ask.private
    play.presses("4567").expects(FindTicket(TICKET, "4567"), TicketFound())
    said = play.hears("status/not-found", "status/enter-number").ask
    other = call("1", "5", "2", "00000000").expects(FindTicket, TicketFound()).presses("1111")
    assert other.expects(FindTicket("00000000", "1111"), TicketFound()).ask == said


def test_three_tries_then_an_operator_helps(call: NewCall) -> None:
    play = call("1", "5", "2").presses(MISTYPED).hears("status/mistyped", "status/enter-number").silent()
    play.hears("say/silence", "status/enter-number").presses(TICKET).expects(FindTicket, TicketFound()).presses("1")
    play.expects(FindTicket(TICKET, "1"), TicketFound()).hears("status/not-found", "status/cannot-say").presses("0")
    play.expects(AskPlace(), HERE).silent().expects(OpenTicket("other", "operator"), TicketOpened(TICKET))


def test_status_when_the_look_up_is_down(call: NewCall) -> None:
    play = call("1", "5", "2", TICKET).expects(FindTicket, TicketFound(failed=True)).hears("status/cannot-say")
    play.hears_not("status/not-found").silent(3).hears("say/to-operator")
    play = call("1", "5", "2", TICKET).expects(FindTicket, TicketFound()).presses("4567")
    play.expects(FindTicket, TicketFound(failed=True)).hears("status/cannot-say")


def test_back_operator_and_repeat_while_a_ticket_is_entered(call: NewCall) -> None:
    call("1", "5", "2", "*").hears("item/applications")
    call("1", "5", "2", "9").hears("status/enter-number").hears_not("status/mistyped")
    call("1", "5", "2", "0").expects(AskPlace(), HERE).silent().expects(
        OpenTicket("other", "operator"), TicketOpened(TICKET)
    )
    call("1", "5", "2", TICKET).expects(FindTicket, TicketFound()).presses("*").hears("item/applications")
    call("1", "5", "2", TICKET).expects(FindTicket, TicketFound()).presses("0").expects(
        AskPlace(), HERE
    ).silent().expects(OpenTicket, TicketOpened(""))
