"""`ivr health`: does Asterisk, or the controller, of these settings answer? For containers and monitors."""

import argparse
import asyncio
from pathlib import Path

from yarl import URL

from ivr.commands._watchdog import lives
from ivr.config import Config, load_config
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, find_only

#: Seconds.
_LIMIT = 4.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of `ivr health`."""
    parser.add_argument("part", choices=("asterisk", "controller"), help="which of the two is asked")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (hotline.toml)")
    parser.epilog = ("examples:\n  ivr health asterisk      0 when it has booted and takes commands, else 1\n"
                     "  ivr health controller    0 when its web server gives a sign of life, else 1")


def run(args: argparse.Namespace) -> int:
    """0 it answers, 1 it does not."""
    config = load_config(args.config)
    fault = _asterisk(config) if args.part == "asterisk" else _controller(config)
    print(fault or f"{args.part}: answers")
    return 1 if fault else 0


def _asterisk(config: Config) -> str:
    try:
        install = find_only(config.asterisk, Provisioner(config.asterisk_cache.expanduser(), lambda words: None))
    except PbxError as error:
        return f"asterisk: {error}"
    if install is None:
        return "asterisk: there is none yet; see: ivr pbx find"
    asterisk = Asterisk(install, InstancePaths.under(config.state_dir))
    answer = asyncio.run(asterisk.command("core waitfullybooted", _LIMIT))
    return "" if answer and "fully booted" in answer else "asterisk: does not answer on its console"


def _controller(config: Config) -> str:
    live = URL.build(scheme="http", host=config.web_host, port=config.web_port, path="/health/live")
    return "" if asyncio.run(lives(str(live))) else f"controller: {live.origin()} gives no sign of life"
