"""Where a backup is put back: places that cannot be written are noticed before anything is touched; root hands over."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.storage.test_backup import FILES, House, Say, backup, fill, houses

__all__ = ["backup", "houses"]
#: Nobody can make a file there, not even root.
_CLOSED = Path("/proc/hotline")
#: Somebody else, when root restores.
_HOTLINE = 65534


def test_settings_whose_place_cannot_be_written_go_to_the_state_folder(
    backup: tuple[House, Path], monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    there, file = backup
    monkeypatch.setenv("IVR_CONFIG_FILE", str(_CLOSED / "hotline.toml"))
    assert there.ivr("backup", "restore", str(file)) == 0
    said = capsys.readouterr().err
    (spare,) = there.state.glob("from-backup-*")
    assert f"{_CLOSED}/hotline.toml cannot be written from here" in said
    assert f"{spare}/settings:" in said
    assert b'did = "78001234567"' in (spare / "settings" / "hotline.toml").read_bytes()
    for name, data in FILES.items():
        assert (there.folder / name).read_bytes() == data, name
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["anna"]


def test_own_data_whose_place_cannot_be_written_go_there_too(houses: Callable[[str], House], capsys: Say) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    file = here.folder.parent / "b.tar.gz"
    here.ask(capsys, "backup", "make", str(file))
    there.use(there)
    # a file is where the folder would be
    (there.folder / "my-data").write_text("")
    assert there.ivr("backup", "restore", str(file)) == 0
    (spare,) = there.state.glob("from-backup-*")
    assert (spare / "data" / "prompts.ru.toml").read_bytes() == FILES["my-data/prompts.ru.toml"]
    assert (there.folder / "hotline.toml").exists()


def test_own_data_are_not_lost_where_the_settings_know_no_place_for_them(
    backup: tuple[House, Path], capsys: Say
) -> None:
    there, file = backup
    there.use(there)
    (there.folder / "hotline.toml").write_text('did = "78007654321"\n')
    assert there.ivr("backup", "restore", str(file)) == 0
    (spare,) = there.state.glob("from-backup-*")
    assert (spare / "data" / "prompts.ru.toml").read_bytes() == FILES["my-data/prompts.ru.toml"]
    assert str(spare) in capsys.readouterr().err


def test_a_state_folder_that_does_not_take_all_is_told_before_the_database_is_touched(
    backup: tuple[House, Path], capsys: Say
) -> None:
    there, file = backup
    there.ask(capsys, "users", "add", "boris", "--name", "Борис", "--roles", "operator")
    there.state.mkdir(exist_ok=True)
    (there.state / "spool").write_text("a file where a folder must be")
    before = {path: path.stat().st_size for path in there.folder.rglob("*") if ".db" not in path.name}
    assert there.ivr("backup", "restore", str(file), "--replace") == 2
    assert "nothing has changed" in capsys.readouterr().err
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["boris"]
    assert {path: path.stat().st_size for path in there.folder.rglob("*") if ".db" not in path.name} == before


def test_what_root_puts_back_is_the_hotline_s(backup: tuple[House, Path], capsys: Say) -> None:
    there, file = backup
    there.use(there)
    there.state.mkdir(mode=0o750)
    there.state.chmod(0o750)
    root = os.geteuid() == 0
    if root:
        os.chown(there.state, _HOTLINE, _HOTLINE)
    owner = there.state.stat()
    assert there.ivr("backup", "restore", str(file), "--json") == 0
    assert json.loads(capsys.readouterr().out)["users"] == 1
    found = {path: path.stat() for path in there.state.rglob("*")}
    assert there.state / "secrets.json" in found
    assert {(about.st_uid, about.st_gid) for about in found.values()} == {(owner.st_uid, owner.st_gid)}
    assert stat.S_IMODE(there.state.stat().st_mode) == 0o750
    # settings stay root's: the hotline reads them
    settings = (there.folder / "hotline.toml").stat()
    assert (settings.st_uid, settings.st_gid) == (os.geteuid(), owner.st_gid)
    assert stat.S_IMODE(settings.st_mode) == (0o640 if root else 0o600)
