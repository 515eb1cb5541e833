"""`ivr pbx`: say which Asterisk is used, provision one."""

import argparse
import json
from pathlib import Path

from ivr.commands._words import Words
from ivr.config import load_config
from ivr.pbx.provision import Provisioner, choose, find_only


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = ("examples:\n  ivr pbx find            which Asterisk would be used\n"
                     "  ivr pbx find --json\n  ivr pbx provision       unpack one into the cache if there is none")
    parser.add_argument("action", choices=("find", "provision"), nargs="?", default="find")
    parser.add_argument("--json", action="store_true", help="as JSON, for scripts")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (hotline.toml)")


def run(args: argparse.Namespace) -> int:
    config = load_config(args.config)
    with Words() as words:
        provisioner = Provisioner(config.asterisk_cache.expanduser(), words.step)
        install = (choose if args.action == "provision" else find_only)(config.asterisk, provisioner)
    if args.json:
        print(json.dumps(None if install is None else {
            "origin": install.origin, "version": install.version, "binary": list(install.binary),
            "modules": str(install.modules), "data": str(install.data)}, indent=2))
    elif install is None:
        print(f"none yet; `ivr pbx provision` unpacks one into {provisioner.target}")
    else:
        print(f"Asterisk {install.version} ({install.origin})\n  binary   {' '.join(install.binary)}\n"
              f"  modules  {install.modules}\n  data     {install.data}")
    return 1 if install is None else 0
