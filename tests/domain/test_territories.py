"""Names as the numbering plan writes them, in this year's and in older files."""

import time

import pytest

from ivr.datafiles import read_data
from ivr.domain.numbering import Territory
from ivr.domain.regions import Regions, load_regions
from ivr.domain.territories import TerritoryNames


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions(read_data("regions.csv", None))


@pytest.fixture(scope="module")
def names(regions: Regions) -> TerritoryNames:
    return TerritoryNames(regions)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Краснодарский край", ("23",)),
        ("Город Москва", ("77",)),
        ("г. Москва", ("77",)),
        ("Московская обл.", ("50",)),
        ("Республика Башкортостан", ("02",)),
        ("Башкортостан Респ.", ("02",)),
        ("Республика Алтай", ("04",)),
        ("Алтайский край", ("22",)),
        ("Кемеровская область - Кузбасс", ("42",)),
        ("Кемеровская область", ("42",)),
        ("Кемеровская область - Кузбасс обл.", ("42",)),
        ("Республика Саха /Якутия/", ("14",)),
        ("Республика Саха (Якутия)", ("14",)),
        ("Республика Северная Осетия - Алания", ("15",)),
        ("Чувашская Республика - Чувашия", ("21",)),
        ("Чувашская Республика", ("21",)),
        ("Ханты-Мансийский автономный округ - Югра", ("86",)),
        ("Ханты - Мансийский - Югра АО", ("86",)),
        ("Ямало-Ненецкий АО", ("89",)),
        ("Ненецкий автономный округ", ("83",)),
        ("Еврейская автономная область", ("79",)),
        ("Орёл|Орловская область", ("57",)),
        ("г. Улан-Удэ|г.о. город Улан-Удэ|Республика Бурятия", ("03",)),
        ("Город Москва, Московская область", ("77", "50")),
        ("Московская область, Город Москва", ("50", "77")),
        ("г. Санкт-Петербург и Ленинградская область", ("78", "47")),
        ("г. Санкт-Петербург * Ленинградская область", ("78", "47")),
        ("Республика Крым, Город Севастополь", ("91", "92")),
    ],
)
def test_a_name_is_found_in_every_way_it_is_written(names: TerritoryNames, text: str, codes: tuple[str, ...]) -> None:
    territory = names.territory(text)
    assert (territory.regions, territory.known) == (codes, True)


def test_every_region_is_found_by_its_own_names_and_by_no_other(regions: Regions, names: TerritoryNames) -> None:
    for region in regions.by_code.values():
        for name in (region.names["ru"], region.short, *region.also):
            assert names.territory(name).regions == (region.code,)


def test_the_whole_country_is_no_region_but_is_known(names: TerritoryNames) -> None:
    assert names.territory("Российская Федерация") == Territory("Российская Федерация")


@pytest.mark.parametrize("text", ["", "-", "Тмутаракань", "Город Москва, Тмутаракань", "край", "|"])
def test_what_no_region_has_is_unknown(names: TerritoryNames, text: str) -> None:
    territory = names.territory(text)
    assert (territory.regions, territory.known) == ((), False)


def test_baikonur_and_abkhazia_are_known_and_no_regions(names: TerritoryNames) -> None:
    for text in ("г. Байконур", "г. Байконур|Республика Казахстан", "Республика Абхазия"):
        assert (names.territory(text).regions, names.territory(text).known) == ((), True)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("п. Усть-Нера|м.р-н Оймяконский|Республика Саха (Якутия)", "41154"),
        ("м.р-н Усть-Янский|Республика Саха (Якутия)", "41166"),
        ("м.р-н Верхоянский|Республика Саха (Якутия)", "41165"),
        ("м.р-н Абыйский|Республика Саха (Якутия)", "41159"),
        ("м.р-н Среднеколымский|Республика Саха (Якутия)", "41156"),
        ("г. Якутск|г.о. город Якутск|Республика Саха (Якутия)", "4112"),
        ("м.р-н Алданский|Республика Саха (Якутия)", ""),
        ("Республика Саха (Якутия)", None),
        ("г. Казань|г.о. город Казань|Республика Татарстан", None),
    ],
)
def test_the_ulus_tells_which_clock_of_yakutia(names: TerritoryNames, text: str, part: str | None) -> None:
    assert names.territory(text).part == part


@pytest.mark.parametrize("text", ["(" * 200_000, "(/" * 100_000, "/" * 200_001, "/(" * 100_000, "(a" * 100_000])
def test_brackets_that_are_never_closed_take_no_time(names: TerritoryNames, text: str) -> None:
    begin = time.thread_time()
    assert not names.territory(text).known
    assert time.thread_time() - begin < 2
