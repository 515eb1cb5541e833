"""`ivr users`: from the command line to the database."""

import asyncio
import io
import json
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.passwords import Argon2
from ivr.services.accounts import SessionDesk
from ivr.storage.store import open_storage
from ivr.testing import NOON


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))
    return tmp_path


def _lets_in(state: Path, login: str, password: str) -> bool:
    async def work() -> bool:
        async with open_storage(f"sqlite:///{state / 'hotline.db'}", 30) as storage:
            desk = SessionDesk(storage.accounts, storage.sessions, Argon2())
            return await desk.log_in(login, password, NOON) is not None

    return asyncio.run(work())


def test_from_the_first_account_to_its_end(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "list"]) == 0
    assert "no accounts" in capsys.readouterr().out
    assert main(["users", "add", "Anna", "--name", "Анна", "--roles", "operator,supervisor", "--phone", "101",
                 "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["login"] == "anna" and made["roles"] == ["operator", "supervisor"]
    assert _lets_in(state, "anna", made["password"])
    assert main(["users", "list"]) == 0
    listed = capsys.readouterr().out
    assert "operator,supervisor" in listed and made["password"] not in listed
    assert main(["users", "disable", "anna"]) == 0
    assert not _lets_in(state, "anna", made["password"])
    assert main(["users", "enable", "anna"]) == 0
    assert main(["users", "roles", "anna", "citizen", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.split("\n", 2)[2])["roles"] == ["citizen"]
    assert main(["users", "remove", "anna"]) == 0
    assert main(["users", "passwd", "anna"]) == 2
    assert "there is no such account" in capsys.readouterr().err.lower()


def test_a_password_can_come_from_the_input_and_is_not_shown_again(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["users", "add", "boris"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("a phrase of several words\n"))
    assert main(["users", "passwd", "boris", "--stdin"]) == 0
    assert "phrase" not in capsys.readouterr().out
    assert _lets_in(state, "boris", "a phrase of several words")


@pytest.mark.parametrize(("words", "said"), [
    (["add", "x"], "2 to 32 characters"),
    (["add", "boris", "--roles", "king"], "no such role: king"),
    (["add", "boris", "--phone", "abc"], "2 to 6 digits"),
])  # fmt: skip
def test_faults_are_said_in_plain_words(
    state: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["users", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_last_administrator_stays(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "add", "root", "--roles", "administrator"]) == 0
    for words in (["remove", "root"], ["disable", "root"], ["roles", "root", "operator"]):
        assert main(["users", *words]) == 2
        assert "last administrator" in capsys.readouterr().err
    assert main(["users", "add", "second", "--roles", "administrator"]) == 0
    assert main(["users", "remove", "root"]) == 0
