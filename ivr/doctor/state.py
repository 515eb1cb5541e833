"""What the hotline keeps: state folder, secrets, database, prompts."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path

from ivr.config import Config
from ivr.datacheck import check_data
from ivr.doctor.check import Check, fail, ok, warn
from ivr.errors import DataError, HotlineError
from ivr.prompts.setup import open_studio
from ivr.storage.engine import masked
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.schema import known_revisions, newest, revision
from ivr.wiring import read_calendars

_DECREED = 10  # October
_OLD_PLAN = timedelta(days=365)
_IMPORT = "ivr regions import FILE…"


def state_dir(folder: Path) -> Check:
    """Writable and private?"""
    if not folder.exists():
        parent = next(p for p in folder.resolve().parents if p.exists())
        if os.access(parent, os.W_OK):
            return ok("state", f"{folder}: will be made at the first start")
        return fail("state", f"{folder} cannot be made: {parent} may not be written", "set state_dir (IVR_STATE_DIR)")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return fail("state", f"{folder} cannot be written", f"chown it to this user, or set state_dir: {folder}")
    if (mode := folder.stat().st_mode) & 0o077:
        return fail("state", f"{folder} can be entered by others (mode {mode & 0o777:o})", f"chmod 700 {folder}")
    return ok("state", str(folder.resolve()))


def secrets(file: Path) -> Check:
    """Only ours to read?"""
    if not file.exists():
        return ok("secrets", "will be made at the first start")
    status = file.stat()
    if status.st_mode & 0o077:
        return fail("secrets", f"{file} can be read by others (mode {status.st_mode & 0o777:o})", f"chmod 600 {file}")
    if not os.access(file, os.R_OK):
        return fail("secrets", f"{file} cannot be read by this user", f"run as its owner, or chown it: {file}")
    return ok("secrets", f"{file}, mode 600")


def database(config: Config) -> Check:
    """Does it answer, with the tables of this version?"""
    url = config.database
    if not config.database_url.reveal() and not (config.state_dir / "hotline.db").exists():
        return ok("database", "SQLite, will be made at the first start")
    try:
        now, needed = asyncio.run(revision(url)), newest()
        shown = masked(url)
    except HotlineError as error:
        return fail("database", str(error), "start the database, or check database_url")
    if now is not None and now not in known_revisions():
        return fail("database", f"{shown} is at revision {now}, made by a newer version than this ({needed})",
                    "install the newer version, or restore the backup made before")  # fmt: skip
    if now != needed:
        return fail("database", f"{shown} is at revision {now or 'none'}, {needed} is needed", "ivr db upgrade")
    return ok("database", f"{shown} is at revision {now}")


def data(config: Config) -> list[Check]:
    """Are menus, queues, texts and recordings usable? One finding a fault."""
    report = check_data(config)
    remedy = "correct the place named; the hotline does not start before"
    found = [fail("data", fault, remedy) for fault in report.faults]
    found += [
        warn("data", warning, "correct the place named; a file that is not used: rename or remove it")
        for warning in report.warnings
    ]
    return found or [ok("data", "menus, queues and texts are complete")]


def numbering(config: Config, at: datetime) -> Check:
    """Can a mobile number tell a region? Without a plan the hotline works; it asks more callers where they are."""
    try:
        plan = load_plan(plan_path(config.state_dir))
    except FileNotFoundError:
        told = "no numbering plan: a mobile number does not tell the region, and is called back an hour a day only"
        return warn("numbering", told, _IMPORT)
    except (DataError, OSError) as error:
        return warn("numbering", f"{error}; a mobile number does not tell the region", _IMPORT)
    if old := [file.part for file in plan.files if at - file.at > _OLD_PLAN]:
        return warn("numbering", f"{', '.join(old)} of the numbering plan came in more than a year ago", _IMPORT)
    parts = ", ".join(file.part for file in plan.files)
    return ok("numbering", f"{len(plan)} ranges of {parts}")


def holidays(config: Config, at: datetime) -> list[Check]:
    """Are the days off of this year known, and late in the year those of the next? `at`: now, aware."""
    try:
        known = read_calendars(config)
    except HotlineError:
        return []  # the data check says so
    first = at.year
    # the decree for the next year is out by October
    years = range(first, first + (2 if at.month >= _DECREED else 1))
    doubts = [warn("holidays", doubt, "see: ivr/data/holidays.2026.toml for the form") for doubt in known.doubts(years)]
    return doubts or [ok("holidays", f"known for {' and '.join(map(str, years))}")]


def prompts(config: Config) -> Check:
    """Is every sound there?"""
    try:
        studio = open_studio(config.languages, config.state_dir, config.data_dir, config.asterisk_cache)
    except HotlineError as error:
        return fail("prompts", str(error).splitlines()[0], "see: ivr prompts missing")
    if not studio.sounds_dir.exists():
        return ok("prompts", "will be built at the first start")
    gone = [p.name for p in studio.prompts if not (studio.sounds_dir / p.language / "ivr" / f"{p.key}.alaw").is_file()]
    if gone:
        return fail(
            "prompts", f"{len(gone)} of {len(studio.prompts)} are not there, such as {gone[0]}", "ivr prompts build"
        )
    return ok("prompts", f"{len(studio.prompts)} sounds in {', '.join(config.languages)}")
