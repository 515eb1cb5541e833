"""The queue_log on disk, read on from a place; what was rotated away meanwhile is found again by its first line."""

from pathlib import Path

from ivr.services.live_ports import LogPlace, QueueLog

_AT_ONCE = 64 * 1024
#: Asterisk's own limit is half of it.
_LONGEST_LINE = 16 * 1024
_HEAD = 200


class QueueLogFile(QueueLog):
    """`file`: the one that Asterisk writes; rotated parts are beside it as `queue_log.0` and so on."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, place: LogPlace) -> tuple[list[str], LogPlace]:
        """At most 64 KB at once. Raises `OSError` when there is no log."""
        parts = self._parts()
        if not parts:
            raise FileNotFoundError(f"{self._file}: Asterisk has written no queue_log here")
        known = next((n for n, (head, _) in enumerate(parts) if head == place.file), None)
        if known is None:
            # what was read is gone; lines of before it were read with it
            after = [n for n, (head, _) in enumerate(parts) if _epoch(head) > _epoch(place.file)]
            known = after[0] if after else len(parts) - 1
            place = LogPlace(parts[known][0], 0)
        lines, place = _read(parts[known][1], place)
        if not lines and known + 1 < len(parts):
            head, path = parts[known + 1]
            return _read(path, LogPlace(head, 0))
        return lines, place

    def _parts(self) -> list[tuple[str, Path]]:
        """First line and path of each part that has a whole first line, oldest first, the one being written last."""
        found = []
        for path in self._file.parent.glob(self._file.name + "*"):
            if path == self._file or path.suffix[1:].isdigit():
                with path.open("rb") as log:
                    head = log.readline(_LONGEST_LINE)
                if head.endswith(b"\n"):
                    found.append((_text(head.rstrip())[:_HEAD], path))
        return sorted(found, key=lambda part: (part[1] == self._file, _epoch(part[0]), part[0]))


def _read(path: Path, place: LogPlace) -> tuple[list[str], LogPlace]:
    with path.open("rb") as log:
        log.seek(place.offset)
        data = log.read(_AT_ONCE)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) > _LONGEST_LINE:
        whole = data  # no line is so long: skipped
    return _text(whole).splitlines(), LogPlace(place.file, place.offset + len(whole))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _epoch(head: str) -> int:
    digits = head.partition("|")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
