"""Recordings of talks: a file each, whose name tells the call, when the talk began and with whom. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

#: As dialplan/recording.conf names them, in a folder a day: <call id>-<seconds of the epoch>-<operator>.wav
_NAME = re.compile(r"([a-z0-9]{1,40})-([0-9]{9,11})-([0-9]{0,6})\.wav\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
#: 8000 samples of two bytes a second, behind a header.
_HEADER, _BYTES_A_SECOND = 44, 16_000
#: A file that did not grow for so long is complete.
_QUIET = timedelta(seconds=30)


@dataclass(frozen=True)
class Recording:
    """`file`: "<day>/<name>"; `began_at` aware UTC; `seconds` so far; `deleted_at`: the sound is gone since then."""

    file: str
    call_id: str
    operator: str
    began_at: datetime
    seconds: int
    deleted_at: datetime | None = None


#: What can be heard of a recording: all; nothing yet, the talk goes on; what was written before it broke off; nothing,
#: for it was deleted by rule; nothing, for the file is not there or holds no sound.
STATES = ("ready", "going", "cut", "deleted", "missing")


@dataclass(frozen=True)
class SoundFile:
    """A file as it is found. `file`: "<day>/<name>"; `changed_at` aware UTC; `told`: bytes of sound, by its header."""

    file: str
    size: int
    changed_at: datetime
    told: int = 0

    @property
    def seconds(self) -> int:
        """How long it sounds, also while its header says nothing yet."""
        return max(0, self.size - _HEADER) // _BYTES_A_SECOND

    def complete(self, at: datetime) -> bool:
        """Has nothing come to it for a while?"""
        return at - self.changed_at >= _QUIET


def state_of(recording: Recording, found: SoundFile | None, at: datetime) -> str:
    """One of `STATES`."""
    if recording.deleted_at is not None:
        return "deleted"
    if found is not None and found.told == found.size - _HEADER > 0:
        return "ready"
    if found is not None and not found.complete(at):
        return "going"
    return "cut" if found is not None and found.seconds else "missing"


def recording_of(found: SoundFile) -> Recording | None:
    """What the file's name tells; None: it is none of ours."""
    folder, _, name = found.file.rpartition("/")
    match = _NAME.match(name)
    if match is None or day_of(folder) is None:
        return None
    call_id, epoch, operator = match.groups()
    return Recording(found.file, call_id, operator, datetime.fromtimestamp(int(epoch), UTC), found.seconds)


def day_of(folder: str) -> date | None:
    """The day of a folder of recordings; None: it is none of ours."""
    if not _DAY.match(folder):
        return None
    try:
        return date.fromisoformat(folder)
    except ValueError:
        return None


def overdue(folder: str, days: int, at: datetime) -> bool:
    """Are recordings of this day to be deleted, which are kept `days` days?"""
    day = day_of(folder)
    return day is not None and day < at.astimezone(UTC).date() - timedelta(days=days)
