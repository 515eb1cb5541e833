"""What a figure says of itself is how it is worked out."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.metrics import METRICS, Metric, figures
from ivr.domain.queue_counts import QUEUE_FIELDS

#: Of callbacks: counts of their funnel.
_FUNNEL = ("dialled", "human", "kept", "broken")
_COUNTED = [metric for metric in METRICS.values() if metric.numbers and metric.id != "expected"]
counts = st.dictionaries(st.sampled_from([*QUEUE_FIELDS, *_FUNNEL]), st.integers(0, 1000))


@pytest.mark.parametrize("metric", _COUNTED, ids=lambda metric: metric.id)
@settings(max_examples=30)
@given(told=counts)
def test_the_formula_shown_with_its_numbers_gives_the_figure(metric: Metric, told: dict[str, float]) -> None:
    names = re.findall(r"\{(\w+)\}", metric.numbers)
    assert set(names) <= {*QUEUE_FIELDS, *_FUNNEL}
    shown = metric.numbers.replace("−", "-").replace("×", "*").format(**{name: told.get(name, 0) for name in names})
    found = metric.of(told)
    if found is None:
        above, _, below = shown.rpartition("/")
        assert above and eval(below) <= 0
    else:
        assert found == pytest.approx(eval(shown))


def test_every_figure_has_a_name_and_a_formula_in_both_languages() -> None:
    for metric in METRICS.values():
        assert metric.names.keys() == metric.formula.keys() == {"ru", "en"}, metric.id
        assert all(metric.names.values()) and all(metric.formula.values()), metric.id


def test_with_nothing_counted_no_share_is_said() -> None:
    found = figures({})
    silent = {id for id, value in found.items() if value is None}
    assert silent >= {"service_level", "abandon_rate", "asa", "p90", "aht", "occupancy"}
    assert found["offered"] == 0


def test_nine_of_ten_answered_callers_waited_no_longer() -> None:
    assert METRICS["p90"].of({"wait_5": 89, "wait_10": 1, "wait_600": 10}) == 10
    assert METRICS["p90"].of({"wait_5": 1, "wait_more": 1}) is None
