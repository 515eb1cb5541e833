"""The rules of the router, one by one; what a decision looks like when things are not as planned."""

from dataclasses import replace
from datetime import datetime

import pytest

from ivr.domain.queues import BoardView, QueueView
from ivr.domain.routing import Leg
from tests.domain.routes import at, board, place, router_of
from tests.domain.small_plan import ALL, NOON, QUEUES, SITES, ask, reasons, way, why

# --- order -----------------------------------------------------------------------------------------------------------


def test_without_a_fresh_board_the_calendar_decides_and_equals_go_by_the_file() -> None:
    found = ask()
    assert found.kind == "overflow"
    assert found.legs == (Leg("west", 120), Leg("mid", 120), Leg("common", 0))
    assert "board-stale" in reasons(found) and why(found, "east") == ["near-clock", "site-open", "enough"]


def test_a_figure_of_a_board_that_is_not_fresh_counts_for_nothing() -> None:
    old = replace(board(mid=(5, 5, 0)), fresh=False)
    assert ask(board=old) == ask(board=BoardView())


@pytest.mark.parametrize(
    ("region", "first"),
    # 16 is mid's own region, 74 is nobody's: its clock is that of east, 63 an hour from all of them
    [("16", "mid"), ("74", "east"), ("77", "west"), ("66", "east"), ("63", "west"), ("25", "east"), ("39", "west")],
)
def test_own_region_then_nearest_clock(region: str, first: str) -> None:
    assert way(ask(region))[0] == first


def test_a_region_by_name_comes_before_its_district() -> None:
    named = SITES.replace('region = "66"', 'region = "66"\nserves = ["63"]').replace(
        'region = "16"', 'region = "16"\nserves = ["volga"]'
    )
    router = router_of(named + QUEUES)
    assert way(ask("63", router)) == ["east", "mid", "common"]
    assert way(ask("64", router)) == ["mid", "west", "common"]
    assert why(ask("63", router), "mid")[0] == "own-district" and why(ask("63", router), "east")[0] == "own-region"


def test_of_equally_near_queues_the_shorter_wait_then_more_free_people_then_the_file() -> None:
    busy = {**ALL, "west": (5, 0, 5), "mid": (5, 0, 2)}
    assert way(ask(board=board(**busy)))[:2] == ["mid", "west"]
    freer = {**ALL, "west": (5, 1, 0), "mid": (5, 4, 0)}
    assert way(ask(board=board(**freer)))[:2] == ["mid", "west"]
    assert way(ask(board=board(**ALL)))[:2] == ["west", "mid"]


def test_a_longer_wait_in_the_own_region_does_not_send_the_caller_away() -> None:
    assert way(ask("77", board=board(**{**ALL, "west": (5, 0, 9)})))[0] == "west"


def test_high_priority_goes_where_the_wait_is_shortest() -> None:
    # 180 s a call: west 5 waiting, 5 people: place 6 -> 216 s; mid 36 s; east 72 s; common 108 s
    figures = board(west=(5, 0, 5), mid=(5, 0, 0), east=(5, 0, 1), common=(5, 0, 2))
    found = ask("77", board=figures, priority=1)
    assert way(found) == ["mid", "east", "common"] and "priority-high" in reasons(found)
    assert way(ask("77", board=figures)) == ["west", "mid", "common"]
    idle = board(west=(5, 0, 5), mid=(5, 0, 3), east=(5, 0, 1), common=(5, 1, 0))
    assert ask("77", board=idle, priority=1).legs == (Leg("common", 0),)


# --- skill, language, hours ------------------------------------------------------------------------------------------


def test_a_queue_without_the_skill_or_the_language_is_passed_over() -> None:
    found = ask("77", category="applications")
    assert way(found) == ["east", "common"] and why(found, "west") == ["no-skill"]
    english = router_of(SITES + QUEUES.replace('site = "east"', 'site = "east"\nlanguages = ["en"]'))
    found = ask("77", english, language="en")
    assert way(found) == ["east", "common"] and why(found, "mid") == ["no-language"]


def test_a_language_that_nobody_speaks_goes_to_the_24_7_queue_with_that_reason() -> None:
    found = ask("77", language="tt")
    assert (found.kind, found.legs) == ("queue", (Leg("common", 0),))
    assert "language-nobody" in reasons(found) and reasons(found)[-1] == "leg-only"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"category": "no such"}, "category-unknown"),
        ({"place": replace(place("77"), region="", zone="Mars/Olympus")}, "zone-unknown"),
        ({"place": replace(place("77"), region="XX")}, "region-unknown"),
        ({"language": ""}, "language-nobody"),
    ],
)
def test_what_nobody_knows_still_gets_an_answer(more: dict[str, object], reason: str) -> None:
    found = ask("77", **more)
    assert reason in reasons(found) and way(found)[-1] == "common"


RECOVERY = """
[categories.recovery]
hours = [{ days = "mon-sun", from = "08:00", to = "20:00" }]
outside = "common"
"""


def test_a_category_has_hours_by_the_callers_clock() -> None:
    router = router_of(SITES + RECOVERY + QUEUES)
    # 19:30 in Yekaterinburg; a caller from there (+5) still may, one from Omsk (+6) may not
    moment = at("2026-11-25T19:30:00+05:00")
    assert way(ask("66", router, category="recovery", at=moment)) == ["east", "common"]
    late = ask("55", router, category="recovery", at=moment)
    assert way(late) == ["common"] and "category-common" in reasons(late) and why(late, "east") == ["out-of-hours"]


def test_outside_its_hours_a_category_may_be_called_back_in_the_callers_morning() -> None:
    router = router_of(SITES + RECOVERY.replace('"common"', '"callback"') + QUEUES)
    evening = at("2026-11-25T20:30:00+06:00")
    found = ask("55", router, category="recovery", at=evening, board=board(**ALL))
    assert (found.kind, found.legs) == ("callback", ())
    # 08:00 in Omsk is 07:00 in Yekaterinburg: east opens two hours later
    assert found.opens == at("2026-11-26T09:00:00+05:00")
    assert reasons(found)[-1] == "callback" and why(found, "common") == ["category-callback-only"]
    assert ask("55", router, category="recovery", at=evening, reachable=False).kind == "announcement"
    # in Vladivostok 08:00 comes when east is closed, and its 09:00 is 14:00 there
    far = ask("25", router, category="recovery", at=at("2026-11-25T20:30:00+10:00"))
    assert far.opens == at("2026-11-26T14:00:00+10:00")


def test_who_waits_when_the_hours_of_a_callback_category_end_goes_on_to_the_24_7_queue() -> None:
    router = router_of(SITES + RECOVERY.replace('"common"', '"callback"') + QUEUES)
    evening = at("2026-11-25T20:02:00+06:00")
    moved = ask("55", router, category="recovery", at=evening, leaving="east", board=board(**ALL))
    assert (moved.kind, moved.legs) == ("queue", (Leg("common", 0),))
    # not "until then there is only a call back"
    assert "category-common" in reasons(moved) and "category-callback" not in reasons(moved)
    nobody = ask("55", router, category="recovery", at=evening, leaving="east", board=board())
    assert nobody.kind == "callback"


def test_hours_may_begin_at_any_minute() -> None:
    odd = RECOVERY.replace('"08:00"', '"10:07"').replace('"20:00"', '"13:08"')
    router = router_of(SITES + odd + QUEUES)
    asked = [(minute, ask("66", router, category="recovery", at=at(f"2026-11-25T{minute}+05:00")))
             for minute in ("10:06", "10:07", "13:07", "13:08")]  # fmt: skip
    assert [(minute, way(found)[0]) for minute, found in asked] == [
        ("10:06", "common"), ("10:07", "east"), ("13:07", "east"), ("13:08", "common")]  # fmt: skip


def test_an_opening_just_before_a_site_closes_is_none() -> None:
    """East closes at 21:00; hours that begin at 20:56 leave it less than its five minutes."""
    late = RECOVERY.replace('"common"', '"callback"').replace('to = "20:00"', 'to = "23:00"')
    nine = at("2026-11-25T19:00:00+05:00")
    soon = router_of(SITES + late.replace('"08:00"', '"20:54"') + QUEUES)
    assert ask("66", soon, category="recovery", at=nine).opens == at("2026-11-25T20:54:00+05:00")
    never = router_of(SITES + late.replace('"08:00"', '"20:56"') + QUEUES)
    assert ask("66", never, category="recovery", at=nine).opens is None


def test_sites_work_by_their_own_clock() -> None:
    # 19:00 in Yekaterinburg, 17:00 in Moscow; then 18:30 in Moscow, 20:30 in Yekaterinburg
    assert way(ask("66", at=at("2026-11-25T17:00:00+03:00"))) == ["east", "west", "common"]
    found = ask("77", at=at("2026-11-25T18:30:00+03:00"))
    assert way(found) == ["east", "common"] and why(found, "west") == ["site-closed"]


# --- the board -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("figures", "reason"), [((0, 0, 0), "nobody-logged-in"), ((5, 0, 10), "queue-full")])
def test_a_queue_with_nobody_or_no_room_is_passed_over(figures: tuple[int, int, int], reason: str) -> None:
    found = ask("77", board=board(**{**ALL, "west": figures}))
    assert why(found, "west")[-1] == reason and way(found) == ["mid", "east", "common"]


def test_the_last_place_of_a_queue_can_be_had() -> None:
    assert way(ask("77", board=board(**{**ALL, "west": (5, 0, 9)})))[0] == "west"


def test_a_queue_that_the_board_does_not_know_has_nobody() -> None:
    assert why(ask("77", board=board(mid=(1, 1, 0), common=(1, 1, 0))), "west")[-1] == "nobody-logged-in"


@pytest.mark.parametrize(("handle_s", "first"), [(1800.0, "west"), (1801.0, "mid")])
def test_a_hopeless_wait_begins_above_the_limit(handle_s: float, first: str) -> None:
    figures = board(**ALL)
    slow = QueueView("west", 1, 0, (), handle_s)
    found = ask("77", board=replace(figures, queues={**figures.queues, "west": slow}))
    assert way(found)[0] == first


def test_the_24_7_queue_is_never_too_full() -> None:
    crowd = board(common=(1, 0, 500))
    assert ask("77", board=crowd).legs == (Leg("common", 0),)


def test_when_the_24_7_queue_is_empty_a_site_keeps_the_caller_until_it_closes() -> None:
    found = ask("77", board=board(west=(5, 0, 1)))
    # 12:00 to 18:00 less five minutes
    assert found.legs == (Leg("west", 6 * 3600 - 300), Leg("common", 0))
    assert "nobody-logged-in" in why(found, "common")


def test_a_long_wait_is_better_than_nobody() -> None:
    slow = BoardView({"mid": QueueView("mid", 1, 0, (), 4000.0), "west": QueueView("west", 1, 0, (), 3000.0)}, True)
    found = ask("77", board=slow)
    assert way(found) == ["west", "mid", "common"] and "long-wait-only" in reasons(found)


def test_with_nobody_anywhere_the_call_is_returned_when_a_site_opens_again() -> None:
    nobody = board(common=(0, 0, 0))
    found = ask("77", board=nobody)
    # the sites are planned to work now, but nobody came: the next opening is tomorrow, east first
    assert (found.kind, found.opens) == ("callback", at("2026-11-26T09:00:00+05:00"))
    assert {c.taken for c in found.candidates} == {False} and why(found, "common") == ["nobody-logged-in"]
    assert ask("77", board=nobody, reachable=False).kind == "announcement"
    # on Friday evening the next site is the one that works at the weekend
    friday = ask("77", board=nobody, at=at("2026-11-27T22:00:00+03:00"))
    assert friday.opens == at("2026-11-28T09:00:00+05:00")
    # who must be spoken to by those who know fees, too
    assert ask("77", board=nobody, category="applications").opens == at("2026-11-26T09:00:00+05:00")


def test_an_opening_further_away_than_two_weeks_is_not_promised() -> None:
    holidays = (
        SITES[: SITES.index("[sites.mid]")].replace("mon-fri", "thu").replace('"77"', '"77"\nworks_holidays = false')
    )
    router = router_of(holidays + '[queues.west]\nsite = "west"\n[queues.common]\n')
    nobody = board(common=(0, 0, 0))
    # Thursdays off: 31 December is one by decree, 7 January a holiday; the next is the 14th
    found = ask("77", router, board=nobody, at=at("2026-12-24T18:30:00+03:00"))
    assert (found.kind, found.opens, reasons(found)[-1]) == ("callback", None, "callback-unknown")
    found = ask("77", router, board=nobody, at=at("2027-01-02T12:00:00+03:00"))
    assert found.opens == at("2027-01-14T09:00:00+03:00")


@pytest.mark.parametrize("odd", [{"queues": None}, {"queues": {"west": None, "common": 7}}, {"queues": [1]}])
def test_a_board_that_makes_no_sense_is_not_looked_at(odd: dict[str, object]) -> None:
    found = ask("77", board=BoardView(**odd, fresh=True))  # type: ignore[arg-type]
    assert way(found)[0] == "west" and "router-failed" not in reasons(found)


@pytest.mark.parametrize("broken", [{"at": "now"}, {"place": None}, {"at": datetime.max.replace(tzinfo=NOON.tzinfo)}])
def test_whatever_is_asked_the_24_7_queue_answers(broken: dict[str, object]) -> None:
    found = ask("77", **broken)
    assert found.legs[-1] == Leg("common", 0) and found.candidates and found.reasons
