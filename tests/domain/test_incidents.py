"""Which incident whom touches, what is said, and which words are refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.incidents import GENERAL_WORDS, Incident, IncidentFault, announced, checked, text_faults

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WORDS = "Сейчас на портале не открывается вход. Мы знаем об этом."
ALL = Incident("all", frozenset(), frozenset(), "notice", NOON, NOON, "anna", {"ru": WORDS})
SIGNIN = replace(ALL, id="signin", categories=frozenset({"signin"}), severity="outage")
EAST = replace(ALL, id="east", regions=frozenset({"25", "27"}), severity="serious")


def told(category: str, region: str, *incidents: Incident, at: datetime = NOON, heard: tuple[str, ...] = ()) -> str:
    found = announced(incidents or (ALL, SIGNIN, EAST), category, region, at, heard)
    return found.id if found else ""


def test_the_greatest_that_touches_the_caller_is_told_and_each_once() -> None:
    assert told("signin", "25") == "signin"
    assert told("signin", "25", heard=("signin",)) == "east"
    assert told("other", "25") == "east"
    assert told("other", "77") == told("other", "") == "all"
    assert told("other", "77", heard=("all",)) == ""


def test_of_equal_ones_the_one_for_fewer_is_told_then_the_newest() -> None:
    narrow = replace(SIGNIN, id="narrow", severity="notice")
    newer = replace(ALL, id="newer", starts_at=NOON + timedelta(minutes=1))
    later = NOON + timedelta(hours=1)
    assert told("signin", "77", ALL, newer, narrow, at=later) == "narrow"
    assert told("other", "77", ALL, newer, narrow, at=later) == "newer"


def test_it_is_told_from_its_start_until_it_is_ended_or_its_planned_end() -> None:
    planned = replace(ALL, starts_at=NOON, ends_at=NOON + timedelta(hours=2))
    moments = {-1: "planned", 0: "on", 119: "on", 120: "over"}
    for minutes, state in moments.items():
        at = NOON + timedelta(minutes=minutes)
        assert planned.state(at) == state
        assert told("other", "77", planned, at=at) == ("all" if state == "on" else "")
    ended = replace(planned, ended_at=NOON + timedelta(minutes=5))
    assert told("other", "77", ended, at=NOON + timedelta(minutes=6)) == ""


def test_other_words_are_another_sound_and_no_words_the_general_ones() -> None:
    assert ALL.sound("ru").startswith("incidents/all-") and ALL.sound("en") == GENERAL_WORDS
    assert replace(ALL, texts={"ru": WORDS + "!"}).sound("ru") != ALL.sound("ru")
    recorded = replace(ALL, recorded={"ru": "d1"})
    assert recorded.sound("ru") not in (ALL.sound("ru"), GENERAL_WORDS)


def check(incident: Incident) -> Incident:
    return checked(incident, ("ru", "en"), ("signin", "other"), ("25", "27", "77"))


def test_a_good_one_passes_with_its_texts_tidied() -> None:
    assert check(replace(ALL, texts={"ru": f"  {WORDS}\n", "en": " "})).texts == {"ru": WORDS}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"categories": frozenset({"weather"})}, "weather"),
        ({"regions": frozenset({"99"})}, "99"),
        ({"severity": "huge"}, "severity"),
        ({"ends_at": NOON}, "after the start"),
        ({"texts": {"tt": WORDS}}, "does not speak"),
        ({"texts": {}}, "write a text"),
        ({"texts": {"ru": "Сбой."}}, "characters"),
        ({"texts": {"ru": WORDS * 10}}, "characters"),
        ({"texts": {"ru": "Звоните по номеру 8 800 555 35 35, пожалуйста."}}, "in words"),
        ({"texts": {"ru": "Нажмите <break/> и подождите, пожалуйста."}}, "U+002F"),
        ({"texts": {"ru": "Подождите\u202eпожалуйста, мы чиним портал."}}, "U+202E"),
        ({"texts": {"ru": "... ... ... ... ... ..."}}, "no words"),
        ({"texts": {"ru": "服務暫時中斷請稍後再試謝謝您的耐心等候"}}, "U+"),
    ],
)
def test_what_cannot_be_announced_is_refused_with_the_reason(change: dict[str, object], word: str) -> None:
    with pytest.raises(IncidentFault) as fault:
        check(replace(ALL, **change))  # type: ignore[arg-type]
    assert word in str(fault.value)


@given(st.text(max_size=500))
def test_no_text_breaks_the_check_and_none_with_a_digit_or_a_control_character_passes(text: str) -> None:
    if not text_faults(text):
        assert text.isprintable() and not any(c.isdigit() for c in text) and 15 <= len(text) <= 400


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(IncidentFault) as fault:
        check(replace(ALL, severity="huge", texts={"ru": "1"}, regions=frozenset({"98", "99"})))  # type: ignore[arg-type]
    assert len(fault.value.faults) == 6
