"""The called person's dialogue: a key that a machine does not press, and an end for every answer."""

from collections.abc import Callable, Mapping

import pytest

from ivr.domain.readout import Reader
from ivr.flow.callback import called, waited_out
from ivr.flow.callback_commands import CallCame, CallSettled
from ivr.flow.commands import AskRoute, Caller, End, Enqueue, FlowSettings, RouteFound
from ivr.flow.talk import Talk
from ivr.playbook import Playbook
from tests.flow.conftest import TICKET

Called = Callable[..., Playbook]


@pytest.fixture
def person(readers: Mapping[str, Reader]) -> Called:
    def new(*, language: str = "ru", wanted: bool = True, awaited: bool = False, recorded: bool = True) -> Playbook:
        settings = FlowSettings(recorded=recorded)
        talk = Talk(Caller("+79161234567", True), settings, readers, language=language, ticket=TICKET, wanted=wanted)
        talk.category, talk.awaited = "signin", awaited
        return Playbook(called(talk))

    return new


def test_he_hears_who_calls_and_why_in_his_language_and_presses_one(person: Called) -> None:
    play = person(language="tt")
    assert play.language == "tt"
    play.hears("callback/hello", "say/never-ask", "item/callback-connect", "press/1", "press/2", "press/3")
    play.presses("1").expects(CallCame("human"), CallSettled())
    play.expects(AskRoute("signin"), RouteFound("kazan", True, 2, 600, (("kazan", 120), ("common", 0))))
    play.hears("operator/connecting").silent()
    play.ends(Enqueue("kazan", TICKET, "signin", "callback", legs=(("kazan", 90),), position=2))


@pytest.mark.parametrize("awaited", [False, True])
def test_he_is_told_that_the_talk_is_recorded_before_he_has_to_choose(person: Called, awaited: bool) -> None:
    play = person(awaited=awaited).hears("callback/hello", "callback/recorded", "item/callback-connect")
    # he may have put the phone to his ear only now
    play.silent().hears("callback/hello", "callback/recorded", "item/callback-connect")
    play.presses("7").hears_not("callback/recorded")


def test_he_is_not_told_so_where_nothing_is_recorded(person: Called) -> None:
    person(recorded=False).hears("callback/hello", "say/never-ask").hears_not("callback/recorded")


def test_zero_is_an_operator_here_too(person: Called) -> None:
    person().presses("0").expects(CallCame("human"), CallSettled())


def test_he_is_connected_even_if_that_cannot_be_written_down(person: Called) -> None:
    play = person().presses("1").expects(CallCame("human"), CallSettled(False))
    play.expects(AskRoute("signin"), RouteFound("kazan", True)).silent()
    assert isinstance(play.ending, Enqueue)


@pytest.mark.parametrize(("again", "said"), [(True, "callback/again"), (False, "callback/no-more")])
def test_not_now(person: Called, again: bool, said: str) -> None:
    play = person().presses("2").expects(CallCame("later"), CallSettled(again=again))
    play.hears(said, "say/goodbye").silent().ends(End("callback_later"))


@pytest.mark.parametrize(("ok", "said"), [(True, "callback/cancelled"), (False, "callback/not-cancelled")])
def test_not_at_all(person: Called, ok: bool, said: str) -> None:
    play = person().presses("3").expects(CallCame("cancel"), CallSettled(ok))
    play.hears(said, "say/goodbye").silent().ends(End("callback_cancelled"))


def test_a_machine_presses_nothing_and_hears_it_three_times(person: Called) -> None:
    play = person()
    for _ in range(3):
        play.hears("callback/hello", "item/callback-connect").silent()
    play.expects(CallCame("machine"), CallSettled(again=True)).ends(End("callback_machine"))


def test_a_wrong_key_is_said_and_asked_again(person: Called) -> None:
    play = person().presses("7").hears("say/wrong-key", "item/callback-connect").hears_not("callback/hello")
    play.presses("9").hears("callback/hello").presses("2").expects(CallCame("later"), CallSettled())


@pytest.mark.parametrize(("again", "said"), [(True, "callback/no-agent"), (False, "callback/no-agent-left")])
def test_nobody_there_is_not_his_fault(person: Called, again: bool, said: str) -> None:
    play = person().presses("1").expects(CallCame("human"), CallSettled())
    play.expects(AskRoute("signin"), RouteFound("common", False)).expects(
        CallCame("no_agent"), CallSettled(again=again)
    )
    play.hears(said, "say/goodbye").silent().ends(End("callback_no_agent"))


@pytest.mark.parametrize("staffed", [True, False])
def test_the_operator_who_waits_for_him_is_there_whatever_the_queues_say(person: Called, staffed: bool) -> None:
    play = person(awaited=True).presses("1").expects(CallCame("human"), CallSettled())
    play.expects(AskRoute("signin"), RouteFound("kazan", staffed))
    play.hears("operator/connecting").hears_not("operator/place-kept").silent()
    assert isinstance(play.ending, Enqueue)


def test_with_an_operator_waiting_a_machine_is_no_answer_all_the_same(person: Called) -> None:
    play = person(awaited=True)
    play.silent().silent().silent().expects(CallCame("machine"), CallSettled(again=True))
    play.ends(End("callback_machine"))


def test_who_waited_in_vain_is_told_that_he_is_called_again(readers: Mapping[str, Reader]) -> None:
    play = Playbook(waited_out(Talk(Caller(), FlowSettings(), readers)))
    play.expects(CallCame("no_agent"), CallSettled(again=True)).hears("callback/no-agent").silent()
    play.ends(End("callback_no_agent"))


def test_a_call_that_nobody_wants_any_more_is_excused(person: Called) -> None:
    person(wanted=False).hears("callback/hello", "callback/over").silent().ends(End("callback_over"))


@pytest.mark.parametrize("keys", [[], [""], ["7"], ["1"], ["2"], ["3"]])
def test_hanging_up_is_possible_everywhere(person: Called, keys: list[str]) -> None:
    play = person().presses(*keys)
    while isinstance(play.now, CallCame | AskRoute):
        play.expects(play.now, CallSettled() if isinstance(play.now, CallCame) else RouteFound("kazan", True))
    play.hangs_up()
