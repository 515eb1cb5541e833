"""Every clock that a number may have."""

import pytest

from ivr.datafiles import read_data
from ivr.domain.callback_zones import possible_zones
from ivr.domain.locate import Locator
from ivr.domain.regions import load_regions
from ivr.domain.whereabouts import Place, Reason

LOCATOR = Locator(load_regions(read_data("regions.csv", None)), None, "77")
YAKUTIA = {"Asia/Yakutsk", "Asia/Khandyga", "Asia/Vladivostok", "Asia/Ust-Nera", "Asia/Srednekolymsk"}


def zones(number: str) -> tuple[str, ...]:
    return possible_zones(LOCATOR, LOCATOR.place(number), number)


@pytest.mark.parametrize(("number", "zone"), [("+74952201234", "Europe/Moscow"), ("+74232201234", "Asia/Vladivostok")])
def test_a_number_of_one_clock_has_that_one(number: str, zone: str) -> None:
    assert zones(number) == (zone,)


def test_a_region_of_several_clocks_has_them_all_its_own_first() -> None:
    chosen = Place("14", "Asia/Vladivostok", "chosen", Reason("place-chosen"), doubtful=True)
    found = possible_zones(LOCATOR, chosen, "+79141234567")
    assert found[0] == "Asia/Vladivostok" and set(found) == YAKUTIA
    sure = Place("14", "Asia/Vladivostok", "chosen", Reason("place-chosen"))
    assert possible_zones(LOCATOR, sure, "+79141234567") == ("Asia/Vladivostok",)


def test_an_area_code_of_several_regions_has_the_clocks_of_all_of_them() -> None:
    shared = next(
        code
        for code, regions in LOCATOR.regions.by_area_code.items()
        if len({zone for region in regions for zone in region.zones}) > 1
    )
    number = "+7" + shared.ljust(10, "0")
    place = LOCATOR.place(number)
    expected = {zone for region in LOCATOR.regions.by_area_code[shared] for zone in region.zones}
    assert place.doubtful and set(zones(number)) == expected


@pytest.mark.parametrize("number", ["", "+79991234567"])
def test_of_whom_nothing_is_known_has_every_clock_of_the_country(number: str) -> None:
    found = zones(number)
    assert found[0] == "Europe/Moscow" and {"Europe/Kaliningrad", "Asia/Kamchatka", *YAKUTIA} < set(found)
