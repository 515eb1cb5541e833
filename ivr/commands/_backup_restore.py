"""Putting a backup back: nothing is touched before everything was looked at, and what was there is kept aside."""

import os
import socket
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr.commands import _backup_parts as parts
from ivr.commands._backup_archive import look, unpack
from ivr.commands._backup_places import NotRestored, Places
from ivr.commands._hotline import lock_holder
from ivr.commands._scratch import scratch
from ivr.config import Config, load_config
from ivr.pbx.paths import InstancePaths
from ivr.storage.dump import check_revision, dump_of


async def restore(file: Path, replace_: bool, stamp: str, say: Callable[[str], None]) -> Config:
    """Put it in place; returns the settings that it was restored by. Raises `HotlineError`; then nothing has changed,
    unless a file cannot be moved at the very end."""
    say(f"reading {file}")
    about, _ = look(file)
    check_revision(str(about["revision"]))
    with ExitStack() as stack:
        folder = stack.enter_context(scratch(_near(), ".restore-"))
        unpack(file, folder)
        config = settings(folder)
        dump = dump_of(config.database)
        if dump.kind != about["database"]:
            raise NotRestored(
                f"the backup holds {about['database']}, but database_url is {dump.kind}: set database_url"
            )
        _refuse_running(config)
        if about["did"] != config.did:
            say(f"the backup is of the hotline {about['did']}; the settings here are of {config.did}")
        if used := await dump.in_use():
            raise NotRestored(f"the database is in use ({used}); stop the hotline and its dispatcher first")
        places = Places(folder, config, stamp)
        there = ["the database"] if await dump.occupied() else []
        there += map(str, places.occupied())
        if there and not replace_:
            raise NotRestored(
                f"there is a hotline here already ({there[0]}{', and more' if there[1:] else ''}); "
                "with --replace it is kept aside and the backup takes its place"
            )
        count = places.stage()
        stack.callback(places.undo)
        say(f"restoring the database ({dump.kind})")
        kept = await dump.load(folder / "database", stamp, str(about["revision"]))
        if kept:
            say(f"the database that was here is kept as {kept}")
        say(f"restoring {count} files")
        places.put()
        if places.aside.exists():
            say(f"the files that were here are kept in {places.aside}")
        for sentence in places.elsewhere.values():
            say(sentence)
    return config


def settings(folder: Path) -> Config:
    """This machine's settings; where it has none, those of the backup, which are then to be put in place."""
    path = Path(os.environ.get("IVR_CONFIG_FILE", "hotline.toml"))
    kept = folder / parts.SETTINGS
    if path.exists() or not kept.exists():
        return load_config()
    try:
        told: dict[str, Any] = tomllib.loads(kept.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise NotRestored(f"the settings in the backup cannot be used: {error}") from None
    if not isinstance(told.get("data_dir"), str) or "IVR_DATA_DIR" in os.environ:
        return replace(load_config(kept), config_file=path)
    # it comes with the backup; settings that name a folder which is not there are refused
    (data := folder / parts.DATA).mkdir(exist_ok=True)
    config = load_config(kept, {**os.environ, "IVR_DATA_DIR": str(data)})
    return replace(config, config_file=path, data_dir=Path(told["data_dir"]))


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
