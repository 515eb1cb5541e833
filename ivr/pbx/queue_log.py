"""The queue_log on disk, read on from a place; what was rotated away meanwhile is found again by its first line."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ivr.services.live_ports import LogPlace, QueueLog

_AT_ONCE = 64 * 1024
#: Asterisk's own limit is half of it.
_LONGEST_LINE = 16 * 1024
_HEAD = 200
#: A rotation takes a few milliseconds; the files are looked for anew so often.
_TRIES = 5


class _Part(NamedTuple):
    """`head`: the first line; the file is open, so that it stays the same whatever it is called meanwhile."""

    head: str
    path: Path
    log: BinaryIO


class QueueLogFile(QueueLog):
    """`file`: the one that Asterisk writes; rotated parts are beside it as `queue_log.0` and so on, in any order."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, place: LogPlace) -> tuple[list[str], LogPlace]:
        """At most 64 KB at once. Raises `OSError` when there is no log."""
        with self._parts() as parts:
            if not parts:
                raise FileNotFoundError(f"{self._file}: Asterisk has written no queue_log here")
            known, place = _find(parts, place)
            lines, place = _read(parts[known], place.offset)
            if not lines and known + 1 < len(parts):
                return _read(parts[known + 1], 0)
            return lines, place

    def unread(self, place: LogPlace) -> set[Path]:
        """The parts that hold something after `place`. Raises `OSError`."""
        with self._parts() as parts:
            if not parts:
                return set()
            known, place = _find(parts, place)
            begun = [parts[known].path] if place.offset < parts[known].log.seek(0, 2) else []
            return {*begun, *(part.path for part in parts[known + 1 :])}

    @contextmanager
    def _parts(self) -> Iterator[list[_Part]]:
        """Each part that has a whole first line, oldest first, the one being written last."""
        for _ in range(_TRIES):
            with ExitStack() as stack:
                listed = self._listed()
                try:
                    logs = {path: stack.enter_context(path.open("rb")) for path in listed}
                except FileNotFoundError:
                    continue
                if self._listed() != listed:
                    continue  # renamed while they were opened: a part may be there twice, and another not at all
                found = []
                for path, log in logs.items():
                    head = log.readline(_LONGEST_LINE)
                    if head.endswith(b"\n"):
                        found.append(_Part(_text(head.rstrip())[:_HEAD], path, log))
                yield sorted(_no_copies(found), key=self._order)
                return
        raise BlockingIOError(f"{self._file} is being rotated all the time")

    def _order(self, part: _Part) -> tuple[bool, int, float]:
        # rotated in the second of its start: who was written to last is the later one
        return part.path == self._file, _epoch(part.head), os.fstat(part.log.fileno()).st_mtime

    def _listed(self) -> dict[Path, int]:
        found = {}
        for path in self._file.parent.glob(self._file.name + "*"):
            if path == self._file or path.suffix[1:].isdigit():
                try:
                    found[path] = path.stat().st_ino
                except FileNotFoundError:
                    continue
        return found


def holds(folder: Path, part: Path) -> bool:
    """Is all of the log `part` in `folder` already: does one there, whatever its name, begin with the same line and go
    at least as far? Raises `OSError`."""
    head, size = _first_line(part), part.stat().st_size
    there = (path for path in folder.glob("queue_log*") if path.is_file())
    return any(_first_line(path) == head and path.stat().st_size >= size for path in there)


def _first_line(path: Path) -> bytes:
    with path.open("rb") as log:
        return log.readline(_LONGEST_LINE)


def _no_copies(parts: list[_Part]) -> list[_Part]:
    """A place is known by the first line, so of parts that begin alike (one came out of a backup, under the name that
    the other had before a rotation) the longest counts: with both, reading would go in circles."""
    longest: dict[str, _Part] = {}
    # of two as long the one that is written still, whose name is the shortest
    for part in sorted(parts, key=lambda part: (part.log.seek(0, 2), -len(part.path.name))):
        longest[part.head] = part
    return [*longest.values()]


def _find(parts: list[_Part], place: LogPlace) -> tuple[int, LogPlace]:
    """The part to be read on in, and the place there."""
    known = next((n for n, part in enumerate(parts) if part.head == place.file), None)
    if known is not None:
        return known, place
    # what was read is gone; lines of before it were read with it
    after = [n for n, part in enumerate(parts) if _epoch(part.head) > _epoch(place.file)]
    known = after[0] if after else len(parts) - 1
    return known, LogPlace(parts[known].head, 0)


def _read(part: _Part, offset: int) -> tuple[list[str], LogPlace]:
    part.log.seek(offset)
    data = part.log.read(_AT_ONCE)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) > _LONGEST_LINE:
        whole = data  # no line is so long: skipped
    return _text(whole).splitlines(), LogPlace(part.head, offset + len(whole))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _epoch(head: str) -> int:
    digits = head.partition("|")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
