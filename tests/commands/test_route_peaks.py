"""`ivr route peaks` from the journal and from a CSV, as tables, JSON and a page, on the shipped call centres."""

import argparse
import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.commands import _route_peaks
from ivr.storage.store import open_storage

# Monday 2026-03-02, 10:00 in Moscow
TEN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database and the shipped data but for the call centres: Moscow and Kamchatka, no others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'hotline.db'}")
    monkeypatch.setenv("IVR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "queues.toml").write_text(QUEUES, "utf-8")
    assert main(["db", "upgrade"]) == 0


QUEUES = """
[defaults]
languages = ["ru"]
[sites.moscow]
names = { ru = "Москва", en = "Moscow <&>" }
region = "77"
zone = "Europe/Moscow"
serves = ["central"]
shifts = [{ days = "mon-fri", from = "08:00", to = "20:00", operators = 3 }]
[sites.kamchatka]
names = { ru = "Камчатка", en = "Kamchatka" }
region = "41"
zone = "Asia/Kamchatka"
serves = ["fareast"]
shifts = [{ days = "mon-sun", from = "08:00", to = "20:00", operators = 4 }]
[queues.moscow]
site = "moscow"
[queues.kamchatka]
site = "kamchatka"
[queues.common]
"""


def peaks(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["route", "peaks", *argv]) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def csv_of_a_week(path: Path, calls: int = 60) -> Path:
    """`calls` between 10:00 and 10:30 of every working day in Moscow, one at 13:00 of every day in Kamchatka."""
    rows = ["at,number"]
    for day in range(7):
        if day < 5:
            at = TEN + timedelta(days=day)
            rows += [f"{(at + timedelta(seconds=20 * n)).isoformat()},84951234567" for n in range(calls)]
        rows.append(f"2026-03-{2 + day:02}T13:00:00+12:00,+74152123456")
    path.write_text("\n".join(rows), "utf-8")
    return path


WEEK = ("--from", "2026-03-02", "--to", "2026-03-08")


def test_need_against_plan_of_a_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(peaks(capsys, "--csv", str(csv_of_a_week(tmp_path / "calls.csv")), *WEEK, "--handle", "180",
                            "--json"))  # fmt: skip
    assert told["calls"] == 5 * 60 + 7
    assert told["period"] == {"from": "2026-03-01T21:00:00+00:00", "to": "2026-03-08T21:00:00+00:00"}
    assert (told["handle_s"], told["handle_source"]) == (180, "given")
    # the next week has a holiday (9 March)
    assert told["week"] == "2026-03-16"
    moscow = next(site for site in told["sites"] if site["site"] == "moscow")
    workdays = moscow["days"][0]
    assert workdays["days"] == [0, 1, 2, 3, 4]
    ten = next(cell for cell in workdays["half_hours"] if cell["at"] == "10:00")
    # 60 calls of 3 minutes are 6 erlangs: 8 keep 75 % busy but 75 % in time only, 9 will do
    assert (ten["arrivals"], ten["needed"], ten["planned"], ten["verdict"]) == (60, 9, 3, "few")
    assert moscow["shifts"] == [{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "20:00", "operators": 3,
                                 "suggested": 9}]  # fmt: skip
    worst = [each for each in told["disagreements"] if each["verdict"] == "few"]
    assert [(each["site"], each["from"], each["to"]) for each in worst] == [("moscow", "10:00", "10:30")]
    # Kamchatka's one call at 13:00 keeps one of four busy, the others are too many all day
    kamchatka = next(site for site in told["sites"] if site["site"] == "kamchatka")
    assert kamchatka["shifts"][0]["suggested"] == 1
    loads = {(load["region"], load["kind"]): load["half_hours"] for load in told["regions"]}
    assert loads["41", "weekend"][26] == 1 and sum(loads["41", "weekend"]) == 1
    assert loads["77", "weekday"][20] == 60


def test_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = peaks(capsys, "--csv", str(csv_of_a_week(tmp_path / "calls.csv")), *WEEK, "--handle", "180",
                 "--target", "90/10", "--occupancy", "80", "--shrinkage", "20")  # fmt: skip
    assert "307 calls to operators from 2026-03-02 00:00 to 2026-03-09 00:00 Europe/Moscow" in said
    assert "90% answered within 10 s, operators busy at most 80%, away 20% of their time" in said
    assert re.search(r"moscow +Mon-Fri +10:00-10:30 +too few +10:00 +60\.0 +13 +3 +0%", said)
    assert re.search(r"moscow +Mon-Fri +08:00-20:00 +3 +13 +\+10", said)
    assert re.search(r"kamchatka +Mon-Sun +08:00-20:00 +4 +2 +-2", said)


async def fill(url: str) -> None:
    async with open_storage(url, 30) as storage:
        for number in range(40):
            call, at = f"1.{number}", TEN + timedelta(minutes=number * 0.7)
            storage.journal.write(call, at, "start", {"caller": "+74951234567"})
            storage.journal.write(call, at, "place", {"region": "77", "zone": "Europe/Moscow"})
            storage.journal.write(call, at, "route", {"category": "signin", "queue": "moscow"})
            storage.journal.write(call, at, "talked", {"queue": "moscow", "seconds": "170"})


def test_the_journal_tells_arrivals_and_handle_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(fill(f"sqlite:///{tmp_path / 'hotline.db'}"))
    told = json.loads(peaks(capsys, *WEEK, "--json"))
    # 170 s of talk and the 10 s of rest that are the default; the journal begins on Monday at 10:00
    assert (told["calls"], told["handle_s"], told["handle_source"]) == (40, 180, "journal")
    assert told["period"]["from"] == "2026-03-02T07:00:00+00:00"
    (load,) = told["regions"]
    assert (load["region"], load["name"], load["kind"], load["half_hours"][20]) == ("77", "Moscow", "weekday", 8)


@pytest.mark.parametrize("period", [WEEK, ()])
def test_no_calls_are_said_in_one_line(period: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    said = peaks(capsys, *period, rc=1)
    assert re.fullmatch(
        r"no calls to operators in the journal from .*\(Europe/Moscow\): give another period .*\n", said
    )
    assert "--csv FILE" in said


def test_a_csv_without_rows_is_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calls.csv").write_text("at,region\n")
    assert peaks(capsys, "--csv", "calls.csv", rc=1).startswith("no calls to operators in calls.csv: give another")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--target", "80"), "--target: '80' is not per cent/seconds such as 80/20"),
        (("--target", "100/20"), "1 to 99"),
        (("--occupancy", "0"), "--occupancy: per cent, 1 to 100"),
        (("--shrinkage", "100"), "--shrinkage: per cent, 0 to 95"),
        (("--handle", "nan"), "--handle: seconds, 1 to 86400"),
        (("--from", "March"), "--from: 'March' is not a day such as 2026-03-02"),
        (("--from", "2026-03-02T10:00"), "has no offset"),
        (("--from", "2026-03-09", "--to", "2026-03-01"), "--to: is before --from"),
        (("--from", "0001-01-01"), "--from: the calendars reach from 1972 to 2198"),
        (("--from", "0001-01-01T00:00:00+14:00"), "--from: the calendars reach from 1972 to 2198"),
        (("--to", "9999-12-31"), "--to: the calendars reach from 1972 to 2198"),
        (("--to", "9999-12-31T23:00:00-12:00"), "--to: the calendars reach from 1972 to 2198"),
        (("--csv", "years.csv"), "years.csv: line 2: at: '0001-01-01T00:00:00+14:00' is not within the years 1972 to"),
        (("--csv", "years.csv"), "years.csv: line 3: at: '9999-12-31T23:59:59-12:00' is not within the years 1972 to"),
        (("--csv", "none.csv"), "none.csv: cannot be read"),
        (("--csv", "calls.csv"), "calls.csv: line 2: region: 'x' is no code"),
        (("--csv", "good.csv", "--html", "no/where.html"), "no/where.html: cannot be written"),
    ],
)
def test_faults_are_one_clear_line(
    argv: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "calls.csv").write_text("at,region\n2026-03-02T10:00:00+03:00,x\n")
    (tmp_path / "years.csv").write_text("at,region\n0001-01-01T00:00:00+14:00,77\n9999-12-31T23:59:59-12:00,77\n")
    (tmp_path / "good.csv").write_text("at,region\n2026-03-02T10:00:00+03:00,77\n")
    assert said in peaks(capsys, *argv, rc=2)


def test_a_call_from_nowhere_is_routed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calls.csv").write_text("at;number\n2026-03-02T10:00:00+03:00;anonymous\n")
    told = json.loads(peaks(capsys, "--csv", "calls.csv", "--json"))
    assert [(load["region"], load["name"]) for load in told["regions"]] == [("", "unknown")]
    moscow = next(site for site in told["sites"] if site["site"] == "moscow")
    assert sum(cell["arrivals"] for cell in moscow["days"][0]["half_hours"]) == 1


class Page(HTMLParser):
    """Fails on tags that do not match; keeps what a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for key, value in attrs if key in ("src", "href", "data", "xlink:href")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("rect", "line", "polyline")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_escaped_and_fetches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "peaks.html"
    said = peaks(capsys, "--csv", str(csv_of_a_week(tmp_path / "calls.csv")), *WEEK, "--html", str(file))
    assert said.endswith(f"wrote {file}\n")
    page = Page()
    page.feed(file.read_text("utf-8"))
    page.close()
    assert page.open == [] and page.fetched == []
    assert "Moscow <&>" in page.text and "Kamchatka Krai +12" in page.text
    assert "Too few people at one time of day, see below." in page.text
    assert not re.search(r"url\(|@import|<script|http", file.read_text("utf-8"))


def test_days_of_which_nothing_is_known_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calls.csv").write_text("at,region\n2026-03-02T10:00:00+03:00,77\n")
    said = peaks(capsys, "--csv", "calls.csv", "--from", "2026-03-02", "--to", "2026-03-02")
    assert "of days off too little is known in this period: no shift is judged by them" in said
    assert "working days too little" not in said


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="ivr route peaks")
    _route_peaks.arguments(parser)
    assert "ivr route peaks --csv calls.csv" in parser.format_help()


def test_with_too_little_known_nothing_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calls.csv").write_text(
        "at,region,category\n2026-03-02T10:00:00+03:00,77,other\n2026-03-02T11:00:00+03:00,77,other\n"
    )
    said = peaks(capsys, "--csv", "calls.csv", "--html", "peaks.html")
    assert "not judged: the period is too short" in said
    assert "agree everywhere" not in said and "SUGGESTED" not in said
    page = (tmp_path / "peaks.html").read_text("utf-8")
    assert "Not judged: the period is too short" in page
    assert "Nowhere" not in page and "Shifts fitted" not in page
    assert "Mon-Fri: not judged" in page and "<svg" not in page.partition("Working days")[0]
    told = json.loads(peaks(capsys, "--csv", "calls.csv", "--json"))
    assert told["judged"] is False
    assert {shift["suggested"] for site in told["sites"] for shift in site["shifts"]} == {None}


EXPERTS = """
[sites.experts]
names = { ru = "Специалисты", en = "Experts" }
region = "77"
zone = "Europe/Moscow"
shifts = [{ days = "mon-fri", from = "08:00", to = "20:00", operators = 9 }]
[queues.experts]
site = "experts"
categories = ["recovery"]
"""


def test_calls_without_a_category_dismiss_no_specialists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    general = 'categories = ["signin", "other"]\n'
    plan = QUEUES.replace('site = "moscow"\n', f'site = "moscow"\n{general}') + EXPERTS
    (tmp_path / "queues.toml").write_text(plan, "utf-8")
    csv = csv_of_a_week(tmp_path / "calls.csv")
    argv = ("--csv", str(csv), *WEEK, "--handle", "180")
    said = peaks(capsys, *argv)
    assert "307 of them without a category: counted as other; experts is not judged, as it does not deal" in said
    told = json.loads(peaks(capsys, *argv, "--json"))
    assert told["without_category"] == 307
    assert [site["site"] for site in told["sites"] if not site["judged"]] == ["experts"]
    assert "experts" not in {each["site"] for each in told["disagreements"]}
    experts = next(site for site in told["sites"] if site["site"] == "experts")
    assert [shift["suggested"] for shift in experts["shifts"]] == [None]
    # with the category named, nine people for no call are too many
    rows = csv.read_text("utf-8").splitlines()
    csv.write_text("\n".join([rows[0] + ",category", *(row + ",signin" for row in rows[1:])]))
    told = json.loads(peaks(capsys, *argv, "--json"))
    assert "experts" in {each["site"] for each in told["disagreements"]}


def test_help_names_the_columns_of_a_csv() -> None:
    parser = argparse.ArgumentParser(prog="ivr route peaks")
    _route_peaks.arguments(parser)
    assert "at,number, and if wanted category,language" in parser.format_help()
