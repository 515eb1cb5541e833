"""One line about a call says the same as its whole journal."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.call_summary import CallSummary, advance
from ivr.domain.calls import CallStep, fold

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
TEXT = st.sampled_from(["", "a", "b", "12345674"])
KINDS = [
    "start",
    "place",
    "language",
    "route",
    "enqueue",
    "ticket",
    "waiting",
    "answered",
    "talked",
    "abandoned",
    "end",
]
NAMES = ["did", "language", "category", "ticket", "queue", "region", "operator", "reason", "waited_s", "seconds"]
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), TEXT | st.none())), max_size=25
)


def summed(steps: list[CallStep]) -> CallSummary:
    return reduce(lambda line, step: advance(line, step.kind, step.data, step.at), steps, CallSummary())


@given(STEPS)
def test_it_says_what_the_fold_of_the_journal_says(told: list[tuple[str, dict[str, str | None]]]) -> None:
    steps = [CallStep(AT + timedelta(seconds=n), kind, data) for n, (kind, data) in enumerate(told)]
    line, record = summed(steps), fold("1x1", steps)
    for name in ("did", "language", "category", "ticket", "queue", "reason", "ended_at"):
        assert getattr(line, name) == getattr(record, name), name


def test_a_whole_call_in_one_line() -> None:
    steps = [
        ("start", {"caller": "*******4567", "did": "88005553535", "trunk": "a"}),
        ("place", {"region": "77", "zone": "Europe/Moscow"}),
        ("language", {"language": "ru"}),
        ("ticket", {"ticket": "12345674", "purpose": "operator", "category": "signin"}),
        ("waiting", {"queue": "moscow", "position": "2"}),
        ("answered", {"queue": "moscow", "operator": "op-101", "waited_s": "34"}),
        ("talked", {"queue": "moscow", "seconds": "120", "reason": "agent"}),
        ("end", {"reason": "talked"}),
        ("end", {"reason": "rated"}),
    ]
    line = summed([CallStep(AT + timedelta(minutes=n), kind, data) for n, (kind, data) in enumerate(steps)])
    assert line == CallSummary(
        "88005553535", "ru", "signin", "12345674", "moscow", "77", "op-101", "phone", "talked", 34, 120,
        AT + timedelta(minutes=5), AT + timedelta(minutes=8),
    )  # fmt: skip


def test_a_call_back_is_told_from_a_call() -> None:
    assert summed([CallStep(AT, "start", {"callback": "4f1c"})]).source == "callback"
    assert summed([CallStep(AT, "start", {"source": "browser"})]).source == "browser"
