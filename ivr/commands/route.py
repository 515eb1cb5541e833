"""`ivr route`: where a call would go, why one went where it went, who serves whom at which hour, shifts and peaks."""

import argparse
import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

EXAMPLES = """examples:
  ivr route +74232201234 --category signin --at 2026-11-25T09:00:00+10:00
  ivr route 84012123456 --category recovery --at 2026-11-25T21:30+02:00 --words ru
  ivr route withheld --language en --json                what happens now to a caller without a number
  ivr route 89161234567 --priority high --staffed        with as many operators logged in as the shifts plan
  ivr route explain 1700000000.12                        why a call of the journal went where it went
  ivr route coverage --day 2027-01-01 --html coverage.html
  ivr route peaks --html peaks.html

What would happen is reckoned by plan: everybody on shift is taken as logged in, the running queues are not looked at.
`ivr route explain` shows what the running queues were when the call came.
"""
#: subcommand -> one line of help, and the module that does it: `arguments(parser)` and `run(args) -> int`.
_ACTIONS = {
    "number": ("what would happen to a caller with NUMBER (the word may be left out)", "_route_number"),
    "explain": ("why a call of the journal went where it went, and whether it would go there today", "_route_explain"),
    "coverage": ("region by hour: who serves, and where the holes are", "_route_coverage"),
    "peaks": ("shifts against load: operators needed per site and half-hour (Erlang C)", "_route_peaks"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="NUMBER | ACTION", required=True)
    known = {
        name: actions.add_parser(
            name, help=help_line, description=f"{help_line[0].upper()}{help_line[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for name, (help_line, _) in _ACTIONS.items()
    }  # fmt: skip
    parse = parser.parse_known_args

    def parse_known_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """`ivr route 84012…` means `ivr route number 84012…`, options first or last; only the one action that is
        asked for is imported."""
        given = list(args or ())
        if given and given[0] not in (*known, "-h", "--help"):
            given.insert(0, "number")
        if given and given[0] in known:
            _module(given[0]).arguments(known[given[0]])
        return parse(given, namespace)

    parser.parse_known_args = parse_known_args  # type: ignore[assignment,method-assign]


def run(args: argparse.Namespace) -> int:
    return int(_module(args.action).run(args))


def _module(action: str) -> ModuleType:
    return importlib.import_module(f"ivr.commands.{_ACTIONS[action][1]}")
