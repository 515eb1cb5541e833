"""`ivr tickets`: list, show, move, prioritise and note tickets; who has waited too long."""

import argparse
import asyncio
import secrets
from dataclasses import asdict
from datetime import UTC, datetime

from ivr.commands._tickets_due import deadlines_of, due_there, due_words, overdue, recompute, told
from ivr.commands.listing import print_json, print_table, safe, when
from ivr.config import Config, load_config
from ivr.domain.deadlines import Deadlines
from ivr.domain.tickets import EVENTS, MOVES, PRIORITIES, STATUSES, Ticket, group, valid_number
from ivr.errors import HotlineError
from ivr.flow.book import CATEGORIES
from ivr.services.tickets import TicketDesk
from ivr.storage.store import Storage, open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr tickets list --status open
  ivr tickets list --json --limit 500
  ivr tickets show 48215512
  ivr tickets move 48215512 take
  ivr tickets move 48215512 resolve --note "password reset explained"
  ivr tickets note 48215512 "called back, nobody answered"
  ivr tickets priority 48215512 high --note "cannot pay his fine in time"
  ivr tickets overdue
  ivr tickets overdue --json --at 2026-11-23T18:00+03:00
  ivr tickets recompute

A ticket is due in working time of the region that owns it: [deadlines] in calendars.toml.
Waiting for the citizen stops the time, reopening starts a new full term.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest tickets")
    listing.add_argument("--status", choices=STATUSES, help="only these")
    listing.add_argument("--category", choices=CATEGORIES, help="only this category id")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    show = actions.add_parser("show", help="one ticket with its history")
    move = actions.add_parser("move", help="move a ticket to its next status")
    note = actions.add_parser("note", help="append a note")
    priority = actions.add_parser("priority", help="change the priority of a ticket, and so when it is due")
    late = actions.add_parser("overdue", help="tickets not answered in time, the longest overdue first")
    again = actions.add_parser("recompute", help="work out again when tickets are due, after the calendars changed")
    for action in (show, move, note, priority):
        action.add_argument("number", help="eight digits; blanks between them do no harm")
    move.add_argument("event", choices=EVENTS, help="what happened: " + ", ".join(EVENTS))
    move.add_argument("--note", default="", help="a remark for the history")
    note.add_argument("text", help="what to write down")
    priority.add_argument("priority", choices=PRIORITIES, help="one of " + ", ".join(PRIORITIES))
    priority.add_argument("--note", default="", help="a remark for the history")
    late.add_argument("--at", default="", metavar="TIME", help="at this moment (ISO 8601 with offset), not now")
    late.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    for action in (listing, show, move, note, priority, late, again):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    config = load_config()
    async with open_storage(config.database, _LIMIT) as storage:
        if args.action == "list":
            return await _list(storage, config, args)
        if args.action == "overdue":
            return await overdue(storage, config, args)
        if args.action == "recompute":
            return await recompute(storage, config, args)
        number = _number(args.number)
        if args.action == "note" and not args.text.strip():
            raise HotlineError("the note is empty: write down what happened, in quotation marks")
        deadlines = deadlines_of(config)
        desk = TicketDesk(storage.tickets, secrets.randbelow, deadlines=deadlines)
        at = datetime.now(UTC)
        if args.action == "move" and await desk.move(number, args.event, at, args.note) is None:
            raise _unknown(number)
        if args.action == "priority" and await desk.prioritise(number, args.priority, at, args.note) is None:
            raise _unknown(number)
        if args.action == "note" and not await storage_note(storage, number, args.text, at):
            raise _unknown(number)
        return await _show(storage, deadlines, number, args.json)


async def storage_note(storage: Storage, number: str, text: str, at: datetime) -> bool:
    """Note straight away, so that a database fault is told and not swallowed as on a call."""
    from ivr.domain import tickets as rules

    ticket = await storage.tickets.get(number)
    return ticket is not None and await storage.tickets.append(rules.note(ticket, text, at))


async def _list(storage: Storage, config: Config, args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    found = await storage.tickets.list(args.status, args.category, args.limit)
    if args.json:
        print_json([told(ticket) for ticket in found])
    elif not found:
        print("no tickets")
    else:
        deadlines = deadlines_of(config)
        print_table(
            ("NUMBER", "STATUS", "PRIORITY", "CATEGORY", "PURPOSE", "LANG", "REGION", "CALLER", "OPENED", "DUE THERE"),
            [_line(ticket, deadlines) for ticket in found],
        )
    return 0


def _line(ticket: Ticket, deadlines: Deadlines) -> tuple[object, ...]:
    return (
        group(ticket.number),
        ticket.status,
        ticket.priority,
        ticket.category,
        ticket.purpose,
        ticket.language,
        ticket.region,
        ticket.caller or "withheld",
        ticket.opened_at,
        due_there(ticket, deadlines),
    )


async def _show(storage: Storage, deadlines: Deadlines, number: str, as_json: bool) -> int:
    ticket = await storage.tickets.get(number)
    if ticket is None:
        raise _unknown(number)
    events = await storage.tickets.events(number)
    if as_json:
        print_json({**told(ticket), "events": [asdict(event) for event in events]})
        return 0
    print(f"ticket {group(number)}: {ticket.status}")
    for name, value in (
        ("category", ticket.category),
        ("purpose", ticket.purpose),
        ("language", ticket.language),
        ("region", ticket.region or "unknown"),
        ("caller", ticket.caller or "withheld"),
        ("call", ticket.call_id),
        ("opened", when(ticket.opened_at)),
        ("priority", ticket.priority),
        ("due", due_words(ticket, deadlines)),
        ("next moves", ", ".join(sorted(MOVES[ticket.status])) or "none: it is closed"),
    ):
        print(f"  {name + ':':<12}{safe(value)}")
    print()
    print_table(
        ("AT", "EVENT", "BEFORE", "AFTER", "NOTE"), [(e.at, e.event, e.before, e.after, e.note) for e in events]
    )
    return 0


def _number(text: str) -> str:
    number = text.replace(" ", "").replace("-", "")
    if not valid_number(number):
        raise HotlineError(f"{text!r} is not a ticket number: eight digits, the last a check digit; was one mistyped?")
    return number


def _unknown(number: str) -> HotlineError:
    return HotlineError(f"there is no ticket {group(number)}; `ivr tickets list` shows the newest")
