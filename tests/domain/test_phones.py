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
        ("8101234567", "+78101234567"),  # Zaporozhye: ten digits, not the international prefix
        ("88101234567", "+78101234567"),
        ("004915112345678", "+4915112345678"),
        ("+89161234567", "+79161234567"),
        ("87011234567", "+77011234567"),
        ("86011234567", ""),
        ("8916123456", ""),
        ("79161234567890", ""),
        ("+12345678", ""),
        ("sip:+79161234567@192.0.2.1;user=phone", "+79161234567"),
        ('"89990000000" <sip:89161234567@trunk.example>', "+79161234567"),
        ("tel:+7-916-123-45-67;ext=12", "+79161234567"),
        ("sip:anonymous@anonymous.invalid", ""),
        ("8 495 123-45-67 доб. 12", "+74951234567"),
        ("84951234567x12", "+74951234567"),
        ("8 (495) 123-45-67 ext. 5", "+74951234567"),
        ("84951234567,,12", "+74951234567"),
        ("８９１６１２３４５６７", "+79161234567"),
        ("٨٩١٦١٢٣٤٥٦٧", "+79161234567"),
        ("8‑916‑123‑45‑67", "+79161234567"),
        ("user79161234567", ""),
        ("7+9161234567", ""),
        ("++79161234567", ""),
        ("anonymous", ""),
        ("unavailable", ""),
        ("", ""),
        ("+", ""),
        ("112", ""),
        ("+112", ""),
        ("+0123456", ""),
    ],
)
def test_a_number_is_brought_to_e164(given_: str, e164: str) -> None:
    assert to_e164(given_) == e164


_LIKELY = st.text(st.sampled_from("0123456789+ -()<>@;:,xsiptel.доб٣９\x00\ud800"), max_size=40)


@given(st.text(max_size=300) | _LIKELY)
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


@given(st.from_regex(r"[349][0-9]{9}", fullmatch=True), st.sampled_from(("+7", "8", "7", "")))
def test_every_way_of_writing_a_russian_number_gives_the_same(national: str, prefix: str) -> None:
    assert to_e164(prefix + national) == f"+7{national}"
