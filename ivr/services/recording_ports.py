"""What the recordings need from the outside: rows, files, and Asterisk's own recording."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ivr.domain.recordings import Recording, SoundFile


class Recordings(Protocol):
    """What is known of the recordings of talks. Raises `StorageError`."""

    async def keep(self, found: Sequence[Recording]) -> None:
        """Store them; of those that are known, the new length."""

    async def of_call(self, call_id: str) -> list[Recording]:
        """Oldest first, the deleted ones too."""

    async def of_day(self, day: str) -> list[Recording]:
        """Those of the folder `day` ("2026-11-25")."""

    async def deleted(self, files: Iterable[str], at: datetime) -> None:
        """These files are gone."""


class RecordingFiles(Protocol):
    """The files of the recordings ("<day>/<name>"). Raises `StorageError`."""

    def days(self) -> list[str]:
        """The folders there are, oldest first."""

    def of_day(self, day: str) -> list[SoundFile]: ...

    def look(self, file: str) -> SoundFile | None:
        """The file as it is now, with what its header tells; None: it is not there."""

    def find(self, file: str) -> Path | None:
        """Where the file is; None: it is not there."""

    def delete(self, file: str) -> None: ...

    def forget_day(self, day: str) -> None:
        """Remove the folder if it is empty."""

    def free_mb(self) -> int:
        """Room on the disk."""


class Recorder(Protocol):
    """Asterisk's recording. Raises `PbxError`."""

    async def mute(self, call_id: str, operator: str, on: bool) -> bool:
        """Pause (`on`) or go on; False: no talk of this operator with this caller is recorded."""
