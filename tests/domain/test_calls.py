"""What the journal may keep: nested data, cut and masked like the rest."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.calls import CallStep, fold, journal_data, masked_text, time_line

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_lists_and_mappings_are_kept_as_they_are() -> None:
    board = {"moscow": [2, 1, 0, 180.0]}
    assert journal_data({"request": {"place": {"region": "39", "sure": True}, "board": board}, "legs": (1, None)}) == {
        "request": {"place": {"region": "39", "sure": 1}, "board": board},
        "legs": [1, None],
    }


@pytest.mark.parametrize("data", [
    {"request": {"caller": "+79161234567"}},
    {"request": {"deep": [["+79161234567"]]}},
    {"request": {"phone": ["79161234567", 79161234567]}},
    {"request": {"+79161234567": 1}},
    {"request": {"number": {"said": "8 916 123-45-67"}}},
])  # fmt: skip
def test_numbers_of_callers_are_masked_however_deep(data: dict[str, object]) -> None:
    said = json.dumps(journal_data(data))
    assert "4567" in said.replace("-", "")
    assert "1234567" not in said.replace("-", "").replace(" ", "")


def test_a_digest_keeps_its_digits() -> None:
    digest = "0123456789012345678901234567890123456789abcdef0123456789abcdef01"
    assert journal_data({"digest": digest, "inside": {"digest": digest}}) == {
        "digest": digest,
        "inside": {"digest": digest},
    }


def test_a_moment_with_its_offset_is_no_number() -> None:
    moment = "2026-11-24T06:30:00.123456+00:00"
    assert journal_data({"request": {"at": moment}}) == {"request": {"at": moment}}


def test_what_is_too_deep_is_left_out() -> None:
    deep: Any = "bottom"
    for _ in range(50):
        deep = [deep]
    assert "bottom" not in json.dumps(journal_data({"deep": deep}))


def test_what_goes_in_circles_comes_to_an_end() -> None:
    circle: dict[str, Any] = {}
    circle["again"] = [circle, circle]
    assert len(json.dumps(journal_data({"circle": circle}))) < 10_000


def test_much_is_cut() -> None:
    wide = {str(n): {str(m): "x" for m in range(1000)} for n in range(1000)}
    assert len(json.dumps(journal_data({"wide": wide}))) < 100_000


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=5), inside, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=5), _ANY, max_size=5))
def test_whatever_is_said_becomes_json_that_a_database_takes(data: dict[str, object]) -> None:
    said = json.dumps(journal_data(data), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in said
    said.encode("utf-8")


def test_the_time_line_tells_neither_nested_data_nor_check_sums() -> None:
    steps = [
        CallStep(AT, "start", {"did": "88005553535"}),
        CallStep(AT + timedelta(seconds=2), "route", {"queue": "moscow", "decision": {}, "wait_s": 0, "digest": "ab"}),
    ]
    assert time_line(fold("c", steps)) == [(0.0, "start", "did=88005553535"), (2.0, "route", "queue=moscow wait_s=0")]


@pytest.mark.parametrize(
    "number",
    ["112.233.445-95", "112\u00a0233\u00a0445\u00a095", "112–233–445–95", "4509 № 123456", "45/09/123456",
     "112_233_445_95", "１２３４５６７８９０１", "1\u200b1\u200b2\u200b2\u200b3\u200b3\u200b4\u200b4\u200b5"],
)  # fmt: skip
def test_identity_digits_are_masked_however_they_are_written(number: str) -> None:
    kept = masked_text(f"паспорт {number}, со слов")
    assert sum(c.isdecimal() for c in kept) == 4 and kept.endswith(", со слов")


@pytest.mark.parametrize("written", [
    "9, 2, 0, 8, 4, 1, 7, 0, 6, 3", '["9", "2", "0", "8", "4", "1", "7", "0", "6", "3"]', "9|2|0|8|4|1|7|0|6|3",
    "9208 номер 417063", "серия 92 08, номер 417063", "9208 number 417063", "9208: Номер № 417063",
])  # fmt: skip
def test_a_number_that_is_dictated_digit_by_digit_or_in_two_parts_is_masked(written: str) -> None:
    kept = masked_text(f"паспорт {written}, со слов")
    assert sum(c.isdecimal() for c in kept) == 4 and "со слов" in kept


@pytest.mark.parametrize(
    "text", ["п. 2: 4 5 0 9 1 2 3 4 5678", "вопрос 2: 1 1 2 2 3 3 4 4 595 00", "1, 2) 4508 123456"]
)
def test_a_lone_digit_before_a_number_uncovers_no_end_of_it(text: str) -> None:
    assert len(re.sub(r"\D", "", masked_text(text))) <= 4 + 2


@pytest.mark.parametrize("text", ["ошибки 404, 500, 503", "с 9:30 до 18:00, кабинеты 12, 15, 18, 20", "1, 2 и 3"])
def test_lists_of_small_numbers_stay(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize("text", ["с 01.11.2026 10:30 по 25.11.2026 12:00", "01.11.2026-25.11.2026", "2026-11-25"])
def test_dates_stay(text: str) -> None:
    assert masked_text(text) == text


def test_what_is_fit_for_the_journal_is_given_back_as_it_is() -> None:
    clean = journal_data({"caller": "+79161234567", "queue": "common"})
    assert journal_data(clean) is clean and clean == {"caller": "*******4567", "queue": "common"}


@pytest.mark.parametrize("before", [0, 1, 480, 489, 490, 491, 500, 600])
@pytest.mark.parametrize("number", ["123456789", "12 34 56 78 9", "1" * 30])
def test_no_length_of_a_text_lets_a_run_of_digits_through(before: int, number: str) -> None:
    for letter in ("a", "я"):
        text = letter * before + number
        # what is cut off may leave less than a run of it
        assert len(re.sub(r"\D", "", str(journal_data({"x": text})["x"]))) < 9
        assert len(re.sub(r"\D", "", masked_text(text))) <= 4
