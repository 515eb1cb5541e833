"""`ivr prompts` as an administrator sees it."""

import json
from pathlib import Path

import pytest

from ivr.cli import main


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache_dir: Path, studio: object) -> Path:
    # the session's cache is filled by `studio`, so nothing is synthesised here
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("IVR_ASTERISK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/prompts").symlink_to(cache_dir)
    return tmp_path


def test_build_then_check_finds_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompts", "build", "--voice", "espeak", "--language", "tt", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["missing"] == []
    assert "prompts: 100 of" in captured.err
    assert main(["prompts", "check", "--voice", "espeak", "--language", "tt", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["offenders"] == 0


def test_check_names_what_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompts", "check", "--language", "en"]) == 1
    assert "en/queue/stay.g722: is not built" in capsys.readouterr().out


def test_missing_lists_what_to_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompts", "missing", "--language", "tt", "--voice", "none", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {"language": "tt", "key": "n/1", "text": "бер"} in rows
    assert main(["prompts", "missing", "--language", "tt", "--voice", "espeak"]) == 0


def test_the_script_is_written_to_a_file(deployment: Path) -> None:
    assert main(["prompts", "script", "--language", "ru", "--format", "html", "--output", "s.html"]) == 0
    assert "ru/n/1f.wav" in (deployment / "s.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["script", "--output", "no/such/dir"], "cannot be written"),
        (["play", "ru/nothing"], "no such prompt"),
        (["play", "ru/queue/stay"], "is not built"),
        (["build", "--language", "xx"], "readout.xx.toml: no such file"),
    ],
)
def test_a_fault_is_one_clear_line(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["prompts", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1
