"""Files of the plan come in all together or not at all; a full-size set within its limits of time and memory."""

import json
import math
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.datafiles import read_data
from ivr.domain.locate import Locator
from ivr.domain.regions import Regions, load_regions
from ivr.errors import DataError
from ivr.storage.numbering_file import load_plan
from ivr.storage.numbering_import import import_plan

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAD = "\ufeffАВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
#: Rows of each part as the registry had them on 2026-07-18.
FULL = {"ABC-3xx": 68_546, "ABC-4xx": 286_946, "ABC-8xx": 73_826, "DEF-9xx": 16_994}


@pytest.fixture
def regions() -> Regions:
    return load_regions(read_data("regions.csv", None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "numbering" / "plan.bin"


def write(folder: Path, name: str, *rows: tuple[str, int, int, str]) -> Path:
    """A file of rows (code, first, last, territory)."""
    lines = [f'{c};{a:07};{b:07};{b - a + 1};ООО "СВЯЗЬ";-;{t};7700000016\n' for c, a, b, t in rows]
    (folder / name).write_text(HEAD + "".join(lines), "utf-8")
    return folder / name


def test_files_are_put_in_force_together(tmp_path: Path, path: Path, regions: Regions) -> None:
    fixed = write(tmp_path, "ABC-3xx.csv", ("343", 2000000, 2999999, "Свердловская область"))
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"), ("914", 1000000, 1999999, "Чувашия"))
    read: dict[Path, int] = {}
    report = import_plan([fixed, mobile], regions, path, AT, read.__setitem__)
    assert (report.rows, report.numbers, report.ranges, report.unknown, report.warning) == (3, 3_000_000, 3, {}, "")
    assert [(f.part, f.rows, f.numbers, f.at) for f in report.files] == [
        ("ABC-3xx", 1, 1_000_000, AT),
        ("DEF-9xx", 2, 2_000_000, AT),
    ]
    assert read == {fixed: fixed.stat().st_size, mobile: mobile.stat().st_size}
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700  # the state folder, made by this command
    locator = Locator(regions, load_plan(path), "77")
    assert [locator.place(n).region for n in ("+73432345678", "+79140123456", "+79141234567")] == ["66", "25", "21"]


def test_one_broken_file_keeps_all_of_them_out(tmp_path: Path, path: Path, regions: Regions) -> None:
    good = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    import_plan([good], regions, path, AT)
    before = path.read_bytes()
    fixed = write(tmp_path, "ABC-3xx.csv", ("343", 2000000, 2999999, "Свердловская область"))
    broken = tmp_path / "ABC-4xx.csv"
    broken.write_text("<html>403</html>")
    with pytest.raises(DataError, match=r"ABC-4xx\.csv: line 1: this is a web page"):
        import_plan([fixed, broken], regions, path, AT)
    assert path.read_bytes() == before


def test_a_part_that_is_not_given_stays(tmp_path: Path, path: Path, regions: Regions) -> None:
    fixed = write(tmp_path, "ABC-3xx.csv", ("343", 2000000, 2999999, "Свердловская область"))
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    import_plan([fixed, mobile], regions, path, AT)
    write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Камчатский край"))
    report = import_plan([mobile], regions, path, AT + timedelta(days=1))
    assert [(f.part, f.at) for f in report.files] == [("ABC-3xx", AT), ("DEF-9xx", AT + timedelta(days=1))]
    locator = Locator(regions, load_plan(path), "77")
    assert locator.place("+79140123456").region == "41"
    assert locator.place("+73432345678").reason.data["territory"] == "Свердловская область"


def test_a_part_that_shrank_is_taken_for_a_truncated_download(tmp_path: Path, path: Path, regions: Regions) -> None:
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    import_plan([mobile], regions, path, AT)
    write(tmp_path, "DEF-9xx.csv", ("914", 0, 799998, "Приморский край"))
    with pytest.raises(DataError, match=r"DEF-9xx has 799999 numbers, the plan in force 1000000: a truncated"):
        import_plan([mobile], regions, path, AT)
    assert load_plan(path).numbers == 1_000_000
    import_plan([mobile], regions, path, AT, anyway=True)
    assert load_plan(path).numbers == 799_999
    write(tmp_path, "DEF-9xx.csv", ("914", 0, 699998, "Приморский край"))
    assert import_plan([mobile], regions, path, AT).numbers == 699_999


def test_a_damaged_plan_is_replaced_and_it_is_said(tmp_path: Path, path: Path, regions: Regions) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("garbage")
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    assert "only the files given now are in force" in import_plan([mobile], regions, path, AT).warning
    assert load_plan(path).numbers == 1_000_000


def test_a_file_that_is_none_is_named(tmp_path: Path, path: Path, regions: Regions) -> None:
    with pytest.raises(DataError, match=r"absent\.csv: no such file"):
        import_plan([tmp_path / "absent.csv"], regions, path, AT)
    with pytest.raises(DataError, match="is not a file"):
        import_plan([tmp_path], regions, path, AT)
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(400_000_000)
    with pytest.raises(DataError, match=r"huge\.csv: is far too large"):
        import_plan([huge], regions, path, AT)
    with huge.open("r+b") as file:
        file.truncate(200_000_000)
    with pytest.raises(DataError, match=r"huge\.csv: line 1: "):
        import_plan([huge], regions, path, AT)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        import_plan([huge], regions, tmp_path / "file" / "plan.bin", AT)


def test_an_endless_line_is_given_up_before_it_fills_the_memory(tmp_path: Path, path: Path, regions: Regions) -> None:
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    with mobile.open("a", encoding="utf-8") as file:
        file.write(";" * 20_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"DEF-9xx\.csv: line 3: the line is too long"):
            import_plan([mobile], regions, path, AT)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_same_file_twice_is_refused(tmp_path: Path, path: Path, regions: Regions) -> None:
    mobile = write(tmp_path, "DEF-9xx.csv", ("914", 0, 999999, "Приморский край"))
    with pytest.raises(DataError, match="overlaps"):
        import_plan([mobile, mobile], regions, path, AT)
    assert not path.exists()


_MEASURE = """
import json, re, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ivr.datafiles import read_data
from ivr.domain.regions import load_regions
from ivr.storage.numbering_import import import_plan
path, *files = map(Path, sys.argv[1:])
report = import_plan(files, load_regions(read_data("regions.csv", None)), path, datetime.now(UTC))
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss would count in what the parent had
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps([report.rows, used.ru_utime + used.ru_stime, peak / 1024]))
"""


def test_a_full_size_plan_keeps_the_limits(tmp_path: Path, path: Path, regions: Regions) -> None:
    """450,000 rows in 5 s and 200 MB, read in a second, 200,000 look-ups a second (processor time of one core)."""
    files = [full_size(tmp_path, part, rows, regions) for part, rows in FULL.items()]
    # the best of several: others have the core's caches meanwhile
    seconds = math.inf
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, path, *files], check=True, capture_output=True, text=True
        )
        rows, used, megabytes = json.loads(done.stdout)
        assert rows == 446_312
        assert megabytes <= 200
        seconds = min(seconds, used)
        if seconds <= 5:
            break
    assert seconds <= 5
    assert min(_seconds(lambda: load_plan(path)) for _ in range(3)) < 1
    locator = Locator(regions, load_plan(path), "77")
    chance = random.Random(4)
    asked = [f"+7{chance.choice('3489')}{chance.randrange(10**9):09}" for _ in range(100_000)]
    assert min(_seconds(lambda: _all_placed(locator, asked)) for _ in range(3)) <= len(asked) / 200_000


def _seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def _all_placed(locator: Locator, asked: list[str]) -> None:
    for number in asked:
        locator.place(number)


def full_size(folder: Path, part: str, rows: int, regions: Regions) -> Path:
    """A file as large as the real one: towns that change from row to row, regions by chance."""
    chance = random.Random(part)
    names = [region.names["ru"] for region in regions.by_code.values()]
    codes = [f"{part[4]}{n:02}" for n in range(1, 100)]
    each = -(-rows // len(codes))
    step = 10**7 // each
    with (folder / f"{part}.csv").open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for row in range(rows):
            code, at = codes[row // each], row % each * step
            name, town = chance.choice(names), chance.randrange(9000)
            place = f"г. Город {town}|м.р-н Район {town // 30}|{name}"
            file.write(
                f'{code};{at:07};{at + step - 1:07};{step};ООО "СВЯЗЬ {row % 50}";{place};{place};77{row % 9:08}\n'
            )
    return folder / f"{part}.csv"
