"""Arrivals out of a CSV, as another telephone system or an operator's report may give them."""

import csv
from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ivr.domain.calendar_clock import FIRST_YEAR, LAST_YEAR, reckoned
from ivr.domain.phones import to_e164
from ivr.errors import DataError
from ivr.storage.arrivals import ArrivedCall

#: With so many faults, the rest of the file is not looked at.
_ENOUGH = 20
_NEEDED = "the first line must name the columns: at and one of region, number; category and language may follow"


def read_arrivals_csv(
    path: Path,
    regions: Container[str],
    categories: Container[str],
    bytes_read: Callable[[int, int], None] = lambda done, of: None,
) -> Iterator[ArrivedCall]:
    """The calls of the file `path`, one a line, in its order; the separator is a comma, a semicolon or a tab.

    Columns: `at` (ISO 8601 with offset), `region` (code, or empty) or `number` (as dialled; one that is none counts
    as withheld), and if wanted `category` (id) and `language`. Raises `DataError` naming every fault with its line
    after the last call, and at once when the header is wrong. `bytes_read` is told the progress: done, in all.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            yield from _Reader(path.name, regions, categories).calls(_lines(file, size, path.name, bytes_read))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def _lines(file: Iterator[bytes], size: int, where: str, bytes_read: Callable[[int, int], None]) -> Iterator[str]:
    done = 0
    for number, raw in enumerate(file, 1):
        done += len(raw)
        if number % 5000 == 0:
            bytes_read(done, size)
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise DataError(f"{where}: line {number}: is not UTF-8 text; save the file as CSV UTF-8") from None
        if "\0" in line:
            raise DataError(f"{where}: line {number}: is not text; save the file as CSV UTF-8")
        yield line
    bytes_read(size, size)


class _Reader:
    def __init__(self, where: str, regions: Container[str], categories: Container[str]) -> None:
        self._where, self._regions, self._categories = where, regions, categories
        self._faults: list[str] = []

    def calls(self, lines: Iterator[str]) -> Iterator[ArrivedCall]:
        header = next(lines, "").rstrip("\r\n")
        separator = next((mark for mark in ";\t" if mark in header), ",")
        columns = [name.strip().strip('"').lower() for name in header.split(separator)]
        self._check(columns)
        rows = csv.reader(lines, delimiter=separator)
        try:
            for cells in rows:
                line = rows.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(columns):
                    self._fault(line, f"has {len(cells)} columns, the header has {len(columns)}")
                    continue
                call = self._call({key: cell.strip() for key, cell in zip(columns, cells, strict=True)}, line)
                if call is not None:
                    yield call
        except csv.Error as error:
            self._fault(rows.line_num + 1, f"is no CSV: {error}")
        if self._faults:
            raise DataError("\n".join(self._faults))

    def _check(self, columns: list[str]) -> None:
        known = {"at", "region", "number", "category", "language"}
        wrong = [f"{name!r} is not known" for name in columns if name not in known]
        wrong += [f"{name!r} is there twice" for name in dict.fromkeys(columns) if columns.count(name) > 1]
        if "at" not in columns:
            wrong.append("'at' is missing")
        if ("region" in columns) == ("number" in columns):
            wrong.append("exactly one of 'region' and 'number' must be there")
        if wrong:
            raise DataError(f"{self._where}: line 1: {'; '.join(wrong)}; {_NEEDED}")

    def _call(self, row: dict[str, str], line: int) -> ArrivedCall | None:
        before = len(self._faults)
        try:
            at = datetime.fromisoformat(row["at"])
        except ValueError:
            self._fault(line, f"at: {row['at']!r} is not a time like 2026-03-02T09:15:00+03:00")
            return None
        if at.tzinfo is None:
            self._fault(line, f"at: {row['at']!r} has no offset; write it as {row['at']}+03:00")
        elif not reckoned(at):
            self._fault(line, f"at: {row['at']!r} is not within the years {FIRST_YEAR} to {LAST_YEAR}")
        region, category = row.get("region", ""), row.get("category", "")
        if region and region not in self._regions:
            self._fault(line, f"region: {region!r} is no code of regions.csv; `ivr regions list` shows them")
        if category and category not in self._categories:
            self._fault(line, f"category: {category!r} is no category id")
        if len(self._faults) > before:
            return None
        return ArrivedCall(
            at.astimezone(UTC), to_e164(row.get("number", "")), region, "", category, row.get("language", "").lower()
        )

    def _fault(self, line: int, fault: str) -> None:
        self._faults.append(f"{self._where}: line {line}: {fault}")
        if len(self._faults) >= _ENOUGH:
            raise DataError("\n".join([*self._faults, f"{self._where}: and perhaps more: the rest was not read"]))
