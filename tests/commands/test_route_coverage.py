"""`ivr route coverage`: who serves whom at which hour, as table, JSON and page."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.commands import _route_coverage
from ivr.datafiles import read_data
from ivr.domain.coverage import Cell, Coverage, Grid, Row, Sheet
from tests.domain.routes import at


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'hotline.db'}")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["route", *argv]) == rc
    return capsys.readouterr().out


def test_coverage_of_a_working_day(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "coverage", "--day", "2026-11-25", "--category", "signin", "--language", "ru")
    # by the hand-made table: kaliningrad 06-20 UTC is 08-22 there, before that novosibirsk, ural and moscow
    assert re.search(r"^39 Kaliningrad Oblast +UTC\+0200  hhggffbbaaaaaaaaaaaaaafi$", told, re.M)
    assert re.search(r"^14 Republic of Sakha \(Yakutia\) \(Ust-Nera\) +UTC\+1000", told, re.M)
    assert "No hole: every region has a queue at every hour. 0 of 2232 hours are served by the 24/7" in told
    assert "a kaliningrad  b moscow" in told


def test_hours_of_a_call_back_are_shown_and_are_no_holes(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = state / "data"
    data.mkdir()
    monkeypatch.setenv("IVR_DATA_DIR", str(data))
    text = read_data("queues.toml", None).replace('outside = "common"', 'outside = "callback"')
    (data / "queues.toml").write_text(text, "utf-8")
    chosen = ("--day", "2026-11-25", "--category", "recovery", "--language", "ru")
    told = said(capsys, "coverage", *chosen)
    assert re.search(r"^77 Moscow +UTC\+0300  ccccccccjjjjjjjjjjjjcccc$", told, re.M)
    # 93 clocks, twelve hours each
    assert "No hole: every region has an answer at every hour. 0 of 2232" in told
    assert "in 1116 callers are promised a call back" in told
    plain = json.loads(said(capsys, "coverage", *chosen, "--json", "--utc"))
    assert (plain["holes"], plain["callbacks"], plain["hours"], plain["common_only"]) == (0, 1116, 2232, 0)
    row = next(row for row in plain["sheets"][0]["rows"] if row["region"] == "41")
    assert row["cells"][0] | {"queues": []} == {
        "at": "2026-11-25T00:30:00+00:00", "local": "2026-11-25T12:30:00+12:00", "queues": [], "hole": False,
        "callback": False, "common_only": False, "opens": None}  # fmt: skip
    assert row["cells"][9]["opens"] == "2026-11-25T20:00:00+00:00"
    assert (row["cells"][9]["hole"], row["cells"][9]["callback"]) == (False, True)


def test_a_hole_is_shown_and_the_exit_code_says_so(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = at("2026-11-25T00:30:00+03:00")
    cells = (Cell(moment, ()), *(Cell(moment, ("common",)) for _ in range(23)))
    sheet = Sheet(("other",), ("ru",), Grid(date(2026, 11, 25), True, (Row("77", "Europe/Moscow", cells),)))
    found = Coverage(date(2026, 11, 25), (sheet,), 24, 1, 23)
    monkeypatch.setattr(_route_coverage, "whole_coverage", lambda *_: found)
    told = said(capsys, "coverage", rc=1)
    assert re.search(r"^77 Moscow +UTC\+0300  !\.{23}$", told, re.M)
    assert "1 of 24 hours have no answer at all; 23 of 24 hours" in told
    said(capsys, "coverage", "--html", "grid.html", rc=1)
    assert '<td class="hole"' in (state / "grid.html").read_text("utf-8")


class _Page(HTMLParser):
    """Tags in order, attributes that load something, and whether all that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)
        self.cells += tag == "td"
        self.loads += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href", "data", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = state / "data"
    data.mkdir()
    monkeypatch.setenv("IVR_DATA_DIR", str(data))
    (data / "queues.toml").write_text(
        read_data("queues.toml", None).replace('en = "Moscow"', 'en = "<b>\\"Moscow\\"&"'), "utf-8"
    )
    chosen = ("--day", "2026-11-25", "--category", "other", "--language", "ru")
    assert "written: grid.html" in said(capsys, "coverage", *chosen, "--html", "grid.html")
    text = (state / "grid.html").read_text("utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == [] and page.loads == [] and page.cells == 93 * 24
    assert "<b>" not in text and "&lt;b&gt;&quot;Moscow&quot;&amp;" in text
    assert set(re.findall(r"<td [^>]*>([^<]+)</td>", text)) == {"kal", "m", "r", "kaz", "u", "n", "v", "kam"}
    assert "url(" not in text and "http" not in text and "@import" not in text
    assert 'title="08:30 there, 06:30 UTC: Kaliningrad → ' in text
