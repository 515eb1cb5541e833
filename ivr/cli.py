"""The `ivr` command: parsing only. Each command is a module of `ivr.commands`, imported when it is asked for."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from ivr.errors import HotlineError

#: command -> one line of help; the module of the same name has `arguments(parser)` and `run(args) -> int`.
COMMANDS = {
    "run": "set up and run the hotline: Asterisk, controller, web; Ctrl-C stops all",
    "controller": "run the controller alone (Asterisk is run by somebody else)",
    "doctor": "check everything an administrator can get wrong, with the remedy",
    "conf": "render the Asterisk configuration, show what would change",
    "prompts": "build the spoken prompts, list what is missing, write a recording script",
    "simulate": "walk every path of the call flow without Asterisk and report faults",
    "tickets": "list, show and move tickets",
    "calls": "list calls and show every step of one",
    "db": "create or upgrade the database",
    "call": "call the hotline from this terminal through a test telephone network",
    "pbx": "find or provision Asterisk, say which one is used",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 good, 1 found a problem, 2 could not be done. Never a traceback for a HotlineError."""
    parser = argparse.ArgumentParser(
        prog="ivr",
        description="A 24/7 support hotline on Asterisk.",
        epilog="Settings: hotline.toml, then IVR_* variables, then flags. Example: ivr run --sip-port 5070",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    argv = sys.argv[1:] if argv is None else list(argv)
    for name, help_line in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=help_line,
            description=help_line.capitalize() + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if argv[:1] == [name]:
            _module(name).arguments(sub)
    args = parser.parse_args(argv)
    try:
        return int(_module(args.command).run(args))
    except HotlineError as error:
        print(f"ivr {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _module(name: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"ivr.commands.{name}")


if __name__ == "__main__":
    sys.exit(main())
