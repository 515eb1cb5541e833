"""Who would serve whom at which hour: with the shipped example nobody is ever left without an answer."""

from datetime import date

import pytest

from ivr.domain.coverage import Cell, board_by_plan, categories_of, coverage, letters_of, prefixes_of, whole_coverage
from tests.domain.routes import at, regions, router_of, shipped

#: A working day, a Sunday, a holiday.
DAYS = [date(2026, 11, 25), date(2026, 11, 29), date(2027, 1, 1)]
DAY_ONLY = router_of(
    """
[sites.omsk]
names = { ru = "Омск", en = "Omsk" }
region = "55"
zone = "Asia/Omsk"
shifts = [{ days = "mon-fri", from = "09:00", to = "18:00", operators = 5 }]
[categories.recovery]
hours = [{ days = "mon-sun", from = "08:00", to = "20:00" }]
outside = "callback"
[queues.omsk]
site = "omsk"
categories = ["recovery", "other"]
[queues.common]
"""
)


def test_the_plan_knows_every_category_of_the_hotline() -> None:
    assert set(categories_of(shipped())) == {"signin", "services", "recovery", "identity", "applications", "other"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_no_region_has_an_hour_without_an_answer(day: date) -> None:
    found = whole_coverage(shipped(), regions(), day, categories_of(shipped()), ("ru", "en", "tt"))
    assert found.holes == 0
    rows = {row.region for sheet in found.sheets for row in sheet.grid.rows}
    assert rows == set(regions().by_code) and len(rows) == 89
    # 89 regions, four more clocks in Yakutia; 24 hours, six categories, three languages
    assert found.hours == 93 * 24 * 18


def test_on_a_working_day_people_at_work_answer_in_russian_at_every_hour() -> None:
    grid = coverage(shipped(), regions(), date(2026, 11, 25), "signin", "ru")
    assert sum(cell.common_only for cell in grid.cells) == 0
    # the specialists may be called for twelve hours a day
    recovery = coverage(shipped(), regions(), date(2026, 11, 25), "recovery", "ru")
    assert {sum(not cell.common_only for cell in row.cells) for row in recovery.rows} == {12}


def test_hours_of_a_call_back_and_of_the_24_7_queue_alone_are_told_apart() -> None:
    grid = coverage(DAY_ONLY, regions(), date(2026, 11, 25), "recovery", "ru")
    moscow = next(row for row in grid.rows if row.region == "77")
    # until 08:00 and from 20:00 there is nobody; omsk works from 06:00 to 15:00 Moscow time, less the last minutes
    assert [cell.callback for cell in moscow.cells] == [not 8 <= hour < 20 for hour in range(24)]
    assert not any(cell.hole for cell in moscow.cells)
    assert [cell.common_only for cell in moscow.cells] == [15 <= hour < 20 for hour in range(24)]
    assert moscow.cells[3].opens == at("2026-11-25T08:00:00+03:00")
    assert moscow.cells[21].opens == at("2026-11-26T08:00:00+03:00")


def test_columns_are_hours_of_the_region_or_of_utc() -> None:
    own = coverage(DAY_ONLY, regions(), date(2026, 11, 25), "other", "ru")
    utc = coverage(DAY_ONLY, regions(), date(2026, 11, 25), "other", "ru", local=False)
    first = {grid.local: next(row for row in grid.rows if row.region == "41").cells[0].at for grid in (own, utc)}
    assert first == {True: at("2026-11-25T00:30:00+12:00"), False: at("2026-11-25T00:30:00+00:00")}
    assert own.rows[0].region == "39" and own.rows[-1].region == "87"
    assert [row.zone for row in own.rows if row.region == "14"] == list(regions().by_code["14"].zones)


def test_equal_grids_are_one_sheet_and_each_is_counted() -> None:
    found = whole_coverage(DAY_ONLY, regions(), date(2026, 11, 25), ("other", "signin", "identity"), ("ru", "en"))
    assert sorted((sheet.categories, sheet.languages) for sheet in found.sheets) == [
        (("other",), ("en",)), (("other",), ("ru",)), (("signin", "identity"), ("ru", "en"))]  # fmt: skip
    assert found.hours == 93 * 24 * 6
    # omsk takes "other" in Russian for nine hours a day, less nothing at the half hour; all else is common alone
    assert found.common_hours == found.hours - 93 * 9


def test_a_board_by_plan_has_the_people_of_the_shifts() -> None:
    board = board_by_plan(shipped(), at("2026-11-25T14:30:00+03:00"))
    # both shifts of moscow overlap from 14 to 15: 30 and 26; kamchatka is asleep
    assert (board.queues["moscow"].logged_in, board.queues["moscow"].ready) == (56, 56)
    assert board.queues["kamchatka"].logged_in == 0 and board.queues["common"].logged_in == 1 and board.fresh


def test_a_promise_is_no_hole_and_what_never_opens_is_one() -> None:
    moment = at("2026-11-25T00:30:00+03:00")
    promised, never, common = Cell(moment, (), opens=moment), Cell(moment, ()), Cell(moment, ("common",))
    assert [cell.callback for cell in (promised, never, common)] == [True, False, False]
    assert [cell.hole for cell in (promised, never, common)] == [False, True, False]


def test_signs_of_queues_are_unique_and_none_is_that_of_a_call_back() -> None:
    assert prefixes_of(shipped()) == {
        "kaliningrad": "kal", "moscow": "m", "rostov": "r", "kazan": "kaz", "ural": "u", "novosibirsk": "n",
        "vladivostok": "v", "kamchatka": "kam", "experts": "e"}  # fmt: skip
    assert "".join(letters_of(shipped()).values()) == "abdefghij"


def test_a_name_that_begins_another_stands_for_itself() -> None:
    site = 'region = "77"\nzone = "Europe/Moscow"\n'
    shift = 'shifts = [{ days = "mon-sun", from = "00:00", to = "24:00", operators = 1 }]\n'
    text = "".join(
        f'[sites.{name}]\nnames = {{ ru = "{name}", en = "{name}" }}\n{site}{shift}[queues.{name}]\nsite = "{name}"\n'
        for name in ("ural", "ural2")
    )
    assert prefixes_of(router_of(text + "[queues.common]\n")) == {"ural": "ural", "ural2": "ural2"}
