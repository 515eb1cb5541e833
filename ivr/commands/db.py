"""`ivr db`: create or upgrade the database, check it, show its address."""

import argparse
import asyncio

from ivr.commands.listing import print_json
from ivr.config import load_config
from ivr.storage.engine import masked
from ivr.storage.schema import known_revisions, newest, revision, upgrade

#: Seconds: nothing runs meanwhile, and a table of years may be rebuilt.
_PATIENCE = 3600.0
EXAMPLES = """examples:
  ivr db upgrade          create the tables, or bring them to this version
  ivr db check            0 when the database answers and fits this version, else 1
  ivr db url              where it is, without the password
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, help_line in (
        ("upgrade", "create the tables, or bring them to this version"),
        ("check", "does the database answer and fit this version?"),
        ("url", "where it is, without the password"),
    ):
        actions.add_parser(name, help=help_line).add_argument(
            "--json", action="store_true", help="machine-readable output"
        )


def run(args: argparse.Namespace) -> int:
    url = load_config().database
    if args.action == "url":
        _say(args.json, {"url": masked(url)}, masked(url))
        return 0
    if args.action == "upgrade":
        now = asyncio.run(upgrade(url, _PATIENCE))
        _say(args.json, {"url": masked(url), "revision": now}, f"{masked(url)} is at revision {now}")
        return 0
    at, needed = asyncio.run(revision(url)), newest()
    good = at == needed
    text = f"{masked(url)} is at revision {at or 'none'}"
    remedy = "" if good else f", this version needs {needed}: run `ivr db upgrade`"
    if at is not None and at not in known_revisions():
        remedy = f", which this version ({needed}) does not know: made by a newer version; install that one"
    _say(args.json, {"url": masked(url), "revision": at, "needed": needed, "ok": good}, text + remedy)
    return 0 if good else 1


def _say(as_json: bool, told: dict[str, object], text: str) -> None:
    if as_json:
        print_json(told)
    else:
        print(text)
