"""Until when a ticket is answered is told to the caller by his own clock."""

from dataclasses import replace
from datetime import datetime

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.deadlines import Deadlines
from ivr.domain.whereabouts import Place, Reason
from ivr.flow.commands import End, Flow, OpenTicket, TicketOpened
from ivr.services.conversation import Known
from ivr.services.tickets import TicketDesk
from tests.services.house import CALLER, REGIONS, House

KAMCHATKA = Place("41", "Asia/Kamchatka", "mobile", Reason("place-mobile"))


async def test_a_caller_from_kamchatka_hears_the_working_hours_and_the_clock_of_kamchatka() -> None:
    house, got = House(), []  # Monday 2 March 2026, 12:00 UTC: midnight there
    deadlines = Deadlines(load_calendars(data_reader(None)), REGIONS, "77")
    desk = TicketDesk(house.tickets, lambda n: 7, deadlines=deadlines)
    house.services = replace(house.services, tickets=desk)

    def flow() -> Flow:
        got.append((yield OpenTicket("signin", "operator")))
        return End("done")

    await house.talk(flow(), known=Known(CALLER, house.place(KAMCHATKA), "ru"))
    (opened,) = got
    assert isinstance(opened, TicketOpened)
    assert opened.due is not None
    assert opened.due.isoformat() == "2026-03-03T13:00:00+12:00"  # four hours from 9:00 on
    assert opened.due == datetime.fromisoformat("2026-03-03T01:00:00+00:00")
    assert [ticket.region for ticket in house.tickets.tickets.values()] == ["41"]
