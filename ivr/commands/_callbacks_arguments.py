"""The actions of `ivr callbacks`, each with examples of its own."""

import argparse
from typing import Any

from ivr.commands import (
    _callbacks_dispatch,
    _callbacks_notices,
    _callbacks_order,
    _callbacks_steer,
    _install,
)
from ivr.domain.callbacks import MOVES
from ivr.domain.queue_plan import GENERAL
from ivr.flow.book import CATEGORIES

EXAMPLES = """examples:
  ivr callbacks add --number +74232201234 --category signin
  ivr callbacks list --state waiting
  ivr callbacks dispatch                    one round: cron starts it every minute
  ivr callbacks stats
  ivr callbacks add --help                  each action has examples of its own
"""
_OF = {
    "add": """examples:
  ivr callbacks add --number +74232201234 --category signin
  ivr callbacks add --number "8 (423) 220-12-34" --ticket "4821 5513"
  ivr callbacks add --number +79161234567 --language en --queue moscow --json
  ivr callbacks add --number +79161234567 --tonight   though it is late where he lives: he asked for it

While the hotline runs, the window follows the wait that its queue would have now.
""",
    "list": """examples:
  ivr callbacks list                        the newest fifty
  ivr callbacks list --state waiting --state parked --queue moscow
  ivr callbacks list --number "8 916 123-45-67" --limit 5 --json
""",
    "show": """examples:
  ivr callbacks show 0f3a9c51b2d4e687
  ivr callbacks show 0f3a9c51b2d4e687 --json
""",
    "cancel": """examples:
  ivr callbacks cancel 0f3a9c51b2d4e687
  ivr callbacks cancel 0f3a9c51b2d4e687 --reason "wrote an e-mail"

An SMS about it that is not sent yet is not sent any more.
""",
    "move": """examples:
  ivr callbacks move 0f3a9c51b2d4e687 --number +74232201235
  ivr callbacks move 0f3a9c51b2d4e687 --language en
  ivr callbacks move 0f3a9c51b2d4e687 --from 2026-11-25T14:00+10:00 --to 2026-11-25T14:30+10:00
""",
    "stats": """examples:
  ivr callbacks stats                       the last seven days
  ivr callbacks stats --since 2026-11-01T00:00+03:00 --until 2026-12-01T00:00+03:00 --json

A promised window is kept when the phone rang within it, broken when later or never; where the network could not reach
the phone it is neither. `ivr promises` judges in the same way.
""",
    "notices": """examples:
  ivr callbacks notices                     word by word, the oldest first
  ivr callbacks notices --limit 5 --json
""",
    "check-order": """examples:
  ivr callbacks check-order                 the last day
  ivr callbacks check-order --since 2026-11-25T09:00+03:00 --json
""",
    "dispatch": """examples:
  ivr callbacks dispatch                    one round: cron starts it every minute
  ivr callbacks dispatch --listen 0         dial and go; a later round hears what became of it
  ivr callbacks dispatch --watch --every 10 as a service
""",
    "install": """examples:
  ivr callbacks install --print             lines for cron and systemd
""",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = _action(actions, "add", "promise a callback as soon as it is his turn")
    add.add_argument("--number", required=True, help="whom to call: a fixed line or a mobile in Russia, any usual form")
    add.add_argument("--category", choices=CATEGORIES, default="other", help="what it is about (default other)")
    add.add_argument("--language", help="what he speaks (default: the hotline's)")
    add.add_argument("--queue", default=GENERAL, help=f"who is to talk to him (default {GENERAL})")
    add.add_argument("--ticket", default="", help="number of his ticket")
    add.add_argument("--tonight", action="store_true",
                     help="he wishes it himself: for 90 minutes he may be called in his quiet hours too")  # fmt: skip
    listing = _action(actions, "list", "the newest callbacks")
    listing.add_argument("--state", choices=sorted(MOVES), action="append", default=[], help="only these (repeatable)")
    listing.add_argument("--queue", default="", help="only this queue")
    listing.add_argument("--number", default="", help="only this number, any usual form")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    show = _action(actions, "show", "one callback with its history")
    cancel = _action(actions, "cancel", "take a promise back")
    move = _action(actions, "move", "another window, number or language")
    _callbacks_steer.move_arguments(move)
    stats = _action(actions, "stats", "how many came how far, how long they waited, promises kept")
    _callbacks_steer.stats_arguments(stats)
    notices = _action(actions, "notices", "the SMS that wait to be sent, as they will read; sends nothing")
    _callbacks_notices.arguments(notices)
    order = _action(actions, "check-order", "was anybody overtaken? 1 if so")
    _callbacks_order.arguments(order)
    for action in (show, cancel, move):
        action.add_argument("id", help="as `ivr callbacks list` shows it")
    cancel.add_argument("--reason", default="operator", help="why, for the history (default operator)")
    dispatch = _action(actions, "dispatch", "dial those whose turn it is (for cron, every minute)")
    _callbacks_dispatch.arguments(dispatch)
    install = _action(actions, "install", "print the lines that make cron or systemd dispatch")
    _install.arguments(install)
    for action in (add, listing, show, cancel, move, stats, notices, order):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def _action(actions: Any, name: str, does: str) -> argparse.ArgumentParser:
    kind = argparse.RawDescriptionHelpFormatter
    made: argparse.ArgumentParser = actions.add_parser(name, help=does, epilog=_OF[name], formatter_class=kind)
    return made
