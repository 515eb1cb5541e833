import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.phones import is_mobile, mobile, to_e164


@pytest.mark.parametrize(
    ("given_", "e164"),
    [
        ("89161234567", "+79161234567"),
        ("79161234567", "+79161234567"),
        ("9161234567", "+79161234567"),
        ("+7 (916) 123-45-67", "+79161234567"),
        ("88005553535", "+78005553535"),
        ("84951234567", "+74951234567"),
        ("78101234567", "+78101234567"),
        ("+78101234567", "+78101234567"),
        ("+77011234567", "+77011234567"),
        ("+76011234567", ""),
        ("+4915112345678", "+4915112345678"),
        ("8104915112345678", "+4915112345678"),
        ("anonymous", ""),
        ("", ""),
        ("112", ""),
        ("+0123456", ""),
    ],
)
def test_a_number_is_brought_to_e164(given_: str, e164: str) -> None:
    assert to_e164(given_) == e164


@given(st.text(max_size=40))
def test_any_text_gives_a_number_or_nothing(text: str) -> None:
    number = to_e164(text)
    assert number == "" or (number[0] == "+" and number[1:].isdigit() and number.isascii())
    assert number == "" or to_e164(number) == number


def test_only_russian_mobiles_can_receive_an_sms() -> None:
    assert is_mobile("+79161234567")
    assert not is_mobile("+74951234567")
    assert mobile("9161234567") == "+79161234567"
    assert mobile("4951234567") == ""
    assert mobile("916123") == ""
