"""The file of call centres and queues: what it says, and every fault in it named at once."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.queue_plan import GENERAL, QueuePlan, load_queue_plan
from ivr.domain.regions import load_regions
from ivr.errors import DataError

DATA = Path(__file__).parents[2] / "ivr" / "data"
SMALL = """
[sites.omsk]
names = { ru = "Омск", en = "Omsk" }
region = "55"
zone = "Asia/Omsk"
serves = ["siberia", "86"]
shifts = [
  { days = "fri-mon", from = "20:00", to = "08:00", operators = 3 },
  { days = "wed", from = "00:00", to = "24:00", operators = 5 },
]
[categories.recovery]
hours = [{ days = "mon-sun", from = "08:00", to = "20:00" }]
outside = "callback"
[defaults]
overflow_s = 90
[queues.omsk]
site = "omsk"
categories = ["recovery"]
[queues.common]
"""


@pytest.fixture(scope="module")
def shipped() -> QueuePlan:
    return load_queue_plan((DATA / "queues.toml").read_text("utf-8"))


def test_a_shift_past_midnight_and_one_round_the_week() -> None:
    night, whole = load_queue_plan(SMALL).sites["omsk"].shifts
    assert (night.days, night.start, night.end, night.operators) == ({4, 5, 6, 0}, 1200, 1920, 3)
    assert (whole.days, whole.start, whole.end) == ({2}, 0, 1440)


def test_what_the_file_says_arrives() -> None:
    plan = load_queue_plan(SMALL)
    omsk, common = plan.queues
    assert (omsk.site, omsk.categories, omsk.overflow_s, omsk.hopeless_s) == ("omsk", ("recovery",), 90, 1800)
    assert (common.name, common.site, common.leave_before_s, common.answer_in_s) == (GENERAL, "", 300, 20)
    assert plan.sites["omsk"].serves == {"siberia", "86"}
    assert plan.categories["recovery"].outside == "callback"
    assert plan.categories["recovery"].shifts[0].start == 480
    assert plan.site_of("omsk") is plan.sites["omsk"] and plan.site_of("common") is plan.site_of("nobody") is None


def test_who_is_rung_first_for_a_callback_is_said_for_a_queue_or_for_all() -> None:
    assert load_queue_plan(SMALL).agent_first == frozenset()
    one = SMALL.replace("[queues.omsk]\n", '[queues.omsk]\ncallback = "agent_first"\n')
    assert load_queue_plan(one).agent_first == {"omsk"}
    every = SMALL.replace("[defaults]\n", '[defaults]\ncallback = "agent_first"\n')
    assert load_queue_plan(every).agent_first == {"omsk", GENERAL}


FAULTS = {
    'categories = ["recovery"]': (
        'callback = "operator"',
        "queues.omsk: callback: 'operator' is not one of customer_first, agent_first",
    ),
    'site = "omsk"': ('site = "tomsk"', "queues.omsk: site: 'tomsk' is none of omsk"),
    'region = "55"': ("region = 55", "sites.omsk: region: 55 is not a text in quotes"),
    "Asia/Omsk": ("Asia/omsk", "sites.omsk: zone: 'Asia/omsk' is not an IANA time zone"),
    '"siberia"': ('"sibiria"', "sites.omsk: serves: 'sibiria' is neither the two-digit code"),
    '"20:00", to = "08:00"': ('"20:00", to = "8:00"', "sites.omsk.shifts[1]: to: '8:00' is not a time of day"),
    "fri-mon": ("fri-mo", "sites.omsk.shifts[1]: days: 'fri-mo' is not written as"),
    "operators = 5": ("operators = 0", "sites.omsk.shifts[2]: operators: 0 is not a whole number of 1 to 10000"),
    'outside = "callback"': (
        'outside = "never"',
        "categories.recovery: outside: 'never' is not one of common, callback",
    ),
    "overflow_s = 90": ("overflow_s = 5\nsites = 1", "defaults: sites: unknown; known are "),
    'en = "Omsk"': ('fr = "Omsk"', "sites.omsk: names: has no en"),
    "[queues.common]": ("[queues.general]", "queues.common: is missing"),
    "[queues.omsk]": ("[queues.Omsk]", "queues.Omsk: a name is up to 20 small letters"),
    "[defaults]": ("[default]", "default: unknown; known are defaults, sites, categories, queues"),
}


@pytest.mark.parametrize("right", FAULTS)
def test_a_fault_is_named_with_its_place(right: str) -> None:
    wrong, words = FAULTS[right]
    assert SMALL.count(right) == 1
    with pytest.raises(DataError, match=r"^my\.toml: .*") as caught:
        load_queue_plan(SMALL.replace(right, wrong), "my.toml")
    assert words in str(caught.value)


def test_no_queue_may_be_served_before_common() -> None:
    fault = r"^queues\.toml: queues\.common: weight: is 10, that of omsk 11; [^\n]*$"
    with pytest.raises(DataError, match=fault):
        load_queue_plan(SMALL.replace('site = "omsk"', 'site = "omsk"\nweight = 11'))
    assert load_queue_plan(SMALL.replace('site = "omsk"', 'site = "omsk"\nweight = 10')).names == ("omsk", "common")


def test_all_faults_are_named_at_once() -> None:
    text = SMALL
    for right, (wrong, _) in FAULTS.items():
        text = text if right in ("[defaults]", "[queues.omsk]", 'site = "omsk"') else text.replace(right, wrong)
    with pytest.raises(DataError) as caught:
        load_queue_plan(text)
    told = str(caught.value)
    for words in (
        "region:",
        "zone:",
        "serves:",
        "shifts[1]: to:",
        "days:",
        "operators:",
        "outside:",
        "names:",
        "defaults: sites:",
        "Asterisk's own",
        "queues.general: site: is missing",
        "common: is missing",
    ):
        assert words in told, words  # fmt: skip


def test_a_site_has_one_queue_and_every_site_has_one() -> None:
    with pytest.raises(DataError, match=r"queues\.tomsk: site: omsk has the queue omsk already"):
        load_queue_plan(f'{SMALL}[queues.tomsk]\nsite = "omsk"\n')
    with pytest.raises(DataError, match=r"sites\.omsk: has no queue; add \[queues\.omsk\]"):
        load_queue_plan(SMALL[: SMALL.index("[queues.omsk]")] + "[queues.common]\n")
    with pytest.raises(DataError, match=r"queues\.common: is the 24/7 queue of everybody"):
        load_queue_plan(f'{SMALL}categories = ["recovery"]\n')


@given(st.text())
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with pytest.raises(DataError, match=r"^queues\.toml: "):
        load_queue_plan(text)


def test_the_shipped_sites_reach_from_kaliningrad_to_kamchatka(shipped: QueuePlan) -> None:
    regions = load_regions((DATA / "regions.csv").read_text("utf-8")).by_code
    for site in shipped.sites.values():
        assert regions[site.region].zone == site.zone, site.id
        assert {place for place in site.serves if place.isdigit()} <= set(regions)
    served = {place for site in shipped.sites.values() for place in site.serves}
    assert {region.district for region in regions.values()} <= served
    assert len(shipped.sites) >= 7 and {"39", "77", "16", "66", "54", "25", "41"} <= {
        site.region for site in shipped.sites.values()
    }


def test_the_shipped_queues(shipped: QueuePlan) -> None:
    queues = {queue.name: queue for queue in shipped.queues}
    assert all(re.fullmatch(r"[a-z][a-z0-9]{0,19}", name) for name in queues)
    assert queues["kazan"].languages == ("ru", "tt")
    assert [name for name, queue in queues.items() if "en" in queue.languages] == [
        "kaliningrad", "moscow", "vladivostok", "experts"]  # fmt: skip
    assert queues["experts"].categories == ("recovery",)
    assert any(shift.end > 1440 for site in shipped.sites.values() for shift in site.shifts)
    assert sum(len(site.shifts) > 1 for site in shipped.sites.values()) > 1


def test_somebody_is_planned_at_every_quarter_of_the_week(shipped: QueuePlan) -> None:
    """The 24/7 queue has no people of its own: it is answered by whoever is on shift somewhere."""
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for quarter in range(7 * 96):
        at = start + timedelta(minutes=15 * quarter)
        on_shift = [
            site.id
            for site in shipped.sites.values()
            for shift in site.shifts
            for local in (at.astimezone(ZoneInfo(site.zone)),)
            for day, minute in ((local.weekday(), 0), ((local.weekday() - 1) % 7, 1440))
            if day in shift.days and shift.start <= minute + local.hour * 60 + local.minute < shift.end
        ]
        assert [site for site in on_shift if site != "experts"], f"nobody at {at}"
