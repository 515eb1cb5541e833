"""The history of calls over HTTP: found and shown to who may, put on record, exported without harm."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from ivr.config import Config
from ivr.historyside import history_pages
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.testing import NOON
from ivr.web.routes import Route
from ivr.wiring import make_router, read_calendars, read_regions

from .conftest import Serve
from .running import Browser, Running

ONE, TWO = "+79161234567", "+79167654321"


def routes(site: Site, storage: Storage) -> list[Route]:
    config = Config()
    regions = read_regions(config)
    return history_pages(config, storage, make_router(config, read_calendars(config), regions), regions).routes()


def tell(storage: Storage) -> None:
    """Three calls: one talked with 101, one given up, one that lasts."""
    write = storage.journal.write
    write("1x1", NOON, "start", {"caller": ONE, "did": "88005553535"})
    write("1x1", NOON, "place", {"region": "41", "zone": "Asia/Kamchatka", "confidence": "fixed"})
    write("1x1", NOON, "step", {"step": "menu/main"})
    write("1x1", NOON + timedelta(seconds=5), "ticket", {"ticket": "12345671", "category": "signin"})
    write("1x1", NOON + timedelta(seconds=6), "waiting", {"queue": "moscow", "position": "1"})
    write("1x1", NOON + timedelta(minutes=1), "answered",
          {"queue": "moscow", "operator": "op-101", "waited_s": "54", "rang_s": "4"})  # fmt: skip
    write("1x1", NOON + timedelta(minutes=4), "talked", {"queue": "moscow", "seconds": "180", "reason": "caller"})
    write("1x1", NOON + timedelta(minutes=4), "end", {"reason": "talked"})
    write("2x2", NOON + timedelta(minutes=2), "start", {"caller": TWO, "did": "88005553535"})
    write("2x2", NOON + timedelta(minutes=2), "waiting", {"queue": "=cmd|' /C calc'!A0", "position": "1"})
    write("2x2", NOON + timedelta(minutes=3), "abandoned", {"queue": "=cmd|' /C calc'!A0", "waited_s": "50"})
    write("2x2", NOON + timedelta(minutes=3), "end", {"reason": "abandoned"})
    write("3x3", NOON + timedelta(minutes=5), "start", {"caller": ONE, "did": "88005553535"})


@pytest.fixture
async def archive(serve: Serve) -> Running:
    running = await serve(routes)
    await running.person("boss", "supervisor")
    await running.person("anna", "operator")
    await running.accounts.change("anna", phone="101")
    await running.person("boris", "operator")
    await running.accounts.change("boris", phone="102")
    tell(running.storage)
    assert await running.storage.journal.flush(30)
    return running


async def ids(browser: Browser, query: str = "") -> list[str]:
    status, told = await browser.ask("GET", f"/api/history{query}")
    assert status == 200, told
    return [call["call_id"] for call in told["calls"]]


async def test_calls_are_found_by_everything_that_a_supervisor_asks_for(archive: Running) -> None:
    browser = await archive.browser("boss")
    assert await ids(browser) == ["3x3", "2x2", "1x1"]
    assert await ids(browser, "?ticket=1234-5671") == ["1x1"]
    assert await ids(browser, "?operator=101&queue=moscow&category=signin&region=41&outcome=talked") == ["1x1"]
    assert await ids(browser, "?source=phone&outcome=abandoned") == ["2x2"]
    from_, to = (NOON + timedelta(minutes=1)).isoformat(), (NOON + timedelta(minutes=3)).isoformat()
    assert await ids(browser, f"?from={from_.replace('+', '%2B')}&to={to.replace('+', '%2B')}") == ["2x2"]


async def test_pages_follow_each_other_without_a_gap(archive: Running) -> None:
    browser = await archive.browser("boss")
    found, after = [], ""
    for _ in range(3):
        _, told = await browser.ask("GET", f"/api/history?limit=1&after={after}")
        found += [call["call_id"] for call in told["calls"]]
        after = told["after"]
    assert found == ["3x3", "2x2", "1x1"] and after == ""


@pytest.mark.parametrize("query", ["number=123", "after=nonsense", "after=AAAA", "limit=0", "from=2026-01-01", "what=1",
                                   "ticket=x", "operator=a%20b"])  # fmt: skip
async def test_a_senseless_question_is_refused_by_its_field(archive: Running, query: str) -> None:
    browser = await archive.browser("boss")
    status, told = await browser.ask("GET", f"/api/history?{query}")
    assert (status, list(told["fields"])) == (400, [query.partition("=")[0]])


async def test_looking_for_a_number_needs_the_permission_and_stands_in_the_audit(archive: Running) -> None:
    boss, anna = await archive.browser("boss"), await archive.browser("anna")
    assert (await anna.ask("GET", "/api/history?number=89161234567"))[0] == 403
    assert await archive.storage.audit.latest(10) == []
    assert await ids(boss, "?number=89161234567") == ["3x3", "1x1"]
    (entry,) = await archive.storage.audit.latest(10)
    assert (entry.who, entry.action, entry.data["number"]) == ("boss", "calls_by_number", "*******4567")


@pytest.mark.parametrize("written", ["9208 417063", "1728-0853", "172808539670"])
async def test_a_document_written_where_a_ticket_is_looked_for_does_not_come_into_the_audit(
    archive: Running, written: str
) -> None:
    boss = await archive.browser("boss")
    assert (await boss.ask("GET", f"/api/history?numbers=true&ticket={written}"))[0] == 400
    assert await archive.storage.audit.latest(10) == []


async def test_numbers_are_masked_unless_they_are_asked_for_and_then_it_stands_in_the_audit(archive: Running) -> None:
    boss, anna = await archive.browser("boss"), await archive.browser("anna")
    _, told = await boss.ask("GET", "/api/history")
    assert [call["number"] for call in told["calls"]] == ["4567", "4321", "4567"]
    assert ONE not in json.dumps(await boss.ask("GET", "/api/history/1x1"))
    assert (await anna.ask("GET", "/api/history?numbers=true"))[0] == 403
    assert (await anna.ask("GET", "/api/history/1x1/number"))[0] == 403
    _, told = await boss.ask("GET", "/api/history?numbers=true")
    assert told["calls"][0]["number"] == ONE
    assert (await boss.ask("GET", "/api/history/1x1/number"))[1] == {"number": ONE}
    assert [(e.action, e.target) for e in await archive.storage.audit.latest(10)] == [
        ("number_shown", "1x1"),
        ("calls_with_numbers", ""),
    ]


@pytest.mark.parametrize(("query", "action"), [("number=89161234567", "calls_by_number"),
                                               ("numbers=true", "calls_with_numbers")])  # fmt: skip
async def test_a_page_that_says_it_follows_another_stands_in_the_audit_too(
    archive: Running, query: str, action: str
) -> None:
    boss = await archive.browser("boss")
    _, told = await boss.ask("GET", "/api/history?limit=1")
    assert await archive.storage.audit.latest(10) == []
    assert await ids(boss, f"?{query}&after={told['after']}") != []
    (entry,) = await archive.storage.audit.latest(10)
    assert (entry.who, entry.action) == ("boss", action)
    assert entry.data["after"] == (NOON + timedelta(minutes=5)).isoformat()


async def test_an_operator_finds_his_own_calls_and_no_other(archive: Running) -> None:
    anna, boris = await archive.browser("anna"), await archive.browser("boris")
    assert await ids(anna) == ["1x1"] and await ids(boris) == []
    assert await ids(boris, "?operator=101") == []
    assert (await anna.ask("GET", "/api/history/1x1"))[0] == 200
    for call in ("1x1", "2x2", "no-such"):
        assert (await boris.ask("GET", f"/api/history/{call}"))[0] == 404


async def test_an_operator_without_a_telephone_finds_nothing(archive: Running) -> None:
    await archive.person("eva", "operator")
    eva = await archive.browser("eva")
    assert await ids(eva) == []
    assert (await eva.ask("GET", "/api/history/2x2"))[0] == 404


async def test_the_journey_is_told_in_the_readers_language(archive: Running) -> None:
    browser = await archive.browser("boss")
    _, ru = await browser.ask("GET", "/api/history/1x1", Accept_Language="ru")
    _, en = await browser.ask("GET", "/api/history/1x1", Accept_Language="en")
    assert [s["kind"] for s in ru["stretches"]] == ["menu", "queue", "ringing", "talk"]
    assert ru["stretches"][1]["queue"] == "«Москва»" and ru["stretches"][3]["operator"] == "101"
    assert "Ответил оператор 101" in [s["words"] for s in ru["steps"]][5]
    assert "Operator 101 answered" in [s["words"] for s in en["steps"]][5]
    assert ru["steps"][5]["after_s"] == 60 and ru["steps"][5]["lasted_s"] == 180


async def test_why_it_went_there_is_said_as_on_the_command_line(archive: Running) -> None:
    data: dict[str, Any] = {"queue": "common", "failed": 1}
    archive.storage.journal.write("2x2", NOON + timedelta(minutes=2), "route", data)
    assert await archive.storage.journal.flush(30)
    browser = await archive.browser("boss")
    _, told = await browser.ask("GET", "/api/history/2x2")
    (why,) = told["why"]
    assert why["way"] == "федеральная очередь 24/7" and why["today"].startswith("Объяснить нельзя")


async def test_csv_opens_in_a_spreadsheet_and_holds_no_formula(archive: Running) -> None:
    browser = await archive.browser("boss")
    status, text = await browser.ask("GET", "/api/history/export/calls.csv?numbers=true")
    assert status == 200 and browser.headers["Content-Disposition"].endswith('.csv"')
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["Звонок"] for row in rows] == ["3x3", "2x2", "1x1"]
    assert rows[0]["Номер"] == f"'{ONE}"  # + would be a formula
    assert rows[1]["Очередь"].startswith("'=cmd")
    assert rows[2]["Регион"] == "Камчатский край" and rows[2]["Говорил, с"] == "180"
    (entry,) = await archive.storage.audit.latest(10)
    assert (entry.action, entry.data["numbers"]) == ("calls_exported", 1)


async def test_xlsx_is_a_workbook_with_texts_only(archive: Running) -> None:
    browser = await archive.browser("anna")
    async with browser.http.get(f"{browser.base}/api/history/export/calls.xlsx") as answer:
        assert answer.status == 200
        book = zipfile.ZipFile(io.BytesIO(await answer.read()))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 2 and "1x1" in sheet and "<f>" not in sheet
    assert ONE not in sheet


async def test_an_export_is_as_long_as_it_must_be(archive: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.services.call_history._AT_ONCE", 2)
    browser = await archive.browser("boss")
    _, text = await browser.ask("GET", "/api/history/export/calls.csv")
    assert text.count("\r\n") == 4


@pytest.mark.parametrize(("most", "at_once"), [(1, 500), (2, 1), (2, 2), (2, 500)])
async def test_an_export_that_lacks_its_end_says_so_in_its_last_row(
    archive: Running, monkeypatch: pytest.MonkeyPatch, most: int, at_once: int
) -> None:
    monkeypatch.setattr("ivr.services.call_history._AT_ONCE", at_once)
    monkeypatch.setattr("ivr.services.call_history.EXPORTED", most)
    browser = await archive.browser("boss")
    for language, said in (("ru", "Это не всё"), ("en", "This is not all")):
        _, text = await browser.ask("GET", "/api/history/export/calls.csv", Accept_Language=language)
        rows = text.splitlines()
        assert len(rows) == most + 2 and rows[-1].startswith((said, f'"{said}'))
        assert said in (found := await _sheet(browser, language)) and found.count("<row ") == most + 2
    # as many as may be, and no more
    monkeypatch.setattr("ivr.services.call_history.EXPORTED", 3)
    _, text = await browser.ask("GET", "/api/history/export/calls.csv")
    assert len(text.splitlines()) == 4
    assert (await _sheet(browser, "ru")).count("<row ") == 4


async def _sheet(browser: Browser, language: str) -> str:
    headers = {"Accept-Language": language}
    async with browser.http.get(f"{browser.base}/api/history/export/calls.xlsx", headers=headers) as answer:
        assert answer.status == 200
        return zipfile.ZipFile(io.BytesIO(await answer.read())).read("xl/worksheets/sheet1.xml").decode()


async def test_the_filters_are_offered_in_words(archive: Running) -> None:
    boss, anna = await archive.browser("boss"), await archive.browser("anna")
    _, told = await boss.ask("GET", "/api/history/words")
    assert {"id": "41", "name": "Камчатский край"} in told["regions"] and told["numbers"] is True
    assert (await anna.ask("GET", "/api/history/words"))[1]["numbers"] is False
