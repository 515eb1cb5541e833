"""Which number may be called back: a table made from the numbering plan, and laws that hold for any text."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain import callback_numbers
from ivr.domain.callback_numbers import REFUSALS, CallbackNumber, CallbackNumbers
from ivr.domain.regions import load_regions

DATA = Path(callback_numbers.__file__).parent.parent / "data"
REGIONS = load_regions((DATA / "regions.csv").read_text("utf-8"))
AREA_CODES = sorted(REGIONS.by_area_code)
NUMBERS = CallbackNumbers(["88005553535", "+7 495 777-00-00"], AREA_CODES)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9161234567", "+79161234567"),
        ("89161234567", "+79161234567"),
        ("+7 (916) 123-45-67", "+79161234567"),
        ("4951234567", "+74951234567"),
        ("8 4012 12-34-56", "+74012123456"),
        ("8101234567", "+78101234567"),
        ("+78101234567", "+78101234567"),
        ("3361234567", "+73361234567"),
        ("8781234567", "+78781234567"),
    ],
)
def test_russian_fixed_lines_and_mobiles_may_be_called(text: str, number: str) -> None:
    assert NUMBERS.judge(text) == CallbackNumber(number)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "withheld"),
        ("anonymous", "withheld"),
        ("88005553535", "own"),
        ("+78005553535", "own"),
        ("4957770000", "own"),
        ("112", "short"),
        ("02", "short"),
        ("900", "short"),
        ("1234567", "short"),
        ("916123456", "short"),
        ("88001002030", "toll-free"),
        ("8042000600", "toll-free"),
        ("8092000600", "premium"),
        ("8032000600", "premium"),
        ("8012000600", "service"),
        ("8082000600", "service"),
        ("+77011234567", "foreign"),
        ("87011234567", "foreign"),
        ("7011234567", "foreign"),
        ("+76001234567", "invalid"),
        ("6001234567", "foreign"),
        ("+78401234567", "foreign"),
        ("9401234567", "foreign"),
        ("+79407001020", "foreign"),
        ("8502123456", "foreign"),
        ("89982123456", "foreign"),
        ("9541011234", "premium"),
        ("+4930123456", "foreign"),
        ("810493012345678", "foreign"),
        ("+375291234567", "foreign"),
        ("1234567890", "invalid"),
        ("8888888888", "invalid"),
        ("3001234567", "invalid"),
        ("4001234567", "invalid"),
        ("7916123456", "invalid"),
        ("8916123456", "invalid"),
        ("+791612345678", "invalid"),
    ],
)
def test_every_other_number_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert NUMBERS.judge(text) == CallbackNumber(refused=reason)


@pytest.mark.parametrize("code", AREA_CODES)
def test_every_area_code_of_every_region_may_be_called(code: str) -> None:
    number = f"+7{code}{'2345678'[: 10 - len(code)]}"
    assert NUMBERS.judge(number) == CallbackNumber(number)


def test_the_own_number_is_refused_only_where_it_is_the_own_one() -> None:
    assert CallbackNumbers([], AREA_CODES).judge("4957770000") == CallbackNumber("+74957770000")


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\+?[0-9 ()-]{0,20}", fullmatch=True)))
def test_whatever_is_told_is_a_dialable_number_or_a_known_reason(text: str) -> None:
    judged = NUMBERS.judge(text)
    assert bool(judged.number) != bool(judged.refused)
    if judged.number:
        assert re.fullmatch(r"\+7[3489][0-9]{9}", judged.number)
        assert not judged.number.startswith(("+780", "+7840", "+7850", "+7940", "+7954", "+7998"))
        assert NUMBERS.judge(judged.number) == judged
    else:
        assert judged.refused in REFUSALS


@given(st.from_regex(r"9[0-9]{9}", fullmatch=True).filter(lambda digits: digits[:3] not in ("940", "954", "998")))
def test_a_mobile_number_is_the_same_however_it_is_written(digits: str) -> None:
    spelled = (digits, f"8{digits}", f"7{digits}", f"+7{digits}", f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:]}")
    assert {NUMBERS.judge(text).number for text in spelled} == {f"+7{digits}"}
