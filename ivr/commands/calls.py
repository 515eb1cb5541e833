"""`ivr calls`: list calls and show every step of one."""

import argparse
import asyncio
from dataclasses import asdict
from typing import Any

from ivr.commands.listing import print_json, print_table, safe, when
from ivr.config import load_config
from ivr.domain.calls import CallRecord, time_line
from ivr.errors import HotlineError
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr calls list
  ivr calls list --json --limit 500
  ivr calls show 1700000000.12
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest calls")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    show = actions.add_parser("show", help="every step of one call with its time")
    show.add_argument("call", help="the call's id, as `ivr calls list` shows it")
    for action in (listing, show):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_list(args) if args.action == "list" else _show(args))


async def _list(args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    async with open_storage(load_config().database, _LIMIT) as storage:
        found = await storage.calls.list(args.limit)
    if args.json:
        print_json([_plain(call, steps=False) for call in found])
    elif not found:
        print("no calls")
    else:
        print_table(
            ("CALL", "STARTED", "SECONDS", "CALLER", "LANG", "CATEGORY", "TICKET", "QUEUE", "REASON", "RATING"),
            [
                (c.call_id, c.started_at, _seconds(c), c.caller or "withheld", c.language, c.category,
                 c.ticket, c.queue, c.reason or "not ended", c.score)
                for c in found
            ],
        )  # fmt: skip
    return 0


async def _show(args: argparse.Namespace) -> int:
    async with open_storage(load_config().database, _LIMIT) as storage:
        call = await storage.calls.get(args.call)
    if call is None:
        raise HotlineError(f"there is no call {safe(args.call)!r}; `ivr calls list` shows the newest")
    if args.json:
        print_json(_plain(call, steps=True))
        return 0
    print(f"call {call.call_id} from {call.caller or 'withheld'} to {call.did or 'unknown'}, {when(call.started_at)}")
    print(f"  ended: {call.reason or 'not yet'}, after {_seconds(call) or '-'} s; ticket {call.ticket or 'none'};"
          f" rating {call.score or 'none'}\n")  # fmt: skip
    print_table(("AFTER", "STEP", "DETAILS"), [(f"{s:9.3f}", kind, said) for s, kind, said in time_line(call)])
    return 0


def _seconds(call: CallRecord) -> str:
    return "" if call.seconds is None else f"{call.seconds:.1f}"


def _plain(call: CallRecord, steps: bool) -> dict[str, Any]:
    told = asdict(call) | {"seconds": call.seconds}
    if not steps:
        del told["steps"]
    return told
