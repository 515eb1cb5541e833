"""`ivr controller`: the FastAGI controller and the web server, without Asterisk."""

import argparse
import asyncio
import os

from ivr.app import serve
from ivr.commands.settings import config_from, settings_arguments
from ivr.datacheck import require_data
from ivr.log import setup_logging
from ivr.pbx.child import raise_open_files


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of `ivr controller`."""
    settings_arguments(parser)
    parser.epilog = "Examples:\n  ivr controller\n  ivr controller --agi-port 4574 --web-port 8081"


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C; running calls are given a few seconds to end."""
    config = config_from(args)
    setup_logging(config.log_level)
    raise_open_files()
    require_data(config)
    asyncio.run(serve(config, os.environ.pop("IVR_SETUP_DIGEST", "")))
    return 0
