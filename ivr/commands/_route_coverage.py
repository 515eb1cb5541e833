"""`ivr route coverage`: region by hour, who would serve; holes, and hours that the 24/7 queue serves alone. By plan."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ivr.commands._route_coverage_html import coverage_page
from ivr.commands._route_show import Desk, words_argument, write_page
from ivr.commands.listing import print_json, print_table, safe
from ivr.config import load_config
from ivr.domain.coverage import Cell, Coverage, Grid, Sheet, categories_of, letters_of, prefixes_of, whole_coverage
from ivr.domain.queue_plan import GENERAL
from ivr.domain.route_words import RouteWords
from ivr.domain.whereabouts import local_time
from ivr.errors import HotlineError

_HOLE, _COMMON, _CALLBACK = "!", ".", "c"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--day", metavar="D", help="such as 2026-11-25 (default: today)")
    parser.add_argument("--category", metavar="C", help="this one only (default: all of them)")
    parser.add_argument("--language", metavar="L", help="this one only (default: all that the hotline offers)")
    parser.add_argument("--utc", action="store_true", help="columns are hours of the UTC day, not of each region's own")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page that can be read without a network")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    words_argument(parser)


def run(args: argparse.Namespace) -> int:
    """1 when there is a hole; hours with the promise of a call back are none."""
    config = load_config()
    desk = Desk(config)
    categories = _chosen("--category", args.category, categories_of(desk.router))
    languages = _chosen("--language", args.language, config.languages)
    day = _day(args.day)
    found = whole_coverage(desk.router, desk.regions, day, categories, languages, not args.utc, _progress)
    words = desk.words(args.words)
    if args.html is not None:
        write_page(args.html, coverage_page(found, prefixes_of(desk.router), words))
    if args.json:
        print_json(_plain(found, words))
    elif args.html is None:
        for sheet in found.sheets:
            _print(sheet, letters_of(desk.router), words)
    if not args.json:
        print(_verdict(found))
    return 1 if found.holes else 0


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise HotlineError(f"--day: {safe(text)!r} is no day, such as 2026-11-25") from None
    if not 1971 < day.year < 2199:
        raise HotlineError("--day: the calendars reach from 1972 to 2198")
    return day


def _chosen(option: str, value: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return known
    if value not in known:
        raise HotlineError(f"{option}: {safe(value)!r} is none of {', '.join(known)}")
    return (value,)


def _print(sheet: Sheet, letters: dict[str, str], words: RouteWords) -> None:
    grid = sheet.grid
    hours = "UTC" if not grid.local else "the region's own"
    print(f"{', '.join(sheet.categories)}; {', '.join(sheet.languages)}: {grid.day}, hours are {hours}\n")
    print_table(
        ("REGION", "CLOCK", "0     6     12    18"),
        [(f"{row.region} {words.part(row.region, row.zone)}", f"{local_time(row.cells[0].at, row.zone):UTC%z}",
          "".join(_letter(cell, letters) for cell in row.cells)) for row in grid.rows],
    )  # fmt: skip
    used = {cell.queues[0] for row in grid.rows for cell in row.cells if cell.queues} - {GENERAL}
    print("\n" + "  ".join(f"{letter} {name}" for name, letter in letters.items() if name in used))
    print(f"{_COMMON} the 24/7 queue alone  {_CALLBACK} called back when the category's hours begin  {_HOLE} nobody\n")


def _letter(cell: Cell, letters: dict[str, str]) -> str:
    if cell.hole:
        return _HOLE
    if cell.callback:
        return _CALLBACK
    return _COMMON if cell.common_only else letters.get(cell.queues[0], "?")


def _verdict(found: Coverage) -> str:
    alone = f"{found.common_hours} of {found.hours} hours are served by the 24/7 queue alone"
    if found.callback_hours:
        alone += f"; in {found.callback_hours} callers are promised a call back"
    if not found.holes:
        every = "an answer" if found.callback_hours else "a queue"
        return f"No hole: every region has {every} at every hour. {alone}. By plan: everybody on shift is logged in."
    return f"{found.holes} of {found.hours} hours have no answer at all; {alone}."


def _plain(found: Coverage, words: RouteWords) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "hours": found.hours,
        "holes": found.holes,
        "common_only": found.common_hours,
        "callbacks": found.callback_hours,
        "sheets": [_sheet(sheet.grid, sheet, words) for sheet in found.sheets],
    }


def _sheet(grid: Grid, sheet: Sheet, words: RouteWords) -> dict[str, Any]:
    return {
        "categories": sheet.categories,
        "languages": sheet.languages,
        "hours_of": "region" if grid.local else "utc",
        "rows": [
            {
                "region": row.region,
                "name": words.part(row.region, row.zone),
                "zone": row.zone,
                "cells": [
                    {"at": cell.at, "local": local_time(cell.at, row.zone), "queues": cell.queues, "hole": cell.hole,
                     "callback": cell.callback, "common_only": cell.common_only, "opens": cell.opens}
                    for cell in row.cells
                ],
            }
            for row in grid.rows
        ],
    }  # fmt: skip


def _progress(done: int, total: int) -> None:
    """How far it is, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{done} of {total} grids" + ("\n" if done == total else ""), end="", file=sys.stderr, flush=True)
