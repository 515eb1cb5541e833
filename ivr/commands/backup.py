"""`ivr backup`: all that a hotline cannot make anew, in one file; taken while calls run, and put back."""

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ivr import __version__
from ivr.commands import _backup_parts as parts
from ivr.commands._backup_archive import Writer, look, new_file
from ivr.commands._backup_restore import restore
from ivr.commands._scratch import check_room, scratch, sweep, tidied
from ivr.commands.listing import print_json, print_table
from ivr.config import Config, load_config
from ivr.domain.callbacks import ACTIVE
from ivr.errors import HotlineError
from ivr.storage.dump import check_revision, dump_of
from ivr.storage.schema import upgrade
from ivr.storage.sqlite_dump import copy_sqlite
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here
_STAMP = "%Y%m%d-%H%M%S"
#: Of what a restore sets aside: two may come in one second.
_SET_ASIDE = f"{_STAMP}-%f"
EXAMPLES = """examples:
  ivr backup make /backup                  a file /backup/hotline-<moment>.tar.gz; also while calls run
  ivr backup make --recordings FILE        with the recordings of talks
  ivr backup make - | age -r KEY > FILE    encrypted: passwords and citizens' numbers are in it
  ivr backup check FILE                    is it whole, what is in it, could this version restore it?
  ivr backup restore FILE                  onto a machine without a hotline, or with one that is stopped: --replace
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make_ = actions.add_parser("make", help="take a backup: database, secrets, settings, own data, numbering plan")
    make_.add_argument("file", metavar="FILE", help="a new file, a folder (a name is made up), or - for stdout")
    make_.add_argument("--recordings", action="store_true", help="the recordings of talks too (may be large)")
    check_ = actions.add_parser("check", help="read all of a backup, say what is in it")
    check_.add_argument("file", metavar="FILE", type=Path)
    restore_ = actions.add_parser("restore", help="put a backup back; the hotline must not run")
    restore_.add_argument("file", metavar="FILE", type=Path)
    restore_.add_argument("--replace", action="store_true", help="although there is a hotline: it is kept aside")
    for action in (make_, check_, restore_):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    with tidied():
        return _run(args, datetime.now(UTC))


def _run(args: argparse.Namespace, at: datetime) -> int:
    if args.action == "make":
        return _make(args, at)
    if args.action == "check":
        return _check(args)
    config = asyncio.run(restore(args.file, args.replace, at.strftime(_SET_ASIDE), _say))
    found = asyncio.run(_counts(config))
    if args.json:
        print_json({"restored": str(args.file), **found})
    else:
        print_table(("WHAT", "THERE"), list(found.items()))
        _next(found)
    return 0


def _make(args: argparse.Namespace, at: datetime) -> int:
    config = load_config()
    if args.file == "-":
        if args.json:
            raise HotlineError("--json: not with -, which is where the backup goes")
        try:
            _write(config, sys.stdout.buffer, at, args.recordings, None)
            sys.stdout.buffer.flush()
        except OSError as error:
            # what is left in the buffer would be tried again at the very end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise HotlineError(f"the backup cannot be written to stdout: {error.strerror}") from None
        return 0
    path = Path(args.file)
    if path.is_dir():
        path /= f"hotline-{at.strftime(_STAMP)}.tar.gz"
    sweep(path.parent)
    with new_file(path) as stream:
        files = _write(config, stream, at, args.recordings, path.parent)
    size = path.stat().st_size
    if args.json:
        print_json({"file": str(path), "bytes": size, "files": files, "recordings": args.recordings})
    else:
        print(f"{path}: {files} files, {_size(size)}"
              + ("" if args.recordings else "; without the recordings of talks (--recordings)"))  # fmt: skip
    return 0


def _write(config: Config, stream: IO[bytes], at: datetime, recordings: bool, place: Path | None) -> int:
    """Returns how many files are in it. `place`: the folder that `stream` is in. Raises `HotlineError`."""
    dump = dump_of(config.database)
    state = config.state_dir.expanduser().resolve()
    with scratch(state if state.is_dir() else Path(tempfile.gettempdir()), ".backup-") as folder:
        size = asyncio.run(dump.size())
        if place is not None and place.stat().st_dev == folder.stat().st_dev:
            # gzip makes it smaller, but nobody knows by how much
            size += size + sum(path.stat().st_size for _, path in parts.files(config, recordings) if path.exists())
        check_room(folder, size, config.recordings_free_mb)
        waiting = _kept(folder, parts.wishes(config))
        _say(f"copying the database ({dump.kind})")
        revision = asyncio.run(dump.save(folder / "database"))
        about = {
            "made_at": at.isoformat(), "program": __version__, "revision": revision, "database": dump.kind,
            "did": config.did, "recordings": recordings,
        }  # fmt: skip
        with Writer(stream, about) as writer:
            writer.file("database", folder / "database")
            for told, path in waiting:
                writer.file(told, path)
            if parts.astdb(config).exists():  # not before an Asterisk has run here
                _copy_astdb(parts.astdb(config), folder / "astdb")
                writer.file(parts.ASTDB, folder / "astdb")
            progress = _progress(writer)
            for told, path in parts.files(config, recordings):
                writer.file(told, path)
                progress()
        return writer.files


def _copy_astdb(source: Path, target: Path) -> None:
    try:
        copy_sqlite(source, target)
    except sqlite3.Error as error:
        raise HotlineError(
            f"Asterisk's database {source} cannot be copied: {error}; Asterisk makes a new one when it is "
            "started without it (operators then log in anew)"
        ) from None


def _kept(folder: Path, files: Any) -> list[tuple[str, Path]]:
    """Copies of small files that may be gone before their turn."""
    kept = []
    for number, (name, path) in enumerate(files):
        with suppress(FileNotFoundError):
            copy = folder / f"wish-{number}"
            copy.write_bytes(path.read_bytes())
            kept.append((name, copy))
    return kept


def _check(args: argparse.Namespace) -> int:
    about, names = look(args.file)
    check_revision(str(about["revision"]))
    if args.json:
        print_json({"file": str(args.file), **about, "files": names})
        return 0
    print_table(("WHAT", ""), [(name, value) for name, value in about.items() if name != "format"])
    kinds: dict[str, int] = {}
    for name in names:
        kind = "/".join(Path(name).parts[:3][:-1]) or name
        kinds[kind] = kinds.get(kind, 0) + 1
    print()
    print_table(("FILES OF", "COUNT"), sorted(kinds.items()))
    print(f"{args.file} is whole, and this version can restore it")
    return 0


async def _counts(config: Config) -> dict[str, int]:
    """What the restored database holds, brought to this version."""
    await upgrade(config.database)
    async with open_storage(config.database, _LIMIT) as storage:
        callbacks = await storage.callbacks.counts()
        return {
            "tickets": sum((await storage.tickets.counts()).values()),
            "callbacks": sum(callbacks.values()),
            "callbacks_pending": sum(count for state, count in callbacks.items() if state in ACTIVE),
            "users": await storage.accounts.count(),
        }


def _next(found: dict[str, int]) -> None:
    if found["callbacks_pending"]:
        print("\nCallbacks are pending as they were at the moment of the backup. Who was called since then would be "
              "called\nagain: look through `ivr callbacks list`, cancel those before the dispatcher runs.")  # fmt: skip
    print("\nBefore calls are taken: `ivr doctor`, then `ivr retention run` (it deletes again what had been deleted).")


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return ""


def _progress(writer: Writer) -> Callable[[], None]:
    """A line for each gigabyte, to who watches."""
    told = 0

    def tell() -> None:
        nonlocal told
        if sys.stderr.isatty() and writer.bytes - told >= 10**9:
            told = writer.bytes
            _say(f"{writer.files} files, {_size(writer.bytes)}")

    return tell


def _say(text: str) -> None:
    print(text, file=sys.stderr)
