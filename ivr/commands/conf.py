"""`ivr conf`: the Asterisk configuration of these settings, for an Asterisk that somebody else runs."""

import argparse
import json
import sys
from pathlib import Path

from ivr.commands._setup import secrets_file
from ivr.config import Config, load_config
from ivr.datacheck import check_data, queue_faults
from ivr.datafiles import data_path
from ivr.domain.queue_plan import QueuePlan, load_queue_plan
from ivr.errors import ConfigError, HotlineError
from ivr.pbx.deploy import Changes, compare, put
from ivr.pbx.plan import make_plan
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets

_NEXT = """Next, as root:
  ln -sfn {sounds}/<language>/ivr /usr/share/asterisk/sounds/<language>/ivr    (each of: {languages}; once)
  chown -R asterisk: {etc} && chmod -R go-rwx {etc}
  the user asterisk must be able to write {spool}
  systemctl restart asterisk
  ivr controller      (and keep it running: see the README)"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  ivr conf check                       faults of settings, menus, queues and texts, all at once
  ivr conf show pjsip.conf             one file as it would be written (secrets included)
  ivr conf render /etc/asterisk --diff what would change, nothing written
  ivr conf render /etc/asterisk        write; asks before a file edited by hand is replaced"""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (hotline.toml)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="list what is wrong with settings, menus, queues and texts")
    check.add_argument("--json", action="store_true", help="machine-readable")
    show = actions.add_parser("show", help="print the rendered files, or one")
    show.add_argument("name", nargs="?", help="for example pjsip.conf; without it, the list of files")
    show.add_argument("--json", action="store_true", help="machine-readable")
    write = actions.add_parser("render", help="write the files for a system-wide Asterisk")
    write.add_argument("folder", type=Path, metavar="DIR", help="its configuration folder, such as /etc/asterisk")
    write.add_argument("--diff", action="store_true", help="show what would change, write nothing; 1 if anything")
    write.add_argument("--force", action="store_true", help="replace files edited by hand (kept as *.by-hand)")
    for action in (check, show, write):
        # without a default: it would undo what stands before the action
        action.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help="settings file")


def run(args: argparse.Namespace) -> int:
    """0 good; 1: faults found, or `--diff` found a difference, or the answer was no."""
    return {"check": _check, "show": _show, "render": _render}[args.action](args)


def _check(args: argparse.Namespace) -> int:
    faults: list[str] = []
    warnings: list[str] = []
    try:
        config = load_config(args.config)
        report = check_data(config)
        faults, warnings = list(report.faults), list(report.warnings)
    except ConfigError as error:
        faults = error.faults
    if args.json:
        print(json.dumps({"faults": faults, "warnings": warnings}, ensure_ascii=False))
    else:
        print("\n".join([*faults, *(f"warning: {warning}" for warning in warnings)])
              or "settings, menus, queues and texts: no fault found")
    return 1 if faults else 0


def _show(args: argparse.Namespace) -> int:
    files = _files(load_config(args.config), Path("/etc/asterisk"))
    if args.json:
        print(json.dumps(files if args.name is None else {args.name: files.get(args.name)}, ensure_ascii=False))
    elif args.name is None:
        print("\n".join(sorted(files)))
    elif args.name in files:
        print(files[args.name], end="")
    else:
        raise HotlineError(f"{args.name}: there is no such file; `ivr conf show` lists them")
    return 0


def _render(args: argparse.Namespace) -> int:
    folder = args.folder.expanduser().resolve()
    config = load_config(args.config)
    files = _files(config, folder)
    changes = compare(files, folder)
    if args.diff:
        _tell(changes, changes.changed + changes.edited)
        return 0 if changes.none else 1
    force = args.force
    if changes.edited and not force:
        _tell(changes, changes.edited)
        if sys.stdin.isatty():
            answer = input("These were edited by hand. Replace them (kept as *.by-hand)? [y/N] ")
            if answer.strip().lower() not in ("y", "yes"):
                print("nothing written")
                return 1
            force = True
    done = put(files, folder, replace_edited=force)
    count = len(done.new) + len(done.changed) + len(done.edited)
    print(f"{folder}: {count} files written, {len(files) - count} already right")
    state = config.state_dir.expanduser().resolve()
    print(_NEXT.format(sounds=state / "sounds", languages=", ".join(config.languages), etc=folder,
                       spool=state / "spool" / "wishes"))
    return 0


def _tell(changes: Changes, names: tuple[str, ...]) -> None:
    for name in changes.new:
        print(f"new file: {name}")
    for name in names:
        print(changes.diffs[name], end="")


def _files(config: Config, etc: Path) -> dict[str, str]:
    queues = _queues(config)
    if faults := queue_faults(config, queues.names):
        raise ConfigError(faults)
    chosen = {o.login: o.secret.reveal() for o in config.operators if o.secret}
    secrets = load_secrets(secrets_file(config), [o.login for o in config.operators], chosen)
    return render(make_plan(config, secrets, queues, paths=None, etc=etc))


def _queues(config: Config) -> QueuePlan:
    file = data_path("queues.toml", config.data_dir)
    return load_queue_plan(file.read_text("utf-8"), str(file))
