"""Where a caller is, with what is kept for the number; a database that is away costs nobody his call."""

import asyncio
from array import array

import pytest

from ivr.datafiles import read_data
from ivr.domain.numbering import NumberingPlan, Territory
from ivr.domain.regions import Regions, load_regions
from ivr.domain.whereabouts import KnownPlace
from ivr.errors import DataError
from ivr.services.whereabouts import Locators, Whereabouts
from ivr.testing import NOON, MemoryPlaces

MOBILE = "+79162345678"


def plan_of(region: str) -> NumberingPlan:
    """Every mobile number is of `region`."""
    return NumberingPlan(array("Q", [9 * 10**9]), array("Q", [10**10 - 1]), array("H", [0]), [Territory("", (region,))])


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions(read_data("regions.csv", None))


@pytest.fixture
def places() -> MemoryPlaces:
    return MemoryPlaces()


@pytest.fixture
def whereabouts(regions: Regions, places: MemoryPlaces) -> Whereabouts:
    return Whereabouts(places, Locators(regions, lambda: None, "77"))


async def test_the_number_tells_while_nothing_is_kept(whereabouts: Whereabouts) -> None:
    place = await whereabouts.of("+74152345678")
    assert (place.region, place.confidence) == ("41", "fixed")


async def test_what_the_caller_chose_is_kept_until_forgotten(whereabouts: Whereabouts, places: MemoryPlaces) -> None:
    assert await whereabouts.keep(MOBILE, "25", NOON)
    assert places.places == {MOBILE: KnownPlace("25", "chosen", NOON)}
    place = await whereabouts.of(MOBILE)
    assert (place.region, place.zone, place.confidence) == ("25", "Asia/Vladivostok", "chosen")
    assert await whereabouts.forget(MOBILE)
    assert (await whereabouts.of(MOBILE)).confidence == "none"
    assert await whereabouts.forget(MOBILE)


async def test_a_card_counts_until_the_caller_chooses(whereabouts: Whereabouts, places: MemoryPlaces) -> None:
    await places.keep(MOBILE, KnownPlace("16", "card", NOON))
    assert (await whereabouts.of(MOBILE)).confidence == "card"
    await whereabouts.keep(MOBILE, "25", NOON)
    await places.keep(MOBILE, KnownPlace("16", "card", NOON))
    assert (await whereabouts.of(MOBILE)).region == "25"


async def test_a_caller_without_a_number_is_placed_but_nothing_is_kept(
    whereabouts: Whereabouts, places: MemoryPlaces
) -> None:
    assert (await whereabouts.of("")).reason.id == "place-withheld"
    assert not await whereabouts.keep("", "25", NOON)
    assert await whereabouts.forget("")
    assert places.places == {}


async def test_a_region_that_there_is_not_is_never_kept(whereabouts: Whereabouts, places: MemoryPlaces) -> None:
    assert not await whereabouts.keep(MOBILE, "00", NOON)
    assert places.places == {}


def test_a_region_chosen_in_the_call_counts_at_once(whereabouts: Whereabouts) -> None:
    place = whereabouts.chosen("41")
    assert (place.region, place.zone, place.confidence) == ("41", "Asia/Kamchatka", "chosen")
    assert whereabouts.chosen("14", "+74115723456").zone == "Asia/Srednekolymsk"


async def test_a_database_that_is_away_is_passed_over(
    whereabouts: Whereabouts, places: MemoryPlaces, caplog: pytest.LogCaptureFixture
) -> None:
    places.away = True
    assert (await whereabouts.of("+74152345678")).region == "41"
    assert not await whereabouts.keep(MOBILE, "25", NOON)
    assert not await whereabouts.forget(MOBILE)
    assert len([record for record in caplog.records if record.name.startswith("ivr")]) == 3
    assert not any("9162345678" in record.getMessage() for record in caplog.records)


async def test_a_database_that_never_answers_is_passed_over(regions: Regions) -> None:
    class Hung(MemoryPlaces):
        async def get(self, number: str) -> KnownPlace | None:
            await asyncio.Event().wait()
            raise AssertionError

    slow = Whereabouts(Hung(), Locators(regions, lambda: None, "77"), patience=0.01)
    async with asyncio.timeout(20):
        assert (await slow.of("+74152345678")).region == "41"


async def test_a_new_plan_counts_from_the_next_call_on(regions: Regions, places: MemoryPlaces) -> None:
    plans = [None]
    locators = Locators(regions, lambda: plans[0], "77")
    whereabouts = Whereabouts(places, locators)
    assert (await whereabouts.of(MOBILE)).region == ""
    plans[0] = plan_of("41")
    assert (await whereabouts.of(MOBILE)).region == "41"
    assert locators() is locators()
    plans[0] = plan_of("39")
    assert (await whereabouts.of(MOBILE)).region == "39"


def test_a_default_region_that_there_is_not_is_refused_at_the_start(regions: Regions) -> None:
    with pytest.raises(DataError, match="default_region"):
        Locators(regions, lambda: None, "00")


async def test_whatever_fails_in_the_look_up_the_caller_has_a_place(regions: Regions) -> None:
    class Broken(MemoryPlaces):
        async def get(self, number: str) -> KnownPlace | None:
            raise ZeroDivisionError

    odd = NumberingPlan(array("Q", [9 * 10**9]), array("Q", [10**10 - 1]), array("H", [7]), [])
    assert (await Whereabouts(Broken(), Locators(regions, lambda: None, "77")).of("+74152345678")).region == "41"
    place = await Whereabouts(MemoryPlaces(), Locators(regions, lambda: odd, "77")).of(MOBILE)
    assert (place.region, place.zone, place.confidence) == ("", "Europe/Moscow", "none")
