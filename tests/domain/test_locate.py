"""Where a number is. The table of the subjects is written down here, not taken from the shipped data."""

from array import array
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.datafiles import read_data
from ivr.domain.locate import Locator
from ivr.domain.numbering import NumberingPlan, Territory
from ivr.domain.phones import to_e164
from ivr.domain.regions import Regions, load_regions
from ivr.domain.whereabouts import CONFIDENCES, KnownPlace, local_time
from ivr.errors import DataError

#: zone -> region:area code of its centre
CENTRES = {
    "Europe/Moscow": (
        "01:8772 05:8722 06:8734 07:8662 08:84722 09:8782 10:8142 11:8212 12:8362 13:8342 15:8672 16:843 "
        "20:8712 21:8352 23:861 26:8652 29:8182 31:4722 32:4832 33:4922 35:8172 36:473 37:4932 40:4842 "
        "44:4942 46:4712 47:81371 48:4742 50:496 51:8152 52:831 53:8162 57:4862 58:8412 60:8112 61:863 "
        "62:4912 67:4812 68:4752 69:4822 71:4872 76:4852 77:495 78:812 83:81853 90:810 93:856 94:857 "
        "95:860"
    ),
    "Asia/Yekaterinburg": "02:347 45:3522 56:3532 59:342 66:343 72:3452 74:351 86:3467 89:34922",
    "Asia/Irkutsk": "03:3012 38:3952",
    "Asia/Barnaul": "04:38822 22:3852",
    "Asia/Yakutsk": "14:4112 28:4162",
    "Asia/Krasnoyarsk": "17:39422 19:3902 24:391",
    "Europe/Samara": "18:3412 63:846",
    "Asia/Vladivostok": "25:423 27:4212 79:42622",
    "Europe/Astrakhan": "30:8512",
    "Europe/Volgograd": "34:8442",
    "Europe/Kaliningrad": "39:4012",
    "Asia/Kamchatka": "41:4152",
    "Asia/Novokuznetsk": "42:3842",
    "Europe/Kirov": "43:8332",
    "Asia/Magadan": "49:4132",
    "Asia/Novosibirsk": "54:383",
    "Asia/Omsk": "55:3812",
    "Europe/Saratov": "64:8452",
    "Asia/Sakhalin": "65:4242",
    "Asia/Tomsk": "70:3822",
    "Europe/Ulyanovsk": "73:8422",
    "Asia/Chita": "75:3022",
    "Asia/Anadyr": "87:42722",
    "Europe/Simferopol": "91:3652 92:8692",
}
#: hours before UTC in winter and in summer of 2026 -> how many of the 89 subjects
OFFSETS = {2: 1, 3: 53, 4: 5, 5: 9, 6: 1, 7: 8, 8: 2, 9: 3, 10: 3, 11: 2, 12: 2}
EVERY_SUBJECT = [(*pair.split(":"), zone) for zone, pairs in CENTRES.items() for pair in pairs.split()]
WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions(read_data("regions.csv", None))


@pytest.fixture(scope="module")
def bare(regions: Regions) -> Locator:
    """Without an imported plan."""
    return Locator(regions, None, "77")


@pytest.fixture(scope="module")
def planned(regions: Regions) -> Locator:
    """With a small plan."""
    rows = [
        (4110000000, 4110000999, Territory("Республика Саха (Якутия)", ("14",), "41154")),
        (4110001000, 4110001999, Territory("Республика Саха (Якутия)", ("14",), "")),
        (4115000000, 4115099999, Territory("Республика Саха (Якутия)", ("14",), None)),
        (4950000000, 4959999999, Territory("Москва, Московская область", ("77", "50"))),
        (8110000000, 8110000099, Territory("Тмутаракань", known=False)),
        (9001000000, 9001999999, Territory("Калининградская область", ("39",))),
        (9002000000, 9002999999, Territory("Архангельская область, Ненецкий автономный округ", ("29", "83"))),
        (9003000000, 9003999999, Territory("Российская Федерация")),
        (9004000000, 9004999999, Territory("Республика Саха (Якутия)", ("14",))),
        (9005000000, 9005999999, Territory("Тмутаракань", known=False)),
        (9006000000, 9006999999, Territory("Самарская, Томская", ("63", "70"))),
        (9007000000, 9007999999, Territory("Область прошлого", ("98",))),
    ]
    starts, ends, territories = zip(*rows, strict=True)
    which = array("H", range(len(rows)))
    return Locator(regions, NumberingPlan(array("Q", starts), array("Q", ends), which, territories), "77")


def number(area_code: str) -> str:
    return "+7" + area_code + "2345678"[: 10 - len(area_code)]


def test_the_table_has_every_subject_once() -> None:
    assert len({region for region, _, _ in EVERY_SUBJECT}) == len(EVERY_SUBJECT) == 89


@pytest.mark.parametrize(("region", "code", "zone"), EVERY_SUBJECT)
def test_a_fixed_line_of_every_centre_is_in_its_region_and_zone(
    bare: Locator, region: str, code: str, zone: str
) -> None:
    place = bare.place(number(code))
    assert (place.region, place.zone, place.confidence, place.doubtful) == (region, zone, "fixed", False)


def test_offsets_of_all_subjects_are_those_of_the_law_in_winter_and_summer(regions: Regions) -> None:
    for at in (WINTER, SUMMER):
        counted: dict[int, int] = {}
        for region in regions.by_code.values():
            hours = local_time(at, region.zone).utcoffset() // timedelta(hours=1)
            counted[hours] = counted.get(hours, 0) + 1
        assert counted == OFFSETS


@pytest.mark.parametrize(("caller", "hours"), [("84012345678", 2), ("88452345678", 4), ("88102345678", 3)])
def test_kaliningrad_saratov_and_zaporozhye_are_right_though_phonenumbers_is_not(
    bare: Locator, caller: str, hours: int
) -> None:
    place = bare.place(to_e164(caller))
    for at in (WINTER, SUMMER):
        assert local_time(at, place.zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("code", "hours", "doubtful"),
    [
        ("41122", 9, False),  # Yakutsk
        ("41140", 9, False),  # Ust-Maysky
        ("41153", 9, False),  # Tomponsky
        ("41154", 10, False),  # Oymyakonsky
        ("41165", 10, False),  # Verkhoyansky
        ("41166", 10, False),  # Ust-Yansky
        ("41150", 11, False),  # Momsky
        ("41157", 11, False),  # Nizhnekolymsky
        ("41145", 9, True),  # no part of its own: most likely the main zone
    ],
)
def test_yakutia_has_three_clocks(bare: Locator, code: str, hours: int, doubtful: bool) -> None:
    place = bare.place(number(code))
    assert (place.region, place.confidence, place.doubtful) == ("14", "fixed", doubtful)
    assert local_time(SUMMER, place.zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("caller", "region", "zone", "confidence", "reason", "doubtful"),
    [
        ("", "", "Europe/Moscow", "none", "place-withheld", True),
        ("nonsense", "", "Europe/Moscow", "none", "place-withheld", True),
        ("+749512345", "", "Europe/Moscow", "none", "place-withheld", True),
        ("+74952345678", "77", "Europe/Moscow", "fixed", "place-fixed-shared", False),
        ("+78182345678", "29", "Europe/Moscow", "fixed", "place-fixed", False),
        ("+78185323456", "83", "Europe/Moscow", "fixed", "place-fixed", False),
        ("+79162345678", "", "Europe/Moscow", "none", "place-unknown-range", True),
        ("+73332345678", "", "Europe/Moscow", "none", "place-unknown-range", True),
        ("+78002345678", "", "Europe/Moscow", "none", "place-not-geographic", True),
        ("+78092345678", "", "Europe/Moscow", "none", "place-not-geographic", True),
        ("+77012345678", "", "Asia/Almaty", "none", "place-kazakhstan", False),
        ("+77172345678", "", "Asia/Almaty", "none", "place-kazakhstan", False),
        ("+73362245678", "", "Asia/Qyzylorda", "none", "place-foreign", False),  # Baikonur
        ("+78402345678", "", "Europe/Moscow", "none", "place-foreign", False),  # Abkhazia
        ("+998712345678", "", "Asia/Tashkent", "none", "place-foreign", False),
        ("+4930123456", "", "Europe/Berlin", "none", "place-foreign", False),
        ("+18005550100", "", "Europe/Moscow", "none", "place-foreign-several", True),  # a zone of no one place
    ],
)
def test_without_a_plan(
    bare: Locator, caller: str, region: str, zone: str, confidence: str, reason: str, doubtful: bool
) -> None:
    place = bare.place(caller)
    told = (place.region, place.zone, place.confidence, place.reason.id, place.doubtful)
    assert told == (region, zone, confidence, reason, doubtful)


@pytest.mark.parametrize(
    ("caller", "region", "zone", "confidence", "reason", "doubtful"),
    [
        ("+79001500000", "39", "Europe/Kaliningrad", "mobile", "place-mobile", False),
        ("+79002000000", "29", "Europe/Moscow", "mobile", "place-mobile-shared", False),
        ("+79003000000", "", "Europe/Moscow", "none", "place-default", True),
        ("+79004000000", "14", "Asia/Yakutsk", "mobile", "place-mobile", True),
        ("+79005000000", "", "Europe/Moscow", "none", "place-default", True),
        ("+79006000000", "63", "Europe/Samara", "mobile", "place-mobile-shared", True),  # two zones
        ("+79007000000", "", "Europe/Moscow", "none", "place-default", True),  # a region taken out of regions.csv
        ("+79008000000", "", "Europe/Moscow", "none", "place-unknown-range", True),
        ("+74950000000", "77", "Europe/Moscow", "fixed", "place-fixed-shared", False),
        ("+74110000000", "14", "Asia/Ust-Nera", "fixed", "place-fixed", False),  # by the ulus, whatever the prefix
        ("+74110001000", "14", "Asia/Yakutsk", "fixed", "place-fixed", False),
        ("+74115012345", "14", "Asia/Srednekolymsk", "fixed", "place-fixed", False),  # no ulus: by the prefix
        ("+78110000000", "60", "Europe/Moscow", "fixed", "place-fixed", False),  # unknown words: by the area code
        ("+74012345678", "39", "Europe/Kaliningrad", "fixed", "place-fixed", False),  # not in the plan at all
    ],
)
def test_with_a_plan(
    planned: Locator, caller: str, region: str, zone: str, confidence: str, reason: str, doubtful: bool
) -> None:
    for _ in range(2):  # the second answer comes from memory
        place = planned.place(caller)
        told = (place.region, place.zone, place.confidence, place.reason.id, place.doubtful)
        assert told == (region, zone, confidence, reason, doubtful)


def test_what_is_kept_wins_over_the_number(planned: Locator) -> None:
    caller = "+79001500000"
    for confidence in ("chosen", "card"):
        place = planned.place(caller, KnownPlace("41", confidence, WINTER))
        assert (place.region, place.zone, place.confidence) == ("41", "Asia/Kamchatka", confidence)
        assert place.reason.id == f"place-{confidence}"
        assert not place.doubtful


def test_a_kept_region_that_is_no_more_is_passed_over(planned: Locator) -> None:
    assert planned.place("+79001500000", KnownPlace("98", "chosen", WINTER)).region == "39"


def test_the_number_decides_between_the_zones_of_a_kept_region(bare: Locator) -> None:
    in_yakutia = KnownPlace("14", "chosen", WINTER)
    oymyakon = bare.place("+74115423456", in_yakutia)
    assert (oymyakon.zone, oymyakon.confidence, oymyakon.doubtful) == ("Asia/Ust-Nera", "chosen", False)
    mobile = bare.place("+79142345678", in_yakutia)
    assert (mobile.zone, mobile.doubtful) == ("Asia/Yakutsk", True)


def test_a_kept_region_counts_for_a_foreign_number(bare: Locator) -> None:
    assert bare.place("+4930123456", KnownPlace("25", "chosen", WINTER)).zone == "Asia/Vladivostok"


def test_the_declared_default_is_assumed_but_never_told_as_the_callers_region(regions: Regions) -> None:
    place = Locator(regions, None, "25").place("")
    assert (place.region, place.zone, place.reason.data["region"]) == ("", "Asia/Vladivostok", "25")


def test_a_default_region_that_there_is_not_is_refused(regions: Regions) -> None:
    with pytest.raises(DataError, match="default_region: there is no region '00'"):
        Locator(regions, None, "00")


@given(st.text(max_size=20) | st.from_regex(r"\+7[0-9]{10}", fullmatch=True) | st.from_regex(r"\+[0-9]{1,16}"))
def test_every_number_has_a_zone_that_exists_and_a_reason(planned: Locator, caller: str) -> None:
    place = planned.place(caller)
    assert place.confidence in CONFIDENCES
    assert set(place.reason.data) == {"region", "zone", "code", "territory"}
    assert local_time(WINTER, place.zone).utcoffset() is not None
    assert place.region == "" or place.zone in planned.regions.by_code[place.region].zones
