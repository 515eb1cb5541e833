"""Playbooks of the caller's place: his own time on the way to an operator, put right by keys, kept and forgotten."""

from datetime import datetime

import pytest

from ivr.flow.commands import (
    AskPlace,
    AskRoute,
    Caller,
    ChoosePlace,
    Done,
    Enqueue,
    ForgetPlace,
    OpenTicket,
    PlaceFound,
    RememberPlace,
    RouteFound,
    TicketOpened,
)
from ivr.flow.simulate_replies import NOW
from ivr.flow.talk import Places
from ivr.playbook import Playbook
from tests.flow.conftest import HERE, TICKET, NewCall

#: 18:40 in the voice of the readout.
CLOCK = ("n/18", "u/hour-many", "n/40", "u/minute-many")
GUESS = PlaceFound("54", NOW)
UNKNOWN = PlaceFound("", NOW)
KEPT = PlaceFound("39", NOW, sure=True, kept=True)
CHOSEN = PlaceFound("41", datetime.fromisoformat("2026-11-24T03:40+12:00"), sure=True)
WITHHELD = Caller()


@pytest.fixture
def guessed(call: NewCall) -> Playbook:
    """On the way to an operator; the number is of a mobile range of Novosibirsk."""
    return call("1", "0").expects(AskPlace(), GUESS).hears("place/region-now", *CLOCK, "item/place-wrong", "press/2")


@pytest.fixture
def unknown(call: NewCall) -> Playbook:
    """On the way to an operator; nothing is known about the number."""
    play = call("1", "0").expects(AskPlace(), UNKNOWN)
    return play.hears("place/unknown", "place/assumed-now", *CLOCK, "item/place-right", "press/1", "press/2")


def goes_on(play: Playbook) -> None:
    """The way to the operator goes on with the ticket."""
    play.expects(OpenTicket("other", "operator"), TicketOpened(TICKET)).hears("ticket/your-number").silent()
    play.expects(AskRoute("other"), RouteFound("far", True, legs=(("far", 60), ("common", 0))))
    play.hears("operator/connecting").silent()
    play.ends(Enqueue("far", TICKET, "other", legs=(("far", 60), ("common", 0))))


def test_who_is_surely_known_hears_his_time_without_waiting(call: NewCall) -> None:
    play = call("1", "0").expects(AskPlace(), HERE).hears("place/now", *CLOCK).hears_not("press/2")
    assert play.ask.timeout < 0.5
    goes_on(play.silent())


def test_a_guess_stands_when_nothing_is_pressed_in_a_moment(guessed: Playbook) -> None:
    assert 1 <= guessed.ask.timeout <= 2
    goes_on(guessed.silent())


def test_a_guess_is_said_again_on_9_and_agreed_to_by_any_other_key(guessed: Playbook) -> None:
    goes_on(guessed.presses("9").hears("place/region-now", *CLOCK).presses("9", "0"))


def test_a_wrong_guess_is_put_right_by_three_keys_and_remembered(guessed: Playbook) -> None:
    play = guessed.presses("2").hears("place/district", "district/central", "press/1", "district/fareast", "press/8")
    play.presses("8").hears("place/group", "group/fareast-1", "press/1", "group/fareast-2", "press/2", "press/star")
    play.presses("1").hears("place/region", "region/28", "press/1", "region/41", "press/5", "region/49", "press/6")
    play.presses("5").expects(ChoosePlace("41"), CHOSEN)
    play.hears("region/41", "place/now", "n/3", "u/hour-few", "n/40", "place/remember", "item/yes", "item/no")
    play.presses("1").expects(RememberPlace(), Done()).hears("place/remembered").silent()
    goes_on(play)


@pytest.mark.parametrize("key", ["2", "", "*", "0"])
def test_nothing_is_remembered_without_a_yes(guessed: Playbook, key: str) -> None:
    goes_on(
        guessed.presses("2", "8", "1", "5").expects(ChoosePlace("41"), CHOSEN).presses(key, *["", ""][: key == "*"])
    )


def test_a_wrong_key_at_the_offer_to_remember_is_told_once(guessed: Playbook) -> None:
    play = guessed.presses("2", "8", "1", "5").expects(ChoosePlace("41"), CHOSEN).presses("7")
    goes_on(play.hears("say/wrong-key", "place/remember").presses("7"))


def test_what_could_not_be_kept_is_told(guessed: Playbook) -> None:
    play = guessed.presses("2", "8", "1", "5").expects(ChoosePlace("41"), CHOSEN).presses("1")
    goes_on(play.expects(RememberPlace(), Done(False)).hears("place/not-remembered").silent())


@pytest.mark.parametrize("keys", [("1",), ("",), ("0",), ("7", ""), ("7", "7"), ("9", "#", "1")])
def test_an_assumed_time_is_agreed_to_or_passed_over(unknown: Playbook, keys: tuple[str, ...]) -> None:
    assert unknown.ask.timeout == 5.0
    goes_on(unknown.presses(*keys))


def test_an_unknown_region_is_asked_for_again_after_a_wrong_key_only(unknown: Playbook) -> None:
    play = unknown.presses("8").hears("say/wrong-key", "place/unknown", "place/assumed-now").presses("2")
    # the Urals have one group: two keys are enough
    play.hears("district/ural", "press/6").presses("6").hears("region/45", "region/89").presses("2")
    play.expects(ChoosePlace("66"), HERE).hears("region/66", "place/now", "place/remember")


def test_a_withheld_number_is_not_offered_to_be_remembered(call: NewCall) -> None:
    play = call("1", "0", caller=WITHHELD).expects(AskPlace(), UNKNOWN).presses("2", "8", "1", "5")
    play.expects(ChoosePlace("41"), CHOSEN).hears("region/41", "place/now").hears_not("place/remember").silent()
    goes_on(play)


def test_back_leads_one_step_up_and_out_again(guessed: Playbook) -> None:
    play = guessed.presses("2", "8", "1").hears("region/41").presses("*").hears("group/fareast-1")
    play.presses("*").hears("district/fareast").presses("6").hears("region/66").presses("*").hears("district/ural")
    play.presses("*").expects(AskPlace(), GUESS).hears("place/region-now").silent()
    goes_on(play)


@pytest.mark.parametrize("keys", [(), ("8",), ("8", "1")])
def test_at_every_step_9_repeats_0_goes_on_and_silence_goes_on_after_two_reprompts(
    call: NewCall, keys: tuple[str, ...]
) -> None:
    def choosing() -> Playbook:
        return call("1", "0").expects(AskPlace(), GUESS).presses("2", *keys)

    goes_on(choosing().presses("0"))
    question = choosing().ask
    assert choosing().presses("9").ask == question
    play = choosing().silent().hears("say/silence", *question.sounds)
    goes_on(play.presses("#").hears("say/wrong-key", *question.sounds).silent())


def test_every_region_is_reached_by_three_keys_at_most(call: NewCall, places: Places) -> None:
    reached = set()
    for first, groups in enumerate(places.values(), 1):
        for second, codes in enumerate(groups, 1):
            for third, code in enumerate(codes, 1):
                keys = [first, second, third] if len(groups) > 1 else [first, third]
                play = call("1", "0").expects(AskPlace(), GUESS).presses("2", *map(str, keys))
                play.expects(ChoosePlace(code), HERE).hears(f"region/{code}")
                reached.add(code)
    assert len(reached) == 89


def test_the_menu_tells_the_region_and_lets_it_be_chosen(call: NewCall) -> None:
    play = call("1", "5", "5", "2").expects(AskPlace(), GUESS)
    play.hears(
        "place/assumed", "region/54", "place/now", *CLOCK, "item/place-choose", "press/1", "press/star", "press/0"
    )
    play.hears_not("item/place-forget").presses("2").hears("say/wrong-key", "region/54")
    play.presses("1", "8", "*", "*").expects(AskPlace(), GUESS).hears("place/assumed").presses("1", "8", "1", "5")
    play.expects(ChoosePlace("41"), CHOSEN).hears("place/remember").presses("1").expects(RememberPlace(), Done())
    play.hears("place/remembered").silent().hears("item/slow")


def test_the_menu_tells_an_unknown_region(call: NewCall) -> None:
    play = call("1", "5", "5", "2").expects(AskPlace(), UNKNOWN).hears("place/unknown", "place/assumed-now", *CLOCK)
    play.presses("*").hears("item/slow")


@pytest.mark.parametrize(("ok", "said"), [(True, "place/forgotten"), (False, "place/not-forgotten")])
def test_a_kept_region_is_forgotten_on_wish(call: NewCall, ok: bool, said: str) -> None:
    play = call("1", "5", "5", "2").expects(AskPlace(), KEPT)
    play.hears("place/kept", "region/39", "place/now", *CLOCK, "item/place-forget", "press/2").presses("2")
    play.expects(ForgetPlace(), Done(ok)).hears(said).silent().hears("item/slow")


def test_who_has_heard_his_place_in_the_menu_does_not_hear_it_again(call: NewCall) -> None:
    for keys in (("0",), ("1", "0"), ("1", "8", "0")):
        play = call("1", "5", "5", "2").expects(AskPlace(), UNKNOWN).presses(*keys).expects(AskPlace(), UNKNOWN)
        goes_on(play)


def test_silence_at_the_menu_s_item_leads_to_an_operator(call: NewCall) -> None:
    play = call("1", "5", "5", "2").expects(AskPlace(), GUESS).silent(3).hears("say/to-operator").silent()
    play.expects(AskPlace(), GUESS).expects(OpenTicket("other", "operator"), TicketOpened(""))


def test_silence_at_a_choice_from_the_menu_leads_back_to_the_menu(call: NewCall) -> None:
    call("1", "5", "5", "2").expects(AskPlace(), GUESS).presses("1").silent(3).hears("item/slow")


def test_without_regions_to_choose_from_only_the_time_is_said(call: NewCall) -> None:
    for place in (GUESS, UNKNOWN):
        play = call("1", "0", places={}).expects(AskPlace(), place).hears(*CLOCK).hears_not("press/2")
        goes_on(play.presses("2"))
    call("1", "5", "5", "2", places={}).expects(AskPlace(), GUESS).hears_not("press/1").presses("1").hears(
        "say/wrong-key"
    )
