"""What a backup puts down on its way neither stays, whatever ends it, nor takes the room that calls need."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivr.cli import main
from ivr.commands._scratch import held, scratch
from tests.storage.test_backup import House, Say
from tests.storage.test_backup import houses as houses
from tests.storage.test_backup_faults import here as here

pytestmark = pytest.mark.parametrize("houses", ["sqlite"], indirect=True)


def left_in(folder: Path, name: str, *content: str, old: bool = True) -> Path:
    path = folder / name
    path.mkdir()
    for each in content:
        (path / each).write_text("a citizen's number")
    if old:
        os.utime(path, (1000, 1000))
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_backup_that_is_ended_leaves_no_copy_in_clear_text(here: House, number: int) -> None:
    # more than a pipe takes, so that it waits in the middle of it
    (here.state / "recordings" / "ru" / "long.wav").write_bytes(secrets.token_bytes(1_000_000))
    # a terminal's hang-up may be ignored here (nohup), and would be there
    words = ["env", "--default-signal=HUP,TERM", sys.executable, "-m", "ivr", "backup", "make", "-"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as made:
        assert made.stdout is not None and made.stdout.read(10)
        assert len([*here.state.glob(".backup-*")]) == 1
        made.send_signal(number)
        made.communicate(timeout=60)
    assert made.returncode == 128 + number
    assert not [*here.state.glob(".*")]


@pytest.mark.parametrize("words", [["backup", "make", "{}/backups"], ["retention", "run"]])
def test_what_a_killed_run_has_left_goes_with_the_next_and_nothing_else(
    here: House, tmp_path: Path, words: list[str], capsys: Say
) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    gone = [left_in(here.state, ".backup-abcd_123", "database", "database-wal", "wish-0", "astdb"),
            left_in(here.state, ".restore-abcd_123", "about.json", "settings")]  # fmt: skip
    half = backups / ".hotline-20261125-090000.tar.gz.part"
    half.write_text("a citizen's number")
    os.utime(half, (1000, 1000))
    stay = [left_in(here.state, ".backup-abcd_124", "database", "somebody-s"),
            left_in(here.state, ".backup-mine", "database"),
            left_in(here.state, ".backup-abcd_126", "database", old=False)]  # fmt: skip
    used = left_in(here.state, ".backup-abcd_125", "database")
    with held(used):
        assert main([word.format(tmp_path) for word in words]) == 0
    assert not any(each.exists() for each in gone)
    assert all(each.exists() for each in (*stay, used))
    assert half.exists() is (words[0] == "retention")
    if words[0] == "retention":
        capsys.readouterr()
        assert main(["audit", "--json"]) == 0
        assert {"halves_of_backups": 2} in [deed["data"] for deed in json.loads(capsys.readouterr().out)]


def test_a_folder_in_use_is_not_taken_for_one_that_was_left(here: House, capsys: Say) -> None:
    with scratch(here.state, ".backup-") as mine:
        os.utime(mine, (1000, 1000))
        with scratch(here.state, ".backup-") as other:
            assert mine.exists() and other.exists()
    assert not [*here.state.glob(".*")]


def test_a_backup_takes_no_room_that_calls_need(
    here: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    file = tmp_path / "b.tar.gz"
    size = (here.state / "hotline.db").stat().st_size
    free = 1_000_000_000 + 2 * size + 1000  # recordings_free_mb, the copy and what is packed of it

    def disk(_: object) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=free, f_frsize=1)

    monkeypatch.setattr(os, "statvfs", disk)
    (here.state / "recordings" / "ru" / "long.wav").write_bytes(bytes(1_000_000))
    capsys.readouterr()
    assert main(["backup", "make", str(file)]) == 2
    assert "1000 MB stay free for calls (recordings_free_mb)" in capsys.readouterr().err
    assert not file.exists() and not [*here.state.glob(".*"), *tmp_path.glob(".*")]
    monkeypatch.setenv("IVR_RECORDINGS_FREE_MB", "900")
    assert main(["backup", "make", str(file)]) == 0
