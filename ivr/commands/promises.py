"""`ivr promises`: what callers were told against what happened."""

import argparse
import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from ivr.commands._route_peaks_input import moment, progress
from ivr.commands.listing import print_json, print_table, when
from ivr.config import load_config
from ivr.domain.locate import Locator
from ivr.domain.promise_ledger import Ledger, Line
from ivr.errors import HotlineError
from ivr.storage.promises import JournalPromises
from ivr.storage.store import open_storage
from ivr.wiring import read_regions

_LIMIT = 120.0  # seconds for one day
_USUAL = timedelta(days=7)

EXAMPLES = """examples:
  ivr promises                                         the last seven days
  ivr promises --from 2026-11-01 --to 2026-11-30
  ivr promises --from 2026-11-23T09:00+03:00 --json

A wait that was spoken is kept when an operator answered no later than it and a little more (60 s, or 20 % of it);
a place, when no more were answered in that queue before him than were said to be; a window for a call back, when the
phone rang within it. Who hung up, took his wish back, or could not be reached is counted apart. Errors are seconds
(of a place: places) either way.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("--from", dest="start", metavar="D", help="first day, or time with offset (default: 7 days)")
    parser.add_argument("--to", dest="end", metavar="D", help="last day (included), or time with offset (default: now)")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    config, now = load_config(), datetime.now(UTC)
    zone = Locator(read_regions(config), None, config.default_region).place("").zone
    end = now if args.end is None else min(now, moment("--to", args.end, zone, ends=True))
    start = end - _USUAL if args.start is None else moment("--from", args.start, zone)
    if start >= end:
        raise HotlineError("--from: is not before --to, or in the future")
    ledger = asyncio.run(_read(config.database, start, end, now))
    lines, totals = ledger.lines(), ledger.totals()
    if args.json:
        print_json({"from": start, "to": end, "totals": list(map(_plain, totals)), "queues": list(map(_plain, lines))})
    elif not lines:
        print(f"nothing was promised from {when(start)} to {when(end)}: give another period with --from and --to")
    else:
        head = ("PROMISE", "QUEUE", "TOLD", "KEPT", "BROKEN", "KEPT %", "ERROR P50", "P90", "UNIT",
                "ABANDONED", "WITHDRAWN", "UNREACHABLE", "OPEN")  # fmt: skip
        print_table(head, [_row(line) for line in (*lines, *totals)])
    return 0


async def _read(database: str, start: datetime, end: datetime, now: datetime) -> Ledger:
    ledger = Ledger()
    async with open_storage(database, _LIMIT) as storage:
        with progress("days") as read:
            async for promise in JournalPromises(storage.database).read(start, end, now, read):
                ledger.add(promise)
    return ledger


def _row(line: Line) -> tuple[object, ...]:
    shown = [None if value is None else f"{value:.0f}" for value in
             (line.kept_percent, line.error_p50, line.error_p90)]  # fmt: skip
    return (line.kind, line.queue or "all", line.told, line.kept, line.broken, *shown, line.unit,
            line.abandoned, line.withdrawn, line.unreachable, line.open)  # fmt: skip


def _plain(line: Line) -> dict[str, object]:
    plain = asdict(line)
    return plain if line.queue else {name: value for name, value in plain.items() if name != "queue"}
