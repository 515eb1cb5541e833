"""The operator's desk over HTTP: the card, the conversation, and that nobody sees another's call."""

import json
from datetime import datetime
from typing import Any

import pytest

from ivr.datafiles import read_data
from ivr.domain.departments import read_departments
from ivr.domain.forms_file import read_forms
from ivr.domain.live import LiveQueues
from ivr.domain.queues import BoardView
from ivr.domain.regions import load_regions
from ivr.flow.book import CATEGORIES
from ivr.memory_steering import MemorySwitchboard
from ivr.services import ports
from ivr.services.after_call import AfterCall
from ivr.services.callback_desk import CallbackDesk
from ivr.services.caller_card import CallerCards
from ivr.services.desk_state import DeskState, DeskStates, Passed
from ivr.services.open_calls import OpenCalls
from ivr.services.operator_desk import OperatorDesk
from ivr.services.sms_desk import SmsDesk
from ivr.services.steering import Steering
from ivr.services.steering_orders import SteeringOrders
from ivr.services.tickets import TicketDesk
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.testing import NOON
from ivr.web.desk import Choice, DeskPages, DeskTexts
from ivr.web.routes import Route

from .conftest import Serve
from .running import Browser, Running

CALLER, CALL = "+79161234567", "100.1"
TEXTS = {"ru": {"signin-password": "Не подходит пароль."}, "en": {"signin-password": "The password."}}

CHOICE = Choice({"common": {"ru": "Общая", "en": "Common"}}, {"101": "Анна", "102": "Борис"})
STEPS = {"ru": {"menu/signin": "Не получается войти"}}


class _NoBoard(ports.Board):
    def view(self) -> BoardView:
        return BoardView()


class Room:
    """The desk of a running site: calls come, ring and are answered here."""

    def __init__(self) -> None:
        self.live = LiveQueues()
        self.live.seed([], ["common"], [])

    def routes(self, site: Site, storage: Storage) -> list[Route]:
        clock = site._clock
        self.calls = OpenCalls(storage.journal, storage.calls.several, clock)
        numbers = iter(range(1000, 2000))
        tickets = TicketDesk(storage.tickets, lambda n: next(numbers))
        desk = OperatorDesk(
            storage.contacts,
            storage.tickets,
            tickets,
            read_forms(read_data("forms.toml", None), CATEGORIES),
            read_departments(read_data("departments.toml", None)),
        )
        regions = load_regions(read_data("regions.csv", None))
        callbacks = CallbackDesk(storage.callbacks, clock, lambda: "c1")
        cards = CallerCards(self.calls, storage.calls, storage.tickets, storage.contacts, callbacks, regions)
        self._passed = passed = Passed(self.calls.get, self.calls.alive)
        self.calls.on_step.append(passed.heard)
        self._states = states = DeskStates(lambda: self.live, 10, passed)
        texts = DeskTexts(TEXTS, STEPS)
        self.switchboard = MemorySwitchboard()
        orders = SteeringOrders(clock)
        steering = Steering(self.switchboard, _NoBoard(), storage.audit, clock, {"101": ["common"]}, orders)
        self.afresh = lambda: AfterCall(desk, states, self.switchboard, clock)
        self.after = self.afresh()
        sms, closed = SmsDesk(storage.outbox), self.after.closed
        self.pages = DeskPages(desk, cards, states, sms, steering, closed, texts, CHOICE, site.live, 10)
        return self.pages.routes()

    def states(self, at: datetime) -> dict[str, DeskState]:
        return self._states.every(["101", "102"], at)

    def say(self, event: str, **fields: str) -> None:
        self.live.apply({"event": event, **fields}, NOON)

    def heard(self, event: str, uniqueid: str = CALL) -> None:
        self._passed.event({"event": event, "uniqueid": uniqueid})

    def member(self, login: str) -> None:
        phone = f"PJSIP/web-{login}"
        self.say("QueueMemberAdded", queue="common", interface=phone, membername=f"op-{login}", status="1")

    def paused(self, login: str, reason: str) -> None:
        phone = f"PJSIP/web-{login}"
        self.say("QueueMemberPause", queue="common", interface=phone, membername=f"op-{login}", status="1", paused="1",
                 pausedreason=reason)  # fmt: skip

    def in_call(self, login: str) -> None:
        phone = f"PJSIP/web-{login}"
        self.say("QueueMemberStatus", queue="common", interface=phone, membername=f"op-{login}", status="2", incall="1")

    def call(self, uniqueid: str = CALL, caller: str = CALLER) -> str:
        """A caller waits; his id."""
        call_id = uniqueid.replace(".", "x")
        self.calls.write(call_id, NOON, "start", {"caller": caller, "did": "88005553535", "trunk": "a"})
        self.calls.write(call_id, NOON, "place", {"region": "41", "zone": "Asia/Kamchatka", "confidence": "number"})
        for step in ("greeting", "menu/signin", "menu/signin", "sms"):
            self.calls.write(call_id, NOON, "step", {"step": step})
        self.calls.write(call_id, NOON, "language", {"language": "ru"})
        self.calls.write(call_id, NOON, "route", {"category": "signin", "position": 3, "wait_s": 120})
        self.say("QueueCallerJoin", queue="common", uniqueid=uniqueid, channel="PJSIP/trunk-a-1", position="1")
        return call_id

    def ring(self, login: str, uniqueid: str = CALL) -> None:
        self.say("AgentCalled", queue="common", uniqueid=uniqueid, interface=f"PJSIP/web-{login}")

    def answer(self, login: str, uniqueid: str = CALL) -> None:
        phone = f"PJSIP/web-{login}"
        self.say("QueueCallerLeave", queue="common", uniqueid=uniqueid)
        self.say("AgentConnect", queue="common", uniqueid=uniqueid, interface=phone, membername=f"op-{login}")


@pytest.fixture
def room() -> Room:
    return Room()


async def desk(serve: Serve, room: Room, *phones: str) -> tuple[Running, list[Browser]]:
    running = await serve(room.routes)
    browsers = []
    for phone in phones:
        await running.person(phone, "operator")
        await running.accounts.change(phone, phone=phone)
        browsers.append(await running.browser(phone))
        room.member(phone)
    return running, browsers


async def begun(room: Room, browser: Browser) -> dict[str, Any]:
    call = room.call()
    room.ring("101")
    room.answer("101")
    status, contact = await browser.ask("POST", "/api/desk/contacts", {"call_id": call})
    assert status == 200
    return dict(contact)


async def test_the_card_says_who_calls_from_where_and_what_he_went_through(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    call = room.call()
    room.ring("101")
    status, card = await browser.ask("GET", f"/api/desk/card/{call}")
    assert status == 200
    assert (card["number"], card["region"], card["zone"]) == ("4567", "Камчатский край", "Asia/Kamchatka")
    assert [(each["step"], each["words"]) for each in card["path"]] == [
        ("greeting", ""), ("menu/signin", "Не получается войти"), ("sms", ""),
    ]  # fmt: skip
    assert card["told"]["position"] == 3
    assert card["mobile"] is True
    assert CALLER not in json.dumps(card)


async def test_earlier_calls_come_with_what_was_written_down(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    written = {"version": contact["version"], "purpose": "не может войти", "note": "СНИЛС 112-233-445 95"}
    await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    await running.storage.journal.flush(5)
    second = room.call("100.2")
    room.ring("101", "100.2")
    _, card = await browser.ask("GET", f"/api/desk/card/{second}")
    (earlier,) = card["earlier"]
    assert earlier["call_id"] == "100x1"
    assert earlier["contacts"][0]["purpose"] == "не может войти"
    assert "445" not in earlier["contacts"][0]["note"]


async def test_nobody_sees_a_call_that_is_not_his(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    call = room.call()
    room.ring("101")
    assert (await first.ask("GET", f"/api/desk/card/{call}"))[0] == 200
    for method, path, body in (
        ("GET", f"/api/desk/card/{call}", None),
        ("POST", "/api/desk/contacts", {"call_id": call}),
        ("PUT", f"/api/desk/contacts/{call}", {"version": 1, "note": "x"}),
        ("POST", f"/api/desk/contacts/{call}/close", {"version": 1}),
        ("POST", f"/api/desk/contacts/{call}/sms", {"template": "signin-password"}),
    ):
        assert (await second.ask(method, path, body))[0] == 404, path


async def test_a_call_that_is_passed_on_is_its_new_operators(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    await begun(room, first)
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "101"})
    room.heard("BridgeEnter")
    status, card = await second.ask("GET", "/api/desk/card/100x1")
    assert (status, card["number"]) == (200, "4567")
    assert (await second.ask("POST", "/api/desk/contacts", {"call_id": "100x1"}))[0] == 200
    room.calls.event({"event": "Hangup", "uniqueid": CALL})
    async with second.live() as mine:
        await mine.send_json({"subscribe": ["desk:102"]})
        assert (await mine.receive_json(timeout=5))["data"]["talking"] == ""


async def test_a_call_that_is_passed_on_rings_until_the_colleague_answers_and_is_over_when_he_hangs_up(
    serve: Serve, room: Room
) -> None:
    _, (first, _) = await desk(serve, room, "101", "102")
    await begun(room, first)
    room.heard("BridgeLeave")
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "101"})
    room.heard("BridgeLeave")  # told late: of the talk before
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("100x1", "")
    room.heard("BridgeEnter")
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("", "100x1")
    # he hangs up first: the caller goes on to the rating
    room.heard("BridgeLeave")
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("", "")


async def test_who_does_not_answer_a_call_that_is_passed_on_has_had_no_talk(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    room.call()
    room.calls.write("100x1", NOON, "transferred", {"to": "101", "by": "102"})
    # the page begins to write a conversation down as soon as it is told of a talk
    assert (room.states(NOON)["101"].ringing, room.states(NOON)["101"].talking) == ("100x1", "")
    await room.after.look(room.states(NOON))
    room.calls.write("100x1", NOON, "waiting", {"queue": "common", "position": "1"})
    await room.after.look(room.states(NOON))
    assert (room.states(NOON)["101"].ringing, room.states(NOON)["101"].talking) == ("", "")
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_call_that_is_passed_on_twice_is_the_last_ones(serve: Serve, room: Room) -> None:
    await desk(serve, room, "101", "102")
    room.call()
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "103"})
    room.heard("BridgeEnter")
    room.calls.write("100x1", NOON, "transferred", {"to": "101", "by": "102"})
    room.heard("BridgeLeave")  # of his talk with 102
    states = room.states(NOON)
    assert (states["101"].ringing, states["102"].talking, states["102"].ringing) == ("100x1", "", "")


async def test_a_conversation_is_written_down_and_closed(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    assert contact["lacking"] == ["purpose", "solved", "protocol_said"]
    path = "/api/desk/contacts/100x1"
    written = {
        "version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True,
        "clarified": [["Caps Lock выключен?", "yes"]], "forms": {"payment": {"inn": "7707083893", "error_text": "нет"}},
    }  # fmt: skip
    status, contact = await browser.ask("PUT", path, written)
    assert (status, contact["lacking"]) == (200, [])
    assert contact["forms"]["payment"]["inn"] == "***93"
    status, contact = await browser.ask("POST", f"{path}/close", {"version": contact["version"]})
    assert status == 200 and contact["closed_at"]
    ticket = await running.storage.tickets.get(contact["ticket"])
    assert ticket is not None and ticket.status == "resolved"
    assert (await browser.ask("PUT", path, {"version": contact["version"], "note": "x"}))[1]["error_id"] == "closed"


async def test_what_is_wrong_is_said_by_field_in_the_readers_language(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    wrong = {"version": contact["version"], "forms": {"payment": {"inn": "7707083890"}}}
    status, told = await browser.ask("PUT", "/api/desk/contacts/100x1", wrong)
    assert (status, told["error_id"]) == (422, "contact_fault")
    assert "опечатка" in told["fields"]["forms.payment.inn"]
    status, told = await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert (status, sorted(told["fields"])) == (422, ["protocol_said", "purpose", "solved"])


async def test_another_window_does_not_overwrite(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    change = {"version": contact["version"], "note": "a"}
    assert (await browser.ask("PUT", "/api/desk/contacts/100x1", change))[0] == 200
    status, told = await browser.ask("PUT", "/api/desk/contacts/100x1", change)
    assert (status, told["error_id"]) == (409, "conflict")


async def test_a_message_goes_to_the_caller_once(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    await begun(room, browser)
    path, wanted = "/api/desk/contacts/100x1/sms", {"template": "signin-password"}
    assert (await browser.ask("POST", path, wanted))[1] == {"outcome": "queued", "number": "4567"}
    assert (await browser.ask("POST", path, wanted))[1]["outcome"] == "repeated"
    (message,) = await running.storage.outbox.queued()
    assert (message.number, message.template) == (CALLER, "signin-password")
    assert (await browser.ask("POST", path, {"template": "fraud"}))[0] == 400
    refused = await browser.ask("POST", path, {**wanted, "number": "+74951234567"})
    assert (refused[0], refused[1]["error_id"]) == (400, "no_mobile")


async def test_the_page_is_told_of_its_own_calls_alone(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    async with first.live() as mine, second.live() as other:
        await mine.send_json({"subscribe": ["desk:101"]})
        assert (await mine.receive_json(timeout=5))["data"]["state"] == "ready"
        await other.send_json({"subscribe": ["desk:101"]})
        assert (await other.receive_json(timeout=5))["error"]["error_id"] == "not_yours"
        call = room.call()
        room.ring("101")
        room.pages.tell(room.states(NOON))
        assert (await mine.receive_json(timeout=5))["data"]["ringing"] == call


async def test_an_account_without_a_telephone_is_told_so(serve: Serve, room: Room) -> None:
    running, _ = await desk(serve, room)
    await running.person("boss", "operator")
    browser = await running.browser("boss")
    status, told = await browser.ask("GET", "/api/desk/contacts")
    assert (status, told["error_id"]) == (409, "no_phone")


async def test_forms_come_in_the_readers_language(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    _, russian = await browser.ask("GET", "/api/desk/words")
    _, english = await browser.ask("GET", "/api/desk/words", Cookie="", Accept_Language="en")
    assert russian["forms"][0]["name"] == "Техническая проблема"
    assert {form["id"] for form in russian["forms"]} == {form["id"] for form in english["forms"]}


async def test_the_operator_begins_work_pauses_and_goes(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")

    async def do(action: str, **more: str) -> int:
        return (await browser.ask("POST", "/api/desk/state", {"action": action, **more}))[0]

    assert await do("pause", reason="lunch") == 409
    assert await do("log_in") == 204
    assert [(each.phone, each.queue) for each in room.switchboard.members] == [("web", "common")]
    assert await do("pause", reason="nap") == 409
    assert await do("pause", reason="lunch") == 204
    assert [each.reason for each in room.switchboard.members] == ["lunch"]
    assert await do("resume") == 204
    assert await do("log_out") == 204
    assert room.switchboard.members == []
    room.switchboard.away = True
    assert await do("log_in") == 503


async def test_who_still_writes_is_not_rung_until_the_conversation_is_closed(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    contact = await begun(room, browser)
    await room.after.look(room.states(NOON))
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]
    room.paused("101", "after_call")
    written = {"version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True}
    _, contact = await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    assert contact["talked_until"]
    status, _ = await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert status == 200
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_pause_that_was_chosen_goes_on_after_closing(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    contact = await begun(room, browser)
    await browser.ask("POST", "/api/desk/state", {"action": "pause", "reason": "lunch"})
    room.paused("101", "lunch")
    written = {"version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True}
    _, contact = await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert [each.reason for each in room.switchboard.members] == ["lunch"]


async def test_a_talk_that_ended_while_no_controller_looked_has_its_work_afterwards(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    await begun(room, browser)
    # another controller has taken over; with whom he talks, it does not know yet
    room.after = room.afresh()
    room.live.talks.clear()
    room.in_call("101")
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == [""]
    room.member("101")
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]


async def test_an_end_that_asterisk_did_not_hear_of_is_noted_at_the_next_look(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    await begun(room, browser)
    await room.after.look(room.states(NOON))
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.switchboard.away = True
    await room.after.look(room.states(NOON))
    room.switchboard.away = False
    assert [each.reason for each in room.switchboard.members] == [""]
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]
