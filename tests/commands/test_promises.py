"""`ivr promises` over a database: the table, JSON, and the words where there is nothing."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.storage.store import open_storage


@pytest.fixture(autouse=True)
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'hotline.db'}")
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "var"))
    assert main(["db", "upgrade"]) == 0
    return tmp_path


async def _written(url: str) -> None:
    """Three callers an hour ago, each told five minutes: answered after four, after ten, not at all."""
    async with open_storage(url, 30) as storage:
        at, write = datetime.now(UTC) - timedelta(hours=1), storage.journal.write
        for name, kind, minute in (("1.1", "answered", 4), ("1.2", "answered", 10), ("1.3", "abandoned", 2)):
            write(name, at, "start", {})
            write(name, at, "told", {"queue": "ural", "position": 3, "wait_s": 300})
            write(name, at + timedelta(minutes=minute), kind, {"queue": "ural"})


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["promises", *argv]) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def test_kept_and_broken_promises_are_told(capsys: pytest.CaptureFixture[str], hotline: Path) -> None:
    asyncio.run(_written(f"sqlite:///{hotline / 'hotline.db'}"))
    found = json.loads(said(capsys, "--json"))
    apart = {"abandoned": 1, "withdrawn": 0, "unreachable": 0, "open": 0}
    # third in the line, answered first and second
    place = {"kind": "place", "unit": "places", "told": 3, "kept": 2, "broken": 0, **apart, "kept_percent": 100.0,
             "error_p50": 1.0, "error_p90": 2.0}  # fmt: skip
    wait = {"kind": "wait", "unit": "seconds", "told": 3, "kept": 1, "broken": 1, **apart, "kept_percent": 50.0,
            "error_p50": 60.0, "error_p90": 300.0}  # fmt: skip
    assert found["totals"] == [place, wait]
    assert found["queues"] == [{"queue": "ural", **place}, {"queue": "ural", **wait}]
    assert datetime.fromisoformat(found["to"]) - datetime.fromisoformat(found["from"]) == timedelta(days=7)
    head, _, ural, _, every = said(capsys).splitlines()
    assert head.split()[:5] == ["PROMISE", "QUEUE", "TOLD", "KEPT", "BROKEN"]
    figures = ["3", "1", "1", "50", "60", "300", "seconds", "1", "0", "0", "0"]
    assert ural.split() == ["wait", "ural", *figures]
    assert every.split() == ["wait", "all", *figures]


def test_where_nothing_was_promised_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "--from", "2026-01-01", "--to", "2026-01-02")
    assert told.startswith("nothing was promised from ") and told.count("\n") == 1
    assert json.loads(said(capsys, "--json"))["queues"] == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--from", "yesterday"), "--from"),
        (("--to", "2026-01-02T09:00"), "offset"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "--from"),
    ],
)
def test_a_period_that_is_none_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], words: str
) -> None:
    line = said(capsys, *argv, rc=2)
    assert words in line and line.count("\n") == 1


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["promises", "--help"])
    assert "ivr promises --from 2026-11-01 --to 2026-11-30" in capsys.readouterr().out
