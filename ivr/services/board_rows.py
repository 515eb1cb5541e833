"""The rows of the board, each made of what the live queues, the open calls and the plan tell."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ivr.domain.calendar import Calendar
from ivr.domain.calls import CallRecord
from ivr.domain.live_people import Person
from ivr.domain.live_types import Caller, call_id_of
from ivr.domain.queue_plan import Site
from ivr.domain.regions import Regions
from ivr.domain.whereabouts import local_time
from ivr.services.board_state import CallerRow, OperatorRow, ShiftNow, SiteRow, TalkRow, Told, Words

_DAY = 24 * 60


def iso(at: datetime | None) -> str:
    """A moment to the millisecond, "" for none."""
    return at.isoformat(timespec="milliseconds") if at else ""


def login_of(member: str) -> str:
    """The operator's login from the member's name or phone ("op-101", "PJSIP/web-101")."""
    name = member.rpartition("/")[2]
    return name.removeprefix("op-").removeprefix("web-")


def site_row(site: Site, calendar: Calendar, queues: tuple[str, ...], at: datetime) -> SiteRow:
    """A call centre at `at`."""
    window = calendar.window(at)
    shift = _shift(site, at) if window.open else None
    return SiteRow(site.id, site.names, site.zone, window.open, iso(window.end), shift, queues)


def _shift(site: Site, at: datetime) -> ShiftNow | None:
    local = local_time(at, site.zone)
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    now = [
        shift
        for shift in site.shifts
        for day, minutes in ((weekday, minute), ((weekday - 1) % 7, minute + _DAY))
        if day in shift.days and shift.start <= minutes < shift.end
    ]
    if not now:
        return None
    return ShiftNow(
        _clock(min(shift.start for shift in now)),
        _clock(max(shift.end for shift in now)),
        sum(shift.operators for shift in now),
    )


def _clock(minutes: int) -> str:
    return f"{minutes % _DAY // 60:02d}:{minutes % 60:02d}"


class CallFacts:
    """What the board says of a call; made once for each new step of it."""

    def __init__(self, record: CallRecord | None, regions: Regions) -> None:
        self.language = self.category = self.ticket = self.number = self.zone = ""
        self.region: Words | None = None
        self.told: Told | None = None
        self.callback = False
        if record is None:
            return
        self.language, self.category, self.ticket = record.language, record.category, record.ticket
        self.number = record.caller[-4:]
        for step in record.steps:
            data = step.data
            if step.kind == "place":
                region = regions.by_code.get(str(data.get("region", "")))
                self.region = region.names if region else None
                self.zone = str(data.get("zone", ""))
            elif step.kind == "told":
                wait = data.get("wait_s")
                place = data.get("position")
                self.told = Told(
                    iso(step.at), place if isinstance(place, int) else 0, wait if isinstance(wait, int) else None
                )
            elif step.kind == "start" and data.get("callback"):
                self.callback = True


def caller_row(caller: Caller, place: int, facts: CallFacts) -> CallerRow:
    """A waiting caller at `place`. Who is unknown to the controller shows what his operator would see."""
    ticket, category = _shown(caller.name)
    return CallerRow(
        call_id_of(caller.uniqueid),
        caller.queue,
        place,
        iso(caller.silent_since),
        iso(caller.joined),
        facts.number,
        facts.region,
        facts.zone,
        facts.category or category,
        facts.language,
        facts.ticket or ticket,
        facts.told,
        facts.callback or "." not in caller.uniqueid,
        tuple(sorted(map(login_of, caller.ringing))),
    )


def _shown(name: str) -> tuple[str, str]:
    """Ticket and category from the name that the dialplan gives a caller: "1234-5678 signin", or "call signin"."""
    ticket, _, category = name.partition(" ")
    digits = ticket.rpartition(":")[2].replace("-", "")
    return (digits if len(digits) == 8 and digits.isascii() and digits.isdigit() else ""), category[:40]


def operator_row(
    person: Person, name: str, facts: CallFacts | None, counts: Mapping[str, float]
) -> OperatorRow:
    """A person; `facts` of the call he is on."""
    talk = None
    if person.talk is not None and facts is not None:
        talk = TalkRow(
            call_id_of(person.talk.uniqueid),
            person.talk.queue,
            iso(person.talk.since),
            facts.number,
            facts.category,
            facts.language,
            facts.region,
        )
    return OperatorRow(
        login_of(person.name),
        name or login_of(person.name),
        person.state,
        iso(person.since),
        person.reason,
        person.queues,
        iso(person.logged_in),
        talk,
        int(counts.get("answered", 0)),
        int(counts.get("missed", 0)),
    )


def oldest_of(callers: Iterable[Caller]) -> datetime | None:
    """Since when the first of them waits."""
    return min((caller.silent_since for caller in callers), default=None)
