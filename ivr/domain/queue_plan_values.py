"""Values of `queues.toml` taken out of their tables: each of the right kind, or a fault with its place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytz

from ivr.domain.queue_plan import Shift

Table = Mapping[str, Any]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}\Z")
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\Z")
_MIDNIGHT = 24 * 60


class Values:
    """The values of one table; `where` is its name, faults are added to `faults`."""

    def __init__(self, where: str, raw: Table, faults: list[str]) -> None:
        self.where, self.raw, self.faults = where, raw, faults

    def fault(self, key: str, words: str) -> None:
        self.faults.append(": ".join(part for part in (self.where, key, words) if part))

    def known(self, keys: Sequence[str]) -> None:
        """Anything else in the table is a fault."""
        for key in self.raw:
            if key not in keys:
                self.fault(key, f"unknown; known are {', '.join(keys)}")

    def name(self, name: str) -> None:
        if not _NAME.match(name):
            self.fault("", "a name is up to 20 small letters and digits, starting with a letter")

    def table(self, key: str) -> Table:
        raw = self.raw.get(key, {})
        if isinstance(raw, dict):
            return raw
        self.fault(key, "must be a table")
        return {}

    def tables(self, key: str) -> Iterable[tuple[str, Table]]:
        """The tables in the table `key`, by name."""
        inner = Values(f"{self.where}.{key}" if self.where else key, self.table(key), self.faults)
        return [(name, inner.table(name)) for name in inner.raw]

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if isinstance(value, str):
            return value
        self.fault(key, "is missing" if value is None else f"{value!r} is not a text in quotes")
        return ""

    def texts(self, key: str, default: list[str]) -> list[str]:
        value = self.raw.get(key, default)
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            doubled = sorted({item for item in value if value.count(item) > 1})
            if doubled:
                self.fault(key, f"has {', '.join(doubled)} twice")
            return value
        self.fault(key, "must be a list of texts in quotes")
        return []

    def one_of(self, key: str, default: str, known: Sequence[str]) -> str:
        value = self.raw.get(key, default)
        if value in known:
            return str(value)
        self.fault(key, f"{value!r} is not one of {', '.join(known)}")
        return default

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self.raw.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(key, f"{value!r} is not a whole number of {least} to {most}")
        return default

    def flag(self, key: str, default: bool) -> bool:
        value = self.raw.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, f"{value!r} is neither true nor false")
        return default

    def zone(self, key: str) -> str:
        """An IANA name, as it is written: pytz itself would take any case."""
        name = self.text(key)
        if name and name not in pytz.all_timezones_set:
            self.fault(key, f"{name!r} is not an IANA time zone such as Asia/Irkutsk")
        return name


def shifts_of(raw: object, where: str, faults: list[str], people: bool) -> tuple[Shift, ...]:
    """Shifts from `[{ days = "mon-fri", from = "08:00", to = "20:00", operators = 6 }, …]`.

    `to` at or before `from` is on the next day. `people`: `operators` must be said (else it must not).
    """
    if raw is None:
        return ()
    if not isinstance(raw, list):
        faults.append(f"{where}: must be a list of tables")
        return ()
    found = []
    for number, item in enumerate(raw, 1):
        values = Values(f"{where}[{number}]", item if isinstance(item, dict) else {}, faults)
        if not isinstance(item, dict):
            values.fault("", 'must be a table such as { days = "mon-fri", from = "08:00", to = "20:00" }')
            continue
        values.known(("days", "from", "to", "operators") if people else ("days", "from", "to"))
        start, end = _minutes(values, "from"), _minutes(values, "to")
        operators = values.number("operators", 0, 1, 10_000) if people else 0
        found.append(Shift(_days(values), start, end if end > start else end + _MIDNIGHT, operators))
    return tuple(found)


def _minutes(values: Values, key: str) -> int:
    text = values.text(key)
    match = _TIME.match(text)
    at = int(match[1]) * 60 + int(match[2]) if match else -1
    if text and not 0 <= at <= _MIDNIGHT - (key == "from"):
        values.fault(key, f'{text!r} is not a time of day such as "08:30"')
        return 0
    return max(at, 0)


def _days(values: Values) -> frozenset[int]:
    """Days from "mon-fri", "sat,sun", "fri-mon" (round the week)."""
    text, found = values.text("days", "mon-sun"), set[int]()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            values.fault("days", f'{text!r} is not written as "mon-fri", "sat,sun" or "mon-sun"')
            return frozenset({0})
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)
