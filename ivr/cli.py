"""The `ivr` command: parsing only. Each command is a module of `ivr.commands`, imported when it is asked for."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ivr.errors import ConfigError, HotlineError

#: What these have to say without a log is told by the command itself, as its fault: not on stderr twice.
_TOLD = ("ivr.storage", "ivr.services.callback_desk")
#: Options before the command, and the variables they set.
_ALL = {"all_config": "IVR_CONFIG_FILE", "all_state_dir": "IVR_STATE_DIR"}

#: command -> one line of help; the module of the same name has `arguments(parser)` and `run(args) -> int`.
COMMANDS = {
    "run": "set up and run the hotline: Asterisk, controller, web; Ctrl-C stops all",
    "controller": "run the controller alone (Asterisk is run by somebody else)",
    "health": "does Asterisk, or the controller, answer? for containers and monitors",
    "doctor": "check everything an administrator can get wrong, with the remedy",
    "conf": "render the Asterisk configuration, show what would change",
    "prompts": "build the spoken prompts, list what is missing, write a recording script",
    "simulate": "walk every path of the call flow without Asterisk and report faults",
    "tickets": "list, show and move tickets",
    "incidents": "known faults that callers are told of: add, list, show, end",
    "audit": "what supervisors did, when, to whom and why",
    "callbacks": "call citizens back: store, dial, list, show and cancel callbacks",
    "calls": "list calls and show every step of one",
    "promises": "what callers were told, waits and windows, against what happened",
    "regions": "import the numbering plan, show where a number is, keep a region for a number",
    "route": "where a call would go and why, why one went there, who serves whom at which hour",
    "users": "accounts of the web pages: make, list, roles, passwords",
    "retention": "delete what is older than the rules of this deployment allow",
    "db": "create or upgrade the database",
    "backup": "take a backup of everything while calls run, check one, put one back",
    "call": "call the hotline from this terminal through a test telephone network",
    "pbx": "find or provision Asterisk, say which one is used",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 good, 1 found a problem, 2 could not be done. Never a traceback for a HotlineError."""
    argv = sys.argv[1:] if argv is None else list(argv)
    for name in _TOLD:
        if not (logger := logging.getLogger(name)).handlers:
            logger.addHandler(logging.NullHandler())
    before = dict(os.environ)
    try:
        args = _parser(argv).parse_args(argv)
        try:
            _take(args)
            return int(_module(args.command).run(args))
        except HotlineError as error:
            print(f"ivr {args.command}: {error}", file=sys.stderr)
            return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    finally:
        for name in _ALL.values():
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of `argv`, with the arguments of the one command that is asked for."""
    parser = argparse.ArgumentParser(
        prog="ivr",
        description="A 24/7 support hotline on Asterisk.",
        epilog="Settings: hotline.toml, then IVR_* variables, then flags. "
        "Examples: ivr run --sip-port 5070; ivr --config /etc/hotline.toml tickets list",
    )
    _options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = _command(argv)
    for name, help_line in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=help_line,
            description=f"{help_line[0].upper()}{help_line[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == wanted:
            _module(name).arguments(sub)
    return parser


def _options(parser: argparse.ArgumentParser) -> None:
    # names of their own: commands have flags of the same name, whose defaults would win
    parser.add_argument("--config", dest="all_config", type=Path, metavar="FILE",
                        help="settings file, for every command (default: hotline.toml)")
    parser.add_argument("--state-dir", dest="all_state_dir", metavar="DIR",
                        help="where state, logs, secrets and the database live, for every command (default: var)")


def _command(argv: Sequence[str]) -> str:
    """The command among `argv`, behind the options of all commands."""
    before = argparse.ArgumentParser(prog="ivr", add_help=False)
    _options(before)
    before.add_argument("rest", nargs=argparse.REMAINDER)
    rest = before.parse_known_args(argv)[0].rest if argv[:1] and argv[0].startswith("--") else argv
    return rest[0] if rest else ""


def _take(args: argparse.Namespace) -> None:
    """Options of all commands become settings of this process. Raises `ConfigError`."""
    if args.all_config and not args.all_config.is_file():
        raise ConfigError([f"{args.all_config}: no such file"])
    for option, name in _ALL.items():
        if value := getattr(args, option):
            os.environ[name] = str(value)


def _module(name: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"ivr.commands.{name}")


if __name__ == "__main__":
    sys.exit(main())
