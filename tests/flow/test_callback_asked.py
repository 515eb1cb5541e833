"""Asking to be called back: number, time, promise; what is promised already is kept, cancelled, moved."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.readout import Reader
from ivr.flow import engine
from ivr.flow.book import Book
from ivr.flow.callback_commands import (
    AskPromise,
    AskSlots,
    CallbackFound,
    CallbackMade,
    CancelCallback,
    ChangeCallback,
    DropOffer,
    FindCallback,
    PromiseFound,
    RequestCallback,
    SlotsFound,
    TakeOffer,
)
from ivr.flow.callback_offer import asked, from_queue
from ivr.flow.commands import AskPlace, AskRoute, Caller, Done, End, Enqueue, FlowSettings, NoteTicket, RouteFound
from ivr.flow.operator import operator
from ivr.flow.simulate_replies import NOW
from ivr.flow.talk import Talk
from ivr.playbook import Playbook
from tests.flow.conftest import HERE, MOBILE, TICKET, opens

OWN = "+79161234567"
LONG = RouteFound("ural", True, 9, 1500, (("ural", 0),), callback=True)
SOON = PromiseFound(NOW, NOW, NOW + timedelta(minutes=35))
MADE = CallbackMade("made", NOW, NOW, NOW + timedelta(minutes=35))
MORNING = NOW + timedelta(hours=15)
THERE = CallbackFound(True, NOW, MORNING, MORNING + timedelta(hours=1))
BY = ("window/call", "window/by", "n/19g", "u/hour-many-gen")
NewTalk = Callable[..., Talk]


@pytest.fixture
def talk(readers: Mapping[str, Reader]) -> NewTalk:
    def new(caller: Caller = MOBILE, **fields: object) -> Talk:
        return Talk(caller, FlowSettings(), readers, numbers=CallbackNumbers(["88005553535"]), **fields)  # type: ignore[arg-type]

    return new


def menu(talk: Talk) -> Playbook:
    return Playbook(asked(talk)).expects(FindCallback(), CallbackFound()).expects(AskRoute("other"), LONG)


def to_operator(talk: Talk, route: RouteFound = LONG) -> Playbook:
    """On the way to an operator, before the offer."""
    talk.welcome = ()
    play = Playbook(operator(talk, "signin")).expects(AskPlace(), HERE).silent()
    opens(play, "signin", "operator").silent()
    return play.expects(AskRoute("signin"), route)


def test_a_long_wait_is_said_and_a_callback_promised_instead_of_it(talk: NewTalk) -> None:
    play = to_operator(talk())
    play.hears("queue/wait-about", "n/20", "n/5", "callback/offer", "item/callback-yes", "press/1").hears_not(
        "queue/stay"
    )
    play.presses("1").expects(TakeOffer("signin", "queue"), Done())
    play.hears("callback/your-number", "sms/right", "press/1", "sms/other-number", "press/2").presses("1")
    play.expects(AskPromise(OWN), SOON).expects(RequestCallback(OWN), MADE)
    play.hears("callback/done", "window/call", "window/by", "day/today", "callback/press-one", "say/never-ask").silent()
    play.hears("say/goodbye").silent().ends(End("callback_promised"))


@pytest.mark.parametrize("key", ["2", "", "0", "*"])
def test_who_does_not_want_it_waits_as_always(talk: NewTalk, key: str) -> None:
    play = to_operator(talk()).presses(key).hears("operator/connecting").silent()
    play.ends(Enqueue("ural", TICKET, "signin", legs=(("ural", 0),)))


@pytest.mark.parametrize(
    "keys", [("",), ("0",), ("*",), ("2", "", "", "", ""), ("2", "*"), ("2", "123", "123", "123", "")]
)
def test_who_gives_no_number_waits_as_always(talk: NewTalk, keys: tuple[str, ...]) -> None:
    play = to_operator(talk()).presses("1").expects(TakeOffer("signin", "queue"), Done())
    play.presses(*keys).expects(DropOffer(), Done()).hears("operator/connecting").silent()
    assert isinstance(play.ending, Enqueue)


def test_without_an_offer_nothing_is_asked(talk: NewTalk) -> None:
    to_operator(talk(), RouteFound("ural", True, 1, 0)).hears("operator/connecting")


def test_where_nobody_is_a_callback_is_offered_before_the_goodbye(talk: NewTalk) -> None:
    closed = RouteFound("common", False, now=NOW, opens=MORNING, callback=True)
    play = to_operator(talk(), closed).hears("nobody/all-away", "callback/offer-closed").presses("1")
    play.expects(TakeOffer("signin", "closed"), Done())
    # silence is no answer: what he wants is noted all the same
    play = to_operator(talk(), closed).presses("").expects(NoteTicket, Done())
    play.hears("nobody/noted").silent().ends(End("nobody"))


@pytest.mark.parametrize("opens", [MORNING, None])
def test_who_says_no_to_being_called_back_is_not_noted_for_it(talk: NewTalk, opens: datetime | None) -> None:
    closed = RouteFound("common", False, now=NOW, opens=opens, callback=True)
    play = to_operator(talk(), closed).presses("2")
    play.hears("nobody/call-then" if opens else "nobody/call-again", "say/goodbye").hears_not("nobody/noted", "due/by")
    play.silent().ends(End("nobody"))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "callback/refused-withheld"),
        ("+77011234567", "callback/refused-foreign"),
        ("+78005553535", "callback/refused-own"),
        ("+78001002030", "callback/refused-toll-free"),
    ],
)
def test_a_caller_whose_number_cannot_be_called_is_told_why_and_gives_another(
    talk: NewTalk, number: str, said: str
) -> None:
    play = menu(talk(Caller(number))).expects(TakeOffer("other", "menu"), Done())
    play.hears(said, "callback/enter-number").presses("4951234567")
    play.hears("sms/you-entered", "sms/right").presses("1").expects(AskPromise("+74951234567"), SOON)


def test_another_number_is_keyed_in_refused_keyed_in_again_and_confirmed(talk: NewTalk) -> None:
    play = menu(talk()).expects(TakeOffer("other", "menu"), Done()).presses("2")
    assert play.hears("callback/enter-number").ask.private
    play.presses("8091234567").hears("callback/refused-premium", "callback/enter-number").presses("9035554433")
    play.hears("sms/you-entered").presses("2").hears("callback/enter-number").presses("9035554433").presses("1")
    play.expects(AskPromise("+79035554433"), SOON)


def test_three_tries_are_enough(talk: NewTalk) -> None:
    play = menu(talk(Caller())).expects(TakeOffer("other", "menu"), Done())
    play.presses("112", "", "7011234567").hears("callback/given-up").silent().expects(DropOffer(), Done())
    assert play.ending is None and play.now is None


def test_from_the_menu_the_ticket_is_opened_and_read(talk: NewTalk) -> None:
    play = menu(talk()).expects(TakeOffer("other", "menu"), Done()).presses("1").expects(AskPromise(OWN), SOON)
    opens(play, "other", "callback").expects(RequestCallback(OWN), MADE).hears("callback/done").silent()
    play.hears("ticket/your-number").silent().hears("say/goodbye").silent().ends(End("callback_promised"))


SLOTS = tuple((MORNING + n * timedelta(hours=3), MORNING + n * timedelta(hours=3, minutes=10)) for n in range(3))


def promised(talk: Talk) -> Playbook:
    """From the menu, at the words of the promise."""
    play = menu(talk).expects(TakeOffer("other", "menu"), Done()).presses("1").expects(AskPromise(OWN), SOON)
    return opens(play, "other", "callback").expects(RequestCallback(OWN), MADE)


def test_the_promise_can_be_had_at_another_time_with_room(talk: NewTalk) -> None:
    play = promised(talk())
    play.hears("callback/done", "window/by", "callback/press-one", "item/callback-other-time", "press/2").presses("2")
    play.expects(AskSlots(), SlotsFound(NOW, SLOTS)).hears("callback/slots", "day/tomorrow", "press/1", "press/3")
    play.presses("3").expects(ChangeCallback(slot=SLOTS[2]), CallbackFound(True, NOW, *SLOTS[2]))
    play.hears("callback/changed", "window/call", "day/tomorrow", "callback/press-one", "say/never-ask").silent()
    play.hears("ticket/your-number").silent().hears("say/goodbye").silent().ends(End("callback_promised"))


def test_who_chooses_no_other_time_hears_the_promise_again(talk: NewTalk) -> None:
    play = promised(talk()).presses("2").expects(AskSlots(), SlotsFound(NOW, SLOTS)).silent()
    play.hears("window/call", "window/by", "callback/press-one").hears_not("callback/not-changed").silent()
    play.hears("ticket/your-number")


def test_a_time_that_was_taken_meanwhile_is_said_and_the_promise_stays(talk: NewTalk) -> None:
    play = promised(talk()).presses("2").expects(AskSlots(), SlotsFound(NOW, SLOTS)).presses("1")
    play.expects(ChangeCallback(slot=SLOTS[0]), CallbackFound())
    play.hears("callback/not-changed", "window/call", "window/by", "callback/press-one")


def test_with_no_half_hour_free_that_is_said_and_the_promise_stays(talk: NewTalk) -> None:
    play = promised(talk()).presses("2").expects(AskSlots(), SlotsFound(NOW)).hears("callback/no-slots").silent()
    play.hears("window/call", "window/by", "callback/press-one")


@pytest.mark.parametrize("keys", [("0",), ("2", "0")])
def test_on_the_way_to_an_operator_zero_leaves_the_promise_as_it_is(talk: NewTalk, keys: tuple[str, ...]) -> None:
    play = to_operator(talk()).presses("1").expects(TakeOffer("signin", "queue"), Done()).presses("1")
    play.expects(AskPromise(OWN), SOON).expects(RequestCallback(OWN), MADE).presses(keys[0])
    if len(keys) > 1:
        play.expects(AskSlots(), SlotsFound(NOW, SLOTS)).presses(keys[1])
        # on the way to an operator, 0 asks for nothing new
        play.hears("window/call", "window/by").silent()
    play.hears("say/goodbye").silent().ends(End("callback_promised"))


@pytest.mark.parametrize("outcome", ["exists", "refused", "failed"])
def test_what_cannot_be_promised_is_said(talk: NewTalk, outcome: str) -> None:
    play = to_operator(talk()).presses("1").expects(TakeOffer("signin", "queue"), Done()).presses("1")
    play.expects(AskPromise(OWN), SOON).expects(RequestCallback(OWN), CallbackMade(outcome))  # type: ignore[arg-type]
    play.hears(f"callback/{outcome}").silent().expects(DropOffer(), Done()).hears("operator/connecting")


@pytest.mark.parametrize(("key", "tonight"), [("1", False), ("2", True)])
def test_in_quiet_hours_the_caller_decides_before_anything_is_promised(talk: NewTalk, key: str, tonight: bool) -> None:
    play = menu(talk()).expects(TakeOffer("other", "menu"), Done()).presses("1")
    night = PromiseFound(NOW, MORNING, MORNING + timedelta(hours=1), True, NOW + timedelta(minutes=90))
    play.expects(AskPromise(OWN), night)
    play.hears("place/now", "n/18", "callback/quiet", "window/call", "day/tomorrow", "window/from", "window/to")
    play.hears("item/callback-then", "press/1", "item/callback-tonight", "press/2").presses(key)
    opens(play, "other", "callback").expects(RequestCallback(OWN, tonight), MADE)


def test_without_a_night_to_choose_there_is_no_key_for_it(talk: NewTalk) -> None:
    play = menu(talk()).expects(TakeOffer("other", "menu"), Done()).presses("1")
    play.expects(AskPromise(OWN), PromiseFound(NOW, MORNING, MORNING + timedelta(hours=1), True))
    play.hears_not("item/callback-tonight", "press/2").silent().expects(DropOffer(), Done())
    assert play.now is None and play.ending is None


# -- promised already


@pytest.fixture
def ringing_in(talk: NewTalk, book: Book) -> Playbook:
    """A caller with a promise, past the choice of the language."""
    return Playbook(engine.inbound(talk(promised=THERE), book)).presses("1")


def test_who_rings_in_hears_what_is_promised_after_the_notices(ringing_in: Playbook) -> None:
    ringing_in.hears("say/welcome", "say/never-ask", "callback/pending", "window/call", "day/tomorrow", "window/from")
    ringing_in.hears("item/callback-keep", "item/callback-now", "item/callback-cancel", "item/callback-number")
    ringing_in.presses("1").hears("callback/kept", "say/goodbye").silent().ends(End("callback_kept"))


@pytest.mark.parametrize("key", ["2", "0"])
def test_who_wants_to_speak_now_gets_an_operator(ringing_in: Playbook, key: str) -> None:
    assert ringing_in.presses(key).steps[-1] == "operator"


@pytest.mark.parametrize(("ok", "said"), [(True, "callback/cancelled"), (False, "callback/not-changed")])
def test_a_promise_is_taken_back_and_the_menu_goes_on(ringing_in: Playbook, ok: bool, said: str) -> None:
    ringing_in.presses("3").expects(CancelCallback(), Done(ok)).hears(said).silent().hears("menu/main")


def test_the_promise_goes_to_another_number(ringing_in: Playbook) -> None:
    ringing_in.presses("4").hears("callback/enter-number").presses("4951234567", "1")
    # that phone may not be rung in the window that was promised: the one that is now is said
    later = CallbackFound(True, NOW, MORNING + timedelta(hours=5), MORNING + timedelta(hours=6))
    ringing_in.expects(ChangeCallback("+74951234567"), later)
    ringing_in.hears("callback/changed", "window/call", "day/tomorrow", "window/from", "window/to")
    ringing_in.silent().ends(End("callback_changed"))


def test_what_cannot_be_changed_stays_as_it_was(ringing_in: Playbook) -> None:
    ringing_in.presses("4").presses("4951234567", "1").expects(ChangeCallback("+74951234567"), CallbackFound())
    ringing_in.hears("callback/not-changed").silent().hears("menu/main")


def test_the_call_is_moved_to_another_time(ringing_in: Playbook) -> None:
    slots = tuple((MORNING + n * timedelta(hours=1), MORNING + n * timedelta(hours=1, minutes=30)) for n in range(3))
    ringing_in.presses("5").expects(AskSlots(), SlotsFound(NOW, slots))
    ringing_in.hears("callback/slots", "day/tomorrow", "press/1", "day/tomorrow", "press/2", "press/3").presses("2")
    ringing_in.expects(ChangeCallback(slot=slots[1]), CallbackFound(True, NOW, *slots[1]))
    ringing_in.hears("callback/changed", "window/call", "day/tomorrow").silent().ends(End("callback_changed"))


@pytest.mark.parametrize("slots", [(), ((MORNING, MORNING + timedelta(minutes=30)),)])
def test_no_slot_or_no_choice_leaves_all_as_it_was(ringing_in: Playbook, slots: tuple[()]) -> None:
    ringing_in.presses("5").expects(AskSlots(), SlotsFound(NOW, slots)).silent().hears("menu/main")


def test_silence_leads_to_the_menu_and_is_not_asked_again(ringing_in: Playbook) -> None:
    ringing_in.silent(3).hears("menu/main").hears_not("say/welcome")


def test_asked_for_again_in_the_menu_the_promise_is_told(talk: NewTalk) -> None:
    Playbook(asked(talk())).expects(FindCallback(), THERE).hears("callback/pending", "item/callback-keep")


# -- from the queue, by a key


LEGS = (("ural", 60), ("common", 0))


@pytest.fixture
def key_pressed(talk: NewTalk) -> Playbook:
    made = talk(ticket=TICKET, leaving="ural", legs=LEGS)
    made.category = "signin"
    return Playbook(from_queue(made))


@pytest.fixture
def waiting(key_pressed: Playbook) -> Playbook:
    play = key_pressed.expects(FindCallback(), CallbackFound()).expects(AskRoute("signin"), LONG)
    return play.expects(TakeOffer("signin", "queue"), Done())


@pytest.mark.parametrize("keys", [("2",), ("0",), ("*",), ("", "", "")])
def test_a_second_wish_from_the_queue_tells_the_promise_and_who_rather_waits_waits_on(
    key_pressed: Playbook, keys: tuple[str, ...]
) -> None:
    key_pressed.expects(FindCallback(), THERE).hears("callback/pending", "window/call", "item/callback-keep")
    key_pressed.presses(*keys).hears("operator/place-kept").silent()
    key_pressed.ends(Enqueue("ural", TICKET, "signin", "callback_key", legs=LEGS))


def test_a_second_wish_from_the_queue_can_be_kept_or_taken_back(talk: NewTalk) -> None:
    kept = Playbook(from_queue(talk(ticket=TICKET, leaving="ural", legs=LEGS))).expects(FindCallback(), THERE)
    kept.presses("1").hears("callback/kept").silent().ends(End("callback_kept"))
    back = Playbook(from_queue(talk(ticket=TICKET, leaving="ural", legs=LEGS))).expects(FindCallback(), THERE)
    back.presses("3").expects(CancelCallback(), Done()).hears("callback/cancelled").silent()
    back.hears("operator/place-kept").silent()
    assert isinstance(back.ending, Enqueue)


def test_a_waiting_caller_is_promised_a_callback_by_a_key(waiting: Playbook) -> None:
    waiting.presses("1").expects(AskPromise(OWN), SOON).expects(RequestCallback(OWN), MADE)
    waiting.hears("callback/done").silent().hears("say/goodbye").silent().ends(End("callback_promised"))


@pytest.mark.parametrize("key", ["", "0", "*"])
def test_who_thinks_better_of_it_waits_on_where_he_stood(waiting: Playbook, key: str) -> None:
    waiting.presses(key).expects(DropOffer(), Done()).hears("operator/place-kept").silent()
    waiting.ends(Enqueue("ural", TICKET, "signin", "callback_key", legs=(("ural", 60), ("common", 0))))
