"""The desk of a running site, for tests: calls come, ring and are answered here."""

from datetime import datetime
from typing import Any

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
        self._passed = passed = Passed(self.calls.alive)
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
