"""`ivr tickets overdue`, `recompute`, `priority`: what is shown of due moments, and by whose clock."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.commands._tickets_due import deadlines_of, span
from ivr.config import load_config
from ivr.datafiles import read_data
from ivr.domain.tickets import group
from ivr.services.tickets import TicketDesk
from ivr.storage.store import open_storage

# Monday 23 November 2026: 10:00 in Moscow, 17:00 in Vladivostok
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


class House:
    """A database with three tickets, opened on Monday at 10:00 Moscow time; the third by calendars unknown."""

    moscow = vladivostok = nowhere = ""

    def __init__(self, url: str) -> None:
        self.url = url

    async def fill(self) -> None:
        numbers = iter((1234567, 2345678, 3456789))
        known = deadlines_of(load_config())
        async with open_storage(self.url, 30) as storage:
            for region, deadlines in (("77", known), ("25", known), ("", None)):
                desk = TicketDesk(storage.tickets, lambda n: next(numbers), deadlines=deadlines)
                opened = await desk.open_for_call(
                    call_id=f"c{region}",
                    category="signin",
                    purpose="operator",
                    language="ru",
                    caller="",
                    at=MONDAY,
                    region=region,
                )
                name = {"77": "moscow", "25": "vladivostok", "": "nowhere"}[region]
                setattr(self, name, opened.number)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    assert main(["db", "upgrade"]) == 0
    made = House(url)
    asyncio.run(made.fill())
    return made


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(argv) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def test_overdue_are_told_how_late_by_the_working_time_and_the_clock_there(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    # Tuesday 13:00 in Moscow (7 hours of work late) is 20:00 in Vladivostok, where it was due at 12:00 (5 hours late)
    late = json.loads(said(capsys, "tickets", "overdue", "--json", "--at", "2026-11-24T13:00+03:00"))
    assert [(t["number"], t["due_local"], t["now_local"], t["late_seconds"], t["zone"]) for t in late] == [
        (house.moscow, "2026-11-23T15:00:00+03:00", "2026-11-24T13:00:00+03:00", 7 * 3600, "Europe/Moscow"),
        (house.vladivostok, "2026-11-24T12:00:00+10:00", "2026-11-24T20:00:00+10:00", 5 * 3600, "Asia/Vladivostok"),
    ]
    assert late[1]["due_at"] == "2026-11-24T02:00:00+00:00"
    assert (late[1]["region"], late[1]["counted_in"], late[1]["priority"]) == ("25", "25", "ordinary")
    table = said(capsys, "tickets", "overdue", "--at", "2026-11-24T13:00+03:00").splitlines()
    assert group(house.moscow) in table[1]
    assert "7 h 00 min" in table[1]
    assert "2026-11-24 12:00 +1000" in table[2]


def test_before_anything_is_due_nothing_is_overdue(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "tickets", "overdue", "--at", "2026-11-23T15:00+03:00") == "no ticket is overdue\n"
    assert len(json.loads(said(capsys, "tickets", "overdue", "--json", "--at", "2026-11-23T15:01+03:00"))) == 1
    assert json.loads(said(capsys, "tickets", "overdue", "--json", "--at", "2026-11-23T15:00+03:00")) == []


def test_tickets_without_a_due_moment_are_pointed_at_and_recomputed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "not worked out yet" in said(capsys, "tickets", "show", house.nowhere)
    capsys.readouterr()
    assert main(["tickets", "overdue", "--json"]) == 0
    assert (
        capsys.readouterr().err
        == "tickets without a due moment by the present calendars: 1; see: ivr tickets recompute\n"
    )
    assert said(capsys, "tickets", "recompute") == "1 due moments worked out, 1 changed\n"
    assert json.loads(said(capsys, "tickets", "recompute", "--json")) == {"looked": 0, "changed": 0}
    assert said(capsys, "tickets", "recompute") == "all 3 tickets that wait for an answer are up to date\n"
    assert main(["tickets", "overdue", "--at", "2026-11-24T13:00+03:00"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "77 Moscow (assumed)" in told.out


def test_recompute_after_a_calendar_was_edited(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys, "tickets", "recompute")
    edited = read_data("calendars.toml", None).replace('due = "4h"', 'due = "3h"')
    (tmp_path / "calendars.toml").write_text(edited, "utf-8")
    monkeypatch.setenv("IVR_DATA_DIR", str(tmp_path))
    assert said(capsys, "tickets", "recompute") == "3 due moments worked out, 3 changed\n"
    assert "2026-11-23 13:00+03:00 (Europe/Moscow)" in said(capsys, "tickets", "show", house.moscow)


def test_a_changed_priority_shows_in_list_history_and_due_moment(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(said(capsys, "tickets", "priority", house.moscow, "complex", "--note", "experts", "--json"))
    assert (told["priority"], told["due_at"]) == ("complex", "2026-11-24T07:00:00+00:00")
    assert [(e["event"], e["note"]) for e in told["events"]] == [
        ("opened", ""),
        ("priority", "ordinary -> complex: experts"),
    ]
    assert "due_digest" not in told
    assert "complex" in said(capsys, "tickets", "list")
    assert "has the priority complex already" in said(capsys, "tickets", "priority", house.moscow, "complex", rc=2)
    assert "there is no ticket" in said(capsys, "tickets", "priority", "00000000", "high", rc=2)


def test_a_waiting_ticket_is_due_at_no_moment(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    async def ask() -> None:
        async with open_storage(house.url, 30) as storage:
            desk = TicketDesk(storage.tickets, lambda n: 1, deadlines=deadlines_of(load_config()))
            await desk.move(house.moscow, "ask_citizen", MONDAY)

    asyncio.run(ask())
    assert "at no moment while it waits for the citizen" in said(capsys, "tickets", "show", house.moscow)


@pytest.mark.parametrize("at", ["yesterday", "2026-11-24", "2026-11-24T13:00", "25:00"])
def test_a_moment_without_offset_is_refused(house: House, capsys: pytest.CaptureFixture[str], at: str) -> None:
    told = said(capsys, "tickets", "overdue", "--at", at, rc=2)
    assert "--at" in told
    assert "such as 2026-11-25T09:00+10:00" in told or "for Moscow, or with Z for UTC" in told
    assert told.count("\n") == 1


def test_an_empty_list_is_no_wish(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--limit" in said(capsys, "tickets", "overdue", "--limit", "0", rc=2)


def test_an_unusable_calendar_is_told_in_one_line(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calendars.toml").write_text("x =", "utf-8")
    monkeypatch.setenv("IVR_DATA_DIR", str(tmp_path))
    told = said(capsys, "tickets", "overdue", rc=2)
    assert "calendars.toml: is not TOML" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h 00 min"), (26 * 60 + 5, "26 h 05 min")]
)
def test_lengths_of_time_are_written_out(minutes: int, words: str) -> None:
    assert span(timedelta(minutes=minutes, seconds=59)) == words


def test_the_list_tells_when_tickets_are_due_by_the_clock_there(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "tickets", "list")
    lines = {line[:11].replace(" ", ""): line for line in told.splitlines()}
    assert lines[house.moscow].endswith("  2026-11-23 15:00+03:00")
    assert lines[house.vladivostok].endswith("  2026-11-24 12:00+10:00")
    assert told.splitlines()[0].endswith("DUE THERE")
