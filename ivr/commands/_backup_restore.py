"""Putting a backup back: nothing is touched before everything was looked at, and what was there is kept aside."""

import filecmp
import os
import shutil
import socket
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr.commands import _backup_parts as parts
from ivr.commands._backup_archive import look, unpack
from ivr.commands._hotline import lock_holder
from ivr.config import Config, load_config
from ivr.errors import HotlineError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.queue_log import holds
from ivr.storage.dump import check_revision, dump_of


class NotRestored(HotlineError):
    """The backup was not put back."""


async def restore(file: Path, replace_: bool, stamp: str, say: Callable[[str], None]) -> Config:
    """Put it in place; returns the settings that it was restored by. Raises `HotlineError`; then nothing has changed,
    unless a file cannot be moved at the very end."""
    say(f"reading {file}")
    about, _ = look(file)
    check_revision(str(about["revision"]))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".restore-", dir=_near())))
        unpack(file, folder)
        config = settings(folder)
        dump = dump_of(config.database)
        if dump.kind != about["database"]:
            raise NotRestored(
                f"the backup holds {about['database']}, but database_url is {dump.kind}: set database_url"
            )
        _refuse_running(config)
        if used := await dump.in_use():
            raise NotRestored(f"the database is in use ({used}); stop the hotline and its dispatcher first")
        state = config.state_dir.expanduser().resolve()
        moves = list(_moves(folder, config))
        there = ["the database"] if await dump.occupied() else []
        there += [str(target) for _, source, target in moves
                  if target.exists() and target != config.config_file and not _same(source, target)]  # fmt: skip
        if there and not replace_:
            raise NotRestored(
                f"there is a hotline here already ({there[0]}{', and more' if there[1:] else ''}); "
                "with --replace it is kept aside and the backup takes its place"
            )
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        say(f"restoring the database ({dump.kind})")
        kept = await dump.load(folder / "database", stamp)
        if kept:
            say(f"the database that was here is kept as {kept}")
        say(f"restoring {len(moves)} files")
        aside = state / f"before-restore-{stamp}"
        for name, source, target in moves:
            _put(name, source, target, aside, config)
        if aside.exists():
            say(f"the files that were here are kept in {aside}")
    return config


def settings(folder: Path) -> Config:
    """This machine's settings; where it has none, those of the backup, which are then to be put in place."""
    path = Path(os.environ.get("IVR_CONFIG_FILE", "hotline.toml"))
    kept = folder / parts.SETTINGS
    if path.exists() or not kept.exists():
        return load_config()
    try:
        told: dict[str, Any] = tomllib.loads(kept.read_text("utf-8"))
        if isinstance(told.get("data_dir"), str) and "IVR_DATA_DIR" not in os.environ:
            # comes with the backup; settings that name a folder which is not there are refused
            Path(told["data_dir"]).expanduser().mkdir(parents=True, exist_ok=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise NotRestored(f"the settings in the backup cannot be used: {error}") from None
    return replace(load_config(kept), config_file=path)


def _moves(folder: Path, config: Config) -> Iterator[tuple[str, Path, Path]]:
    """Each file of the backup but the database: its name there, where it is now, its place here."""
    roots = {parts.STATE: config.state_dir.expanduser().resolve(), parts.DATA: config.data_dir}
    for source in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = source.relative_to(folder)
        if name.as_posix() == parts.SETTINGS:
            yield str(name), source, config.config_file
        elif (root := roots.get(name.parts[0])) is not None:
            target = root.joinpath(*name.parts[1:])
            # counting goes on in the longer log: what was written after the backup is in that one
            if not (source.name.startswith("queue_log") and _holds(target.parent, source)):
                yield str(name), source, target


def _holds(folder: Path, part: Path) -> bool:
    try:
        return holds(folder, part)
    except OSError as error:
        raise NotRestored(f"{folder}: its queue_log cannot be read: {error.strerror}") from None


def _put(name: str, source: Path, target: Path, aside: Path, config: Config) -> None:
    """`name`: of the file in the backup; what was in its place goes to `aside` under the same name."""
    try:
        if target.exists():
            if _same(source, target):
                return
            if target == config.config_file:
                # who set this machine up has said how it is here
                target = target.with_name(f"{target.name}.from-backup")
            else:
                kept = aside / name
                kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.rename(kept)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.restored")
        half.unlink(missing_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with source.open("rb") as data, os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(data, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        half.replace(target)
    except OSError as error:
        raise NotRestored(
            f"{target}: cannot be written: {error.strerror}; the database is restored already: mend that, then restore "
            "again with --replace"
        ) from None


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def _refuse_running(config: Config) -> None:
    state = config.state_dir.expanduser().resolve()
    if process := lock_holder(state):
        raise NotRestored(f"a hotline runs here (process {process}): stop it first")
    if _answers(socket.AF_UNIX, str(InstancePaths.under(state).socket)):
        raise NotRestored(f"an Asterisk of this hotline still runs ({state}): stop it first")
    family = socket.AF_INET6 if ":" in config.agi_host else socket.AF_INET
    if _answers(family, (config.agi_host, config.agi_port)):
        raise NotRestored(f"a controller runs here (port {config.agi_port}): stop it first")


def _answers(family: socket.AddressFamily, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def _near() -> Path:
    """Where there is room for what is unpacked: beside the state, if its folder can be told already."""
    state = Path(os.environ.get("IVR_STATE_DIR", "var")).expanduser().resolve()
    for folder in (state, *state.parents):
        if folder.is_dir() and os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.gettempdir())
