"""What goes wrong while a backup is taken is said in words of its own, and no half of one is left. What was made by
hand, or is another hotline's, is told too."""

import errno
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ivr.cli import main
from tests.storage.test_backup import House, Say, fill
from tests.storage.test_backup import houses as houses

pytestmark = pytest.mark.parametrize("houses", ["sqlite"], indirect=True)


@pytest.fixture
def here(houses: Any, capsys: Say) -> House:
    house: House = houses("here")
    fill(house, capsys)
    house.use(house)
    capsys.readouterr()
    return house


def refused(file: Path, capsys: Say) -> str:
    capsys.readouterr()
    assert main(["backup", "make", str(file)]) == 2
    assert not list(file.parent.glob("*tar*")) and not list(file.parent.glob(".*"))
    return capsys.readouterr().err


def test_asterisks_database_that_is_damaged_is_not_left_out_in_silence(
    here: House, tmp_path: Path, capsys: Say
) -> None:
    astdb = here.state / "asterisk" / "lib" / "astdb.sqlite3"
    astdb.write_bytes(b"no database" * 100)
    assert f"Asterisk's database {astdb} cannot be copied" in refused(tmp_path / "b.tar.gz", capsys)
    # of a hotline whose Asterisk has not run there is none
    astdb.unlink()
    assert main(["backup", "make", str(tmp_path / "b.tar.gz")]) == 0


def test_a_file_that_cannot_be_read_is_told_from_a_disk_that_is_full(
    here: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    opened, secrets = Path.open, here.state / "secrets.json"

    class Bad:
        """A disk that fails."""

        def __init__(self, stream: Any) -> None:
            self.fileno, self.close = stream.fileno, stream.close

        def __enter__(self) -> "Bad":
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

        def read(self, size: int) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def open_(self: Path, *more: Any, **named: Any) -> Any:
        stream = opened(self, *more, **named)
        return Bad(stream) if self == secrets else stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_)
        said = refused(tmp_path / "b.tar.gz", capsys)
    assert f"{secrets}: cannot be read: Input/output error" in said
    with Path("/dev/full").open("wb") as full:
        made = subprocess.run([sys.executable, "-m", "ivr", "backup", "make", "-"], stdout=full, stderr=subprocess.PIPE)
    assert made.returncode == 2
    assert b"cannot be written to stdout: No space left on device" in made.stderr.splitlines()[-1]


@pytest.mark.parametrize("told", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_backup_is_written_where_there_are_no_links_and_still_overwrites_nothing(
    here: House, tmp_path: Path, told: int, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    file = tmp_path / "b.tar.gz"
    meanwhile = False

    def link(_: Path, there: Path) -> None:
        """As on vfat and CIFS."""
        if meanwhile:
            there.write_text("somebody else's")
        raise OSError(told, os.strerror(told))

    monkeypatch.setattr("os.link", link)
    assert main(["backup", "make", str(file)]) == 0
    assert main(["backup", "check", str(file)]) == 0
    file.unlink()
    meanwhile = True
    assert main(["backup", "make", str(file)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_text() == "somebody else's"
    assert not list(tmp_path.glob(".*"))


def made(file: Path, about: bytes, *names: str) -> Path:
    """A file with these members whose sums are right."""
    members = {"about.json": about, **{name: b"x" for name in names}}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in members.items())
    with tarfile.open(file, "w:gz") as tar:
        for name, data in {**members, "SHA256SUMS": sums.encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


ABOUT = {"format": 1, "revision": "0001", "database": "sqlite", "did": "88005553535"}


@pytest.mark.parametrize(("about", "names", "said"), [
    (b"[1]", ["database"], "is no backup of a hotline"),
    (b"[" * 100_000, ["database"], "is no backup of a hotline"),
    (b"{}", ["database"], "has a form (None) that this version does not know"),
    (json.dumps({**ABOUT, "revision": None}).encode(), ["database"], "is no backup of a hotline"),
    (json.dumps({"format": 1}).encode(), ["database"], "is no backup of a hotline"),
    (json.dumps(ABOUT).encode(), ["state/secrets.json"], "has no database in it"),
])  # fmt: skip
def test_a_file_that_no_backup_has_made_is_told_in_words(
    houses: Any, tmp_path: Path, about: bytes, names: list[str], said: str, capsys: Say
) -> None:
    there = houses("there")
    file = made(tmp_path / "b.tar.gz", about, *names)
    for word in ("check", "restore"):
        assert there.ivr("backup", word, str(file)) == 2
        assert said in capsys.readouterr().err
    assert not there.state.exists()


@pytest.mark.parametrize(("did", "told"), [("88005553535", True), ("78001234567", False)])
def test_a_backup_of_another_number_is_told(
    here: House, houses: Any, tmp_path: Path, did: str, told: bool, capsys: Say
) -> None:
    assert here.ivr("backup", "make", str(tmp_path / "b.tar.gz")) == 0
    there = houses("there")
    there.folder.mkdir()
    (there.folder / "hotline.toml").write_text(f'did = "{did}"\n')
    assert there.ivr("backup", "restore", str(tmp_path / "b.tar.gz")) == 0
    assert ("of the hotline 78001234567; the settings here are of 88005553535" in capsys.readouterr().err) is told
