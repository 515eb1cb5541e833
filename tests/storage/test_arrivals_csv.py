"""A CSV of arrivals: what is taken, and how faults are told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.errors import DataError
from ivr.storage.arrivals import ArrivedCall
from ivr.storage.arrivals_csv import read_arrivals_csv

AT = datetime(2026, 3, 2, 6, 15, tzinfo=UTC)


def read(folder: Path, content: str | bytes) -> list[ArrivedCall]:
    path = folder / "calls.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_arrivals_csv(path, {"77", "25"}, {"signin"}))


@pytest.mark.parametrize(
    "content",
    [
        "at,region\n2026-03-02T09:15:00+03:00,77\n",
        "\ufeffRegion;At\r\n77;2026-03-02 09:15+03:00\r\n\r\n",
        'at\tregion\n"2026-03-02T06:15:00Z"\t"77"',
    ],
)
def test_separators_and_marks_of_several_programs(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == [ArrivedCall(AT, region="77")]


def test_numbers_are_brought_to_one_form_and_what_is_none_is_withheld(tmp_path: Path) -> None:
    rows = "at,number,category,language\n" + "".join(
        f"2026-03-02T09:15:00+03:00,{number},signin,RU\n" for number in ("84232000000", "+7 423 200-00-00", "anonymous")
    )
    assert [call.caller for call in read(tmp_path, rows)] == ["+74232000000", "+74232000000", ""]
    assert {(call.category, call.language) for call in read(tmp_path, rows)} == {("signin", "ru")}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("time,region", "'time' is not known; 'at' is missing"),
        ("at,region,number", "exactly one of 'region' and 'number'"),
        ("at", "exactly one of 'region' and 'number'"),
        ("at,at,region", "'at' is there twice"),
        ("", "'at' is missing"),
    ],
)
def test_other_columns_are_refused_with_what_to_do(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, header + "\n")
    assert str(error.value).startswith("calls.csv: line 1: ")
    assert said in str(error.value)
    assert "at and one of region, number" in str(error.value)


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    rows = [
        "at,region,category",
        "2026-03-02T09:15:00,77,",
        "yesterday,77,",
        "2026-03-02T09:15:00+03:00,99,nothing",
        "2026-03-02T09:15:00+03:00,77",
        "2026-03-02T09:15:00+03:00,25,signin",
    ]
    with pytest.raises(DataError) as error:
        read(tmp_path, "\n".join(rows))
    assert [line.split(":")[1].strip() for line in str(error.value).splitlines()] == [
        "line 2", "line 3", "line 4", "line 4", "line 5"
    ]  # fmt: skip
    assert "write it as 2026-03-02T09:15:00+03:00" in str(error.value)


def test_a_file_full_of_faults_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, "at,region\n" + "x,77\n" * 1000)
    assert len(str(error.value).splitlines()) == 21


@pytest.mark.parametrize("content", [b"at,region\n\xff\xfe\n", "at,region\n".encode("utf-16"), b"at,region\n\0\n"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"line [12]: is not .*CSV UTF-8"):
        read(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        list(read_arrivals_csv(tmp_path / "none.csv", set(), set()))
