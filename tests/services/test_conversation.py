"""A flow on a channel: commands become acts, failures become sentences or the dialplan's fallback."""

from itertools import repeat

import pytest

from ivr.config import Config
from ivr.errors import HotlineError
from ivr.flow.commands import (
    Ask,
    AskRoute,
    Done,
    End,
    Enqueue,
    FindTicket,
    Flow,
    FlowSettings,
    Keys,
    NoteTicket,
    OpenTicket,
    QueueSms,
    RouteFound,
    SaveRating,
    SetLanguage,
    Sounds,
    Step,
    TicketFound,
    TicketOpened,
)
from ivr.flow.place import tell
from ivr.flow.status import status
from ivr.flow.talk import Talk
from ivr.services.conversation import Known
from ivr.testing import NOON, ScriptedChannel
from ivr.wiring import load_readers
from tests.services.house import CALLER, NOWHERE, House


async def test_a_whole_talk_is_carried_out_and_journalled() -> None:
    house, channel, got = House(), ScriptedChannel(keys=["1"]), []

    def flow() -> Flow:
        got.append((yield Step("menu/main")))
        got.append((yield SetLanguage("en")))
        got.append((yield Ask(("menu/main",), "menu/main")))
        opened = yield OpenTicket("signin", "operator")
        assert isinstance(opened, TicketOpened)
        got.append((yield NoteTicket("wish")))
        got.append((yield AskRoute("signin")))
        return Enqueue("signin", opened.number, "signin")

    ending = await house.talk(flow(), channel)
    assert got == [None, None, Keys("1"), Done(), RouteFound("moscow", True, legs=(("moscow", 0),))]
    assert isinstance(ending, Enqueue)
    assert channel.queued == ending
    assert channel.language == "en"
    assert list(house.tickets.tickets) == [ending.ticket]
    assert house.journal.kinds("call-1") == ["step", "language", "ask", "ticket", "route", "enqueue"]


async def test_a_caller_who_hangs_up_ends_the_talk_with_that_reason() -> None:
    house = House()

    def flow() -> Flow:
        yield Ask(("menu/main",), "menu/main")
        return End("never")

    ending = await house.talk(flow(), ScriptedChannel(keys=[None]))
    assert ending == End("hung_up")
    assert house.journal.events[-1][3] == {"reason": "hung_up", "step": "menu/main"}


@pytest.mark.parametrize("pressed", ["9", "2", ""])
async def test_who_keeps_pressing_for_ever_comes_to_an_operator(pressed: str) -> None:
    house, channel = House(), ScriptedChannel(keys=repeat(pressed))

    def flow() -> Flow:
        reply = Keys("")
        while reply != Keys("0"):
            reply = yield Ask(("menu/main",), "menu/main")
        return Enqueue("moscow", "", "other")

    assert isinstance(await house.talk(flow(), channel), Enqueue)
    # the last question was heard too
    assert len(channel.heard) == 301
    *before, last = house.told("ask")
    shown = "•" * len(pressed)
    assert last == {"step": "menu/main", "keys": shown, "taken_for": "0"} and "taken_for" not in before[-1]


async def test_the_place_dialogue_ends_too() -> None:
    house = House()

    class Stubborn(ScriptedChannel):
        async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
            self.heard.append(sounds)
            return "*" if "place/district" in sounds else "2"

    def flow() -> Flow:
        talk = Talk(CALLER, FlowSettings(), load_readers(Config()), places={"central": (("77",),)})
        yield from tell(talk)
        return Enqueue("moscow", "", "other")

    channel = Stubborn()
    assert isinstance(await house.talk(flow(), channel, Known(CALLER, house.place(NOWHERE), "ru")), Enqueue)
    assert len(channel.heard) == 301


async def test_a_flow_that_asks_for_ever_is_left_to_the_dialplan() -> None:
    house, channel = House(), ScriptedChannel(keys=repeat("1"))

    def flow() -> Flow:
        while True:
            yield Ask(("menu/main",), "menu/main")

    with pytest.raises(HotlineError, match="menu/main"):
        await house.talk(flow(), channel)
    assert channel.queued is channel.ended is None
    assert house.journal.kinds("call-1")[-1] == "error"


async def test_a_number_keyed_into_a_menu_leaves_no_trail_of_its_digits_in_the_journal() -> None:
    house, number = House(), "17280853967"

    def flow() -> Flow:
        for _ in number:
            yield Ask(("menu/main",), "menu/main")
        return End("done")

    await house.talk(flow(), ScriptedChannel(keys=list(number)))
    assert house.told("ask") == [{"step": "menu/main", "keys": "•"}] * len(number)


async def test_private_keys_are_not_journalled() -> None:
    house = House()

    def flow() -> Flow:
        yield Ask(("x",), "status/last-four", max_digits=4, private=True)
        return End("done")

    await house.talk(flow(), ScriptedChannel(keys=["4567"]))
    assert not any("4567" in str(event) for event in house.journal.events)


@pytest.mark.parametrize("keys", ["89161234", "11223344", "79161233", "00000000"])
async def test_a_phone_keyed_in_as_a_ticket_leaves_no_digits_in_the_journal(keys: str) -> None:
    house = House()
    talk = Talk(CALLER, FlowSettings(), {})
    await house.talk(status(talk), ScriptedChannel(keys=[keys, "", "", None]))
    shown = [value for *_, data in house.journal.events for value in data.values()]
    assert shown and not any(digit in str(value) for value in shown for digit in set(keys))


async def test_a_ticket_that_was_found_is_journalled_and_a_wrong_guess_is_not() -> None:
    house = House()
    opened = await house.services.tickets.open_for_call(
        call_id="before", category="signin", purpose="operator", language="ru", caller=CALLER.number, at=NOON
    )
    number = opened.number

    def flow() -> Flow:
        yield FindTicket(number)
        yield FindTicket("00000000")
        return End("done")

    await house.talk(flow())
    said = [data for _, _, kind, data in house.journal.events if kind == "status"]
    assert said == [{"found": "yes", "ticket": number}, {"found": "no"}]


async def test_with_the_database_away_the_flow_is_told_so_and_goes_on() -> None:
    house, got = House(), []
    for store in (house.tickets, house.outbox, house.ratings):
        store.away = True

    def flow() -> Flow:
        got.append((yield OpenTicket("signin", "operator")))
        got.append((yield FindTicket("12345678")))
        got.append((yield QueueSms("signin/password", "+79161234567")))
        got.append((yield SaveRating(5)))
        got.append((yield NoteTicket("x")))
        return End("done")

    assert await house.talk(flow()) == End("done")
    assert got == [TicketOpened(""), TicketFound(failed=True), Done(False), Done(False), Done(False)]


async def test_a_failing_flow_leaves_the_call_to_the_dialplan() -> None:
    house, channel = House(), ScriptedChannel(keys=["1"])

    def flow() -> Flow:
        yield Step("menu/main")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await house.talk(flow(), channel)
    assert channel.queued is None
    assert channel.ended is None
    assert house.journal.kinds("call-1")[-1] == "error"


async def test_an_sms_over_the_limit_is_told_as_failed_and_a_repeated_one_as_done() -> None:
    house, got = House(), []

    def flow() -> Flow:
        for number in ("+79160000001", "+79160000001", "+79160000002", "+79160000003"):
            got.append((yield QueueSms("signin/password", number)))
        return End("done")

    await house.talk(flow())
    assert got == [Done(), Done(), Done(), Done(False)]
    assert len(house.outbox.messages) == 2
    assert house.journal.kinds("call-1") == ["sms", "sms", "sms_refused", "end"]
    assert not any("7916" in str(data) for *_, data in house.journal.events)


async def test_an_sms_and_a_rating_are_kept_with_call_and_ticket() -> None:
    house = House()

    def flow() -> Flow:
        yield OpenTicket("signin", "sms")
        yield QueueSms("signin/password", "+79161234567")
        yield SaveRating(4)
        return End("done")

    await house.talk(flow())
    (message,) = house.outbox.messages
    assert (message.ticket, message.language) == (next(iter(house.tickets.tickets)), "ru")
    assert house.ratings.scores == {"call-1": 4}
