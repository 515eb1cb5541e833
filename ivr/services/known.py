"""What a conversation starts with: the services of the house, and what is known of the call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ivr.flow.commands import Caller
from ivr.services.callback_terms import CallbackOffice
from ivr.services.caller_place import CallerPlace
from ivr.services.incidents import IncidentDesk
from ivr.services.ports import Captions, Clock, Journal, NoCaptions, Ratings
from ivr.services.queue_journal import QueueJournal
from ivr.services.routing import RouteDesk
from ivr.services.sms_desk import SmsDesk
from ivr.services.tickets import TicketDesk
from ivr.services.waiting import WaitingRoom
from ivr.services.whereabouts import Whereabouts


@dataclass(frozen=True)
class Services:
    """What a conversation works with; one set for all calls.

    `clock` dates journal and tickets; `local_clock` is the one of routing and of the spoken time, which a trial stops.
    """

    tickets: TicketDesk
    sms: SmsDesk
    ratings: Ratings
    journal: Journal
    clock: Clock
    local_clock: Clock
    whereabouts: Whereabouts
    route: RouteDesk
    waiting: WaitingRoom
    queue_journal: QueueJournal
    callbacks: CallbackOffice
    incidents: IncidentDesk
    captions: Captions = field(default_factory=NoCaptions)
    #: May talks be recorded now?
    record: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Known:
    """What is known of a call when a flow starts. `arrived`: since when he waits for an operator, None: not yet.

    `attempt`: the dial by which he is called back; `instead`: the callback instead of which he has waited in the queue;
    `service`: the number that he dialled.
    """

    caller: Caller
    place: CallerPlace
    language: str
    ticket: str = ""
    arrived: datetime | None = None
    attempt: str = ""
    service: str = ""
    instead: str = ""
