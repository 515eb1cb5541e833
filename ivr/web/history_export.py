"""Lists of calls as files: CSV (UTF-8 with its mark, for spreadsheets too) and XLSX, written as the calls come."""

import asyncio
import csv
import io
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from aiohttp import web

from ivr.domain.call_summary import CallLine
from ivr.domain.journey import login
from ivr.domain.journey_words import COLUMNS, JourneyWords
from ivr.domain.route_words import RouteWords
from ivr.errors import StorageError
from ivr.services.call_history import Page

log = logging.getLogger(__name__)
Cell = str | int | datetime | None
Portions = AsyncIterator[Page]
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What makes a spreadsheet take a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 1 << 16
_NONE = Page([], False)
#: Seconds: who takes nothing for so long gives his turn to the next.
_STUCK_S = 60.0
_CUT = {
    "ru": "Это не всё: более старые звонки не поместились. Сузьте отбор, например по времени.",
    "en": "This is not all: there was no room for older calls. Ask for fewer, by time for instance.",
}


class Sheet:
    """The rows of an export in one language; `cut`: the last one, when older calls were left out."""

    def __init__(self, words: JourneyWords, route: RouteWords, language: str) -> None:
        self._words, self._route = words, route
        self.heading = [words.column(name) for name in COLUMNS]
        self.cut: list[Cell] = [_CUT[language]]

    def row(self, line: CallLine) -> list[Cell]:
        """The cells of a call, as `COLUMNS` has them."""
        about, route, words = line.summary, self._route, self._words
        return [
            line.call_id,
            line.started_at.astimezone(UTC),
            line.caller,
            route.region(about.region) if about.region else "",
            words.value("source", about.source),
            route.spoken(about.language),
            route.category(about.category),
            about.ticket,
            route.queue(about.queue) if about.queue else "",
            login(about.operator),
            words.value("reason", about.reason),
            about.waited_s,
            about.talked_s,
            line.score,
        ]


def harmless(cell: Cell) -> str:
    """The cell as text that no spreadsheet takes for a formula: such a one begins with an apostrophe."""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA) else text


async def as_csv(request: web.Request, name: str, sheet: Sheet, portions: Portions) -> web.StreamResponse:
    """Send the calls as they are read. Raises `StorageError` while nothing was sent yet; later the transfer breaks."""
    page = await anext(portions, _NONE)
    response, cut = _download(f"{name}.csv", _CSV), False
    await response.prepare(request)
    try:
        await _send(response, "\ufeff".encode() + _lines([sheet.heading]))
        while page.lines:
            await _send(response, _lines([sheet.row(line) for line in page.lines]))
            cut, page = page.more, await anext(portions, _NONE)
        if cut:
            await _send(response, _lines([sheet.cut]))
    except (StorageError, TimeoutError) as error:
        return _broken(request, response, error)
    await response.write_eof()
    return response


async def as_xlsx(request: web.Request, name: str, sheet: Sheet, portions: Portions) -> web.StreamResponse:
    """Write a workbook into a temporary file, off the loop, and send it. Raises `StorageError`."""
    with tempfile.TemporaryDirectory(prefix="ivr-export-") as folder:
        file = Path(folder) / "calls.xlsx"
        book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": folder})
        fill = _filler(book, sheet)
        cut = False
        async for page in portions:
            await asyncio.to_thread(fill, [sheet.row(line) for line in page.lines])
            cut = page.more
        if cut:
            await asyncio.to_thread(fill, [sheet.cut])
        await asyncio.to_thread(book.close)
        response = _download(f"{name}.xlsx", _XLSX)
        response.content_length = file.stat().st_size
        await response.prepare(request)
        try:
            with file.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    await _send(response, chunk)
        except TimeoutError as error:
            return _broken(request, response, error)
        await response.write_eof()
        return response


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_STUCK_S):
        await response.write(data)


def _broken(request: web.Request, response: web.StreamResponse, error: Exception) -> web.StreamResponse:
    """A list that lacks its end must not look whole."""
    log.warning("an export broke off: %s", error or "nobody takes it", extra={"action": "export_broken"})
    if request.transport is not None:
        request.transport.abort()
    return response


def _filler(book: xlsxwriter.Workbook, sheet: Sheet) -> Callable[[Sequence[list[Cell]]], None]:
    page = book.add_worksheet()
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.freeze_panes(1, 0)
    page.set_column(0, len(COLUMNS) - 1, 18)
    for column, words in enumerate(sheet.heading):
        page.write_string(0, column, words, bold)
    at = 1

    def fill(rows: Sequence[list[Cell]]) -> None:
        nonlocal at
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(at, column, cell.replace(tzinfo=None), moment)
                elif isinstance(cell, int):
                    page.write_number(at, column, cell)
                elif cell:
                    page.write_string(at, column, cell)  # a text is never a formula here
            at += 1

    return fill


def _lines(rows: Sequence[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _download(name: str, kind: str) -> web.StreamResponse:
    kept = f'attachment; filename="{name}"'
    return web.StreamResponse(
        headers={"Content-Type": kind, "Content-Disposition": kept, "Cache-Control": "no-store"}
    )
