"""Calls from the page: a token is one call, and its caller sees how far it is."""

import pytest

from ivr.flow.commands import Ask, Caller, End, Flow, Step
from ivr.services.flows import PageCall
from ivr.services.guests import AFTERWARDS, FRESH, GuestAnnouncements, GuestJournal, TooManyGuests
from ivr.testing import ScriptedChannel
from tests.services.house import House
from tests.services.test_reception import reception

GIVEN = "+79160000001"


def placed(house: House, call_id: str = "call-1", **chosen: str) -> tuple[str, str]:
    """A call on its way: its token and its id."""
    token, _ = house.guests.admit(**chosen)
    guest = house.guests.connect(token)
    assert guest is not None and house.guests.place(guest)
    assert house.guests.arrived(guest.id, call_id) is guest
    return token, guest.id


def test_a_forged_token_opens_nothing() -> None:
    house = House()
    house.guests.admit()
    assert [house.guests.connect(token) for token in ("", "token2", "token1 ")] == [None, None, None]


def test_a_token_is_good_for_a_short_while() -> None:
    house = House()
    token, _ = house.guests.admit()
    house.clock.pass_(FRESH.total_seconds() + 1)
    assert house.guests.connect(token) is None


def test_a_token_in_use_cannot_be_used_again() -> None:
    house = House()
    token, _ = house.guests.admit()
    assert house.guests.connect(token) is not None
    assert house.guests.connect(token) is None


def test_a_token_is_one_call_and_nothing_once_it_is_over() -> None:
    house = House()
    token, id = placed(house)
    guest = house.guests.find(id)
    assert guest is not None and not house.guests.place(guest)
    # the line broke and the page is back: the same call goes on, another one is not placed
    house.guests.disconnect(guest)
    assert house.guests.connect(token) is guest
    assert not house.guests.place(guest)
    assert house.guests.arrived(id, "call-2") is None
    house.guests.disconnect(guest)
    house.guests.heard("call-1", "end", {"reason": "hung_up"})
    assert house.guests.connect(token) is None
    # its page may still look at it, for a while
    assert house.guests.of_token(token) is guest
    house.clock.pass_(AFTERWARDS.total_seconds() + 1)
    assert house.guests.of_token(token) is None and house.guests.of_call("call-1") is None


def test_only_so_many_call_at_once() -> None:
    house = House()
    house.guests._most = 2
    for call in ("a", "b"):
        placed(house, call)
    with pytest.raises(TooManyGuests):
        house.guests.admit()
    house.guests.heard("a", "end", {"reason": "hung_up"})
    house.guests.admit()


async def test_a_call_from_the_page_is_journalled_as_one_and_goes_where_was_chosen() -> None:
    house, seen = House(), []
    _, id = placed(house, "other-call", category="identity", language="en", number=GIVEN)
    guest = house.guests.find(id)
    assert guest is not None
    guest.call_id = ""

    def flow(call: PageCall) -> Flow:
        seen.append(call)
        yield Step("greeting")
        return End("done")

    channel = ScriptedChannel(trunk="", variables={"IVR_GUEST": id})
    await reception(house, flow).inbound(channel)
    assert seen == [PageCall(Caller(given=GIVEN), "en", "identity")]
    told = {"caller": "", "did": "88005553535", "trunk": "", "source": "browser", "category": "identity"}
    assert house.told("start") == [told]


async def test_a_call_of_which_nothing_is_known_any_more_is_served_all_the_same() -> None:
    house, seen = House(), []

    def flow(call: PageCall) -> Flow:
        seen.append(call)
        yield Step("greeting")
        return End("done")

    await reception(house, flow).inbound(ScriptedChannel(trunk="", variables={"IVR_GUEST": "0" * 32}))
    assert seen == [PageCall(Caller(), "ru")]


@pytest.mark.parametrize(("known", "warned"), [(True, True), (False, False)])
async def test_a_second_call_with_one_token_is_served_and_told_of(
    caplog: pytest.LogCaptureFixture, known: bool, warned: bool
) -> None:
    house, served = House(), []
    _, id = placed(house, "call-0")

    def flow(call: PageCall) -> Flow:
        served.append(call)
        yield Step("greeting")
        return End("done")

    # a controller that was started anew has no tokens: that is nothing to wonder at
    await reception(house, flow).inbound(ScriptedChannel(trunk="", variables={"IVR_GUEST": id if known else "0" * 32}))
    assert len(served) == 1 and ("a second call" in caplog.text) is warned


async def test_who_has_come_back_from_the_queue_is_still_called_at_the_number_he_wrote_down() -> None:
    house, seen = House(), []
    _, id = placed(house, number=GIVEN)

    def flow(call: object) -> Flow:
        seen.append(call)
        yield Step("callback")
        return End("done")

    await reception(house, flow).offer(ScriptedChannel(trunk="", variables={"IVR_GUEST": id}))
    assert seen[0].caller == Caller(given=GIVEN)  # type: ignore[attr-defined]


async def test_what_is_said_is_there_to_be_read_and_only_in_this_call() -> None:
    house, told = House(), []
    _, id = placed(house)
    house.guests.on_change.append(lambda guest: told.append(guest.id))

    def flow(*_: object) -> Flow:
        yield Ask(("say/hello", "item/signin", "press/1"), "greeting")
        return End("done")

    channel = ScriptedChannel(keys=["1"], trunk="", variables={"IVR_GUEST": id})
    await reception(house, flow).inbound(channel)
    await reception(house, flow).inbound(ScriptedChannel(keys=["1"], call_id="call-9"))
    guest = house.guests.find(id)
    assert guest is not None
    assert [(number, kind, line.text, line.choices) for number, kind, line in guest.lines] == [
        (1, "menu", "Здравствуйте!", (("1", "Если не получается войти"),))
    ]
    assert told == [id]


def test_what_a_waiting_caller_hears_is_there_to_be_read() -> None:
    house = House()
    _, id = placed(house)
    announcements = GuestAnnouncements(house.announcements, house.guests)
    announcements.write("ru", "call-1", ("queue/hold",))
    announcements.write("ru", "call-2", ("queue/hold",))
    guest = house.guests.find(id)
    assert guest is not None and [(kind, line.text) for _, kind, line in guest.lines] == [("hold", "Ждите.")]
    announcements.remove("call-1")
    assert set(house.announcements.heard) == {"call-2"}


def test_the_journal_is_overheard_and_still_kept() -> None:
    house = House()
    _, id = placed(house)
    journal = GuestJournal(house.journal, house.guests)
    journal.write("call-1", house.clock.now(), "enqueue", {"queue": "moscow", "position": 2})
    journal.write("call-2", house.clock.now(), "enqueue", {"queue": "moscow"})
    guest = house.guests.find(id)
    assert guest is not None and (guest.status.stage, guest.status.position) == ("waiting", 2)
    assert guest.waiting_since == house.clock.now()
    assert [call for call, *_ in house.journal.events] == ["call-1", "call-2"]


def test_who_is_passed_on_waits_since_he_stands_in_the_next_queue() -> None:
    house = House()
    _, id = placed(house)
    journal = GuestJournal(house.journal, house.guests)
    for kind in ("enqueue", "waiting", "answered"):
        journal.write("call-1", house.clock.now(), kind, {"queue": "moscow"})
    guest = house.guests.find(id)
    assert guest is not None and guest.waiting_since is None
    house.clock.pass_(300)
    journal.write("call-1", house.clock.now(), "transferred", {"to": "", "by": "101"})
    journal.write("call-1", house.clock.now(), "waiting", {"queue": "experts"})
    assert guest.waiting_since == house.clock.now()
