"""What a citizen is told of his callback, by his own clock: Vladivostok is UTC+10, Moscow +3, Kaliningrad +2."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.domain.callbacks import Callback, CallbackEvent, apply, reschedule
from ivr.domain.notices import notice_fields, rendered, text_faults
from ivr.errors import DataError

NOON = datetime(2026, 11, 25, 2, 3, 40, tzinfo=UTC)
NEW = Callback(
    id="c1", number="+74232201234", service="88005553535", category="signin", queue="vladivostok", language="ru",
    region="25", zone="Asia/Vladivostok", ticket="", source="queue", virtual_start=NOON, created_at=NOON,
    window_from=NOON, window_to=NOON.replace(hour=3, minute=0, second=0), expires_at=NOON.replace(hour=10),
)  # fmt: skip


def test_the_window_is_told_by_his_own_clock_and_the_number_by_its_end() -> None:
    callback, event = apply(NEW, "confirm", NOON)
    told = notice_fields(callback, event)
    assert told == {
        "number": "1234", "day": "25.11", "from": "12:03", "to": "13:00", "until": "20:03 25.11", "offset": "+7",
    }  # fmt: skip


@pytest.mark.parametrize(("zone", "offset"), [("Europe/Moscow", ""), ("Europe/Kaliningrad", "-1")])
def test_his_clock_is_told_against_that_of_moscow(zone: str, offset: str) -> None:
    assert notice_fields(*apply(replace(NEW, zone=zone), "confirm", NOON))["offset"] == offset


def test_a_window_that_ends_on_another_day_says_so() -> None:
    # 23:40 to 00:30 there
    late = replace(NEW, window_from=NOON.replace(hour=13, minute=40), window_to=NOON.replace(hour=14, minute=30))
    told = notice_fields(*apply(late, "confirm", NOON))
    assert (told["day"], told["from"], told["to"]) == ("25.11", "23:40", "00:30 26.11")


def test_the_missed_window_is_told_and_not_the_one_that_takes_its_place() -> None:
    waiting, _ = apply(NEW, "confirm", NOON)
    told = notice_fields(*apply(waiting, "missed", NOON.replace(hour=3, minute=1)))
    assert (told["from"], told["to"], told["until"]) == ("12:03", "13:00", "20:03 25.11")


def test_a_moved_callback_is_told_with_its_new_window() -> None:
    waiting, _ = apply(NEW, "confirm", NOON)
    start, end = NOON.replace(hour=5, minute=0), NOON.replace(hour=5, minute=30)
    told = notice_fields(*reschedule(waiting, NOON, {"window_from": start, "window_to": end}))
    assert (told["from"], told["to"]) == ("15:00", "15:30")


TEXTS = {
    "callback-created": "Call *{number} {day} {from}-{to} (MSK{offset}).",
    "callback-failed": "Failed *{number}.",
    "callback-link": "Cancel: {link} .",
    "fraud": "Hang {up}.",
}


def test_words_are_filled_and_a_link_is_there_only_where_the_deployment_has_one() -> None:
    fields = notice_fields(NEW, CallbackEvent("c1", NOON, "confirm", "", "waiting"))
    plain = "Call *1234 25.11 12:03-13:00 (MSK+7)."
    assert rendered(TEXTS, "callback-created", fields) == plain
    assert rendered(TEXTS, "callback-created", fields, "https://x/c1") == f"{plain} Cancel: https://x/c1 ."
    # nothing is left to cancel
    assert rendered(TEXTS, "callback-failed", fields, "https://x/c1") == "Failed *1234."
    assert rendered(TEXTS, "fraud", {}) == "Hang {up}."


def test_a_text_that_cannot_be_filled_is_named() -> None:
    with pytest.raises(DataError, match="sms/callback-soon: has no text"):
        rendered(TEXTS, "callback-soon", {})
    with pytest.raises(DataError, match="sms/callback-failed: the message has no number"):
        rendered(TEXTS, "callback-failed", {})
    assert text_faults(TEXTS) == []
    (fault,) = text_faults({**TEXTS, "callback-failed": "{number} {name}"})
    assert fault.startswith("sms/callback-failed: {name} is none of its fields")
