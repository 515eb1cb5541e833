"""The numbering plan as it is published (CSV files of opendata.digital.gov.ru) -> ranges, or a refusal with the line.

Their form (2026): UTF-8 with a byte order mark, ";" between columns, no quoting (names of operators contain single
quotation marks). Older files lack «Территория ГАР» or «ИНН», or are cp1251: columns are found by their names.
"""

import contextlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ivr.domain.numbering import PARTS, Territory
from ivr.domain.territories import TerritoryNames
from ivr.errors import DataError

#: So many faults are named before a file is given up.
FAULTS = 10
#: More different territories than this are no territories (the real plan has some hundred).
_TERRITORIES = 5000
#: Bytes of a line and of a territory's cell; the real plan's longest have 339 and 93.
LONGEST_LINE = 65_536
_LONGEST_TERRITORY = 500
_EVERY = 8192  # rows between two reports of progress
_SOURCE = "get the files in a browser from opendata.digital.gov.ru (registry, numeric, downloads)"
_COLUMNS = {
    "авс/def": "code",
    "abc/def": "code",
    "от": "first",
    "до": "last",
    "емкость": "capacity",
    "оператор": "operator",
    "регион": "region",
    "территориягар": "territory",
    "инн": "inn",
}
#: How files begin that are no UTF-8 text.
_NO_TEXT = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"PK\x03\x04": "a compressed file (zip)",
    b"BZh": "a compressed file (bzip2)",
    b"7z\xbc\xaf": "a compressed file (7z)",
    b"\xfd7zXZ": "a compressed file (xz)",
}
_NEEDED = {"code": "АВС/ DEF", "first": "От", "last": "До", "capacity": "Емкость"}


@dataclass
class PlanRows:
    """Rows of one file, column by column: first and last number, territory's index, line."""

    name: str
    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    ends: "array[int]" = field(default_factory=lambda: array("Q"))
    which: "array[int]" = field(default_factory=lambda: array("H"))
    lines: "array[int]" = field(default_factory=lambda: array("I"))

    def add(self, start: int, end: int, which: int, line: int) -> None:
        self.starts.append(start)
        self.ends.append(end)
        self.which.append(which)
        self.lines.append(line)


class _Stop(Exception):
    """Enough faults are known."""


@dataclass
class _Faults:
    where: str
    found: list[str] = field(default_factory=list)

    def add(self, line: int, words: str) -> None:
        self.found.append(f"{self.where}: line {line}: {words}")
        if len(self.found) >= FAULTS:
            raise _Stop

    def refuse(self) -> None:
        if self.found:
            more = "\nand maybe more" if len(self.found) >= FAULTS else ""
            raise DataError("\n".join(self.found) + more)


class PlanReader:
    """Reads the files of one import; they share the list of territories."""

    def __init__(self, names: TerritoryNames) -> None:
        self._names = names
        # by the last part of the cell; by the whole cell where its other parts matter
        self._by_last: dict[bytes, int] = {}
        self._by_text: dict[bytes, int] = {}
        self._index: dict[Territory, int] = {}

    def read(self, name: str, lines: Iterable[bytes], progress: Callable[[int], None] | None = None) -> PlanRows:
        """The rows of the file `name`. Raises `DataError` with line and reason; `progress` is told bytes read.

        `lines` are given up at `LONGEST_LINE` bytes, so that whoever reads them need not give longer ones.
        """
        faults = _Faults(name)
        rows = PlanRows(name)
        with contextlib.suppress(_Stop):
            self._read(iter(lines), rows, faults, progress or (lambda _: None))
        faults.refuse()
        return rows

    @property
    def territories(self) -> tuple[Territory, ...]:
        return tuple(self._index)

    def _read(self, lines: Iterator[bytes], rows: PlanRows, faults: _Faults, progress: Callable[[int], None]) -> None:
        head = next(lines, b"")
        encoding, columns = _header(head, faults)
        _bounded(1, head, faults)
        width = len(columns)
        code_at, first_at, last_at, capacity_at = (columns.index(name) for name in _NEEDED)
        region_at = columns.index("region") if "region" in columns else -1
        place_at = columns.index("territory") if "territory" in columns else region_at
        inn_at = columns.index("inn") if columns[-1] == "inn" else -1
        bases: dict[bytes, int] = {}
        by_last, by_text, add = self._by_last, self._by_text, rows.add
        told, raw, number = len(head), b"\n", 1
        for number, raw in enumerate(lines, 2):
            told += len(raw)
            if not number % _EVERY:
                progress(told)
            if len(raw) >= LONGEST_LINE:
                _bounded(number, raw, faults)
            cells = raw.rstrip(b"\r\n").split(b";")
            if len(cells) != width:
                if raw.strip():
                    faults.add(number, _width(cells, width, raw))
                continue
            code, first, last = cells[code_at].strip(), cells[first_at].strip(), cells[last_at].strip()
            base = bases.get(code)
            if base is None:
                if len(code) != 3 or not code.isdigit() or code[:1].decode() not in PARTS:
                    faults.add(number, f"{_shown(code)} is not an area code of three digits from 3, 4, 8 or 9 on")
                    continue
                base = bases[code] = int(code) * 10**7
            if not (first.isdigit() and last.isdigit() and len(first) <= 7 and len(last) <= 7):
                faults.add(number, f"{_shown(first)} to {_shown(last)} are not numbers of up to seven digits")
                continue
            start, end = base + int(first), base + int(last)
            if end < start:
                faults.add(number, f"the range ends ({last.decode()}) before it begins ({first.decode()})")
                continue
            capacity = cells[capacity_at].strip()
            if not capacity.isdigit() or len(capacity) > 8 or int(capacity) != end - start + 1:
                faults.add(number, f"the capacity is {_shown(capacity)}, but the range has {end - start + 1} numbers")
                continue
            text = cells[place_at]
            if place_at != region_at and text.strip() in (b"", b"-"):
                text = cells[region_at]
            which = by_last.get(text[text.rfind(b"|") + 1 :])
            if which is None and (which := by_text.get(text)) is None:
                if len(text) > _LONGEST_TERRITORY:
                    faults.add(number, f"the territory is longer than {_LONGEST_TERRITORY} bytes: {_shown(text)}…")
                    continue
                try:
                    which = self._territory(text, encoding)
                except UnicodeDecodeError:
                    faults.add(number, f"the territory is not {encoding} text")
                    continue
                if which > _TERRITORIES:
                    faults.add(number, f"more than {_TERRITORIES} different territories: is this the column?")
                    raise _Stop
            add(start, end, which, number)
        progress(told)
        if not raw.endswith(b"\n") and inn_at >= 0 and len(raw.split(b";")[-1].strip()) not in (10, 12):
            faults.add(number, "the last line ends within the ИНН: the file is truncated; get it again")
        if not rows.starts and not faults.found:
            faults.add(number, f"there are no rows below the header; {_SOURCE}")

    def _territory(self, text: bytes, encoding: str) -> int:
        found = self._names.territory(text.decode(encoding))
        index = self._index.setdefault(found, len(self._index))
        if self._names.needs_all(found):
            self._by_text[text] = index
        else:
            self._by_last[text[text.rfind(b"|") + 1 :]] = index
        return index


def _header(head: bytes, faults: _Faults) -> tuple[str, list[str]]:
    """Encoding and columns by their own names; refuses the file when these are not the plan's."""
    if kind := next((kind for mark, kind in _NO_TEXT.items() if head.startswith(mark)), ""):
        faults.add(1, f"this is {kind}, not UTF-8 text: unpack it, or save it as CSV UTF-8; {_SOURCE}")
        raise _Stop
    if b"\0" in head:
        faults.add(1, f"this is no text at all; {_SOURCE}")
        raise _Stop
    text, encoding = _decoded(head)
    start = text.lstrip().casefold()
    if start.startswith(("<", "{")) or "<html" in start:
        faults.add(1, f"this is a web page (an error page of the server?), not the numbering plan; {_SOURCE}")
        raise _Stop
    if not head.strip():
        faults.add(1, f"the file is empty; {_SOURCE}")
        raise _Stop
    names = [_COLUMNS.get("".join(cell.replace('"', "").casefold().replace("ё", "е").split()), "")
             for cell in text.split(";")]  # fmt: skip
    missing = [shown for name, shown in _NEEDED.items() if name not in names]
    if "region" not in names and "territory" not in names:
        missing.append("Регион or Территория ГАР")
    if missing:
        faults.add(
            1, f"the header lacks the columns {', '.join(missing)}: not the numbering plan, or cut off; {_SOURCE}"
        )
        raise _Stop
    if double := [shown for name, shown in _NEEDED.items() if names.count(name) > 1]:
        faults.add(1, f"the header has the columns {', '.join(double)} twice")
        raise _Stop
    return encoding, names


def _bounded(number: int, raw: bytes, faults: _Faults) -> None:
    if len(raw) >= LONGEST_LINE:
        faults.add(number, f"the line is too long ({LONGEST_LINE} bytes and more): this is not the numbering plan")
        raise _Stop


def _decoded(head: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return head.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    return head.decode("latin-1"), "latin-1"


def _width(cells: list[bytes], width: int, raw: bytes) -> str:
    if not raw.endswith(b"\n"):
        return "the file ends in the middle of this line: it is truncated; get it again"
    return f"has {len(cells)} columns, not {width}"


def _shown(cell: bytes) -> str:
    return repr(cell[:20].decode("utf-8", "replace"))
