"""Identity digits: their checks, and that they never show themselves."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.identity import IdentityDigits, fault

GOOD = {
    "snils": ["11223344595", "08765430300", "00100199965", "00100199800", "112-233-445 95"],
    "inn": ["7707083893", "7736207543", "7707049388", "500100732259", "123456789047"],
    "oktmo": ["45381000", "98614436101"],
    "passport": ["4509 123456"],
    "licence": ["9912 345678"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_good_numbers_have_no_fault(kind: str, text: str) -> None:
    assert fault(kind, IdentityDigits(text)) == ""


@pytest.mark.parametrize("text", ["11223344500", "00100199964", "00000000000"])
def test_a_snils_with_a_slip_is_found(text: str) -> None:
    assert fault("snils", IdentityDigits(text)) == "check"


@pytest.mark.parametrize("text", ["7707083890", "500100732258", "000000000000"])
def test_an_inn_with_a_slip_is_found(text: str) -> None:
    assert fault("inn", IdentityDigits(text)) == "check"


@given(st.text("0123456789", min_size=6, max_size=16))
def test_no_way_of_showing_it_shows_more_than_two_digits(digits: str) -> None:
    number = IdentityDigits(digits)
    record = logging.LogRecord("x", logging.INFO, "", 0, "told %s %r", (number, number), None)
    for shown in (str(number), repr(number), f"{number}", f"{number:>30}", record.getMessage(), str([number])):
        assert digits not in shown
        assert sum(c.isdigit() for c in f"{number}") <= 2


def test_equal_digits_are_equal_however_they_are_written() -> None:
    assert IdentityDigits("112-233-445 95") == IdentityDigits("11223344595")
