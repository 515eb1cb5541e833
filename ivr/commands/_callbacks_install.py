"""`ivr callbacks install`: what makes cron or systemd run the dispatcher."""

import argparse
import json
import os
import shlex
import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from ivr.config import Config, Secret, load_config
from ivr.errors import HotlineError

_SERVICE = """# /etc/systemd/system/ivr-callbacks.service
[Unit]
Description=Hotline: one round of calling citizens back
After=network.target

[Service]
Type=oneshot
WorkingDirectory={folder}
{environment}ExecStart={command}
TimeoutStartSec=180
"""
_TIMER = """# /etc/systemd/system/ivr-callbacks.timer     then: systemctl enable --now ivr-callbacks.timer
[Unit]
Description=Hotline: calls citizens back, every minute

[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", required=True, dest="show",
                        help="print the lines; nothing is installed")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    config = load_config()
    made = {"crontab": crontab(config), "service": service(config), "timer": _TIMER}
    hidden = [_variable(f) for f in fields(Config) if f.type is Secret and _variable(f) in os.environ]
    if args.json:
        print(json.dumps({**made, "not_printed": hidden}, ensure_ascii=False, indent=2))
    else:
        for name in hidden:
            print(f"# {name} is a secret and is not printed: set {name.removeprefix('IVR_').lower()} in "
                  f"{config.config_file.expanduser().resolve()} (mode 600), or nobody is called\n")
        print("# Either this line for `crontab -e` of the hotline's user:\n")
        print(made["crontab"])
        print("\n# or these two units for systemd:\n")
        print(made["service"])
        print(made["timer"], end="")
    return 0


def crontab(config: Config) -> str:
    """One line. In a crontab % begins a new line, so it is escaped."""
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in _environment(config).items())
    log = shlex.quote(str(config.state_dir.expanduser().resolve() / "callbacks.log"))
    line = f"cd {shlex.quote(str(Path.cwd()))} && {settings} {_command()} >>{log} 2>&1"
    return "* * * * * " + line.replace("%", r"\%")


def service(config: Config) -> str:
    """The unit of one round."""
    environment = "".join(f'Environment="{name}={_unit(value)}"\n' for name, value in _environment(config).items())
    return _SERVICE.format(folder=_unit(str(Path.cwd())), environment=environment, command=_unit(_command()))


def _environment(config: Config) -> dict[str, str]:
    """What makes a process without our surroundings find the same hotline: every setting that these make."""
    ours = {_variable(f): os.environ[_variable(f)] for f in fields(Config)
            if f.type is not Secret and f.name not in ("trunks", "operators") and _variable(f) in os.environ}
    files = {f"{_variable(f)}_FILE" for f in fields(Config) if f.type is Secret} & set(os.environ)
    return {
        **ours,
        **{name: os.environ[name] for name in sorted(files)},
        "IVR_CONFIG_FILE": str(config.config_file.expanduser().resolve()),
        "IVR_STATE_DIR": str(config.state_dir.expanduser().resolve()),
    }


def _variable(setting: "Field[Any]") -> str:
    return f"IVR_{setting.name.upper()}"


def _command() -> str:
    return f"{shlex.quote(sys.executable)} -m ivr callbacks dispatch"


def _unit(text: str) -> str:
    """A text as it stands in a unit file."""
    if '"' in text or "\\" in text or "\n" in text:
        raise HotlineError(f"{text!r}: a unit file cannot carry this path; move the hotline to a plainer folder")
    return text.replace("%", "%%")
