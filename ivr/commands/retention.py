"""`ivr retention`: what is older than the rules of this deployment allow is deleted; for cron."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic

from ivr.commands import _install
from ivr.commands._scratch import LeftCopies, tidied
from ivr.commands.listing import print_json, print_table
from ivr.config import Config, load_config
from ivr.logcare import ROTATED
from ivr.pbx.paths import InstancePaths
from ivr.pbx.queue_log import QueueLogFile
from ivr.services.live_ports import LogPlace
from ivr.services.recordings import Retention
from ivr.services.retention import Deleted, Kept, Rule, apply_rules
from ivr.storage.old_files import OldFiles
from ivr.storage.recordings import RecordingFiles
from ivr.storage.retention import KINDS, OldRows
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from ivr.wiring import SystemClock

_LIMIT = 15.0  # seconds: nobody is on the phone here
#: Seconds between two lines of progress.
_TELL_EVERY = 5.0
#: Kinds of data that share a setting, or whose setting has another name.
_SETTING = {"callback wishes": "callbacks_days", "queue counts": "counts_days", "operator counts": "counts_days"}
#: What a backup or a restore that was killed has put down.
_LEFT = "halves of backups"
#: Wishes that could not be used, and halves of ones whose writer was killed.
_BAD_WISH = re.compile(r".+\.bad[0-9]*\Z|\..+\.tmp\Z")
#: What cron and logrotate leave beside the state.
_OTHER_LOG = re.compile(r"[a-z_-]+\.log[.-][0-9]+(\.gz)?\Z")

EXAMPLES = """examples:
  ivr retention run --dry-run      what would be deleted now
  ivr retention run                delete it; safe to run again, and while calls run
  ivr retention install --print    a line for cron, or two units for systemd: every night
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    run_ = actions.add_parser("run", help="delete what is overdue (settings: recordings_days, calls_days, …)")
    run_.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    run_.add_argument("--json", action="store_true", help="machine-readable output")
    _install.arguments(actions.add_parser("install", help="what makes cron or systemd run it every night"))


def run(args: argparse.Namespace) -> int:
    if args.action == "install":
        return _install.run(args, _install.RETENTION)
    config = load_config()
    with tidied():  # what is deleted by then is to be in the audit
        found = asyncio.run(_run(config, args.dry_run, _progress()))
    if args.json:
        print_json({"dry_run": args.dry_run, "deleted": [_told(config, each) for each in found]})
    else:
        print_table(
            ("WHAT", "TO DELETE" if args.dry_run else "DELETED", "KEPT", "DAYS"),
            [(each.kind, each.count, f"{_days(config, each.kind)} d", ", ".join(each.days) or "-") for each in found],
        )
        for each in found:
            for fault in each.faults:
                print(f"not deleted: {each.kind}: {fault}")
    return 1 if any(each.faults for each in found) else 0


async def _run(config: Config, dry: bool, progress: Callable[[str, int], None]) -> list[Deleted]:
    await upgrade(config.database)
    async with open_storage(config.database, _LIMIT) as storage:
        place, _ = await storage.counts.place()
        return await apply_rules(_rules(config, storage, place, progress), storage.audit, SystemClock().now(), dry)


def _rules(config: Config, storage: Storage, place: LogPlace, progress: Callable[[str, int], None]) -> list[Rule]:
    """Each kind of data has a rule of its own. The sound goes before its call, by which it is found."""
    state = config.state_dir.expanduser().resolve()
    asterisk = InstancePaths.under(config.state_dir).log
    unread = QueueLogFile(asterisk / "queue_log").unread
    files = {
        "logs of Asterisk": OldFiles(asterisk, ROTATED.match, lambda: unread(place)),
        "other logs": OldFiles(state, _OTHER_LOG.match),
        "unusable wishes": OldFiles(state / "spool" / "wishes", _BAD_WISH.match),
    }
    return [
        Retention(storage.recordings, RecordingFiles(config.recordings), config.recordings_days),
        *(Kept(kind, OldRows(storage.database, kind), _days(config, kind), progress) for kind in KINDS),
        *(Kept(kind, data, _days(config, kind), progress) for kind, data in files.items()),
        Kept(_LEFT, LeftCopies(state, state.parent), _days(config, _LEFT), progress),
    ]


def _days(config: Config, kind: str) -> int:
    """How many days that kind of data is kept."""
    if kind == _LEFT:
        return 0
    name = _SETTING.get(kind) or (f"{kind}_days" if kind == "recordings" or kind in KINDS else "logs_days")
    return int(getattr(config, name))


def _told(config: Config, deleted: Deleted) -> dict[str, object]:
    return {**asdict(deleted), "kept_days": _days(config, deleted.kind)}


def _progress() -> Callable[[str, int], None]:
    """Tells on the way what is done, to who watches: a first run may have years to delete."""
    told = monotonic()

    def tell(kind: str, count: int) -> None:
        nonlocal told
        if sys.stderr.isatty() and monotonic() - told >= _TELL_EVERY:
            told = monotonic()
            print(f"{kind}: {count} deleted so far", file=sys.stderr)

    return tell
