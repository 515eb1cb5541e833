"""Recordings of talks: taken into the books as Asterisk writes them, listened to on record, paused, deleted by rule."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ivr.domain.audit import AuditEntry
from ivr.domain.recordings import Recording, SoundFile, overdue, recording_of, state_of
from ivr.errors import HotlineError, StorageError
from ivr.services.ports import Audit, Journal
from ivr.services.recording_ports import Recorder, RecordingFiles, Recordings
from ivr.services.retention import Deleted, Gone

log = logging.getLogger(__name__)
LISTENED = "recording_listened"
#: Who goes on listening within this time has said so once.
_ONE_LISTEN = timedelta(minutes=10)
_LISTENERS, _LISTENED = 1000, 200
#: So many recordings are taken in at once.
_AT_ONCE = 500


class NotRecorded(HotlineError):
    """No talk of this operator in this call is recorded now."""


@dataclass(frozen=True)
class Listen:
    """Somebody listened to the recording of the call that began at `began_at`."""

    at: datetime
    who: str
    began_at: datetime


class RecordingDesk:
    """`free_mb`: with less room on the disk no further talk is recorded. `kept_days`: see `Retention`."""

    def __init__(
        self, rows: Recordings, files: RecordingFiles, audit: Audit, journal: Journal, recorder: Recorder,
        free_mb: int, kept_days: int,
    ) -> None:  # fmt: skip
        self._rows, self._files, self._audit, self._journal = rows, files, audit, journal
        self._recorder, self._free_mb = recorder, free_mb
        self._known: dict[str, int] = {}
        self._listening: dict[tuple[str, str], datetime] = {}
        self.room, self.kept_days = True, kept_days

    async def look(self, at: datetime) -> None:
        """Take in the recordings of today and yesterday that are new or have grown; see whether there is room."""
        # off the loop: a busy day has many files
        free, found = await asyncio.to_thread(self._scan, at)
        if (free >= self._free_mb) is not self.room:
            self.room = not self.room
            said = "there is room for recordings again" if self.room else "no talk is recorded: the disk is nearly full"
            log.log(logging.INFO if self.room else logging.ERROR, "%s (%d MB free)", said, free,
                    extra={"action": "recordings_room"})  # fmt: skip
        grown = [sound for sound in found if self._known.get(sound.file) != sound.size]
        self._known = {sound.file: sound.size for sound in found if self._known.get(sound.file) == sound.size}
        # after a start two days of them are new: where the database stumbles it is not asked for all of them anew
        for first in range(0, len(grown), _AT_ONCE):
            some = grown[first : first + _AT_ONCE]
            await self._rows.keep([each for sound in some if (each := recording_of(sound)) is not None])
            self._known |= {sound.file: sound.size for sound in some}

    def _scan(self, at: datetime) -> tuple[int, list[SoundFile]]:
        days = [f"{moment:%Y-%m-%d}" for moment in (at - timedelta(days=1), at)]
        return self._files.free_mb(), [sound for day in days for sound in self._files.of_day(day)]

    async def of_call(self, call_id: str, at: datetime) -> list[tuple[Recording, str]]:
        """The recordings of a call, oldest first, each with its state. Raises `StorageError`."""
        return [(each, state_of(each, self._files.look(each.file), at)) for each in await self._rows.of_call(call_id)]

    async def listens(self, call_id: str) -> list[Listen]:
        """Who has listened to them, newest first. Raises `StorageError`."""
        entries = await self._audit.latest(_LISTENED, action=LISTENED, target=call_id)
        return [Listen(entry.at, entry.who, datetime.fromisoformat(str(entry.data["began_at"]))) for entry in entries]

    async def listen(self, who: str, call_id: str, file: str, at: datetime) -> Path | None:
        """Where the sound is, for `who` (a login) to hear now; None: there is none. It is on record before it is heard.
        Raises `StorageError`."""
        known = next((each for each in await self._rows.of_call(call_id) if each.file == file), None)
        path = self._files.find(file)
        if known is None or known.deleted_at is not None or path is None:
            return None
        last = self._listening.get((who, file))
        if last is None or at - last >= _ONE_LISTEN:
            # not the file: its name is taken for digits that are to be masked
            began = known.began_at.isoformat()
            entry = AuditEntry(at, who, LISTENED, call_id, data={"began_at": began}, outcome="done")
            await self._audit.record(entry)
            while len(self._listening) >= _LISTENERS:
                del self._listening[next(iter(self._listening))]
            self._listening[(who, file)] = at
        return path

    async def pause(self, call_id: str, operator: str, on: bool, at: datetime) -> None:
        """Let the recording of his talk go on (`on`), or rest while what is said must not be kept. Raises
        `NotRecorded`, `PbxError`."""
        if not await self._recorder.mute(call_id, operator, not on):
            raise NotRecorded
        self._journal.write(call_id, at, "recording", {"operator": operator, "on": int(on)})


class Retention:
    """The rule by which recordings are deleted: kept `days` days. Safe to run again, and while calls run."""

    kind = "recordings"

    def __init__(self, rows: Recordings, files: RecordingFiles, days: int) -> None:
        self._rows, self._files, self._days = rows, files, days

    async def run(self, at: datetime, dry: bool = False, gone: Gone = lambda more: None) -> Deleted:
        """Delete what is overdue, and tell `gone` of each; `dry`: only say what that is. What goes wrong with one day
        is told, and done by the next run: the days after it are looked at all the same."""
        days = [day for day in self._files.days() if overdue(day, self._days, at)]
        count, faults = 0, list[str]()
        for day in days:
            try:
                count += self._delete(day, dry, faults, gone)
                if not dry:
                    await self._note(day, at)
            except StorageError as error:
                faults.append(f"{day}: {error}")
        return Deleted(self.kind, count, days, faults)

    def _delete(self, day: str, dry: bool, faults: list[str], gone: Gone) -> int:
        """How many files of that day are gone (`dry`: would be)."""
        count = 0
        for sound in self._files.of_day(day):
            try:
                if not dry:
                    self._files.delete(sound.file)
                    gone(1)
            except StorageError as error:
                faults.append(str(error))
                continue
            count += 1
        return count

    async def _note(self, day: str, at: datetime) -> None:
        """Write down what is gone: also those whose files were gone before, or before the last run could say so."""
        known = [each.file for each in await self._rows.of_day(day)]
        kept = {sound.file for sound in self._files.of_day(day)}
        await self._rows.deleted([file for file in known if file not in kept], at)
        self._files.forget_day(day)
