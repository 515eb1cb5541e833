"""The file of a backup: a tar compressed by gzip, for the owner alone. `about.json` is its first member, `SHA256SUMS`
its last (`sha256sum -c SHA256SUMS` checks it unpacked); nothing but plain files is in it."""

import contextlib
import errno
import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any

from ivr.commands._scratch import held
from ivr.errors import DataError

ABOUT, SUMS = "about.json", "SHA256SUMS"
FORMAT = 1
#: What `about.json` says besides, all texts.
_TOLD = ("revision", "database", "did")
_AT_ONCE = 1 << 20
#: Recordings do not get much smaller by trying harder.
_LEVEL = 4
_DAMAGED = (tarfile.TarError, OSError, EOFError, zlib.error, UnicodeDecodeError, ValueError, KeyError)

#: What file systems say that know no links (vfat, CIFS, many of FUSE).
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


class Writer:
    """Writes a backup to `stream`; as a context, it adds the sums unless something failed. Raises `OSError` when that
    cannot be written, `DataError` when what belongs into it cannot be read."""

    def __init__(self, stream: IO[bytes], about: dict[str, Any]) -> None:
        self._zip = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=_LEVEL)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._sums: list[str] = []
        self.files, self.bytes = 0, 0
        self._bytes(ABOUT, json.dumps({"format": FORMAT, **about}, ensure_ascii=False, indent=1).encode())

    def file(self, name: str, path: Path) -> None:
        """Add the file `path` as it is now, under `name`; one that is gone meanwhile is left out."""
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unread(path, error) from None
        with stream:
            about = os.fstat(stream.fileno())
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = about.st_size, about.st_mtime, 0o600
            self._add(info, _Counted(stream, path))

    def _bytes(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        self._add(info, _Counted(BytesIO(data), Path(name)))

    def _add(self, info: tarfile.TarInfo, counted: "_Counted") -> None:
        # reads `size` bytes: what is written to the file meanwhile is not part of it
        self._tar.addfile(info, counted)
        self._sums.append(f"{counted.sum.hexdigest()}  {info.name}\n")
        self.files, self.bytes = self.files + 1, self.bytes + info.size

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._bytes(SUMS, "".join(self._sums).encode())
        with contextlib.suppress(OSError) if kind else contextlib.nullcontext():
            self._tar.close()
            self._zip.close()


class _Counted:
    """Sums what is read of the file `path`, of which as much is asked for as it had at first. Raises `DataError`."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path, self.sum = stream, path, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except OSError as error:
            raise _unread(self._path, error) from None
        if len(data) < size:
            raise DataError(f"{self._path}: became shorter while it was read; take the backup again")
        self.sum.update(data)
        return data


def _unread(path: Path, error: OSError) -> DataError:
    return DataError(f"{path}: cannot be read: {error.strerror}; is this the hotline's user?")


def look(file: Path) -> tuple[dict[str, Any], list[str]]:
    """What the backup says about itself, and the names of its files, after every byte of it was read and found right.
    Raises `DataError`."""
    about: dict[str, Any] = {}
    found: dict[str, str] = {}
    sums: dict[str, str] = {}
    with _readable(file):
        for name, stream in _members(file):
            if name == ABOUT:
                data = stream.read()
                about = _about(file, data)
                found[name] = hashlib.sha256(data).hexdigest()
            elif name == SUMS:
                lines = stream.read().decode().splitlines()
                sums = {told: digest for digest, _, told in (line.partition("  ") for line in lines)}
            else:
                found[name] = _sum(stream)
    if not sums:
        raise DataError(f"{file}: breaks off: it was not written to its end; take another backup")
    if "database" not in found:
        raise DataError(f"{file}: has no database in it; take another backup")
    if wrong := sorted(name for name in {*found, *sums} if found.get(name) != sums.get(name)):
        raise DataError(f"{file}: is damaged ({wrong[0]} is not what was written); take another backup")
    return about, [name for name in found if name != ABOUT]


def unpack(file: Path, folder: Path) -> None:
    """Put its files below `folder`, which has nothing in it. Raises `DataError`."""
    with _readable(file):
        for name, stream in _members(file):
            target = folder / name
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                out = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            except OSError as error:
                raise DataError(f"{folder}: cannot be written: {error.strerror}") from None
            with out:
                while data := stream.read(_AT_ONCE):
                    _write(out, data)


def _write(out: IO[bytes], data: bytes) -> None:
    try:
        out.write(data)
    except OSError as error:
        raise DataError(f"the backup cannot be unpacked: {error.strerror}; make room beside the state folder") from None


def _members(file: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Its files in their order. Raises `DataError` for what is no backup, or names a place elsewhere."""
    with gzip.open(file, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        for number, member in enumerate(tar):
            stream = tar.extractfile(member) if member.isreg() else None
            if (number == 0) is not (member.name == ABOUT) or stream is None or not _plain(member.name):
                raise DataError(f"{file}: is no backup of a hotline ({member.name!r} is not expected)")
            yield member.name, stream


@contextlib.contextmanager
def _readable(file: Path) -> Iterator[None]:
    """What goes wrong with reading it, in plain words."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{file}: no such file") from None
    except gzip.BadGzipFile:
        raise DataError(f"{file}: is no backup of a hotline") from None
    except _DAMAGED as error:
        raise DataError(f"{file}: cannot be read to its end ({error}); take another backup") from None


def _about(file: Path, data: bytes) -> dict[str, Any]:
    try:
        about = json.loads(data)
    except (ValueError, RecursionError):
        about = None
    if isinstance(about, dict) and about.get("format") != FORMAT:
        raise DataError(f"{file}: has a form ({about.get('format')}) that this version does not know")
    if not isinstance(about, dict) or not all(isinstance(about.get(name), str) for name in _TOLD):
        raise DataError(f"{file}: is no backup of a hotline ({ABOUT} does not say what is in it)")
    return about


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _sum(stream: IO[bytes]) -> str:
    sum_ = hashlib.sha256()
    while data := stream.read(_AT_ONCE):
        sum_.update(data)
    return sum_.hexdigest()


def _name(half: Path, path: Path) -> None:
    """Give it its name; what came there meanwhile stays. Raises `FileExistsError`, `OSError`."""
    try:
        os.link(half, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # the name is taken first, then the file put in its place
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        half.replace(path)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """The file `path`, whole or not there, for the owner alone. Raises `DataError` when it is there, or cannot be."""
    half = path.with_name(f".{path.name}.part")
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream, held(half):
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _name(half, path)
    except FileExistsError:
        raise DataError(f"{path}: is there already; name another file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)
