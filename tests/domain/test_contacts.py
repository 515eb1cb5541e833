"""A conversation written down: what is kept, what is lacking, and when it is closed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.contacts import Contact, ContactClosed, ContactFault, close, lacking, write
from ivr.domain.forms import Form, FormField

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
WORDS = {"ru": "Поле", "en": "Field"}
FORMS = {
    "payment": Form("payment", WORDS, (FormField("inn", "inn", WORDS), FormField("why", "text", WORDS, True))),
}
DEPARTMENTS = ("technical",)


def contact(**more: Any) -> Contact:
    return Contact("1x1", "101", "12345674", "signin", "ru", AT, **more)


def wrote(begun: Contact, **changes: object) -> Contact:
    return write(begun, changes, FORMS, DEPARTMENTS)


def test_it_is_closed_when_purpose_solution_and_protocol_number_are_there() -> None:
    begun = contact()
    assert lacking(begun, FORMS) == ("purpose", "solved", "protocol_said")
    full = wrote(begun, purpose="не может войти", solved="yes", protocol_said=True)
    assert close(full, AT, FORMS).closed_at == AT


def test_what_is_not_solved_must_be_passed_on() -> None:
    begun = wrote(contact(), purpose="сбой", solved="no", protocol_said=True)
    with pytest.raises(ContactFault) as told:
        close(begun, AT, FORMS)
    assert told.value.faults == {"passed_to": "missing"}
    assert close(wrote(begun, passed_to="technical"), AT, FORMS).passed_to == "technical"


def test_a_form_that_was_begun_must_be_whole() -> None:
    begun = wrote(contact(), purpose="p", solved="yes", protocol_said=True, forms={"payment": {"inn": "7707083893"}})
    assert lacking(begun, FORMS) == ("forms.payment.why",)
    assert lacking(wrote(begun, forms={"payment": {}}), FORMS) == ()


def test_an_inn_is_kept_masked_and_stays_when_the_page_sends_it_back() -> None:
    first = wrote(contact(), forms={"payment": {"inn": "7707083893"}})
    assert first.forms["payment"] == {"inn": "***93"}
    second = wrote(first, forms={"payment": {"inn": "***93", "why": "отказ"}})
    assert second.forms["payment"] == {"inn": "***93", "why": "отказ"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"solved": "maybe"}, "solved"),
        ({"passed_to": "nowhere"}, "passed_to"),
        ({"protocol_said": "yes"}, "protocol_said"),
        ({"purpose": "я" * 2001}, "purpose"),
        ({"purpose": 7}, "purpose"),
        ({"clarified": [["Caps Lock?", "perhaps"]]}, "clarified"),
        ({"clarified": [["x", "yes"]] * 31}, "clarified"),
        ({"clarified": 5}, "clarified"),
        ({"forms": {"nothing": {}}}, "forms.nothing"),
        ({"forms": {"payment": {"inn": "7707083890"}}}, "forms.payment.inn"),
        ({"forms": 3}, "forms"),
        ({"operator": "102"}, "operator"),
    ],
)
def test_what_cannot_be_kept_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ContactFault) as told:
        write(contact(), changes, FORMS, DEPARTMENTS)
    assert fault in told.value.faults


def test_a_closed_contact_stays_as_it_is() -> None:
    closed = close(wrote(replace(contact(), ticket=""), purpose="p", solved="yes"), AT, FORMS)
    with pytest.raises(ContactClosed):
        wrote(closed, note="later")
    with pytest.raises(ContactClosed):
        close(closed, AT, FORMS)


@given(st.dictionaries(st.sampled_from(["purpose", "note", "clarified", "solved", "forms", "passed_to"]),
                       st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())))  # fmt: skip
def test_nothing_that_a_page_may_send_ends_in_anything_but_a_contact_or_a_fault(changes: dict[str, object]) -> None:
    try:
        assert wrote(contact(), **changes).version == 2
    except ContactFault as told:
        assert told.faults
