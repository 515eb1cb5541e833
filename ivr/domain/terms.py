"""How long a ticket may take, by its priority: the `[deadlines]` of `calendars.toml`, read and checked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from ivr.domain.calendar_read import Reading, table_of
from ivr.domain.tickets import PRIORITIES

_LENGTH = re.compile(r"(?=.)(?:([0-9]{1,4})h)? ?(?:([0-9]{1,4})m)?\Z")


@dataclass(frozen=True)
class Term:
    """`limit` of open time by the calendar of that name; `target`: what is aimed at, zero when it is the limit."""

    calendar: str
    limit: timedelta
    target: timedelta = timedelta()


def read_terms(raw: object, calendars: Iterable[str], reading: Reading) -> Mapping[str, Term]:
    """Priority -> its term; every priority must be there."""
    table, names = table_of(raw, "deadlines", reading), tuple(calendars)
    reading.only(table, "deadlines", PRIORITIES)
    terms = {}
    for priority in PRIORITIES:
        where = f"deadlines.{priority}"
        if priority not in table:
            reading.fault(where, 'is missing, as { calendar = "always", due = "24h" }')
            continue
        one = table_of(table[priority], where, reading)
        reading.only(one, where, ("calendar", "due", "target"))
        name = one.get("calendar")
        if name not in names:
            reading.fault(f"{where}.calendar", f"{name!r} is none of {', '.join(names)}")
        limit = _length(one.get("due"), f"{where}.due", reading)
        target = _length(one.get("target", one.get("due")), f"{where}.target", reading)
        if target > limit:
            reading.fault(f"{where}.target", "is longer than what is due")
        terms[priority] = Term(str(name), limit, target if target < limit else timedelta())
    return MappingProxyType(terms)


def _length(raw: object, where: str, reading: Reading) -> timedelta:
    match = _LENGTH.match(raw) if isinstance(raw, str) else None
    length = timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0)) if match else timedelta()
    if not length:
        reading.fault(where, f"{raw!r} is not a length of time as 30m, 4h or 1h 30m")
    return length
