"""Secrets, and files put into place without losing what a hand has written."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.errors import PbxError
from ivr.pbx.deploy import compare, is_ours, put, sealed
from ivr.pbx.secrets import PbxSecrets, load_secrets


def test_secrets_are_made_once_private_and_a_new_operator_gets_one(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = load_secrets(file, ["101"])
    second = load_secrets(file, ["101", "102"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert second.ami == first.ami and second.operators["101"] == first.operators["101"]
    every = [second.ami, second.agi, second.dispatcher, second.door]
    every += [*second.operators.values(), *second.browsers.values()]
    assert len(set(every)) == len(every) and "web-102" in second.browsers


def test_a_chosen_secret_wins_and_is_not_written_down(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    assert load_secrets(file, ["101"], {"101": "chosen"}).operators == {"101": "chosen"}
    assert "chosen" not in file.read_text()


def test_two_who_make_secrets_at_once_have_the_same_ones(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secrets.json"
    gate = threading.Barrier(4, timeout=10)

    def go(_: int) -> PbxSecrets:
        gate.wait()
        return load_secrets(file, ["101", "102"])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(go, range(4)))
    assert all(each == found[0] for each in found)
    assert json.loads(file.read_text())["ami"] == found[0].ami


def test_secrets_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PbxError, match="cannot be"):
        load_secrets(tmp_path / "file" / "secrets.json", ["101"])


def test_a_broken_secrets_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("[]")
    with pytest.raises(PbxError, match="remove it"):
        load_secrets(tmp_path / "secrets.json", [])


@pytest.mark.parametrize("text", ["a = 1\n", "", "#!/bin/sh\nexec true\n"])
def test_a_sealed_file_is_known_as_ours_until_one_byte_changes(text: str) -> None:
    assert is_ours(sealed("x", text))
    assert not is_ours(sealed("x", text) + " ")


def test_an_edited_file_stops_everything_unless_forced_and_is_then_kept(tmp_path: Path) -> None:
    put({"a.conf": "1\n", "b.conf": "1\n"}, tmp_path)
    edited = (tmp_path / "a.conf").read_text() + "mine\n"
    (tmp_path / "a.conf").write_text(edited)
    with pytest.raises(PbxError, match=r"a\.conf"):
        put({"a.conf": "2\n", "b.conf": "2\n"}, tmp_path)
    assert (tmp_path / "b.conf").read_text().endswith("\n1\n")
    put({"a.conf": "2\n", "b.conf": "2\n"}, tmp_path, replace_edited=True)
    assert (tmp_path / "a.conf.by-hand").read_text() == edited
    assert (tmp_path / "a.conf").read_text().endswith("\n2\n")


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    put({"d/a.conf": "1\n"}, tmp_path)
    assert put({"d/a.conf": "1\n"}, tmp_path).none


def test_a_diff_shows_the_change_but_no_secret(tmp_path: Path) -> None:
    put({"a.conf": "password = old-one\nx = 1\n"}, tmp_path)
    diff = compare({"a.conf": "password = new-one\nx = 2\n"}, tmp_path).diffs["a.conf"]
    assert "-x = 1" in diff and "+x = 2" in diff
    assert "old-one" not in diff and "new-one" not in diff


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "hotline.toml"


def test_conf_render_writes_then_refuses_to_lose_an_edit(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    etc = tmp_path / "etc"
    assert main(["conf", "render", str(etc)]) == 0
    assert "Next, as root" in capsys.readouterr().out
    assert main(["conf", "render", str(etc), "--diff"]) == 0
    with (etc / "rtp.conf").open("a") as file:
        file.write("; mine\n")
    assert main(["conf", "render", str(etc), "--diff"]) == 1
    assert "-; mine" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["conf", "render", str(etc)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["conf", "render", str(etc), "--force"]) == 0
    assert "; mine" in (etc / "rtp.conf.by-hand").read_text()


def test_conf_check_lists_all_faults(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text('sip_port = 0\n[[operators]]\nlogin = "x"\n')
    assert main(["conf", "check", "--json"]) == 1
    out = json.loads(capsys.readouterr().out)
    assert len(out["faults"]) == 2


def test_conf_check_knows_the_queues_of_the_data_file(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text('[[operators]]\nlogin = "101"\nqueues = ["sigin"]\n')
    assert main(["conf", "check"]) == 1
    assert "'sigin' is none of" in capsys.readouterr().out


def test_conf_show_prints_one_file(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conf", "show", "rtp.conf"]) == 0
    assert "rtpstart = 10000" in capsys.readouterr().out
