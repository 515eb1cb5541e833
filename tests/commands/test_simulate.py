"""`ivr simulate` as an administrator sees it."""

import json
from pathlib import Path

import pytest

from ivr.cli import main

SMALL = """
first = "top"
[menu.top]
choices = [{key = "1", item = "item/signin", to = "signin-password"}]
[guide.signin-password]
category = "signin"
steps = ["signin-password/1"]
"""


@pytest.fixture(autouse=True)
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a small book of menus."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "var"))
    (tmp_path / "menus.toml").write_text(SMALL, "utf-8")
    return tmp_path


def test_faults_are_listed_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--language", "ru"]) == 1
    out = capsys.readouterr().out
    assert "prompts.ru.toml: fraud/1: is never said" in out
    assert "operator offered after" in out


def test_json_and_the_page_are_written_together(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--json", "--language", "en", "--html", "map.html"]) == 1
    table = json.loads(capsys.readouterr().out)
    assert {"paths", "states", "menus", "faults", "languages"} <= table.keys()
    assert set(table["languages"]) == {"en"}
    assert table["menus"] == 1
    page = (deployment / "map.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert 'id="guide-signin-password"' in page


def test_a_sound_that_is_built_is_measured(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = deployment / "var/sounds/ru/ivr/say/hello.alaw"
    sound.parent.mkdir(parents=True)
    sound.write_bytes(bytes(8000 * 100))
    main(["simulate", "--json", "--language", "ru"])
    found = json.loads(capsys.readouterr().out)["languages"]["ru"]["times"]
    assert found["operator_offered"] > 100


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--language", "de"], "'de' is none of ru, en, tt"),
        (["--html", "none/map.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    assert main(["simulate", *argv]) == 2
    assert said in capsys.readouterr().err


def test_a_broken_book_is_refused_with_every_fault(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = SMALL.replace('to = "signin-password"', 'to = "nowhere"')
    (deployment / "menus.toml").write_text(broken, "utf-8")
    assert main(["simulate"]) == 2
    err = capsys.readouterr().err
    assert "there is no menu, guide or action 'nowhere'" in err
    assert "guide 'signin-password': no key leads there" in err
