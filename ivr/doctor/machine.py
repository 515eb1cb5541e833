"""The machine: speech, disk, clock, time zones."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.doctor.check import Check, fail, ok, warn

_MB = 1_000_000
#: No clock can be right that is before this.
BUILT = datetime(2025, 6, 1, tzinfo=UTC)


def speech(search: str | None = None) -> Check:
    """Is there a synthesiser?"""
    found = shutil.which("espeak-ng", path=search)
    if found:
        return ok("speech", found)
    return warn("speech", "espeak-ng is not installed: prompts without a recording cannot be built",
                "as root: apt-get install espeak-ng")


def disk(folder: Path, free: int | None = None) -> Check:
    """Room where the state is. `free`: bytes, None to look."""
    there = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(there).free if free is None else free
    what = f"{free // _MB} MB free at {there}"
    if free < 200 * _MB:
        return fail("disk", what, "make room: tickets and calls cannot be stored on a full disk")
    if free < 2000 * _MB:
        return warn("disk", what, "make room, or move state_dir")
    return ok("disk", what)


def clock(at: datetime) -> Check:
    """Can the clock be right? `at`: now, aware."""
    if at < BUILT:
        return fail("clock", f"the clock says {at:%Y-%m-%d %H:%M} UTC, which is past",
                    "set the clock: timedatectl set-ntp true")
    if at > BUILT + timedelta(days=365 * 20):
        return warn("clock", f"the clock says {at:%Y-%m-%d}", "set the clock: timedatectl set-ntp true")
    return ok("clock", f"{at:%Y-%m-%d %H:%M} UTC")


def zones() -> Check:
    """Is the time zone data there?"""
    try:
        ZoneInfo("Europe/Moscow")
        ZoneInfo("Asia/Kamchatka")
    except ZoneInfoNotFoundError:
        return fail("time zones", "no time zone data on this machine", "as root: apt-get install tzdata")
    return ok("time zones", "known")
