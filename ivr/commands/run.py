"""`ivr run`: everything in the foreground, supervised; Ctrl-C stops all of it cleanly."""

import argparse
import asyncio
import signal

from ivr.commands._hotline import PARTS, Hotline
from ivr.commands._words import Words
from ivr.commands.settings import config_from, settings_arguments
from ivr.datacheck import require_data

_EPILOG = """examples:
  ivr run
  ivr run --demo               accounts to try the pages with; gone at the next start without it
  ivr run --state-dir /srv/hotline --config /etc/hotline.toml
  ivr run --part asterisk      Asterisk alone, as in its container; set asterisk_host and agi_host where they are apart
  ivr run --state-dir var2 --sip-port 5070 --agi-port 4574 --ami-port 5039 --ws-port 8089 --web-port 8081
                               a second one beside it

Ctrl-C lets running calls end for a few seconds; a second Ctrl-C stops at once."""


def arguments(parser: argparse.ArgumentParser) -> None:
    settings_arguments(parser)
    parser.add_argument("--drain", type=float, default=10.0, metavar="SECONDS",
                        help="how long running calls may last when stopping (default: 10)")
    parser.add_argument("--demo", action="store_true",
                        help="make demonstration accounts for the pages and print their passwords")
    parser.add_argument("--part", choices=PARTS,
                        help="run this part alone; the other one runs elsewhere on the same state folder")
    parser.add_argument("--set-up", action="store_true", help="do all that comes before the start, then end")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    config = config_from(args)
    warnings = require_data(config)
    with Words() as words:
        for warning in warnings:
            words.say(warning)
        if config.test_time:
            words.say(f"TEST TIME: calls are routed, and callers told the time, as if it were {config.test_time}; "
                      "take test_time (IVR_TEST_TIME) out of the settings when the trial is over")
        parts = (args.part,) if args.part else PARTS
        asyncio.run(_run(Hotline(config, words, args.drain, args.demo, parts), args.set_up))
    return 0


async def _run(hotline: Hotline, set_up_only: bool) -> None:
    loop = asyncio.get_running_loop()
    with hotline.locked():
        supervisor = await hotline.set_up()
        if set_up_only:
            await hotline.upgrade()
            hotline.say("everything is set up")
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, supervisor.stop)
        await supervisor.run(hotline.ready)
        hotline.say("stopped")
