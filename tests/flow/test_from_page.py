"""A call from the page: language and kind of problem were chosen there."""

from collections.abc import Mapping

import pytest

from ivr.domain.readout import Reader
from ivr.flow import engine
from ivr.flow.book import CATEGORIES, Book
from ivr.flow.callback_commands import CallbackFound, DropOffer, FindCallback, TakeOffer
from ivr.flow.commands import AskRoute, Caller, Done, FlowSettings, RouteFound
from ivr.flow.talk import Talk
from ivr.playbook import Playbook

GIVEN = Caller(given="+79161234567")


def page_call(book: Book, readers: Mapping[str, Reader], category: str, caller: Caller = GIVEN) -> Playbook:
    return Playbook(engine.from_page(Talk(caller, FlowSettings(), readers, "en"), book, category))


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_menu_about_the_chosen_problem_comes_right_after_the_greeting(
    book: Book, readers: Mapping[str, Reader], category: str
) -> None:
    play = page_call(book, readers, category).hears("say/hello", "say/never-ask", f"menu/{category}")
    assert play.language == "en"
    assert play.steps == ["greeting", f"menu/{category}"]


def test_from_there_the_way_back_leads_to_the_first_menu(book: Book, readers: Mapping[str, Reader]) -> None:
    play = page_call(book, readers, "identity").hears("item/back").presses("*").hears("menu/main")
    assert play.steps == ["greeting", "menu/identity", "menu/main"]


def test_who_chose_nothing_hears_the_first_menu(book: Book, readers: Mapping[str, Reader]) -> None:
    assert page_call(book, readers, "").hears("say/welcome", "menu/main").steps == ["greeting", "menu/main"]


def test_the_number_that_was_written_down_is_offered_for_the_callback(
    book: Book, readers: Mapping[str, Reader]
) -> None:
    talk = Talk(GIVEN, FlowSettings(), readers, "en")
    talk.place = "more"
    play = Playbook(engine.inbound(talk, book)).presses("4")
    play.expects(FindCallback(), CallbackFound()).expects(AskRoute("other"), RouteFound("common", True))
    play.expects(TakeOffer("other", "menu"), Done()).hears("callback/your-number").presses("*")
    play.expects(DropOffer(), Done())
