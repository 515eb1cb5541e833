"""What is common to all commands: options before the command, descriptions."""

import json
import os
import re
from pathlib import Path

import pytest

from ivr.cli import COMMANDS, _parser, main
from ivr.commands import run
from ivr.commands._setup import ports
from ivr.commands.settings import _FLAGS, config_from
from ivr.config import Config, Trunk


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IVR_CONFIG_FILE", "IVR_STATE_DIR", "IVR_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "my.toml").write_text('did = "call me"\n')
    (tmp_path / "good.toml").write_text('did = "4711"\n')
    return tmp_path


@pytest.mark.parametrize("command", [["db", "upgrade"], ["prompts", "missing"], ["simulate"], ["conf", "check"],
                                     ["calls", "list"], ["tickets", "list"], ["doctor"]])
def test_a_settings_file_before_the_command_is_used(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "my.toml", *command]) != 0
    captured = capsys.readouterr()
    assert "my.toml: did: 'call me'" in captured.out + captured.err
    assert "IVR_CONFIG_FILE" not in os.environ


def test_a_state_folder_before_the_command_is_used(place: Path) -> None:
    assert main(["--state-dir", "elsewhere", "db", "upgrade"]) == 0
    assert (place / "elsewhere/hotline.db").is_file()
    assert "IVR_STATE_DIR" not in os.environ


def test_the_flag_behind_the_command_wins(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--config=my.toml", "--state-dir=a", "doctor", "--json", "--config", "good.toml", "--state-dir", "b"])
    found = {row["name"]: row["what"] for row in json.loads(capsys.readouterr().out)}
    assert "good.toml" in found["settings"] and found["state"].startswith("b:")


def test_a_settings_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "absent.toml", "db", "upgrade"]) == 2
    assert "absent.toml: no such file" in capsys.readouterr().err


def test_conf_takes_the_settings_file_behind_its_action(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["check", "--config", "my.toml"], ["--config", "my.toml", "check"]):
        assert main(["conf", *argv]) == 1
        assert "my.toml: did" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "words"), [("pbx", "Find or provision Asterisk, say"),
                                               ("run", "Set up and run the hotline: Asterisk")])
def test_names_keep_their_capitals_in_descriptions(
    command: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert words in " ".join(capsys.readouterr().out.split())


def test_help_names_the_options_of_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "--config FILE" in said and "--state-dir DIR" in said


def test_a_second_hotline_is_started_as_the_help_says() -> None:
    (words,) = re.findall(r"ivr run (--state-dir var2 .*)\n", run._EPILOG)
    args = _parser(["run"]).parse_args(["run", *words.split()])
    first, second = Config(), config_from(args)
    assert {(p.setting, p.number) for p in ports(first)}.isdisjoint((p.setting, p.number) for p in ports(second))


def test_every_port_that_may_be_taken_has_the_flag_that_the_refusal_names() -> None:
    secure = Trunk("a", addresses=("10.0.0.9",), transport="tls", media="srtp")
    assert {port.setting for port in ports(Config(trunks=(secure,)))} <= set(_FLAGS)


@pytest.mark.parametrize(("file", "heading"), [("README.md", "Commands"), ("README.ru.md", "Команды")])
def test_the_readme_names_every_command(file: str, heading: str) -> None:
    text = (Path(__file__).parents[2] / file).read_text("utf-8").partition(f"\n## {heading}\n\n")[2]
    named = re.findall(r"`(?:ivr )?([a-z]+)`", text.partition(";")[0])
    assert sorted(named) == sorted(COMMANDS)
