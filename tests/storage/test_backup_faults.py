"""What goes wrong while a backup is taken is said in words of its own, and no half of one is left."""

import errno
import os
import subprocess
import sys
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
