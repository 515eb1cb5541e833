"""Who the canary's callers are, and how the hotline answers them where their keys do not decide.

A world that the real hotline does not behave like is noticed: a caller waits in vain for what he should hear next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.callback_hours import CallbackHours, Person
from ivr.domain.tickets import new_number
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
from ivr.flow.commands import (
    AskPlace,
    AskRoute,
    Caller,
    ChoosePlace,
    Done,
    FindTicket,
    ForgetPlace,
    NoteTicket,
    OpenTicket,
    PlaceFound,
    QueueSms,
    RememberPlace,
    RouteFound,
    TicketFound,
    TicketOpened,
)
from ivr.flow.incident_commands import AskIncident, IncidentFound
from tests.canary.ways import Way, World, ways

_NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=3)))
_SOON = _NOW + timedelta(minutes=40)
#: Where a way has this mobile number, a caller keys in one of his own: only a few SMS a day go to one telephone.
MOBILE = "9161234567"
#: A ticket that nobody has, a mobile number, the end of a telephone number, as they are keyed in.
_ENTRIES = {8: new_number(lambda n: 4_821_551 % n), 10: MOBILE, 4: "4567"}
#: Nobody is logged in, nothing is known to be broken.
_PLAIN: World = {
    AskIncident: IncidentFound(),
    FindCallback: CallbackFound(),
    AskRoute: RouteFound("moscow", False, callback=True),
    OpenTicket: TicketOpened(_ENTRIES[8], _SOON),
    FindTicket: TicketFound(),
    AskPlace: PlaceFound("77", _NOW, sure=True),
    ChoosePlace: PlaceFound("77", _NOW, sure=True),
    AskPromise: PromiseFound(_NOW, _NOW, _SOON),
    AskSlots: SlotsFound(_NOW, tuple((_SOON + timedelta(hours=h), _SOON + timedelta(hours=h + 1)) for h in (3, 4, 5))),
    RequestCallback: CallbackMade("made", _NOW, _NOW, _SOON),
    ChangeCallback: CallbackFound(True, _NOW, _SOON, _SOON),
    **dict.fromkeys((QueueSms, NoteTicket, RememberPlace, ForgetPlace, TakeOffer, DropOffer, CancelCallback), Done()),
}


@dataclass(frozen=True)
class Sort:
    """A sort of callers. `prefix`: of their numbers, four digits short; `promised`: they are to be called back."""

    prefix: str
    mobile: bool = False
    promised: bool = False
    differs: Mapping[type, object] = field(default_factory=dict)

    @cached_property
    def ways(self) -> dict[str, Way]:
        """To each question that they can be asked."""
        there = CallbackFound(True, _NOW, _SOON, _SOON) if self.promised else None
        return ways(Caller(f"{self.prefix}0000", self.mobile), {**_PLAIN, **self.differs}, _ENTRIES, there)


#: Prefixes of fixed lines, with their time zone and region.
_LINES = (
    ("+7495888", "Europe/Moscow", "77"), ("+7343888", "Asia/Yekaterinburg", "66"),
    ("+7383888", "Asia/Novosibirsk", "54"), ("+7423888", "Asia/Vladivostok", "25"),
    ("+7415888", "Asia/Kamchatka", "41"), ("+7401888", "Europe/Kaliningrad", "39"),
)  # fmt: skip
_HOURS = CallbackHours(load_calendars(data_reader(None)))


def fixed_line(now: datetime) -> Sort:
    """A fixed line of a region where a promise needs no question now and in the hour to come: it is day there.

    At some hours it is evening or night everywhere: then one where he is asked all that time.
    """
    for quiet in (False, True):
        differs = {AskPromise: PromiseFound(_NOW, _SOON, _SOON, True)} if quiet else {}
        for prefix, zone, region in _LINES:
            then = (_HOURS.promise(Person((zone,), region), now + timedelta(minutes=at), None) for at in (0, 30, 60))
            if all(promise.quiet == quiet for promise in then):
                return Sort(prefix, differs=differs)
    raise AssertionError(f"{now}: every line's hours begin or end within the hour")


#: A mobile of which no region is known.
MOBILE_LINE = Sort("+7916888", mobile=True, differs={AskPlace: PlaceFound("", _NOW)})
#: A fixed line that is to be called back.
PROMISED_LINE = Sort("+7495777", promised=True, differs={FindCallback: CallbackFound(True, _NOW, _SOON, _SOON)})
