"""Fixed and mobile numbers of the whole country, hour by hour, against a table worked out by hand."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.domain.locate import Locator
from ivr.domain.numbering import PlanBuilder
from ivr.domain.routing import RouteRequest
from ivr.domain.territories import TerritoryNames
from tests.domain.routes import WEDNESDAY, at, place, regions, shipped

TABLE = tomllib.loads((Path(__file__).parent / "route_table.toml").read_text("utf-8"))["group"]
NUMBERS = [(group, *line) for group in TABLE for line in group["numbers"]]


@pytest.fixture(scope="module")
def locator() -> Locator:
    """Knows the mobile numbers of the table: ten thousand around each."""
    names, builder = TerritoryNames(regions()), PlanBuilder()
    for national, words in sorted((int(mobile[2:]), words) for _, _, _, mobile, words in NUMBERS):
        start = national // 10_000 * 10_000
        builder.add(start, start + 9_999, builder.number_of(names.territory(words)))
    return Locator(regions(), builder.plan(), "77")


def spread(text: str) -> list[str]:
    """The queue of each hour, from "00-02 one, 02-24 other"."""
    hours: list[str] = []
    for part in text.split(", "):
        span, queue = part.split(" ")
        start, end = (int(hour) for hour in span.split("-"))
        assert start == len(hours), f"{text}: a gap or an overlap at {start}"
        hours += [queue] * (end - start)
    assert len(hours) == 24
    return hours


def within(span: str) -> list[bool]:
    start, end = (int(hour) for hour in span.split("-"))
    return [start <= hour < end if start < end else hour >= start or hour < end for hour in range(24)]


def test_the_table_is_of_the_whole_country() -> None:
    assert len({region for _, region, *_ in NUMBERS}) == len(NUMBERS) >= 40
    assert {regions().by_code[region].district for _, region, *_ in NUMBERS} == {
        "central", "northwest", "south", "caucasus", "volga", "ural", "siberia", "fareast"}  # fmt: skip


@pytest.mark.parametrize(("group", "region", "fixed", "mobile", "words"), NUMBERS, ids=[n[1] for n in NUMBERS])
def test_every_hour_goes_to_the_queue_of_the_table(
    locator: Locator, group: dict[str, str], region: str, fixed: str, mobile: str, words: str
) -> None:
    expected = spread(group["first"])
    specialists = ["experts" if callable_ else "common" for callable_ in within(group["recovery"])]
    for number, confidence in ((fixed, "fixed"), (mobile, "mobile")):
        found = locator.place(number)
        assert (found.region, found.confidence) == (region, confidence)
        for category, queues in (("signin", expected), ("recovery", specialists)):
            first = [
                shipped()
                .decide(RouteRequest(found, category, "ru", WEDNESDAY + timedelta(hours=hour, minutes=15)))
                .legs[0]
                for hour in range(24)
            ]
            assert [leg.queue for leg in first] == queues, (number, category, group["why"])


@pytest.mark.parametrize(
    ("region", "language", "first"),
    [
        # kaliningrad 06-20, moscow 04-19, vladivostok 22-10 speak English; all others do not
        ("25", "en", "00-10 vladivostok, 10-19 moscow, 19-20 kaliningrad, 20-22 common, 22-24 vladivostok"),
        ("61", "en", "00-04 vladivostok, 04-19 moscow, 19-20 kaliningrad, 20-22 common, 22-24 vladivostok"),
        # Tatar is spoken in kazan alone
        ("41", "tt", "00-05 common, 05-17 kazan, 17-24 common"),
        ("16", "tt", "00-05 common, 05-17 kazan, 17-24 common"),
        ("16", "ba", "00-24 common"),
    ],
)
def test_a_language_is_served_where_it_is_spoken(region: str, language: str, first: str) -> None:
    told = [
        shipped().decide(RouteRequest(place(region), "other", language, WEDNESDAY + timedelta(hours=hour, minutes=15)))
        for hour in range(24)
    ]
    assert [decision.legs[0].queue for decision in told] == spread(first)
    assert all(decision.legs[-1].queue == "common" for decision in told)


def test_kazan_is_closed_on_holidays_and_moscow_is_not() -> None:
    day_of_unity = at("2026-11-04T12:15:00+03:00")

    def first(region: str) -> str:
        return shipped().decide(RouteRequest(place(region), "signin", "ru", day_of_unity)).legs[0].queue

    assert (first("77"), first("16")) == ("moscow", "moscow")
