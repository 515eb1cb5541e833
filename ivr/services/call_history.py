"""The history of calls: who may find which, the journey of one, and all that is known of it. What is looked up by a
caller's number, or shown with whole numbers, stands in the audit before it is shown."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ivr.domain.audit import AuditEntry
from ivr.domain.call_summary import CallLine, CallSearch
from ivr.domain.calls import CallRecord
from ivr.domain.contacts import Contact
from ivr.domain.journey import JourneyStep, Stretch, login, steps, stretches
from ivr.domain.routing import Router
from ivr.domain.tickets import TicketEvent
from ivr.errors import HotlineError
from ivr.services.ports import Audit, Contacts, Tickets
from ivr.services.route_explain import Told, explain

#: Lines of one page at most; of an export, read so many at once.
MOST, _AT_ONCE = 200, 500
#: Lines of an export at most.
EXPORTED = 50_000


class NotPermitted(HotlineError):
    """Only supervisors and administrators may look calls up by number, or see whole numbers."""


class CallArchive(Protocol):
    """The calls that are stored. Raises `StorageError`."""

    async def get(self, call_id: str) -> CallRecord | None: ...

    async def search(self, wanted: CallSearch) -> list[CallLine]: ...


@dataclass(frozen=True)
class Reader:
    """Who looks. `who`: his login at the pages; `operator`: his at the telephones, "" none. `all`: may see every call,
    and numbers; else only those that he answered or wrote down."""

    who: str
    operator: str
    all: bool


@dataclass(frozen=True)
class Page:
    """`more`: older ones follow the last of `lines`. Callers' numbers are whole only where that was asked for."""

    lines: list[CallLine]
    more: bool


@dataclass(frozen=True)
class Journey:
    """All of one call. The number of `record` has its last four digits only."""

    record: CallRecord
    steps: list[JourneyStep]
    stretches: list[Stretch]
    why: list[Told]
    contacts: list[Contact]
    ticket: list[TicketEvent]


class CallHistory:
    """Raises `StorageError` when the database is away: nothing is shown that is not in the audit."""

    def __init__(
        self, calls: CallArchive, contacts: Contacts, tickets: Tickets, audit: Audit, router: Router
    ) -> None:
        self._calls, self._contacts, self._tickets = calls, contacts, tickets
        self._audit, self._router = audit, router

    async def search(self, reader: Reader, wanted: CallSearch, at: datetime, numbers: bool = False) -> Page:
        """A page of the calls that fit, newest first. `numbers`: with whole numbers. Raises `NotPermitted`."""
        wanted = self._permitted(reader, replace(wanted, limit=min(wanted.limit, MOST)), numbers)
        if wanted.number or numbers:
            # each page: where one begins is the reader's own word
            after = {"after": wanted.after[0].isoformat()} if wanted.after else {}
            action = "calls_by_number" if wanted.number else "calls_with_numbers"
            await self._record(reader, wanted, action, at, **after)
        found = await self._calls.search(replace(wanted, limit=wanted.limit + 1))
        return Page([_shown(line, numbers) for line in found[: wanted.limit]], len(found) > wanted.limit)

    async def export(
        self, reader: Reader, wanted: CallSearch, at: datetime, numbers: bool = False
    ) -> AsyncIterator[Page]:
        """Every call that fits, `EXPORTED` at most, in portions: where the last one has `more`, the rest is left out.
        Raises `NotPermitted` before the first one."""
        wanted = replace(self._permitted(reader, wanted, numbers), after=None, limit=_AT_ONCE)
        await self._record(reader, wanted, "calls_exported", at, numbers=int(numbers))
        return self._portions(wanted, numbers)

    async def journey(self, reader: Reader, call_id: str) -> Journey | None:
        """The call with this id; None when there is none that this reader may see."""
        record = await self._calls.get(call_id)
        if record is None:
            return None
        contacts = await self._contacts.of_calls([call_id])
        if not reader.all and not _his(reader, record, contacts):
            return None
        ticket = (await self._tickets.histories([record.ticket])).get(record.ticket, []) if record.ticket else []
        record = replace(record, caller=record.caller[-4:])
        why = explain(self._router, record.steps)
        return Journey(record, steps(record), stretches(record, contacts), why, contacts, ticket)

    async def number(self, reader: Reader, call_id: str, at: datetime) -> str | None:
        """The caller's whole number, "" when withheld; None: no such call. Raises `NotPermitted`."""
        if not reader.all:
            raise NotPermitted
        record = await self._calls.get(call_id)
        if record is None:
            return None
        await self._audit.record(AuditEntry(at, reader.who, "number_shown", call_id, outcome="done"))
        return record.caller

    def _permitted(self, reader: Reader, wanted: CallSearch, numbers: bool) -> CallSearch:
        if reader.all:
            return wanted
        if wanted.number or numbers:
            raise NotPermitted
        # a name that no operator has finds nothing
        return replace(wanted, operator=f"op-{reader.operator}")

    async def _portions(self, wanted: CallSearch, numbers: bool) -> AsyncIterator[Page]:
        left, more = EXPORTED, True
        while more and left > 0:
            most = min(left, _AT_ONCE)
            # one more than is shown: whether the list lacks its end must be known
            found = await self._calls.search(replace(wanted, limit=most + 1))
            lines, more = found[:most], len(found) > most
            yield Page([_shown(line, numbers) for line in lines], more)
            left -= most
            if more:
                wanted = replace(wanted, after=(lines[-1].started_at, lines[-1].call_id))

    async def _record(self, reader: Reader, wanted: CallSearch, action: str, at: datetime, **more: object) -> None:
        asked: Mapping[str, object] = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(wanted).items() if value and name not in ("after", "limit")
        }  # fmt: skip
        target = wanted.ticket or login(wanted.operator)
        await self._audit.record(AuditEntry(at, reader.who, action, target, data={**asked, **more}, outcome="done"))


def _shown(line: CallLine, numbers: bool) -> CallLine:
    return line if numbers else replace(line, caller=line.caller[-4:])


def _his(reader: Reader, record: CallRecord, contacts: Sequence[Contact]) -> bool:
    answered = {login(str(step.data.get("operator") or "")) for step in record.steps if step.kind == "answered"}
    return bool(reader.operator) and reader.operator in answered | {contact.operator for contact in contacts}
