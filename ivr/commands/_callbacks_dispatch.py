"""`ivr callbacks dispatch`: one round of calling back, or one after the other with --watch."""

import argparse
import asyncio
import logging
import math
import os
import secrets
import signal
import socket
from datetime import datetime

from ivr.ami.events import fold
from ivr.commands._callbacks_hours import Hours
from ivr.commands.listing import print_json
from ivr.config import Config, calling_trunk, load_config, rings_at_home
from ivr.dialler.dialler import AsteriskDialler
from ivr.dialler.link import Link
from ivr.errors import HotlineError
from ivr.log import setup_logging
from ivr.pbx.ports import Port, fault_of
from ivr.pbx.secrets import load_secrets
from ivr.services.callback_desk import CallbackDesk
from ivr.services.dispatch import Dispatcher, Round
from ivr.services.ports import Clock
from ivr.storage.store import Storage, open_storage
from ivr.wiring import SystemClock

log = logging.getLogger(__name__)
_LIMIT = 10.0  # seconds that the database may take: nobody is on the phone here
#: Letters of the random word of an attempt: no digits, so that no log takes it for a telephone number.
_LETTERS = "bcdfghjkmpqrstvw"
_EVERY = 15.0
#: Why somebody who is due is not dialled.
WHY = {
    "board": "Asterisk does not tell who waits in the queues",
    "closed": "their queue does not work now",
    "turn": "live callers came before them",
    "operators": "no operator is free for them (*11 on an operator's phone logs in)",
    "lines": "as many calls are under way as may be",
    "quiet": "not at this hour by their own clocks",
    "clock": "their clocks are not known",
}
_CONTROLLER_LIMIT = 2.0


class NobodyDue(HotlineError):
    """Nobody can be called, and nobody has to be."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help="go on with rounds until stopped (for a service)")
    parser.add_argument("--every", type=float, default=_EVERY, metavar="SECONDS",
                        help=f"with --watch: from round to round (default {_EVERY:g})")  # fmt: skip
    parser.add_argument("--listen", type=float, default=45.0, metavar="SECONDS",
                        help="how long a round waits for the results of its own calls (default 45)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    config = load_config()
    setup_logging(config.log_level)
    if not (0 < args.every < math.inf and 0 <= args.listen < math.inf):
        raise HotlineError("--every and --listen are seconds, more than 0")
    return asyncio.run(_watch(config, args) if args.watch else _once(config, args))


async def _once(config: Config, args: argparse.Namespace) -> int:
    idle = ""
    async with open_storage(config.database, _LIMIT) as storage:
        try:
            done = await one_round(config, storage, args.listen, SystemClock())
        except NobodyDue as reason:
            done, idle = Round(), str(reason)
    if args.json:
        print_json(vars(done))
    else:
        print(idle or "\n".join(told(done)))
    return 1 if done.refused or done.unsure else 0


def told(done: Round) -> list[str]:
    """The lines for who started the round himself and wonders why no phone rings."""
    lines = [f"{len(done.dialled)} dialled, {done.heard} results heard, {done.settled} calls of earlier rounds settled"]
    if done.parked:
        lines.append(f"{done.parked} put off: not at this hour by their own clocks")
    lines += [f"{count} wait: {WHY.get(reason, reason)}" for reason, count in done.held.items()]
    if len(lines) == 1 and not done.dialled:
        lines.append("nobody else is due now; `ivr callbacks list` tells from when each one is")
    return lines


async def _watch(config: Config, args: argparse.Namespace) -> int:
    """Rounds until SIGTERM or Ctrl-C; a round that fails is logged, and the next one tries again."""
    stop, idle = asyncio.Event(), False
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_storage(config.database, _LIMIT) as storage:
        while not stop.is_set():
            began = loop.time()
            try:
                await one_round(config, storage, args.listen, SystemClock())
            except NobodyDue as reason:
                # once: it stays so until the settings change
                log.log(logging.DEBUG if idle else logging.INFO, "%s", reason, extra={"action": "dispatch_idle"})
                idle = True
            except HotlineError as error:
                log.error("this round of calling back failed: %s", error, extra={"action": "dispatch_failed"})
            try:
                async with asyncio.timeout(max(0.1, args.every - (loop.time() - began))):
                    await stop.wait()
            except TimeoutError:
                pass
    return 0


async def one_round(config: Config, storage: Storage, listen: float, clock: Clock) -> Round:
    """Connect, do a round, hang up. Raises `HotlineError`; `NobodyDue` where there is no phone to call and no need."""
    if why := _no_phones(config):
        # with somebody waiting in vain it is a failure, without it is how a hotline is set up
        now = clock.now()
        if await storage.callbacks.due(now, 1) or await storage.callbacks.timers(now, 1):
            raise HotlineError(f"callbacks are due, but {why}")
        raise NobodyDue(f"nobody is due; {why}")
    await _controller_answers(config)
    hours = Hours(config, clock.now())
    known = load_secrets(config.state_dir / "secrets.json", [o.login for o in config.operators])
    link = Link()
    dialler = AsteriskDialler(link, fold)
    await link.connect(config.ami_port, "dispatcher", known.dispatcher, config.asterisk_host)
    try:
        desk = CallbackDesk(storage.callbacks, clock, lambda: secrets.token_hex(8))
        dispatcher = Dispatcher(
            storage.callbacks,
            desk,
            dialler,
            clock,
            hours.chooser(),
            new_attempt,
            f"{socket.gethostname()}:{os.getpid()}",
        )
        return await dispatcher.round(listen)
    finally:
        link.close()


def new_attempt(at: datetime) -> str:
    """The id of one dial, as the dialplan wants it: its day and a random word of 48 bits."""
    return f"cb{int(at.timestamp()) // 86400}" + "".join(secrets.choice(_LETTERS) for _ in range(12))


def _no_phones(config: Config) -> str:
    """Why no citizen can be called; "": they can. Without a provider their phones are those of the test network."""
    if calling_trunk(config) is None:
        return (
            "there is no trunk to call citizens back by: give one of [[trunks]] a host (or one address) that is not "
            "this hotline itself, and name it in callback_trunk"
        )
    if rings_at_home(config) and fault_of(Port("", config.sip_bind, config.network_port, udp=True)) is None:
        return (
            "there is no provider to call citizens back by, and no test network either; "
            "for a trial start a phone in another terminal: ivr call --wait --operator --number +7…; for real "
            "calls name a trunk in callback_trunk (see README, On a real trunk)"
        )
    return ""


async def _controller_answers(config: Config) -> None:
    """Nobody is rung to hear nothing: raises `HotlineError` when the controller does not take calls."""
    try:
        async with asyncio.timeout(_CONTROLLER_LIMIT):
            _, writer = await asyncio.open_connection(config.agi_host, config.agi_port)
        writer.close()
    except (OSError, TimeoutError):
        raise HotlineError(
            f"the controller does not answer on port {config.agi_port}, so nobody is called; is the hotline running?"
        ) from None
