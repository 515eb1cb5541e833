"""`ivr retention`: what is older than the rules of this deployment allow is deleted; for cron."""

import argparse
import asyncio
from dataclasses import asdict

from ivr.commands.listing import print_json, print_table
from ivr.config import Config, load_config
from ivr.services.recordings import Deleted, Retention
from ivr.storage.recordings import RecordingFiles
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.wiring import SystemClock

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr retention run --dry-run      what would be deleted now
  ivr retention run                delete it; safe to run again, and while calls run
  17 3 * * *  ivr retention run    a line for cron: every night
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    run_ = actions.add_parser("run", help="delete what is overdue (settings: recordings_days)")
    run_.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    run_.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    found = asyncio.run(_run(load_config(), args.dry_run))
    if args.json:
        print_json({"dry_run": args.dry_run, "deleted": [asdict(each) for each in found]})
    else:
        print_table(
            ("WHAT", "TO DELETE" if args.dry_run else "DELETED", "DAYS"),
            [(each.kind, each.count, ", ".join(each.days) or "-") for each in found],
        )
        for fault in (fault for each in found for fault in each.faults):
            print(f"not deleted: {fault}")
    return 1 if any(each.faults for each in found) else 0


async def _run(config: Config, dry: bool) -> list[Deleted]:
    """Each kind of data has a rule of its own; further kinds are added to `rules`."""
    at = SystemClock().now()
    await upgrade(config.database)
    async with open_storage(config.database, _LIMIT) as storage:
        rules = [Retention(storage.recordings, RecordingFiles(config.recordings), config.recordings_days)]
        return [await rule.run(at, dry) for rule in rules]
