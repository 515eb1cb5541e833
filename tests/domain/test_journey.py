"""A call's journal as stretches of a time line and as sentences; its words are complete in both languages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import read_data
from ivr.domain.calls import CallStep, fold
from ivr.domain.contacts import Contact
from ivr.domain.journey import STRETCHES, steps, stretches
from ivr.domain.journey_words import JourneyWords, load_journey_words
from ivr.domain.queue_plan import load_queue_plan
from ivr.domain.regions import load_regions
from ivr.domain.route_words import load_route_words
from ivr.errors import DataError

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
LANGUAGES = ("ru", "en")


def step(after: float, kind: str, **data: object) -> CallStep:
    return CallStep(AT + timedelta(seconds=after), kind, data)  # type: ignore[arg-type]


USUAL = (
    step(0, "start", caller="*******4567", did="88005553535"),
    step(1, "step", step="menu/main"),
    step(6, "ask", step="menu/main", keys="1"),
    step(7, "route", queue="moscow", position=2, wait_s=60),
    step(7.2, "enqueue", queue="moscow", category="signin", ticket="12345674"),
    step(7.3, "waiting", queue="moscow", position="2"),
    step(8, "told", queue="moscow", position=2, wait_s=60),
    step(67, "answered", queue="moscow", operator="op-101", waited_s="60", rang_s="4"),
    step(90, "hold"),
    step(110, "unhold"),
    step(187, "talked", queue="moscow", seconds="120", reason="agent"),
    step(187, "end", reason="talked"),
    step(192, "rating", score=5),
    step(193, "end", reason="goodbye"),
)


def drawn(record_steps: tuple[CallStep, ...], *contacts: Contact) -> list[tuple[str, float, float | None]]:
    record = fold("1x1", record_steps)
    return [(s.kind, (s.begin - AT).total_seconds(), None if s.end is None else (s.end - AT).total_seconds())
            for s in stretches(record, contacts)]  # fmt: skip


def test_a_usual_call_is_menu_queue_ringing_talk_hold_and_rating() -> None:
    assert drawn(USUAL) == [
        ("menu", 0, 7.3),
        ("queue", 7.3, 63),
        ("ringing", 63, 67),
        ("talk", 67, 90),
        ("hold", 90, 110),
        ("talk", 110, 187),
        ("after", 187, 193),
    ]


def test_a_call_that_lasts_has_an_open_end() -> None:
    assert drawn(USUAL[:9])[-1] == ("hold", 90, None)


def test_a_caller_moved_to_the_next_queue_waits_twice() -> None:
    moved = (*USUAL[:6], step(30, "moved", **{"from": "moscow"}), step(30.5, "waiting", queue="common", position="1"),
             step(50, "abandoned", queue="common", waited_s="20"), step(50, "end", reason="abandoned"))  # fmt: skip
    assert drawn(moved) == [("menu", 0, 7.3), ("queue", 7.3, 30), ("menu", 30, 30.5), ("queue", 30.5, 50)]


def test_what_the_operator_wrote_after_the_talk_is_a_stretch_of_its_own() -> None:
    until = AT + timedelta(seconds=187)
    contact = Contact("1x1", "101", "", "signin", "ru", AT, talked_until=until, closed_at=until + timedelta(seconds=30))
    assert drawn(USUAL, contact)[-1] == ("writing", 187, 217)


@given(st.lists(st.tuples(st.sampled_from([s.kind for s in USUAL]), st.floats(-5, 500))))
def test_stretches_of_any_journal_have_no_gap_and_never_run_backwards(told: list[tuple[str, float]]) -> None:
    some = tuple(step(seconds, kind, rang_s="5") for kind, seconds in told)
    found = stretches(fold("1x1", some))
    assert all(each.end is None or each.end >= each.begin for each in found)
    assert all(each.kind in STRETCHES for each in found)
    assert all(each.end is not None for each in found[:-1])
    assert all(each.lasted is None or each.lasted >= timedelta(0) for each in steps(fold("1x1", some)))


@pytest.fixture(scope="module")
def words() -> Mapping[str, JourneyWords]:
    regions = load_regions(read_data("regions.csv", None))
    plan = load_queue_plan(read_data("queues.toml", None))
    return {
        language: load_journey_words(
            read_data(f"journey.{language}.toml", None),
            "here",
            load_route_words(read_data(f"route.{language}.toml", None), "here", language, plan, regions),
            {"menu/main": "Темы"},
        )
        for language in LANGUAGES
    }


def test_every_step_of_a_usual_call_is_a_sentence(words: Mapping[str, JourneyWords]) -> None:
    for language in LANGUAGES:
        for each in USUAL:
            said = words[language].say(each)
            assert not said.startswith(f"{each.kind} ") and "=" not in said and said != each.kind, said
    assert words["ru"].say(USUAL[1]) == "Звучит: Темы"
    assert words["en"].say(USUAL[7]) == "Operator 101 answered; he waited 1 min, the phone rang 4 s"
    assert words["ru"].say(USUAL[10]).endswith("2 мин; положил трубку оператор")


def test_what_is_not_known_is_told_as_data(words: Mapping[str, JourneyWords]) -> None:
    assert words["ru"].say(step(0, "novelty", what="x", deep={"a": 1})) == "novelty what=x"
    assert words["ru"].say(step(0, "moved")) == "moved"


def test_both_languages_have_words_for_the_same(words: Mapping[str, JourneyWords]) -> None:
    ru, en = words["ru"]._table, words["en"]._table
    for name in ("steps", "stretches", "columns"):
        assert ru[name].keys() == en[name].keys()
    assert {k: v.keys() for k, v in ru["values"].items()} == {k: v.keys() for k, v in en["values"].items()}
    assert all(_names(ru["steps"][kind]) == _names(en["steps"][kind]) for kind in ru["steps"])


def _names(sentence: str) -> set[str]:
    from ivr.domain.journey_words import _fields

    return _fields(sentence)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("steps = 3", "steps: is missing"),
        ("x = [", "is not TOML"),
        ("[steps]\na = 'b'", "values: must have"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(text: str, fault: str, words: Mapping[str, JourneyWords]) -> None:
    with pytest.raises(DataError, match=fault):
        load_journey_words(text, "journey.ru.toml", words["ru"]._route, {})


def test_a_format_in_braces_is_refused(words: Mapping[str, JourneyWords]) -> None:
    text = read_data("journey.ru.toml", None).replace("{score}", "{score:1000000}")
    with pytest.raises(DataError, match="rating"):
        load_journey_words(text, "journey.ru.toml", words["ru"]._route, {})
