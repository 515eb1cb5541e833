"""`ivr call`: a real call to the running hotline, shown as text; the keyboard is the phone's keypad."""

import argparse
import asyncio
import contextlib
import re
import signal
import sys
from pathlib import Path

from ivr.commands import _setup
from ivr.commands._call import Call
from ivr.commands._call_keys import Script
from ivr.commands._call_operator import operator
from ivr.commands._hotline import lock_holder
from ivr.commands._words import Words
from ivr.commands.settings import config_from, settings_arguments
from ivr.config import Config
from ivr.datafiles import data_reader
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.errors import HotlineError, PbxError
from ivr.pbx.ports import Port, fault_of
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.secrets import load_secrets
from ivr.prompts.catalogue import load_catalogue
from ivr.testnet.beside import exchange_for, network_folder
from ivr.testnet.network import TelephoneNetwork
from ivr.testnet.recogniser import Library, piece_from

_EPILOG = """keys: 0-9 * # are pressed in the call, q or Ctrl-C hangs up.

examples:
  ivr call                               call the hotline that `ivr run` runs in another terminal
  ivr call --operator                    and let an operator's phone answer: the whole story, alone
  ivr call --keys "1 1 0" --limit 60     without a keyboard: press each when a key is asked for
  ivr call --keys "1 5 2 12345678 0000"  Russian, more, status of a ticket, its number, last four digits
  ivr call --number +79161234567         as this caller
  ivr call --wait --operator --number +74232201234   be this citizen's phone, and the operator's, and wait for a call
                                                     (ivr callbacks add --number …; ivr callbacks dispatch)

The hotline must believe calls from this machine: a trunk with a loopback address, as the default settings have."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", default="+79990000001", metavar="NUMBER", help="the caller's number (made up)")
    parser.add_argument("--did", metavar="NUMBER", help="the number called (default: the hotline's)")
    parser.add_argument("--keys", metavar="KEYS", default="",
                        help="groups of keys, each pressed when a key is asked for; `,` waits a second (at the "
                             "beginning of a group: only that, not for the question), `q` hangs up")
    parser.add_argument("--wait", action="store_true",
                        help="do not call: be the phone with this --number, and answer when the hotline calls back")
    parser.add_argument("--limit", type=float, metavar="SECONDS", help="hang up, or wait no more, after so long")
    parser.add_argument("--operator", nargs="?", const="", metavar="LOGIN",
                        help="also be this operator (default: the first): log in, answer with a tone, hang up")
    settings_arguments(parser)
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    config = config_from(args)
    for name in ("number", "did"):
        if (value := getattr(args, name)) is not None and not re.fullmatch(r"\+?[0-9]{1,15}", value):
            raise HotlineError(f"--{name} {value!r} is not a phone number: digits, with or without a + before them")
    login = args.operator
    if login == "" and config.operators:
        login = config.operators[0].login
    if login is not None and login not in [o.login for o in config.operators]:
        raise HotlineError(f"--operator {login!r} is not an operator of {config.config_file}")
    script = Script(args.keys)
    _must_run(config)
    with Words() as words:
        return asyncio.run(_run(config, args, script, login, words))


async def _run(config: Config, args: argparse.Namespace, script: Script, login: str | None, words: Words) -> int:
    out = sys.stdout  # taken before the moving line is there, which puts its own in its place
    words.step("starting a telephone network")
    provisioner = Provisioner(config.asterisk_cache.expanduser(), words.step)
    install = await asyncio.to_thread(choose, config.asterisk, provisioner)
    chosen = {o.login: o.secret.reveal() for o in config.operators if o.secret}
    secrets = load_secrets(_setup.secrets_file(config), [o.login for o in config.operators], chosen)
    phones = {login: secrets.operators[login]} if login is not None else {}
    exchange, did = exchange_for(config, phones, citizens=args.wait)
    library = await asyncio.to_thread(_library, config)
    loop, leave = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave.set)
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(network_folder(config.state_dir))
        network = await stack.enter_async_context(TelephoneNetwork(install, folder, exchange))
        call = Call(network, library, script, leave, out)
        if login is not None:
            words.step(f"operator {login} logs in")
            await stack.enter_async_context(operator(network, login, call.say))
        words.rest()
        if leave.is_set():
            return 130
        if args.wait:
            return await call.wait(_citizen(args.number), args.limit, config.ami_port, secrets.ami)
        return await call.make(args.number, args.did or did, args.limit, config.ami_port, secrets.ami)


def _citizen(number: str) -> str:
    """The number as the hotline dials it. Raises `HotlineError`."""
    judged = CallbackNumbers().judge(number)
    if judged.refused:
        raise HotlineError(f"--number {number!r} is none that the hotline calls back ({judged.refused})")
    return judged.number


def _must_run(config: Config) -> None:
    """Raises `PbxError` when there is nobody to call."""
    if fault_of(Port("sip_port", config.sip_bind, config.sip_port, udp=True)) is not None:
        return
    where = f"UDP {config.sip_bind}:{config.sip_port}"
    if holder := lock_holder(config.state_dir):
        raise PbxError(f"the hotline (process {holder}) does not listen on {where}: "
                       "wait until it says that it is ready, and give this command the same settings")
    raise PbxError(f"no hotline runs on {where}; start one in another terminal: make run (or: ivr run)")


def _library(config: Config) -> Library:
    sounds: Path = config.state_dir / "sounds"
    prompts = load_catalogue(data_reader(config.data_dir), config.languages)
    pieces = [piece_from(p.language, p.key, p.text, sounds / p.language / "ivr" / f"{p.key}.alaw") for p in prompts]
    return Library([piece for piece in pieces if piece is not None])
