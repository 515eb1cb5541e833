"""`ivr tickets overdue` and `recompute`: who has waited too long, counted in the working time of their region."""

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.commands.listing import print_json, print_table
from ivr.commands.moments import moment
from ivr.config import Config
from ivr.datafiles import data_reader, read_data
from ivr.domain.calendar_load import load_calendars
from ivr.domain.deadlines import Deadlines
from ivr.domain.regions import Regions, load_regions
from ivr.domain.tickets import DUE, Ticket, group
from ivr.domain.whereabouts import local_time
from ivr.errors import HotlineError
from ivr.services.due_dates import DueDates
from ivr.storage.store import Storage


def regions_of(config: Config) -> Regions:
    """The regions of this deployment. Raises `DataError`."""
    return load_regions(read_data("regions.csv", config.data_dir))


def deadlines_of(config: Config) -> Deadlines:
    """The deadlines of this deployment. Raises `DataError`."""
    return Deadlines(load_calendars(data_reader(config.data_dir)), regions_of(config), config.default_region)


def told(ticket: Ticket) -> dict[str, Any]:
    """A ticket for JSON."""
    return {name: value for name, value in asdict(ticket).items() if name != "due_digest"}


def due_there(ticket: Ticket, deadlines: Deadlines) -> str:
    """When the ticket is due, by the clock there, with its offset; "" for at no moment."""
    if ticket.due_at is None:
        return ""
    return local_time(ticket.due_at, deadlines.zone(ticket)).isoformat(" ", "minutes")


def due_words(ticket: Ticket, deadlines: Deadlines) -> str:
    """When the ticket is due, by the clock there."""
    if ticket.due_at is not None:
        return f"{due_there(ticket, deadlines)} ({deadlines.zone(ticket)})"
    if ticket.due_digest:
        return "at no moment while it waits for the citizen"
    return "not worked out yet; `ivr tickets recompute` does it"


def span(length: timedelta) -> str:
    """A length of time as "2 h 05 min"."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


async def overdue(storage: Storage, config: Config, args: argparse.Namespace) -> int:
    """List who has waited too long at `args.at` or now."""
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    at = moment(args.at).astimezone(UTC) if args.at else datetime.now(UTC)
    deadlines, regions = deadlines_of(config), regions_of(config)
    found = await storage.tickets.overdue(at, args.limit)
    behind = await storage.tickets.stale_count(deadlines.digest)
    if behind:
        print(
            f"tickets without a due moment by the present calendars: {behind}; see: ivr tickets recompute",
            file=sys.stderr,
        )
    if args.json:
        print_json([_overdue(ticket, deadlines, at) for ticket in found])
    elif not found:
        print("no ticket is overdue")
    else:
        print_table(
            ("NUMBER", "PRIORITY", "STATUS", "CATEGORY", "REGION", "DUE THERE", "NOW THERE", "LATE (WORKING TIME)"),
            [_row(ticket, deadlines, regions, at) for ticket in found],
        )
    return 0


async def recompute(storage: Storage, config: Config, args: argparse.Namespace) -> int:
    """Work out anew what was worked out by other calendars."""
    shown = sys.stderr.isatty()

    def progress(looked: int) -> None:
        if shown:
            print(f"\r{looked} tickets looked at", end="", file=sys.stderr, flush=True)

    done = await DueDates(storage.tickets, deadlines_of(config)).recompute(progress)
    if shown and done.looked:
        print(file=sys.stderr)
    if args.json:
        print_json(asdict(done))
    elif done.looked:
        print(f"{done.looked} due moments worked out, {done.changed} changed")
    else:
        counts = await storage.tickets.counts()
        print(f"all {sum(counts.get(status, 0) for status in DUE)} tickets that wait for an answer are up to date")
    return 0


def _overdue(ticket: Ticket, deadlines: Deadlines, at: datetime) -> dict[str, Any]:
    zone = deadlines.zone(ticket)
    assert ticket.due_at is not None
    return {
        **told(ticket),
        "counted_in": deadlines.region(ticket),
        "zone": zone,
        "due_local": local_time(ticket.due_at, zone),
        "now_local": local_time(at, zone),
        "late_seconds": int(deadlines.late(ticket, at).total_seconds()),
    }


def _row(ticket: Ticket, deadlines: Deadlines, regions: Regions, at: datetime) -> tuple[object, ...]:
    zone, code = deadlines.zone(ticket), deadlines.region(ticket)
    assert ticket.due_at is not None
    return (
        group(ticket.number),
        ticket.priority,
        ticket.status,
        ticket.category,
        f"{code} {regions.by_code[code].names['en']}" + ("" if ticket.region == code else " (assumed)"),
        f"{local_time(ticket.due_at, zone):%Y-%m-%d %H:%M %z}",
        f"{local_time(at, zone):%m-%d %H:%M}",
        span(deadlines.late(ticket, at)),
    )
