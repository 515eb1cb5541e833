"""`ivr audit`: what supervisors and administrators did."""

import argparse
import asyncio
from dataclasses import asdict

from ivr.commands.listing import print_json, print_table
from ivr.config import load_config
from ivr.errors import HotlineError
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here
_EPILOG = """examples:
  ivr audit                        the newest deeds
  ivr audit --action move_up       callers put forward, by whom and why
  ivr audit --target 101 --json    all that was done to operator 101
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    parser.add_argument("--action", default="", help="pause, resume, log_in, log_out, move, move_up, listen, …")
    parser.add_argument("--target", default="", help="an operator, a call or an incident")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    return asyncio.run(_run(load_config().database, args))


async def _run(database: str, args: argparse.Namespace) -> int:
    async with open_storage(database, _LIMIT) as storage:
        found = await storage.audit.latest(args.limit, action=args.action, target=args.target)
    if args.json:
        print_json([asdict(entry) for entry in found])
    else:
        print_table(
            ("AT", "WHO", "ACTION", "TO", "OUTCOME", "WHY"),
            [(e.at, e.who, e.action, e.target, e.outcome, e.why) for e in found],
        )
    return 0
