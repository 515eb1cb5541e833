import pytest

from ivr.datafiles import read_data
from ivr.domain.regions import DISTRICTS, Regions, load_regions
from ivr.errors import DataError

HEAD = "code,name_ru,short_ru,name_en,district,zone,area_codes,also_ru,parts\n"
MOSCOW = "77,Москва,,Moscow,central,Europe/Moscow,495 499,,\n"


@pytest.fixture(scope="module")
def shipped() -> Regions:
    return load_regions(read_data("regions.csv", None))


def test_all_89_subjects_are_there(shipped: Regions) -> None:
    assert len(shipped.by_code) == 89


def test_three_keys_reach_every_region_once(shipped: Regions) -> None:
    assert tuple(shipped.menu) == DISTRICTS
    reached = [code for groups in shipped.menu.values() for group in groups for code in group]
    assert sorted(reached) == sorted(shipped.by_code)
    assert all(1 <= len(groups) <= 3 for groups in shipped.menu.values())
    assert all(1 <= len(group) <= 6 for groups in shipped.menu.values() for group in groups)


def test_the_menu_is_in_order_of_the_names_that_people_use(shipped: Regions) -> None:
    groups = shipped.menu["fareast"]
    assert [[shipped.by_code[code].short for code in group] for group in groups] == [
        ["Амурская область", "Бурятия", "Еврейская автономная область", "Забайкальский край", "Камчатский край",
         "Магаданская область"],
        ["Приморский край", "Сахалинская область", "Хабаровский край", "Чукотский автономный округ", "Якутия"],
    ]  # fmt: skip
    assert [len(group) for group in shipped.menu["volga"]] == [5, 5, 4]
    assert [len(group) for group in shipped.menu["ural"]] == [6]


def test_an_area_code_shared_by_two_regions_names_the_main_one_first(shipped: Regions) -> None:
    shared = {code: [r.code for r in rs] for code, rs in shipped.by_area_code.items() if len(rs) > 1}
    assert shared == {"495": ["77", "50"]}


def test_a_region_inside_the_area_code_of_another_has_a_longer_one(shipped: Regions) -> None:
    assert [r.code for r in shipped.by_area_code["818"]] == ["29"]
    assert [r.code for r in shipped.by_area_code["81853"]] == ["83"]


def test_yakutia_has_five_zones_and_each_part_is_below_its_area_code(shipped: Regions) -> None:
    yakutia = shipped.by_code["14"]
    assert yakutia.zones == (
        "Asia/Yakutsk", "Asia/Khandyga", "Asia/Ust-Nera", "Asia/Vladivostok", "Asia/Srednekolymsk"
    )  # fmt: skip
    assert {part.prefix: part.zone for part in yakutia.parts}["41157"] == "Asia/Srednekolymsk"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the columns must be code,name_ru"),
        ("<html><body>403</body></html>\n", "line 1: the columns must be code,name_ru"),
        (HEAD, "there is no region in it"),
        (HEAD + MOSCOW + MOSCOW, "line 3: code: 77 is there twice"),
        (HEAD + MOSCOW.replace("77,", "7,"), "line 2: code: '7' is not two digits"),
        (HEAD + MOSCOW.replace("Europe/Moscow", "Europe/Moskow"), "line 2: zone: 'Europe/Moskow' is not an IANA"),
        (HEAD + MOSCOW.replace("Europe/Moscow", "europe/moscow"), "line 2: zone: 'europe/moscow' is not an IANA"),
        (HEAD + MOSCOW.replace("central", "middle"), "line 2: district: 'middle' is not one of central"),
        (HEAD + MOSCOW.replace("495", "495000"), "line 2: area_codes: '495000' is not three to five digits"),
        (HEAD + MOSCOW.replace("495", "945"), "line 2: area_codes: '945' is not three to five digits"),
        (HEAD + MOSCOW.replace("Москва", ""), "line 2: name_ru: is empty"),
        (HEAD + MOSCOW.strip() + "x\n", "line 2: parts: 'x' is not written as"),
        (HEAD + MOSCOW.strip() + "4120/A=Asia/Omsk\n", "line 2: parts: 4120 does not begin with an area code"),
        (HEAD + MOSCOW.strip() + "49501/A=Asia/Omst\n", "line 2: parts: 49501: 'Asia/Omst' is not an IANA"),
        (HEAD + MOSCOW.replace("Москва", "Москва, город"), "line 2: has 10 columns, not 9; is a comma quoted?"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(DataError) as caught:
        load_regions(text)
    assert f"regions.csv: {fault}" in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    text = HEAD + MOSCOW.replace("central", "middle") + MOSCOW.replace("77", "78").replace("Europe/Moscow", "x")
    with pytest.raises(DataError) as caught:
        load_regions(text)
    assert len(str(caught.value).splitlines()) == 2


def test_a_district_with_more_regions_than_the_keypad_reaches_is_refused() -> None:
    text = HEAD + "".join(f"{n},Область {n},,Oblast {n},ural,Asia/Omsk,,,\n" for n in range(10, 29))
    with pytest.raises(DataError, match="district ural has 19 regions; the keypad reaches 18"):
        load_regions(text)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert load_regions("\ufeff" + HEAD + MOSCOW).by_code["77"].names == {"ru": "Москва", "en": "Moscow"}
