"""A flow on a channel: commands become acts, failures become sentences or the dialplan's fallback."""

from collections.abc import Callable

import pytest

from ivr.domain.queue_plan import GENERAL
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.flow.commands import (
    Ask,
    AskRoute,
    Caller,
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
    Step,
    TicketFound,
    TicketOpened,
)
from ivr.flow.status import status
from ivr.flow.talk import Talk
from ivr.services.conversation import Conversation, Services
from ivr.services.reception import Flows, Reception
from ivr.services.routing import CategoryRouter
from ivr.services.sms_desk import SmsDesk
from ivr.services.tickets import TicketDesk
from ivr.services.waiting import WaitingRoom
from ivr.testing import (
    NOON,
    FixedBoard,
    FixedClock,
    MemoryAnnouncements,
    MemoryJournal,
    MemoryOutbox,
    MemoryRatings,
    MemoryTickets,
    ScriptedChannel,
)

CALLER = Caller("+79161234567", True)


class House:
    """All services on fakes."""

    def __init__(self, view: BoardView | None = None) -> None:
        self.tickets, self.outbox, self.ratings = MemoryTickets(), MemoryOutbox(), MemoryRatings()
        self.journal, self.clock, self.board = MemoryJournal(), FixedClock(), FixedBoard(view)
        self.announcements = MemoryAnnouncements()
        self.waiting = WaitingRoom(self.announcements, lambda language, place, wait: (f"{place}", f"{wait}"))
        self.services = Services(
            TicketDesk(self.tickets, lambda n: 7 % n),
            SmsDesk(self.outbox),
            self.ratings,
            self.journal,
            self.clock,
            CategoryRouter(self.board, {"signin": "signin"}),
            self.waiting,
        )

    async def talk(self, flow: Flow, channel: ScriptedChannel | None = None) -> object:
        channel = channel or ScriptedChannel(keys=["1"])
        return await Conversation(channel, self.services, CALLER, "ru").run(flow)


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
    assert got == [None, None, Keys("1"), Done(), RouteFound("signin", True)]
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


def _staffed(**queues: QueueView) -> BoardView:
    return BoardView(queues, fresh=True)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (BoardView(), RouteFound("signin", True)),
        (_staffed(signin=QueueView("signin", 2, 1)), RouteFound("signin", True, 1, 0)),
        (
            _staffed(signin=QueueView("signin", 2, 0, (Waiting("a", 1, NOON), Waiting("b", 2, NOON)), 200)),
            RouteFound("signin", True, 3, 300),
        ),
        (_staffed(common=QueueView("common", 1, 1)), RouteFound("common", True, 1, 0)),
        (_staffed(signin=QueueView("signin")), RouteFound("common", False)),
    ],
    ids=["board not fresh: Queue() decides", "free operator", "place and wait", "general helps out", "nobody"],
)
def test_the_router_always_has_an_answer(view: BoardView, expected: RouteFound) -> None:
    assert CategoryRouter(FixedBoard(view), {"signin": "signin"})("signin", "ru") == expected


def test_an_unknown_category_goes_to_the_general_queue() -> None:
    assert CategoryRouter(FixedBoard(), {})("mystery", "ru").queue == GENERAL


def _waiting(*call_ids: str) -> BoardView:
    queue = QueueView("signin", 1, 0, tuple(Waiting(c, n, NOON, c) for n, c in enumerate(call_ids, 1)), 180)
    return _staffed(signin=queue)


def test_a_waiting_caller_hears_the_place_and_it_follows_the_queue() -> None:
    house = House()
    house.waiting.expect("b", "signin", "tt")
    house.waiting.update(_waiting("a", "b"), NOON)
    assert house.announcements.heard == {"b": ("tt", ("2", "360"))}
    house.waiting.update(_waiting("b"), NOON)
    assert house.announcements.heard == {"b": ("tt", ("1", "180"))}


def test_who_left_the_queue_is_forgotten_after_a_while() -> None:
    house = House()
    house.waiting.expect("a", "signin", "ru")
    house.waiting.update(_waiting("a"), NOON)
    house.clock.pass_(10)
    house.waiting.update(_waiting(), house.clock.now())
    assert "a" in house.announcements.heard
    house.clock.pass_(30)
    house.waiting.update(_waiting(), house.clock.now())
    assert house.announcements.heard == {}


def test_nothing_is_said_from_a_stale_board() -> None:
    house = House()
    house.waiting.expect("a", "signin", "ru")
    house.waiting.update(BoardView(_waiting("a").queues, fresh=False), NOON)
    assert house.announcements.heard == {}


def _reception(house: House, flow: Callable[..., Flow]) -> Reception:
    return Reception(house.services, Flows(flow, flow, flow), lambda number: CALLER if number else Caller(), "ru")


async def test_a_new_call_is_journalled_with_caller_did_and_trunk() -> None:
    house, seen = House(), []

    def flow(caller: Caller) -> Flow:
        seen.append(caller)
        yield Step("greeting")
        return End("done")

    await _reception(house, flow).inbound(ScriptedChannel(caller="89161234567"))
    assert seen == [CALLER]
    assert house.journal.events[0][2:] == (
        "start",
        {"caller": "+79161234567", "did": "88005553535", "trunk": "local"},
    )


async def test_an_unanswered_call_keeps_its_ticket() -> None:
    house, seen = House(), []
    await house.services.tickets.open_for_call(
        call_id="call-1", category="signin", purpose="operator", language="ru", caller="", at=NOON
    )
    (number,) = house.tickets.tickets

    def flow(language: str, slow: bool, ticket: str) -> Flow:
        seen.append((language, slow, ticket))
        assert (yield NoteTicket("call back")) == Done()
        return End("nobody")

    channel = ScriptedChannel(language="en", variables={"IVR_TICKET": number, "IVR_SLOW": "1"})
    await _reception(house, flow).unanswered(channel)
    assert seen == [("en", True, number)]
    assert channel.ended == "nobody"
    assert "call back" in {event.note for event in house.tickets.events}
