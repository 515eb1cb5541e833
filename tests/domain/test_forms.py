"""Operators' forms: what is judged, what is kept, and that no identity digits are."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.forms import Form, FormField, fill
from ivr.domain.forms_file import read_forms
from ivr.domain.identity import KINDS
from ivr.errors import DataError
from ivr.flow.book import CATEGORIES

DATA = Path(__file__).parents[2] / "ivr" / "data"


def one(kind: str, required: bool = False, **more: object) -> Form:
    field = FormField("it", kind, {"ru": "Оно", "en": "It"}, required, **more)  # type: ignore[arg-type]
    return Form("f", {"ru": "Ф", "en": "F"}, (field,))


def test_shipped_forms_are_good_and_lay_one_out_for_every_category() -> None:
    forms = read_forms((DATA / "forms.toml").read_text("utf-8"), CATEGORIES)
    laid = {category for form in forms.values() for category in form.categories}
    assert laid == set(CATEGORIES)


@pytest.mark.parametrize(
    ("kind", "good", "kept"),
    [
        ("inn", "7707 083 893", "***93"),
        ("inn", "500100732259", "***59"),
        ("snils", "112-233-445 95", "***95"),
        ("oktmo", "45381000", "45381000"),
        ("passport", "45 09 123456", "***56"),
        ("money", "1500,50", "1500.50"),
        ("yes_no", "no", "no"),
        ("moment", "2026-11-25T09:00:00+03:00", "2026-11-25T09:00:00+03:00"),
        ("application", "77-АБ/123", "77-АБ/123"),
        ("line", " Chrome 120 ", "Chrome 120"),
        ("text", "карта 4276 1600 1234 5678", "карта ************5678"),
    ],
)
def test_what_is_good_is_kept_and_identity_digits_masked(kind: str, good: str, kept: str) -> None:
    assert fill(one(kind), {"it": good}).values == {"it": kept}


@pytest.mark.parametrize(
    ("kind", "bad", "why"),
    [
        ("inn", "7707083890", "check"),
        ("inn", "0000000000", "check"),
        ("inn", "77070838", "length"),
        ("inn", "77O7083893", "characters"),
        ("snils", "11223344500", "check"),
        ("snils", "00000000000", "check"),
        ("snils", "٠٠١٠٠١٩٩٩٦٥", "characters"),
        ("oktmo", "02381000", "unknown"),
        ("oktmo", "45281000", "unknown"),
        ("money", "-5", "form"),
        ("money", "1e9", "form"),
        ("yes_no", "maybe", "form"),
        ("moment", "2026-11-25T09:00:00", "form"),
        ("moment", "yesterday", "form"),
        ("application", "<script>", "form"),
        ("line", "a\nb", "form"),
        ("text", "я" * 2001, "long"),
    ],
)
def test_what_is_wrong_is_named_and_not_kept(kind: str, bad: str, why: str) -> None:
    filled = fill(one(kind), {"it": bad})
    assert filled.faults == {"it": why}
    assert filled.values == {}


def test_a_choice_takes_its_options_only() -> None:
    form = one("choice", options={"pdf": {"ru": "PDF", "en": "PDF"}})
    assert fill(form, {"it": "pdf"}).values == {"it": "pdf"}
    assert fill(form, {"it": "exe"}).faults == {"it": "form"}


def test_what_is_required_is_missed_unless_it_is_a_draft() -> None:
    assert fill(one("line", required=True), {"it": "  "}).faults == {"it": "missing"}
    assert fill(one("line", required=True), {}, draft=True).faults == {}


def test_a_field_that_the_form_does_not_have_is_a_fault() -> None:
    assert fill(one("line"), {"other": "x"}).faults == {"other": "unknown-field"}


@given(st.sampled_from(sorted(KINDS)), st.text("0123456789 -", max_size=16))
def test_no_kept_value_of_a_persons_document_has_more_than_two_digits(kind: str, text: str) -> None:
    for value in fill(one(kind), {"it": text}).values.values():
        assert kind == "oktmo" or sum(c.isdigit() for c in value) <= 2


@given(st.text(max_size=300) | st.text("0123456789 -()x", max_size=60))
def test_free_text_never_keeps_nine_digits_in_a_row(text: str) -> None:
    for value in fill(one("text"), {"it": text}).values.values():
        assert not re.search("[0-9]{9}", value)


def test_every_fault_of_a_file_is_named_at_once() -> None:
    text = """
    [forms.a]
    names = { ru = "А" }
    categories = ["cooking"]
    [forms.a.fields.x]
    kind = "magic"
    names = { ru = "Х", en = "X" }
    [forms.a.fields.y]
    kind = "choice"
    names = { ru = "Y", en = "Y" }
    """
    with pytest.raises(DataError) as told:
        read_forms(text, CATEGORIES)
    words = str(told.value)
    for part in ("forms.a.names: en: is missing", "'cooking'", "'magic'", "options: belong to a choice"):
        assert part in words
