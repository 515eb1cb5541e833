"""The numbering plan: read from its files, merged, asked. Every file here is written for these tests."""

import gzip
from array import array
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import read_data
from ivr.domain.numbering import NumberingPlan, PlanBuilder, PlanFile, Territory, replaced
from ivr.domain.numbering_csv import PlanReader, PlanRows
from ivr.domain.numbering_merge import Merged, merge
from ivr.domain.regions import load_regions
from ivr.domain.territories import TerritoryNames
from ivr.errors import DataError

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAD = "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН"
URAL = '900;0000000;0000999;1000;ООО "СВЯЗЬ "УРАЛ";-;Свердловская область;7700000016'
VOLGA = "900;0001000;0001999;1000;СВЯЗЬ;Самарская обл.;г. Самара|Самарская область;7700000016"
NAMES = TerritoryNames(load_regions(read_data("regions.csv", None)))


def file(*lines: str, end: str = "\n") -> list[bytes]:
    return ("\ufeff" + "\n".join((HEAD, *lines)) + end).encode().splitlines(keepends=True)


def read(*files: list[bytes]) -> Merged:
    reader = PlanReader(NAMES)
    rows = [reader.read(f"file{number}.csv", lines) for number, lines in enumerate(files, 1)]
    return merge(rows, reader.territories, AT)


def ranges(plan: NumberingPlan) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(start, end, territory.regions) for start, end, territory in plan.ranges()]


def refused(*files: list[bytes]) -> str:
    with pytest.raises(DataError) as caught:
        read(*files)
    return str(caught.value)


def test_rows_become_ranges_and_each_number_finds_its_territory() -> None:
    plan = read(file(URAL, VOLGA)).plan
    assert ranges(plan) == [(9000000000, 9000000999, ("66",)), (9000001000, 9000001999, ("63",))]
    asked = {n: plan.find(n) for n in (8999999999, 9000000000, 9000000999, 9000001000, 9000001999, 9000002000)}
    assert [territory.regions if territory else None for territory in asked.values()] == [
        None, ("66",), ("66",), ("63",), ("63",), None
    ]  # fmt: skip


def test_what_came_in_is_counted() -> None:
    merged = read(file(URAL, VOLGA))
    assert (merged.rows, merged.numbers, merged.unknown) == (2, 2000, {})
    assert merged.plan.files == (PlanFile("DEF-9xx", "file1.csv", 2, 2000, AT),)
    assert merged.plan.numbers == 2000


def test_neighbours_of_one_territory_become_one_range() -> None:
    second = URAL.replace("0000000;0000999", "0001000;0001999")
    other = URAL.replace("0000000;0000999", "0003000;0003999")
    assert ranges(read(file(URAL, second, other)).plan) == [
        (9000000000, 9000001999, ("66",)),
        (9000003000, 9000003999, ("66",)),
    ]


def test_neighbours_in_two_parts_of_the_plan_stay_two_ranges() -> None:
    last = "399;9999000;9999999;1000;СВЯЗЬ;-;Свердловская область;7700000016"
    first = "400;0000000;0000999;1000;СВЯЗЬ;-;Свердловская область;7700000016"
    merged = read(file(last, first))
    assert len(merged.plan) == 2
    assert [f.part for f in merged.plan.files] == ["ABC-3xx", "ABC-4xx"]


def test_the_order_of_rows_and_files_does_not_matter() -> None:
    assert ranges(read(file(VOLGA, URAL)).plan) == ranges(read(file(URAL, VOLGA)).plan)
    assert ranges(read(file(VOLGA), file(URAL)).plan) == ranges(read(file(URAL, VOLGA)).plan)


def test_files_of_older_years_are_read_by_the_names_of_their_columns() -> None:
    six = ["АВС/ DEF;От;До;Емкость;Оператор;Регион", "900;0;999;1000;СВЯЗЬ;г. Самара|Самарская обл."]
    seven = ["АВС/DEF;От;До;Ёмкость;Оператор;Регион;ИНН", "900;0;999;1000;СВЯЗЬ;Самарская обл.;7700000016"]
    for lines in (six, seven):
        for encoding in ("utf-8", "utf-8-sig", "cp1251"):
            for end in ("\n", "\r\n"):
                text = "".join(line + end for line in lines).encode(encoding)
                assert ranges(read(text.splitlines(keepends=True)).plan) == [(9000000000, 9000000999, ("63",))]


def test_columns_may_stand_in_another_order() -> None:
    lines = ["ИНН;Регион;От;До;Емкость;АВС/ DEF\n", "7700000016;Самарская область;0000000;0000999;1000;900\n"]
    assert ranges(read([line.encode() for line in lines]).plan) == [(9000000000, 9000000999, ("63",))]


def test_an_empty_territory_is_taken_from_the_older_column() -> None:
    assert ranges(read(file(VOLGA.replace("г. Самара|Самарская область", "-"))).plan)[0][2] == ("63",)
    assert ranges(read(file(VOLGA.replace("г. Самара|Самарская область", ""))).plan)[0][2] == ("63",)


def test_the_better_column_is_believed_when_the_two_disagree() -> None:
    row = VOLGA.replace("Самарская обл.", "Омская обл.")
    assert ranges(read(file(row)).plan)[0][2] == ("63",)


def test_the_last_line_may_lack_its_end_and_blank_lines_do_no_harm() -> None:
    assert len(read(file(URAL, "", VOLGA, end="")).plan) == 2
    assert len(read(file(URAL, VOLGA, "", "")).plan) == 2


def test_a_town_is_not_mistaken_for_the_whole_of_yakutia() -> None:
    whole = "411;0000000;0000999;1000;СВЯЗЬ;-;Республика Саха (Якутия);7700000016"
    ulus = "411;0001000;0001999;1000;СВЯЗЬ;-;п. Усть-Нера|м.р-н Оймяконский|Республика Саха (Якутия);7700000016"
    for lines in (file(whole, ulus), file(ulus, whole)):
        plan = read(lines).plan
        assert [t.part for t in (plan.find(4110000000), plan.find(4110001000)) if t] == [None, "41154"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "line 1: the file is empty"),
        ([b"\n"], "line 1: the file is empty"),
        ([b"<!DOCTYPE html><html><body>403 Forbidden</body></html>\n"], "line 1: this is a web page"),
        ([b"\xef\xbb\xbf\n", b"<html>"], "line 1: the header lacks"),
        ([b"  <html>\n"], "line 1: this is a web page"),
        ([b'{"error": "forbidden"}'], "line 1: this is a web page"),
        ([b"Access denied\n"], "line 1: the header lacks the columns АВС/ DEF, От, До, Емкость, Регион or Терр"),
        ([b"\x00\x01\x02\xff\xfe" * 100], "line 1: this is no text at all"),
        ([HEAD.encode("utf-16")], "line 1: this is UTF-16"),
        ([(HEAD.replace(";До", "") + "\n").encode()], "line 1: the header lacks the columns До"),
        ([(HEAD + ";От\n").encode()], "line 1: the header has the columns От twice"),
        (file(), "line 1: there are no rows below the header"),
        (file(URAL[:30], end=""), "line 2: the file ends in the middle of this line: it is truncated"),
        (file(URAL, VOLGA[:-4], end=""), "line 3: the last line ends within the ИНН: the file is truncated"),
        (file(URAL, VOLGA + ";x"), "line 3: has 9 columns, not 8"),
        (file(URAL.replace("900;", "90;")), "line 2: '90' is not an area code"),
        (file(URAL.replace("900;", "700;")), "line 2: '700' is not an area code"),
        (file(URAL.replace("900;", "٩٠٠;")), "is not an area code"),
        (file(URAL.replace("0000999", "00009x9")), "line 2: '0000000' to '00009x9' are not numbers"),
        (file(URAL.replace("0000999", "00000999")), "are not numbers of up to seven digits"),
        (file(URAL.replace("0000999", "-999")), "are not numbers of up to seven digits"),
        (file(URAL.replace("0000999", "")), "are not numbers of up to seven digits"),
        (file(URAL.replace("0000000;0000999", "0000999;0000000")), "line 2: the range ends (0000000) before it begins"),
        (file(URAL.replace(";1000;", ";1001;")), "line 2: the capacity is '1001', but the range has 1000 numbers"),
        (file(URAL.replace(";1000;", ";" + "1" * 5000 + ";")), "line 2: the capacity is '11111111111111111111', but"),
        (file(URAL, VOLGA, VOLGA), "file1.csv: line 4: 9000001000 to 9000001999 overlaps file1.csv: line 3"),
        (file(URAL, VOLGA.replace("Самарская", "Я" * 251)), "line 3: the territory is longer than 500 bytes: "),
        (file(URAL, "9" * 70_000, VOLGA), "line 3: the line is too long"),
        ([(HEAD + " " * 70_000 + "\n").encode()], "line 1: the line is too long"),
        (file(VOLGA.replace("Самарская область", "Тмутаракань")), "100.0% of the numbers are of territories that"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_line_and_reason(lines: list[bytes], words: str) -> None:
    said = refused(lines)
    assert words in said
    assert "line" not in words or said.startswith("file1.csv: line ")


def test_a_row_that_is_not_text_in_the_files_encoding_is_refused() -> None:
    lines = file(URAL, VOLGA)
    lines[2] = lines[2].replace("Самарская область".encode(), "Самарская область".encode("cp1251"))
    assert "file1.csv: line 3: the territory is not utf-8 text" in refused(lines)


def test_overlaps_between_files_name_both_lines() -> None:
    inside = VOLGA.replace("0001000;0001999;1000", "0000500;0000599;100")
    assert refused(file(URAL), file(VOLGA, inside)) == (
        "file2.csv: line 3: 9000000500 to 9000000599 overlaps file1.csv: line 2"
    )


def test_a_long_row_cannot_hide_an_overlap_behind_a_short_one() -> None:
    long = URAL.replace("0000000;0000999;1000", "0000000;0099999;100000")
    short = URAL.replace("0000000;0000999;1000", "0000010;0000019;10")
    after = URAL.replace("0000000;0000999;1000", "0050000;0050999;1000")
    assert "line 4: 9000050000 to 9000050999 overlaps file1.csv: line 2" in refused(file(long, short, after))


def test_all_faults_are_named_until_it_is_clear_that_the_file_is_broken() -> None:
    said = refused(file(*[URAL.replace(";1000;", ";7;")] * 5))
    assert [line.split(":")[1] for line in said.splitlines()] == [f" line {n}" for n in range(2, 7)]
    assert refused(file(*[URAL.replace(";1000;", ";7;")] * 500)).splitlines()[10:] == ["and maybe more"]


def test_a_few_numbers_of_unknown_territories_are_counted_and_kept() -> None:
    few = URAL.replace("0000000;0000999;1000", "0002000;0002009;10").replace("Свердловская область", "Тмутаракань")
    merged = read(file(URAL, VOLGA, few))
    assert merged.unknown == {"Тмутаракань": 10}
    assert merged.plan.find(9000002005) == Territory("Тмутаракань", known=False)
    many = few.replace("0002009;10", "0002029;30")
    assert "1.5% of the numbers are of territories that regions.csv does not know (at most 1%): 'Тмутаракань': 30" in (
        refused(file(URAL, VOLGA, many))
    )


def test_a_long_name_is_cut_where_it_is_told() -> None:
    said = refused(file(VOLGA.replace("Самарская область", "Я" * 200)))
    assert f"'{'Я' * 60}': 1000 numbers" in said


def test_the_whole_country_is_not_an_unknown_territory() -> None:
    merged = read(file(URAL.replace("Свердловская область", "Российская Федерация")))
    assert merged.unknown == {}
    assert merged.plan.find(9000000000) == Territory("Российская Федерация")


def test_a_part_replaces_that_part_alone() -> None:
    fixed = "343;2000000;2000999;1000;СВЯЗЬ;-;Свердловская область;7700000016"
    old = read(file(fixed), file(URAL, VOLGA)).plan
    new = read(file(VOLGA)).plan
    assert ranges(replaced(old, new)) == [(3432000000, 3432000999, ("66",)), (9000001000, 9000001999, ("63",))]
    assert [(f.part, f.rows) for f in replaced(old, new).files] == [("ABC-3xx", 1), ("DEF-9xx", 1)]
    assert ranges(replaced(None, new)) == ranges(new)
    assert ranges(replaced(new, old)) == ranges(old)


def test_an_empty_plan_knows_nothing() -> None:
    assert PlanBuilder().plan().find(9000000000) is None


ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30), st.integers(0, 3)), max_size=25)


@given(ROWS, st.sampled_from((0, 9_000_000_000 - 300)), st.randoms())
def test_a_merged_plan_answers_as_the_rows_do(rows: list[tuple[int, int, int]], base: int, random: object) -> None:
    """Gap before the row, its length, its territory; in any order; also across the border between two parts."""
    territories = [Territory(str(n), (f"{n:02}",)) for n in range(4)]
    base = base or 3_999_999_900
    naive, table, at = {}, [], base
    for gap, length, territory in rows:
        at += gap
        table.append((at, at + length - 1, territory))
        naive.update(dict.fromkeys(range(at, at + length), territories[territory]))
        at += length
    random.shuffle(table)  # type: ignore[attr-defined]
    columns = [array(kind, [row[i] for row in table]) for i, kind in enumerate("QQH")]
    files = [PlanRows("a", *columns, array("I", range(2, len(table) + 2)))]
    plan = merge(files, territories, AT).plan
    assert all(plan.find(n) == naive.get(n) for n in range(base - 2, at + 3))
    assert plan.numbers == len(naive)


@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans())
def test_any_bytes_are_read_or_refused(lines: list[bytes], headed: bool) -> None:
    start = [HEAD.encode() + b"\n"] if headed else []
    try:
        read([*start, *lines])
    except DataError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("АВС/ DEF;От;До;Емкость\n".encode("utf-16"), "this is UTF-16, not UTF-8 text"),
        (gzip.compress(b"x" * 100), r"this is a compressed file \(gzip\), not UTF-8 text"),
        (b"PK\x03\x04\x14\0\0\0", r"this is a compressed file \(zip\)"),
        (b"\x7fELF\0\0\0\n", "this is no text at all"),
    ],
)
def test_a_file_that_is_no_text_is_called_so(data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=rf"DEF-9xx\.csv: line 1: {said}"):
        PlanReader(NAMES).read("DEF-9xx.csv", [data])
