"""The card in front of an operator: who calls, from where, what he wants, what he was promised, and what was before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from ivr.domain.call_summary import CallLine, CallSearch
from ivr.domain.callbacks import Callback
from ivr.domain.calls import CallRecord, CallStep
from ivr.domain.contacts import Contact
from ivr.domain.regions import Regions
from ivr.domain.tickets import Ticket
from ivr.services.open_calls import OpenCalls
from ivr.services.ports import Contacts, Tickets

#: Earlier contacts of so many days, at most so many calls.
_SINCE, _MOST = timedelta(days=90), 20


class CallBook(Protocol):
    """The calls that are stored. Raises `StorageError`."""

    async def search(self, wanted: CallSearch) -> list[CallLine]: ...


class CallbackFinder(Protocol):
    """Callbacks by the id of a dial. Raises `StorageError`."""

    async def find(self, attempt: str) -> Callback | None: ...


@dataclass(frozen=True)
class Spoken:
    """The last place and wait that he was told (None: none was)."""

    at: datetime
    position: int
    wait_s: int | None


@dataclass(frozen=True)
class EarlierCall:
    """A call from the same number before this one, and what operators wrote down of it."""

    line: CallLine
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class CallerCard:
    """`number`: the last four digits, "" when withheld. `path`: steps of the menu that he went through, in order.
    `region`: names by language, None unknown; `zone`: his clock (IANA), "" unknown. `callback`: the one that this
    call is. `earlier`: newest first."""

    call_id: str
    number: str
    region_code: str
    region: dict[str, str] | None
    zone: str
    sure: str
    language: str
    category: str
    source: str
    arrived: datetime | None
    path: tuple[str, ...]
    told: Spoken | None
    callback: Callback | None
    ticket: Ticket | None
    earlier: tuple[EarlierCall, ...]


class CallerCards:
    """Raises `StorageError` when the database is away."""

    def __init__(
        self,
        open_calls: OpenCalls,
        book: CallBook,
        tickets: Tickets,
        contacts: Contacts,
        callbacks: CallbackFinder,
        regions: Regions,
    ) -> None:
        self._open, self._book, self._tickets, self._contacts = open_calls, book, tickets, contacts
        self._callbacks, self._regions = callbacks, regions

    async def of(self, call_id: str, at: datetime) -> CallerCard | None:
        """The card of a call that is, or just was, alive; None for one that is not known."""
        record = await self._open.load(call_id)
        if record is None:
            return None
        place = _last(record.steps, "place")
        code = str(place.data.get("region") or "") if place else ""
        region = self._regions.by_code.get(code)
        start = next((step for step in record.steps if step.kind == "start"), None)
        asked = bool(start and start.data.get("callback"))
        return CallerCard(
            call_id=call_id,
            number=record.caller[-4:],
            region_code=code if region else "",
            region=dict(region.names) if region else None,
            zone=str(place.data.get("zone") or "") if place else "",
            sure=str(place.data.get("confidence") or "") if place else "",
            language=record.language,
            category=record.category,
            source=_source(start, asked),
            arrived=record.started_at,
            path=_path(record.steps),
            told=_told(record.steps),
            callback=await self._callbacks.find(call_id) if asked else None,
            ticket=await self._tickets.get(record.ticket) if record.ticket else None,
            earlier=await self._earlier(record, self._open.numbers(call_id), at),
        )

    def caller(self, call_id: str) -> str:
        """The whole number (E.164), for what is done with it; never for a page."""
        return self._open.numbers(call_id)

    def record(self, call_id: str) -> CallRecord | None:
        """The call as far as it is told."""
        return self._open.get(call_id)

    async def _earlier(self, record: CallRecord, number: str, at: datetime) -> tuple[EarlierCall, ...]:
        if not number:
            return ()
        found = await self._book.search(CallSearch(number=number, since=at - _SINCE, limit=_MOST + 1))
        lines = [replace(line, caller="") for line in found if line.call_id != record.call_id][:_MOST]
        written = await self._contacts.of_calls([line.call_id for line in lines])
        by_call: dict[str, list[Contact]] = {}
        for contact in written:
            by_call.setdefault(contact.call_id, []).append(contact)
        return tuple(EarlierCall(line, tuple(by_call.get(line.call_id, ()))) for line in lines)


def _last(steps: Sequence[CallStep], kind: str) -> CallStep | None:
    return next((step for step in reversed(steps) if step.kind == kind), None)


def _source(start: CallStep | None, callback: bool) -> str:
    told = str(start.data.get("source") or "") if start else ""
    return told or ("callback" if callback else "phone")


def _path(steps: Sequence[CallStep]) -> tuple[str, ...]:
    """Each place of the menu once in a row: repeating is no step on the way."""
    path: list[str] = []
    for step in steps:
        name = str(step.data.get("step") or "") if step.kind == "step" else ""
        if name and (not path or path[-1] != name):
            path.append(name)
    return tuple(path)


def _told(steps: Sequence[CallStep]) -> Spoken | None:
    for step in reversed(steps):
        position, wait = step.data.get("position"), step.data.get("wait_s")
        if step.kind in ("told", "route") and isinstance(position, int) and position:
            return Spoken(step.at, position, wait if isinstance(wait, int) else None)
    return None
