"""The bench itself runs, at tiny sizes; no time is judged here."""

import json
import math
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench import data
from tests.bench.__main__ import main
from tests.bench.cases import CASES
from tests.bench.measure import Bench, Figure, Goal, rate, slope, timed
from tests.bench.report import compare, growth, missed, plain, table

TINY = Bench(rounds=1, scale=0.0005)


# the reference call takes minutes also when little of it is measured: its parts are tried in test_refcall.py
@pytest.mark.parametrize("name", [name for name in CASES if name != "reference"])
def test_every_case_gives_figures(name: str, tmp_path: Path) -> None:
    figures = CASES[name](TINY, tmp_path)
    assert figures
    assert all(math.isfinite(each.value) and each.value > 0 for each in figures)
    assert len({(each.name, each.size, each.of) for each in figures}) == len(figures)


def test_the_run_prints_a_table_and_writes_json_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staffing", "open", "--rounds", "2", "--scale", "0.0005", "--out", str(tmp_path)]) == 0
    file, shown = sorted(tmp_path.iterdir(), key=lambda each: each.suffix, reverse=True)
    told = json.loads(file.read_text("utf-8"))
    assert {each["name"] for each in told["figures"]} >= {"operators_needed", "is_open, by chance"}
    assert all(len(each["rounds"]) == 2 for each in told["figures"])
    assert told["machine"]["python"] and told["machine"]["pytz"] and told["method"]
    printed = capsys.readouterr().out
    assert "operators_needed" in printed and str(file) in printed and str(shown) in printed
    seen = shown.read_text("utf-8")
    assert seen.count("<svg role=") == seen.count("<table>") - 1 and "is_open, by chance" in seen
    assert "http" not in seen and "<script" not in seen and "<link" not in seen


def fails(bench: Bench, folder: Path) -> list[Figure]:
    raise RuntimeError("it needs <root>")


def interrupted(bench: Bench, folder: Path) -> list[Figure]:
    raise KeyboardInterrupt


def ended(bench: Bench, folder: Path) -> list[Figure]:
    signal.raise_signal(signal.SIGTERM)
    return []


def test_a_case_that_fails_leaves_the_others_and_is_told_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(CASES, "import", fails)
    assert main(["import", "staffing", "--rounds", "1", "--scale", "0.0005", "--out", str(tmp_path)]) == 1
    told = json.loads(next(tmp_path.glob("*.json")).read_text("utf-8"))
    assert told["failed"] == {"import": "RuntimeError: it needs <root>"}
    assert {each["case"] for each in told["figures"]} == {"staffing"}
    assert "import: FAILED, RuntimeError: it needs <root>" in capsys.readouterr().out.splitlines()
    assert "import: FAILED, RuntimeError: it needs &lt;root&gt;" in next(tmp_path.glob("*.html")).read_text("utf-8")


@pytest.mark.parametrize("by", [interrupted, ended])
def test_ended_by_hand_what_was_measured_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: Callable[[Bench, Path], list[Figure]]
) -> None:
    monkeypatch.setitem(CASES, "lookup", by)
    named = ["staffing", "lookup", "open", "--rounds", "1", "--scale", "0.0005", "--out", str(tmp_path)]
    assert main(named) == 130
    told = json.loads(next(tmp_path.glob("*.json")).read_text("utf-8"))
    assert {each["case"] for each in told["figures"]} == {"staffing"}
    assert (told["failed"], told["not_measured"]) == ({}, ["lookup", "open"])
    assert "open: not measured" in next(tmp_path.glob("*.html")).read_text("utf-8")


def test_ended_before_the_first_figure_a_file_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CASES, "lookup", interrupted)
    monkeypatch.setitem(CASES, "import", fails)
    # a case that failed before says more than the key
    assert main(["import", "lookup", "--rounds", "1", "--out", str(tmp_path)]) == 1
    assert json.loads(next(tmp_path.glob("*.json")).read_text("utf-8"))["figures"] == []


def test_a_run_is_compared_with_an_earlier_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = ["staffing", "--rounds", "1", "--scale", "0.0005", "--out"]
    assert main([*again, str(tmp_path / "a")]) == 0
    (file,) = (tmp_path / "a").glob("*.json")
    before = json.loads(file.read_text("utf-8"))
    for each in before["figures"]:
        each["value"] *= 1000
    before["machine"]["cores"] = 0
    file.write_text(json.dumps(before), "utf-8")
    capsys.readouterr()
    assert main([*again, str(tmp_path / "b"), "--against", str(file)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("WORSE") == len(before["figures"]) and "another machine (cores differ)" in printed
    (file,) = (tmp_path / "b").glob("*.json")
    assert all(0 < each["against"] < 0.1 for each in json.loads(file.read_text("utf-8"))["figures"])


def test_what_is_better_is_told_by_the_unit() -> None:
    figures = [Figure("r", "calls/s", 10, (10,)), Figure("s", "s", 2, (2,)), Figure("m", "MB", 5, (5,))]
    now, then = (plain(figures, datetime(2026, 1, 1, tzinfo=UTC), 1, 1, {}) for _ in range(2))
    for each in then["figures"]:
        each["value"] /= 2
    lines = compare(now, then)
    assert [each["against"] for each in now["figures"]] == [2, 0.5, 0.5]
    assert [line.split()[-1] for line in lines[2:]] == ["better", "WORSE", "WORSE"]
    assert compare(now, now)[2].endswith("same")
    # of one round no spread is known
    near = plain([Figure("r", "calls/s", 9.6, (9.6,))], datetime(2026, 1, 1, tzinfo=UTC), 1, 1, {})
    assert compare(near, now)[2].endswith("same")
    three = [plain([Figure("r", "calls/s", value, (value,) * 3)], datetime(2026, 1, 1, tzinfo=UTC), 3, 1, {})
             for value in (9.6, 10)]  # fmt: skip
    assert compare(*three)[2].endswith("WORSE")


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_what_is_no_earlier_run_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "x.json").write_text(text)
    with pytest.raises(SystemExit):
        main(["staffing", "--against", str(tmp_path / "x.json"), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_the_file_is_written_to_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    assert main(["staffing", "--rounds", "1", "--scale", "0.0005"]) == 0
    assert len([*(tmp_path / "state" / "bench").iterdir()]) == 2 and not (tmp_path / "var").exists()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_an_unknown_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["nothing", "--out", str(tmp_path)])
    assert not list(tmp_path.iterdir())


def test_the_registry_is_imported_whole_and_mostly_unmerged(tmp_path: Path) -> None:
    files = data.registry(tmp_path, 1000)
    rows = sum(len(file.read_text("utf-8").splitlines()) - 1 for file in files)
    assert abs(rows - 1000) <= 2
    assert [file.name for file in files] == ["ABC-3xx.csv", "ABC-4xx.csv", "ABC-8xx.csv", "DEF-9xx.csv"]


def test_medians_goals_and_spread() -> None:
    figure = Figure("x", "s", 2.0, (1.5, 2.0, 3.0), goal=Goal(most=1))
    assert (figure.spread, figure.goal is not None and figure.goal.kept(figure.value)) == (0.5, False)
    assert Goal(least=20_000).kept(20_000) and not Goal(least=20_000).kept(19_999)
    assert (str(Goal(least=200_000)), str(Goal(most=5))) == (">= 200,000", "<= 5")
    assert any("NO" in line for line in table([figure]))
    assert missed([figure, replace(figure, value=0.5)]) == ["goal missed: x: 2 s, not <= 1"]
    assert missed([replace(figure, size=1000, of="calls")]) == ["goal missed: x, 1,000 calls: 2 s, not <= 1"]


def test_a_missed_goal_is_named_and_counts_at_full_sizes_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Figure("x", "s", 2.0, (2.0,), goal=Goal(most=1))
    monkeypatch.setitem(CASES, "lookup", lambda bench, folder: [slow])
    assert main(["lookup", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "goal missed: x: 2 s, not <= 1"
    assert main(["lookup", "--scale", "0.5", "--out", str(tmp_path)]) == 0
    assert "do not count" in capsys.readouterr().out


def test_slopes_of_known_growth() -> None:
    sizes = (10, 100, 1000)
    square = [Figure("t", "s", size**2 / 7, (), size=size) for size in sizes]
    root = [Figure("r", "calls/s", 5 / size**0.5, (), size=size) for size in sizes]
    flat = [Figure("f", "MB", 3.0, (), size=size) for size in sizes]
    assert slope(square) == pytest.approx(2)
    assert slope(root) == pytest.approx(0.5)
    assert slope(flat) == pytest.approx(0)
    assert slope(square[:1]) is None
    assert growth([*square, *root, *flat]) == pytest.approx({"t": 2, "r": 0.5, "f": 0})


def test_work_is_warmed_up_once_and_counted() -> None:
    runs: list[int] = []
    processor, wall = timed(lambda: runs.append(1), 3)
    assert (len(processor), len(wall), len(runs)) == (3, 3, 4)
    figure = rate("x", "things/s", 10, lambda: sum(range(10_000)), Bench(rounds=3))
    assert figure.value > 0 and len(figure.rounds) == 3


def test_the_imports_memory_is_its_own_not_what_its_parent_had(tmp_path: Path) -> None:
    ballast = bytearray(150 * 2**20)
    ballast[::4096] = bytes([1]) * len(ballast[::4096])
    peaks = [each.value for each in CASES["import"](TINY, tmp_path) if each.unit == "MB"]
    assert peaks and max(peaks) < 100 < len(ballast) / 2**20
