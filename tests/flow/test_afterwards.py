"""Playbooks of what follows a queue, and of hanging up anywhere."""

from collections.abc import Callable, Mapping

import pytest

from ivr.domain.readout import Reader
from ivr.errors import CallerHungUp
from ivr.flow import engine
from ivr.flow.book import Book
from ivr.flow.commands import Caller, Done, End, Flow, FlowSettings, NoteTicket, SaveRating
from ivr.flow.operator import WISH
from ivr.flow.simulate_walk import walk
from ivr.flow.talk import Places, Talk
from ivr.playbook import Playbook
from tests.flow.conftest import MOBILE, TICKET

Later = Callable[..., Talk]


@pytest.mark.parametrize("score", range(1, 6))
def test_a_rating_is_kept(later: Later, score: int) -> None:
    play = Playbook(engine.rating(later())).hears("rating/ask").presses(str(score))
    play.expects(SaveRating(score), Done()).hears("rating/thanks", "say/goodbye").silent().ends(End("rated"))


def test_a_rating_that_cannot_be_kept_has_its_own_reason(later: Later) -> None:
    play = Playbook(engine.rating(later())).presses("5").expects(SaveRating(5), Done(False)).silent()
    play.ends(End("rating_not_kept"))


@pytest.mark.parametrize("keys", [("", ""), ("6", "0"), ("*", "")])
def test_a_rating_is_asked_for_twice_at_most(later: Later, keys: tuple[str, ...]) -> None:
    Playbook(engine.rating(later())).presses(*keys).hears("say/goodbye").silent().ends(End("not_rated"))


def test_the_second_question_is_enough(later: Later) -> None:
    Playbook(engine.rating(later())).presses("6", "4").expects(SaveRating(4), Done())


def test_unanswered_keeps_the_wish_and_reads_the_ticket_again(later: Later) -> None:
    play = Playbook(engine.unanswered(later("en", TICKET))).expects(NoteTicket(WISH), Done())
    play.hears("nobody/all-away", "nobody/noted", "ticket/your-number", "d/4", "d/8", "say/goodbye").silent()
    play.ends(End("nobody"))


def test_unanswered_without_a_ticket_promises_nothing(later: Later) -> None:
    play = Playbook(engine.unanswered(later())).expects(NoteTicket(WISH), Done(False))
    play.hears("nobody/all-away", "nobody/call-again").hears_not("ticket/your-number").silent().ends(End("nobody"))


@pytest.mark.parametrize("caller", [MOBILE, Caller()])
def test_hanging_up_anywhere_in_a_call_leaves_only_caller_hung_up(
    book: Book, readers: Mapping[str, Reader], places: Places, caller: Caller
) -> None:
    settings = FlowSettings(languages=("ru",))
    _hang_up_everywhere(lambda: Talk(caller, settings, readers, places=places), lambda talk: engine.inbound(talk, book))


@pytest.mark.parametrize("ticket", [TICKET, ""])
def test_hanging_up_anywhere_afterwards_leaves_only_caller_hung_up(later: Later, ticket: str) -> None:
    _hang_up_everywhere(lambda: later("ru", ticket), engine.rating)
    _hang_up_everywhere(lambda: later("ru", ticket), engine.unanswered)
    _hang_up_everywhere(lambda: later("ru", ticket), engine.moved)


def _hang_up_everywhere(new_talk: Callable[[], Talk], start: Callable[[Talk], Flow]) -> None:
    places = walk("x", new_talk, start, whole=False).places
    assert places
    for place in places:
        flow = start(new_talk())
        assert flow.send(None) is not None
        for reply in place.path:
            flow.send(reply)
        with pytest.raises(CallerHungUp):
            flow.throw(CallerHungUp())
