"""`ivr doctor`: every check, in plain words with the remedy."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from ivr.commands import _setup
from ivr.commands._hotline import lock_holder
from ivr.commands.settings import config_from, settings_arguments
from ivr.config import Config
from ivr.doctor import browsers, callbacks, certificates, machine, pbx, settings, state
from ivr.doctor.check import Check, fail, ok
from ivr.doctor.web import web
from ivr.errors import ConfigError
from ivr.pbx.ports import is_here
from ivr.pbx.provision import Provisioner

_EPILOG = """examples:
  ivr doctor
  ivr doctor --json
  ivr doctor --config /etc/hotline.toml

Exit code: 0 no problem (warnings may be there), 1 a problem was found."""


def arguments(parser: argparse.ArgumentParser) -> None:
    settings_arguments(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, for scripts")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    try:
        checks = list(examine(config_from(args), datetime.now(UTC)))
    except ConfigError as error:
        checks = [fail("settings", fault, "correct the place named") for fault in error.faults]
    if args.json:
        print(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        for check in checks:
            print(f"{check.status:4}  {check.name:11} {check.what}")
            if check.remedy:
                print(f"{'':18}-> {check.remedy}")
        bad = sum(check.status == "fail" for check in checks)
        print(f"{bad} problem{'' if bad == 1 else 's'} in {len(checks)} checks")
    return int(any(check.status == "fail" for check in checks))


def examine(config: Config, at: datetime) -> Iterator[Check]:
    """Every check in the order of the set-up."""
    source = config.config_file if config.config_file.exists() else "defaults and environment"
    yield ok("settings", f"valid ({source})")
    yield from state.data(config)
    yield from state.holidays(config, at)
    yield settings.trial(config)
    yield settings.trunks(config)
    yield settings.exposure(config)
    yield certificates.certificates(config, at)
    yield settings.sound(config)
    # each part may be in a container, or on a machine, of its own
    asterisk_here, controller_here = is_here(config.asterisk_host), is_here(config.agi_host)
    if asterisk_here:
        provisioner = Provisioner(config.asterisk_cache.expanduser(), lambda words: None)
        found, install = pbx.asterisk(config.asterisk, provisioner)
        yield found
        if install is not None:
            yield pbx.modules(install)
    else:
        yield settings.elsewhere(config, "Asterisk", "asterisk_host")
    if not controller_here:
        yield settings.elsewhere(config, "agi_host", "agi_host")
    yield state.state_dir(config.state_dir)
    yield state.secrets(_setup.secrets_file(config))
    yield machine.disk(config.state_dir)
    yield machine.clock(at)
    yield machine.zones()
    yield machine.speech()
    yield state.prompts(config)
    yield state.database(config)
    yield callbacks.dispatching(config, at)
    yield browsers.sound(config)
    yield browsers.microphone(config)
    yield state.numbering(config, at)
    yield from web(config)
    yield pbx.ports(_setup.ports(config, asterisk_here, controller_here), lock_holder(config.state_dir))
    yield pbx.ami(config.ami_port, _setup.secrets_file(config), host=config.asterisk_host)
    yield pbx.agi(config.agi_host, config.agi_port)
