"""The commands over the database: tables, JSON, one line per error."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.commands import tickets
from ivr.domain.tickets import valid_number
from ivr.services.tickets import TicketDesk
from ivr.storage.store import open_storage
from ivr.testing import NOON


@pytest.fixture
def number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one call and its ticket."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    assert main(["db", "upgrade"]) == 0

    async def fill() -> str:
        async with open_storage(url, 30) as storage:
            storage.journal.write("1.1", NOON, "start", {"caller": "+79161234567", "did": "88005553535"})
            storage.journal.write("1.1", NOON, "step", {"step": "main\x1b[2J"})
            storage.journal.write("1.1", NOON, "end", {"reason": "operator"})
            opened = await TicketDesk(storage.tickets, lambda n: 4821551).open_for_call(
                call_id="1.1", category="signin", purpose="operator", language="ru", caller="+79161234567", at=NOON
            )
            return opened.number

    return asyncio.run(fill())


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(argv) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def test_listed_and_shown_as_table_and_json(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    spaced = " ".join(number[i : i + 2] for i in range(0, 8, 2))
    assert spaced in said(capsys, "tickets", "list")
    (ticket,) = json.loads(said(capsys, "tickets", "list", "--json"))
    assert (ticket["number"], ticket["opened_at"]) == (number, "2026-03-02T12:00:00+00:00")
    assert said(capsys, "tickets", "list", "--status", "closed") == "no tickets\n"
    assert "opened" in said(capsys, "tickets", "show", spaced)
    (call,) = json.loads(said(capsys, "calls", "list", "--json"))
    assert (call["call_id"], call["caller"], call["reason"]) == ("1.1", "+79161234567", "operator")
    assert "steps" not in call
    assert "+79161234567" in said(capsys, "calls", "list")
    assert len(json.loads(said(capsys, "calls", "show", "1.1", "--json"))["steps"]) == 3
    shown = said(capsys, "calls", "show", "1.1")
    assert "main\\x1b[2J" in shown and "\x1b" not in shown


def test_moved_and_noted(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "in_progress" in said(capsys, "tickets", "move", number, "take", "--note", "mine")
    told = json.loads(said(capsys, "tickets", "note", number, "called back", "--json"))
    assert [e["note"] for e in told["events"]] == ["", "mine", "called back"]
    assert "not a legal move" in said(capsys, "tickets", "move", number, "take", rc=2)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("tickets", "show", "12345678"), "check digit"),
        (("tickets", "show", "00000000"), "no ticket"),
        (("tickets", "note", "00000000", "x"), "no ticket"),
        (("tickets", "move", "00000000", "take"), "no ticket"),
        (("tickets", "note", "00000000", ""), "note is empty"),
        (("tickets", "note", "00000000", " \t\n"), "note is empty"),
        (("tickets", "list", "--limit", "0"), "--limit"),
        (("calls", "list", "--limit", "0"), "--limit"),
        (("calls", "show", "9.9"), "no call"),
    ],
)
def test_errors_are_one_line_and_code_2(
    number: str, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], words: str
) -> None:
    told = said(capsys, *argv, rc=2)
    assert words in told
    assert told.count("\n") == 1


def test_db_says_where_and_whether_it_fits(
    number: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "revision" in said(capsys, "db", "check")
    assert json.loads(said(capsys, "db", "check", "--json"))["ok"] is True
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert "ivr db upgrade" in said(capsys, "db", "check", rc=1)
    assert "ivr db upgrade" in said(capsys, "tickets", "list", rc=2)
    monkeypatch.setenv("IVR_DATABASE_URL", "postgresql://ivr:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in said(capsys, "db", "url")
    refused = said(capsys, "db", "check", rc=2)
    assert "hunter2" not in refused and refused.count("\n") == 1


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("tickets", "calls", "db"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert "examples:" in capsys.readouterr().out


def test_an_unknown_category_is_refused_and_the_known_are_named(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["tickets", "list", "--category", "foo"])
    told = capsys.readouterr().err
    assert refused.value.code == 2
    assert "foo" in told and "signin" in told and "identity" in told
    assert said(capsys, "tickets", "list", "--category", "other") == "no tickets\n"
    assert number in said(capsys, "tickets", "list", "--category", "signin", "--json")


def test_ticket_numbers_in_examples_can_be_typed() -> None:
    numbers = re.findall(r"\b[0-9]{8}\b", tickets.EXAMPLES)
    assert numbers and all(valid_number(number) for number in numbers)
