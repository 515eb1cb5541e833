"""All services on fakes, for the tests of calls."""

import itertools

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_hours import CallbackHours
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.locate import Locator
from ivr.domain.queues import BoardView, QueueView
from ivr.domain.regions import load_regions
from ivr.domain.routing import Candidate, Decision, Leg, RouteRequest
from ivr.domain.whereabouts import Place, Reason
from ivr.flow.book import CATEGORIES
from ivr.flow.commands import Caller, Flow
from ivr.services.callback_desk import CallbackDesk
from ivr.services.callback_terms import CallbackOffice
from ivr.services.caller_place import CallerPlace
from ivr.services.conversation import Conversation, Known, Services
from ivr.services.guests import GuestDesk
from ivr.services.incidents import IncidentDesk
from ivr.services.queue_journal import QueueJournal
from ivr.services.routing import Decides, RouteDesk
from ivr.services.sms_desk import SmsDesk
from ivr.services.steering_orders import SteeringOrders
from ivr.services.tickets import TicketDesk
from ivr.services.waiting import WaitingRoom
from ivr.services.whereabouts import Whereabouts
from ivr.testing import (
    FixedBoard,
    FixedClock,
    MemoryAnnouncements,
    MemoryAudit,
    MemoryCallbacks,
    MemoryIncidents,
    MemoryIncidentSounds,
    MemoryJournal,
    MemoryOutbox,
    MemoryPlaces,
    MemoryRatings,
    MemoryTickets,
    ScriptedChannel,
)

__all__ = ["CALLER", "MOSCOW", "NOWHERE", "FixedRouter", "House", "staffed"]
CALLER = Caller("+79161234567", True)
MOSCOW = Place("77", "Europe/Moscow", "fixed", Reason("place-fixed"))
HOURS = CallbackHours(load_calendars(data_reader(None)))
NOWHERE = Place("", "Europe/Moscow", "none", Reason("place-withheld"), doubtful=True)
LANGUAGES = ("ru", "en", "tt")
#: What a few sounds say.
TEXTS = {"ru": {"say/hello": "Здравствуйте!", "item/signin": "Если не получается войти,", "queue/hold": "Ждите."}}
REGIONS = load_regions(
    "code,name_ru,short_ru,name_en,district,zone,area_codes,also_ru,parts\n"
    "39,Калининградская область,Калининград,Kaliningrad Oblast,northwest,Europe/Kaliningrad,401,,\n"
    "41,Камчатский край,Камчатка,Kamchatka Krai,fareast,Asia/Kamchatka,415,,\n"
    "77,Москва,Москва,Moscow,central,Europe/Moscow,495,,\n"
)


class FixedRouter(Decides):
    """Decides as it was told; keeps what it was asked."""

    def __init__(self, *legs: Leg) -> None:
        self.decision = Decision("queue", legs or (Leg("moscow"),), (Candidate("moscow", True, ()),), (), digest="d1")
        self.asked: list[RouteRequest] = []
        self.fault: Exception | None = None

    def decide(self, request: RouteRequest) -> Decision:
        self.asked.append(request)
        if self.fault is not None:
            raise self.fault
        return self.decision


class House:
    """All services on fakes."""

    def __init__(self, view: BoardView | None = None) -> None:
        self.tickets, self.outbox, self.ratings = MemoryTickets(), MemoryOutbox(), MemoryRatings()
        self.journal, self.clock, self.board = MemoryJournal(), FixedClock(), FixedBoard(view)
        self.local = FixedClock()
        self.announcements, self.places, self.router = MemoryAnnouncements(), MemoryPlaces(), FixedRouter()
        self.waiting = WaitingRoom(self.announcements, lambda language, place, wait: (f"{place}", f"{wait}"))
        self.whereabouts = Whereabouts(self.places, lambda: Locator(REGIONS, None, "77"))
        self.orders = SteeringOrders(self.clock)
        self.queue_journal = QueueJournal(self.journal, self.clock)
        self.callbacks, self.made = MemoryCallbacks(), itertools.count(1)
        #: callbacks that a half hour takes, by queue; 9 in the others
        self.room: dict[str, int] = {}
        self.desk = CallbackDesk(self.callbacks, self.clock, lambda: f"id{next(self.made)}")
        self.incidents, self.incident_sounds, self.audit = MemoryIncidents(), MemoryIncidentSounds(), MemoryAudit()
        self.incident_desk = IncidentDesk(
            self.incidents,
            self.incident_sounds,
            self.audit,
            self.clock,
            ("ru", "en"),
            CATEGORIES,
            ("77", "41", "39"),
            lambda: f"i{next(self.made)}",
        )
        self.tokens = itertools.count(1)
        self.guests = GuestDesk(self.clock, lambda: f"token{next(self.tokens)}", TEXTS)
        self.services = Services(
            TicketDesk(self.tickets, lambda n: 7 % n),
            SmsDesk(self.outbox),
            self.ratings,
            self.journal,
            self.clock,
            self.local,
            self.whereabouts,
            RouteDesk(self.router, self.board, self.local),
            self.waiting,
            self.queue_journal,
            CallbackOffice(
                self.desk,
                HOURS,
                CallbackNumbers(["88005553535"], ["401"]),
                self.whereabouts,
                self.clock,
                lambda queue, start: self.room.get(queue, 9),
            ),
            self.incident_desk,
            self.guests,
        )

    def place(self, place: Place = MOSCOW, number: str = CALLER.number) -> CallerPlace:
        return CallerPlace(self.whereabouts, self.local, self.clock, number, place)

    async def talk(self, flow: Flow, channel: ScriptedChannel | None = None, known: Known | None = None) -> object:
        channel = channel or ScriptedChannel(keys=["1"])
        return await Conversation(channel, self.services, known or Known(CALLER, self.place(), "ru")).run(flow)

    def told(self, kind: str) -> list[dict[str, object]]:
        """What the journal says in events of `kind`."""
        return [data for *_, that, data in self.journal.events if that == kind]


def staffed(**queues: QueueView) -> BoardView:
    return BoardView(queues, fresh=True)
