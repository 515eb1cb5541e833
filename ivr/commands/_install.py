"""`ivr callbacks install`, `ivr retention install`: what makes cron or systemd run them."""

import argparse
import json
import os
import shlex
import sys
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from ivr.config import Config, Secret, load_config
from ivr.errors import HotlineError

_SERVICE = """# /etc/systemd/system/ivr-{name}.service
[Unit]
Description=Hotline: {about}
After=network.target

[Service]
Type=oneshot
WorkingDirectory={folder}
{environment}ExecStart={command}
TimeoutStartSec={limit_s}
"""
_TIMER = """# /etc/systemd/system/ivr-{name}.timer     then: systemctl enable --now ivr-{name}.timer
[Unit]
Description=Hotline: {about}, {often}

[Timer]
OnCalendar={calendar}
{precision}
[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True)
class Job:
    """A command that is run again and again. `cron`, `calendar`: when, in the words of cron and of systemd; `limit_s`:
    systemd ends it after so many seconds; `without`: what happens when it lacks a secret."""

    name: str
    words: str
    about: str
    often: str
    cron: str
    calendar: str
    precision: str
    limit_s: int
    without: str


CALLBACKS = Job(
    "callbacks", "callbacks dispatch", "calls citizens back", "every minute", "* * * * *", "*-*-* *:*:00",
    "AccuracySec=1s\n", 180, "nobody is called",
)  # fmt: skip
RETENTION = Job(
    "retention", "retention run", "deletes what is overdue", "every night", "17 3 * * *", "*-*-* 03:17:00",
    "Persistent=true\n", 4 * 3600, "nothing is deleted",
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", required=True, dest="show",
                        help="print the lines; nothing is installed")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace, job: Job) -> int:
    config = load_config()
    made = {"crontab": crontab(config, job), "service": service(config, job), "timer": timer(job)}
    hidden = [_variable(f) for f in fields(Config) if f.type is Secret and _variable(f) in os.environ]
    if args.json:
        print(json.dumps({**made, "not_printed": hidden}, ensure_ascii=False, indent=2))
    else:
        for name in hidden:
            print(f"# {name} is a secret and is not printed: set {name.removeprefix('IVR_').lower()} in "
                  f"{config.config_file.expanduser().resolve()} (mode 600), or {job.without}\n")
        print("# Either this line for `crontab -e` of the hotline's user:\n")
        print(made["crontab"])
        print("\n# or these two units for systemd:\n")
        print(made["service"])
        print(made["timer"], end="")
    return 0


def timer(job: Job) -> str:
    """The unit that says when."""
    return _TIMER.format(name=job.name, about=job.about, often=job.often, calendar=job.calendar,
                         precision=job.precision)  # fmt: skip


def crontab(config: Config, job: Job) -> str:
    """One line. In a crontab % begins a new line, so it is escaped."""
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in _environment(config).items())
    log = shlex.quote(str(config.state_dir.expanduser().resolve() / f"{job.name}.log"))
    line = f"cd {shlex.quote(str(Path.cwd()))} && {settings} {_command(job)} >>{log} 2>&1"
    return f"{job.cron} " + line.replace("%", r"\%")


def service(config: Config, job: Job) -> str:
    """The unit that runs it once."""
    environment = "".join(f'Environment="{name}={_unit(value)}"\n' for name, value in _environment(config).items())
    return _SERVICE.format(name=job.name, about=job.about, limit_s=job.limit_s, folder=_unit(str(Path.cwd())),
                           environment=environment, command=_unit(_command(job)))  # fmt: skip


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


def _command(job: Job) -> str:
    return f"{shlex.quote(sys.executable)} -m ivr {job.words}"


def _unit(text: str) -> str:
    """A text as it stands in a unit file."""
    if '"' in text or "\\" in text or "\n" in text:
        raise HotlineError(f"{text!r}: a unit file cannot carry this path; move the hotline to a plainer folder")
    return text.replace("%", "%%")
