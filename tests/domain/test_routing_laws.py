"""What holds for every decision, whatever is asked."""

import json
import math
import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.datafiles import data_reader
from ivr.domain.calendar_load import load_calendars
from ivr.domain.queue_plan import Site
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.domain.regions import load_regions
from ivr.domain.route_words import REASONS
from ivr.domain.routing import (
    Decision,
    Router,
    RouteRequest,
    decision_data,
    decision_of,
    request_data,
    request_of,
)
from ivr.domain.whereabouts import CONFIDENCES, Place, Reason, local_time
from ivr.errors import DataError
from tests.domain.routes import WEDNESDAY, calendars, place, plan_of, regions, router_of, shipped

NAMES = shipped().plan.names
CATEGORIES = ("signin", "services", "recovery", "identity", "applications", "other")
#: Callers may be promised a call back for this one, and nobody works at night.
STRICT = router_of(
    """
[sites.omsk]
names = { ru = "Омск", en = "Omsk" }
region = "55"
zone = "Asia/Omsk"
serves = ["siberia"]
works_holidays = false
shifts = [{ days = "mon-fri", from = "09:00", to = "18:00", operators = 5 },
          { days = "fri", from = "22:00", to = "03:00", operators = 2 }]
[sites.tver]
names = { ru = "Тверь", en = "Tver" }
region = "69"
zone = "Europe/Moscow"
shifts = [{ days = "mon-sun", from = "10:00", to = "10:40", operators = 5 }]
[categories.recovery]
hours = [{ days = "mon-fri", from = "08:00", to = "12:00" }, { days = "mon-fri", from = "13:00", to = "20:00" }]
outside = "callback"
[queues.omsk]
site = "omsk"
categories = ["recovery", "signin"]
leave_before_s = 600
[queues.tver]
site = "tver"
languages = ["ru", "en"]
capacity = 2
[queues.common]
"""
)
figures = st.builds(
    lambda name, people, free, waiting, handle: QueueView(
        name, people, min(people, free), tuple(Waiting("c", n, WEDNESDAY) for n in range(1, waiting + 1)), handle
    ),
    st.sampled_from([*NAMES, "omsk", "tver"]),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 12),
    st.sampled_from([30.0, 180.0, 2000.0]),
)
boards = st.builds(
    lambda queues, fresh: BoardView({queue.name: queue for queue in queues}, fresh),
    st.lists(figures, max_size=12),
    st.booleans(),
)
places = st.one_of(
    st.sampled_from(sorted(regions().by_code)).map(place),
    st.builds(
        Place,
        st.sampled_from(["", "77", "99", "14"]),
        st.sampled_from(["Asia/Ust-Nera", "America/New_York", "Europe/Berlin", "Asia/Almaty", "no/zone", ""]),
        st.sampled_from(CONFIDENCES),
        st.just(Reason("place-foreign", {"region": "", "zone": "Europe/Berlin", "code": "+49", "territory": ""})),
        st.booleans(),
    ),
)
requests = st.builds(
    RouteRequest,
    places,
    st.sampled_from([*CATEGORIES, "", "odd"]),
    st.sampled_from(["ru", "en", "tt", "", "xx"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    boards,
    st.sampled_from([0, 0, 1]),
    st.booleans(),
    st.sampled_from(["", "", "moscow", "ural", "omsk", "common", "gone"]),
)
routers = st.sampled_from([shipped(), STRICT])


#: Days off of the shipped years that are worked in place of another: a Saturday for a Friday.
WORKED = {date(2027, 11, 13): 4}


def works(site: Site, at: datetime) -> bool:
    """Does a shift of the site run, holidays apart? By the clock on its wall, written without the calendars."""
    local = local_time(at, site.zone)
    minute = local.hour * 60 + local.minute

    def weekday(back: int) -> int:
        day = local.date() - timedelta(days=back)
        return day.weekday() if site.works_holidays else WORKED.get(day, day.weekday())

    return any(
        (weekday(0) in shift.days and shift.start <= minute < shift.end)
        or (weekday(1) in shift.days and minute + 1440 < shift.end)
        for shift in site.shifts
    )


def reasons_of(decision: Decision) -> list[Reason]:
    return [*decision.reasons, *(reason for candidate in decision.candidates for reason in candidate.reasons)]


@settings(max_examples=400, deadline=None)
@given(routers, requests)
def test_there_is_always_an_answer_and_it_ends_somewhere(router: Router, request: RouteRequest) -> None:
    found = router.decide(request)
    if found.kind in ("queue", "overflow"):
        *before, last = found.legs
        assert (last.queue, last.seconds) == ("common", 0)
        assert len(before) <= 2 and all(leg.seconds >= 30 for leg in before)
        assert found.opens is None and (found.kind == "queue") == (not before)
        assert len({leg.queue for leg in found.legs}) == len(found.legs)
    else:
        assert found.legs == () and (found.kind == "callback") == request.reachable
        assert found.opens is None or request.at < found.opens <= request.at + timedelta(days=14)
    assert {leg.queue for leg in found.legs} == {c.queue for c in found.candidates if c.taken}
    assert sorted(c.queue for c in found.candidates) == sorted(router.plan.names)
    assert found.reasons and all(c.reasons for c in found.candidates)
    assert not {"router-failed", "board-odd"} & {reason.id for reason in found.reasons}


@settings(max_examples=400, deadline=None)
@given(routers, requests)
def test_who_is_sent_somewhere_is_understood_there_and_leaves_before_the_shift_ends(
    router: Router, request: RouteRequest
) -> None:
    queues = {queue.name: queue for queue in router.plan.queues}
    at = request.at
    for leg in router.decide(request).legs[:-1]:
        rule, site = queues[leg.queue], router.plan.site_of(leg.queue)
        assert site is not None and leg.queue != request.leaving
        assert not rule.categories or request.category in rule.categories
        assert request.language in rule.languages
        assert works(site, at)
        at += timedelta(seconds=leg.seconds)
        assert works(site, at + timedelta(seconds=rule.leave_before_s) - timedelta(milliseconds=1))
        if request.board.fresh:
            view = request.board.queues[leg.queue]
            assert view.logged_in and not (rule.capacity and len(view.waiting) >= rule.capacity)


@settings(max_examples=300, deadline=None)
@given(requests)
@example(RouteRequest(place("01"), "signin", "ru", datetime(2027, 11, 13, tzinfo=UTC), BoardView()))
def test_an_opening_is_one_for_site_and_caller_alike(request: RouteRequest) -> None:
    empty = replace(request, board=BoardView({}, fresh=True))
    found = STRICT.decide(empty)
    assert found.kind in ("callback", "announcement")
    if found.opens is None:
        return
    assert any(works(site, found.opens) for site in STRICT.plan.sites.values())
    if request.category == "recovery":
        zone = request.place.zone if request.place.zone in ALL_ZONES else "Europe/Moscow"
        local = local_time(found.opens, zone)
        assert local.weekday() < 5 and (8 <= local.hour < 12 or 13 <= local.hour < 20)


ALL_ZONES = {zone for region in regions().by_code.values() for zone in region.zones} | {
    "America/New_York", "Europe/Berlin", "Asia/Almaty"}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(routers, requests)
def test_a_stored_question_has_the_same_answer_and_digest(router: Router, request: RouteRequest) -> None:
    stored = json.loads(json.dumps(request_data(request)))
    found, again = router.decide(request), router.decide(request_of(stored))
    assert again == found and len(found.digest) == 64 and set(found.digest) <= set(string.hexdigits)
    assert decision_of(json.loads(json.dumps(decision_data(found)))) == found


@settings(max_examples=300, deadline=None)
@given(
    requests,
    requests,
    st.sampled_from(["place", "category", "language", "at", "board", "priority", "reachable", "leaving"]),
)
def test_equal_digests_mean_equal_decisions(request: RouteRequest, other: RouteRequest, changed: str) -> None:
    near = replace(request, **{changed: getattr(other, changed)})
    first, second = shipped().decide(request), shipped().decide(near)
    if first.digest == second.digest:
        assert first == second
    if getattr(request, changed) != getattr(other, changed) and changed != "board":
        assert first.digest != second.digest


@settings(max_examples=150, deadline=None)
@given(requests, st.lists(st.integers(-3600 * 30, 3600 * 30), min_size=2, max_size=6))
def test_what_was_asked_before_does_not_matter(request: RouteRequest, seconds: list[int]) -> None:
    """The router keeps what it worked out; the clock may run on, jump or go back."""
    asked = [replace(request, at=request.at + timedelta(seconds=each)) for each in seconds]
    together = [STRICT.decide(each) for each in asked]
    assert together == [Router(STRICT.plan, calendars(), regions()).decide(each) for each in asked]
    assert together == [STRICT.decide(each) for each in asked]


@settings(max_examples=400, deadline=None)
@given(routers, requests)
def test_every_reason_has_its_data(router: Router, request: RouteRequest) -> None:
    for reason in reasons_of(router.decide(request)):
        assert REASONS[reason.id] <= set(reason.data), reason
        assert all(isinstance(value, str | int) for value in reason.data.values())


def test_the_digest_is_of_the_plan_too() -> None:
    text = "[queues.common]\n[sites.a]\nnames={ru='А',en='A'}\nregion='77'\nzone='Europe/Moscow'\n"
    text += "shifts=[{from='09:00',to='18:00',operators=%d}]\n[queues.a]\nsite='a'\n"
    request = RouteRequest(place("77"), "signin", "ru", WEDNESDAY)
    digests = {Router(plan_of(text % people), calendars(), regions()).decide(request).digest for people in (3, 3, 4)}
    assert len(digests) == 2


def test_the_digest_is_of_the_calendars_and_the_regions_too() -> None:
    plan, read = shipped().plan, data_reader(None)

    def other_year(name: str) -> str | None:
        found = read(name)
        return found and found.replace("to = 2026-03-09", "to = 2026-03-10") if name == "holidays.2026.toml" else found

    def other_office(name: str) -> str | None:
        found = read(name)
        return found and found.replace("14:00-18:00", "14:00-18:30") if name == "calendars.toml" else found

    moved = str(read("regions.csv")).replace("Asia/Kamchatka", "Asia/Magadan")
    digests = [
        Router(plan, which, where).digest
        for which, where in (
            (calendars(), regions()),
            (load_calendars(other_year), regions()),
            (load_calendars(other_office), regions()),
            (calendars(), load_regions(moved)),
        )
    ]
    assert len(set(digests)) == 4
    assert Router(plan, load_calendars(read), load_regions(str(read("regions.csv")))).digest == digests[0]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("at", "2026-11-25T00:00:00"), ("at", "noon"), ("at", 7), ("place", "77"), ("place", {"region": "77"}),
        ("board", [1]), ("board", {"common": [1, 1]}), ("board", {"common": [1, 1, 10**9, 180.0]}), ("leaving", None),
        ("category", 5), ("priority", "high"),
    ],
)  # fmt: skip
def test_a_stored_question_that_is_none_is_refused(key: str, wrong: object) -> None:
    stored = dict(request_data(RouteRequest(place("77"), "signin", "ru", WEDNESDAY)))
    assert request_of(stored).at == WEDNESDAY
    with pytest.raises(DataError, match="no stored question"):
        request_of({**stored, key: wrong})
    del stored[key]
    with pytest.raises(DataError, match="no stored question"):
        request_of(stored)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("kind", "hang up"), ("legs", [["common"]]), ("legs", None), ("opens", 3), ("legs", [["common", math.inf]]),
        ("legs", [["common", 10**300]]), ("opens", "9999-12-31T23:59:59-12:00"), ("opens", "0001-01-01T00:00:00+14:00"),
        ("reasons", [{"id": "leg", "data": {"queue": "common", "seconds": 10**400}}]),
    ],
)  # fmt: skip
def test_a_stored_decision_that_is_none_is_refused(key: str, wrong: object) -> None:
    stored = dict(decision_data(shipped().decide(RouteRequest(place("77"), "signin", "ru", WEDNESDAY))))
    with pytest.raises(DataError, match="no stored decision"):
        decision_of({**stored, key: wrong})


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1971-01-01T00:00:00+00:00"])
def test_a_stored_moment_that_no_calendar_reaches_is_refused(at: str) -> None:
    stored = dict(request_data(RouteRequest(place("77"), "signin", "ru", WEDNESDAY)))
    with pytest.raises(DataError, match="reach"):
        request_of({**stored, "at": at})


def test_a_stored_board_has_an_end() -> None:
    stored = dict(request_data(RouteRequest(place("77"), "signin", "ru", WEDNESDAY)))
    crowd = {"moscow": [1, 1, 60_000, 180], "common": [1, 1, 40_000, 180]}
    assert sum(len(q.waiting) for q in request_of({**stored, "board": crowd}).board.queues.values()) == 100_000
    crowd["ural"] = [1, 1, 1, 180]
    with pytest.raises(DataError, match="more than 100000 callers waiting"):
        request_of({**stored, "board": crowd})
    with pytest.raises(DataError, match="no stored question"):
        request_of({**stored, "board": {"moscow": [1, 1, 100_000, 180], "common": [1, 1, -100_000, 180]}})


def test_no_phone_number_and_no_channel_is_in_the_stored_question() -> None:
    waiting = (Waiting("PJSIP/alpha-0000001", 1, WEDNESDAY, "1700000000.1"),)
    view = BoardView({"common": QueueView("common", 2, 1, waiting, 200.0)}, fresh=True)
    stored = json.dumps(request_data(RouteRequest(place("77"), "signin", "ru", WEDNESDAY, view)))
    assert json.loads(stored)["board"] == {"common": [2, 1, 1, 200.0]}
    assert "PJSIP" not in stored and "1700000000" not in stored
