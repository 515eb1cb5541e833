"""The imported numbering plan on disk: one compact file, exchanged as a whole, checked when it is read.

Layout: a line that names the format, a line of JSON (territories, files, how many ranges, byte order), the arrays
starts, ends, which, and the SHA-256 of all before it.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import sys
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ivr.domain.numbering import NumberingPlan, PlanFile, Territory
from ivr.errors import DataError

log = logging.getLogger(__name__)
#: Below the state folder.
FOLDER, NAME = "numbering", "plan.bin"
_FORMAT = b"ivr-hotline numbering plan 1\n"
_KINDS = ("Q", "Q", "H")
_AGAIN = "import the plan again: ivr regions import FILE…"
_SUM = hashlib.sha256().digest_size


def plan_path(state_dir: Path) -> Path:
    """Where the plan of a deployment is kept."""
    return state_dir / FOLDER / NAME


class NumberingFile:
    """The plan in force, for a program that runs for long: read again when the file is another one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._plan: NumberingPlan | None = None
        self._fault = ""

    def current(self) -> NumberingPlan | None:
        """The plan; the same object as long as the file is the same. None when there is none.

        Never fails: a file that cannot be read is logged once, and the plan read before stays in force. A damaged
        file is not read again; one that could not be read for want of files or memory is, at the next call of this.
        """
        try:
            seen = self._identity()
            if seen != self._seen:
                self._read(seen)
        except (DataError, OSError, MemoryError) as error:
            fault = str(error) or f"{self.path}: cannot be read: out of memory"
            if fault != self._fault:
                self._fault = fault
                so = "the plan read before stays in force" if self._plan else "area codes alone are used"
                log.error("%s; %s", fault, so, extra={"action": "numbering_plan_broken"})
        return self._plan

    def _read(self, seen: tuple[int, int, int] | None) -> None:
        try:
            self._plan = None if seen is None else load_plan(self.path)
        except DataError:
            self._seen = seen
            raise
        self._seen, self._fault = seen, ""
        log.info("numbering plan: %s", f"{len(self._plan)} ranges" if self._plan else "none",
                 extra={"action": "numbering_plan"})  # fmt: skip

    def _identity(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_ctime_ns  # ctime: also new rights are noticed


def load_plan(path: Path) -> NumberingPlan:
    """Read a stored plan. Raises `DataError` when it is damaged, OSError (FileNotFoundError) when unreadable."""
    data = path.read_bytes()
    if not data.startswith(_FORMAT):
        raise DataError(
            f"{path}: is no numbering plan of this version; import the plan again: ivr regions import FILE…"
        )
    if hashlib.sha256(data[:-_SUM]).digest() != data[-_SUM:]:
        raise DataError(f"{path}: is damaged (its checksum is wrong); {_AGAIN}")
    try:
        head, _, body = data[len(_FORMAT) : -_SUM].partition(b"\n")
        about = json.loads(head)
        count, arrays, at = int(about["ranges"]), [], 0
        for kind in _KINDS:
            values = array(kind)
            size = count * values.itemsize
            values.frombytes(body[at : at + size])
            if about["byteorder"] != sys.byteorder:
                values.byteswap()
            arrays.append(values)
            at += size
        territories = [Territory(**{**each, "regions": tuple(each["regions"])}) for each in about["territories"]]
        files = [PlanFile(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in about["files"]]
        if at != len(body) or {len(values) for values in arrays} != {count}:
            raise ValueError("length")
        if max(arrays[2], default=-1) >= len(territories):
            raise ValueError("territory")
        starts, ends, which = arrays
        return NumberingPlan(starts, ends, which, territories, files)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: cannot be understood ({error!r}); {_AGAIN}") from None


def save_plan(path: Path, plan: NumberingPlan) -> None:
    """Put `plan` in the place of the one at `path`, as a whole or not at all; readers see the old one or the new.

    Raises `DataError` when it cannot be written.
    """
    about: dict[str, Any] = {
        "ranges": len(plan),
        "byteorder": sys.byteorder,
        "territories": [asdict(territory) for territory in plan.territories],
        "files": [{**asdict(file), "at": file.at.isoformat()} for file in plan.files],
    }
    arrays = zip(_KINDS, (plan.starts, plan.ends, plan.which), strict=True)
    body = b"".join(array(kind, values).tobytes() for kind, values in arrays)
    data = _FORMAT + json.dumps(about, ensure_ascii=False).encode() + b"\n" + body
    try:
        _replace(path, data + hashlib.sha256(data).digest())
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}; the plan in force is unchanged") from None


def _replace(path: Path, data: bytes) -> None:
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make_folder(folder: Path) -> None:
    """The state folder is private, whichever command comes first."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)


@contextlib.contextmanager
def importing(path: Path) -> Iterator[None]:
    """Only one import at a time: two at once would lose one another's part. Raises `DataError`."""
    try:
        _make_folder(path.parent)
        lock = (path.parent / "import.lock").open("w")
    except OSError as error:
        raise DataError(f"{path.parent}: cannot be written: {error.strerror}; set state_dir (IVR_STATE_DIR)") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataError("another import is running; wait until it has ended") from None
        for left in path.parent.glob(f".{path.name}.*"):  # of an import that was killed
            with contextlib.suppress(OSError):
                left.unlink()
        yield
