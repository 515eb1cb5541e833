"""Playbooks of the greeting, the language choice, the menus and the way to an operator."""

import pytest

from ivr.flow.book import Book
from ivr.flow.commands import (
    AskPlace,
    AskRoute,
    Done,
    End,
    Enqueue,
    NoteTicket,
    OpenTicket,
    RouteFound,
    TicketOpened,
)
from ivr.flow.operator import WISH
from ivr.playbook import Playbook, PlaybookMismatch
from tests.flow.conftest import HERE, TICKET, NewCall


def to_operator(play: Playbook, category: str, reason: str = "operator") -> None:
    """From the key that asks for an operator to the queue."""
    play.expects(AskPlace(), HERE).hears("place/now", "n/18", "u/hour-many", "n/40", "u/minute-many").silent()
    play.expects(OpenTicket(category, "operator"), TicketOpened(TICKET))
    play.hears("ticket/your-number", "d/4", "d/8", "d/2", "d/1", "d/5", "d/5", "d/1", "d/2", "ticket/repeat").silent()
    play.expects(AskRoute(category), RouteFound(category, True)).hears("operator/connecting").silent()
    play.ends(Enqueue(category, TICKET, category, reason))


def test_who_presses_nothing_hears_every_language_in_itself_then_the_default(call: NewCall) -> None:
    play = call().hears("say/hello").silent()
    for language, key in (("ru", "press/1"), ("en", "press/2"), ("tt", "press/3")):
        assert play.language == language
        play.hears("language/this", key).silent()
    play.hears("say/welcome", "say/never-ask", "menu/main", "item/signin", "press/1", "item/operator", "press/0")
    assert play.language == "ru"
    assert play.steps == ["greeting", "menu/main"]


@pytest.mark.parametrize(("key", "language"), [("1", "ru"), ("2", "en"), ("3", "tt")])
def test_a_language_is_chosen_at_its_offer_or_into_the_first_word(call: NewCall, key: str, language: str) -> None:
    for keys in ((key,), ("", key), ("", "", "", key)):
        assert call(*keys).hears("say/welcome").language == language


def test_a_wrong_key_is_told_and_the_languages_are_offered_again_until_the_default_comes(
    call: NewCall,
) -> None:
    play = call("7").hears("say/wrong-key").silent().hears("language/this").presses("#").hears("say/wrong-key")
    play.presses("8").hears("say/welcome")
    assert play.language == "ru"
    assert call("9").hears("language/this").presses("2").language == "en"


def test_one_language_is_not_asked_for(call: NewCall) -> None:
    call("", languages=("ru",)).hears("say/welcome")


@pytest.mark.parametrize("keys", [("0",), ("", "0"), ("7", "0")])
def test_0_before_a_language_is_chosen_still_passes_the_notices(call: NewCall, keys: tuple[str, ...]) -> None:
    play = call(*keys).hears("say/welcome", "say/never-ask").silent()
    assert play.language == "ru"
    to_operator(play, "other")


def test_the_notices_are_said_once(call: NewCall) -> None:
    call("1").hears("say/welcome").presses("9").hears("menu/main").hears_not("say/welcome")
    call("1", "").hears("say/silence", "menu/main").hears_not("say/welcome")


@pytest.mark.parametrize(
    ("keys", "menu"),
    [
        (("1",), "signin"),
        (("2",), "recovery"),
        (("3",), "identity"),
        (("4",), "services"),
        (("5",), "more"),
        (("5", "1"), "applications"),
        (("5", "3"), "other"),
    ],
)
def test_every_menu_offers_its_items_and_its_operators(
    call: NewCall, book: Book, keys: tuple[str, ...], menu: str
) -> None:
    play = call("1", *keys)
    assert play.steps[-1] == f"menu/{menu}"
    for choice in book.menus[menu].choices:
        play.hears(choice.item, f"press/{choice.key}", "item/back", "press/star", "item/operator", "press/0")
    to_operator(play.presses("0"), book.menus[menu].category)


def test_back_leads_one_level_up_and_at_the_top_says_the_menu_again(call: NewCall) -> None:
    play = call("1", "5", "3", "*")
    play.hears("item/applications").presses("*").hears("menu/main").hears_not("item/back").presses("*")
    assert play.hears("menu/main").steps[-4:] == ["menu/other", "menu/more", "menu/main", "menu/main"]


@pytest.mark.parametrize(("key", "said"), [("", "say/silence"), ("8", "say/wrong-key"), ("#", "say/wrong-key")])
def test_two_reprompts_then_an_operator(call: NewCall, key: str, said: str) -> None:
    play = call("1", "2", key).hears(said, "menu/recovery").presses(key).hears(said, "menu/recovery").presses(key)
    to_operator(play.hears("say/to-operator").silent(), "recovery", "no_choice")


def test_repeating_does_not_use_up_the_tries(call: NewCall) -> None:
    play = call("1", "2", "", "9", "9", "9").hears("menu/recovery").hears_not("say/silence")
    play.presses("8").hears("say/wrong-key").silent().hears("say/to-operator")


def test_slow_mode_gives_longer_time_and_is_remembered(call: NewCall) -> None:
    play = call("1")
    assert play.ask.timeout == 5.0
    play.presses("5", "5", "1").hears("say/slow-on").silent().hears("menu/main")
    assert play.ask.timeout == 12.0
    assert play.presses("1").ask.timeout == 12.0
    assert play.presses("1").ask.timeout == 2.0
    play.presses("*", "*", "5", "5", "1").hears("say/slow-off").silent()
    assert play.ask.timeout == 5.0


def test_the_ticket_is_repeated_by_key_but_not_for_ever(call: NewCall) -> None:
    play = (
        call("1", "0").expects(AskPlace(), HERE).silent().expects(OpenTicket("other", "operator"), TicketOpened(TICKET))
    )
    play.presses("1", "9", "1", "9", "1").hears("ticket/your-number").presses("1")
    play.expects(AskRoute("other"), RouteFound("other", True)).hears("operator/connecting")


def test_without_a_database_the_caller_is_told_and_still_gets_an_operator(call: NewCall) -> None:
    play = (
        call("1", "1", "0")
        .expects(AskPlace(), HERE)
        .silent()
        .expects(OpenTicket("signin", "operator"), TicketOpened(""))
    )
    play.hears("ticket/none").silent().expects(AskRoute("signin"), RouteFound("signin", True, 3, 300))
    play.hears("operator/connecting", "queue/you-are", "queue/wait-about").silent()
    play.ends(Enqueue("signin", "", "signin", "operator"))


@pytest.mark.parametrize(
    ("ticket", "ok", "said"),
    [(TICKET, True, "nobody/noted"), (TICKET, False, "nobody/call-again"), ("", True, "nobody/call-again")],
)
def test_with_nobody_there_a_call_back_is_promised_only_when_it_is_written(
    call: NewCall, ticket: str, ok: bool, said: str
) -> None:
    play = call("1", "0").expects(AskPlace(), HERE).silent().expects(OpenTicket, TicketOpened(ticket)).silent()
    play.expects(AskRoute("other"), RouteFound("general", False)).expects(NoteTicket(WISH), Done(ok))
    play.hears("nobody/all-away", said, "say/goodbye").silent().ends(End("nobody"))


def test_a_mismatch_shows_both_sides_and_what_was_before(call: NewCall) -> None:
    with pytest.raises(PlaybookMismatch) as caught:
        call("1").expects(AskRoute("other"))
    words = str(caught.value)
    assert "expected: AskRoute(category='other'" in words
    assert "got: Ask(" in words
    assert "Keys(pressed='1')" in words
    with pytest.raises(PlaybookMismatch, match="got: Ask"):
        call("1").ends(End("solved"))
