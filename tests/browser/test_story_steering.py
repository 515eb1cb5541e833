"""A supervisor steers at her board what happens at a citizen's and an operator's pages."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from .hotline import Hotline
from .people import AFTER_CALL, ANNA, CITIZEN, VERA, Crowd, answers, asks_for_an_operator, begins_work, calls, is_heard
from .pictures import picture
from .sound import hears_tone

pytestmark = pytest.mark.asyncio(loop_scope="session")
FAULT = "Сейчас не открывается вход на портал. Мы уже чиним."


async def acts(board: Page, row: Locator) -> Locator:
    """The dialog of what can be done to this row."""
    await row.get_by_role("button", name="Действия").click()
    return board.get_by_role("dialog")


async def test_an_operator_is_paused_a_caller_moved_and_his_talk_whispered_into(people: Crowd, line: Hotline) -> None:
    board, desk = await people.open(VERA, "/board"), await people.open(ANNA, "/desk")
    await begins_work(desk)
    anna = board.locator("#operators tbody tr", has_text="101")
    dialog = await acts(board, anna)
    await dialog.get_by_label("Причина").select_option("training")
    await dialog.get_by_role("button", name="Поставить на паузу").click()
    await expect(desk.locator("#me strong")).to_have_text("Пауза: обучение")
    await expect(anna).to_contain_text("обучение")
    wrong = await picture(board, "story-board-paused")

    page = await people.open(CITIZEN, "/call")
    await calls(page)
    await asks_for_an_operator(page)
    row = board.locator("#callers tbody tr")
    await expect(row).to_have_count(1)
    before = await row.inner_text()
    dialog = await acts(board, row)
    wrong += await picture(board, "story-board-move")
    queue = dialog.get_by_label("Очередь")
    wanted = await queue.locator("option:not([disabled])").first.get_attribute("value")
    await queue.select_option(wanted)
    await dialog.get_by_role("button", name="Перевести", exact=True).click()
    # by whoever has to wait longer than the page does
    await expect(board.get_by_text(re.compile("Звонок переведён|звонок будет переведён"))).to_be_visible()
    await expect(row).to_have_count(1)
    await expect(row).not_to_contain_text(_queue(before))
    # his arrival counts there too
    assert _seconds(await row.inner_text()) >= _seconds(before)

    dialog = await acts(board, anna)
    await dialog.get_by_role("button", name="Снять с паузы").click()
    await answers(desk)
    assert await hears_tone(page, ANNA)

    await page.get_by_role("button", name="Выключить микрофон").click()
    await desk.get_by_role("button", name="Без микрофона").click()
    dialog = await acts(board, anna)
    await dialog.get_by_role("button", name="Подсказывать").click()
    await expect(board.locator(".listening")).to_contain_text("на связи")
    assert await hears_tone(desk, VERA)
    assert not await hears_tone(page, VERA, limit=3)
    wrong += await picture(board, "story-board-whisper")
    await board.locator(".listening").get_by_role("button", name="Говорить с обоими").click()
    await expect(board.locator(".listening strong")).to_contain_text("В разговоре")
    assert await hears_tone(page, VERA)
    await board.get_by_role("button", name="Отключиться").click()
    await desk.get_by_role("button", name="Положить").click()
    await expect(desk.locator("#me strong")).to_have_text(AFTER_CALL)
    assert not wrong, "\n".join(wrong)


async def test_a_fault_that_is_announced_on_the_board_is_heard_by_the_next_caller(people: Crowd, line: Hotline) -> None:
    board = await people.open(VERA, "/board")
    await board.get_by_role("button", name="Объявить сбой").click()
    dialog = board.get_by_role("dialog")
    await dialog.get_by_label("Вход").check()
    await dialog.get_by_label("Текст по-русски").fill(FAULT)
    await dialog.get_by_role("button", name="Объявить", exact=True).click()
    row = board.locator(".incidents tbody tr", has_text=FAULT)
    await expect(row).to_be_visible()
    (incident,) = await line.ivr("incidents", "list")
    sounds = line.state / "sounds" / "ru" / "ivr"
    async with asyncio.timeout(60):
        while not any(incident["id"] in str(file) for file in sounds.rglob("*.alaw")):  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    page = await people.open(CITIZEN, "/call")
    await calls(page)
    await expect(page.locator("#lines")).to_contain_text(FAULT, timeout=30_000)
    await is_heard(page)
    wrong = await picture(page, "story-call-incident")
    await expect(row.locator("td.number").first).to_have_text("1", timeout=20_000)
    wrong += await picture(board, "story-board-incident")
    await page.get_by_role("button", name="Завершить").click()
    await row.get_by_role("button", name="Закончить").click()
    await dialog.get_by_role("button", name="Сбой исправлен").click()
    await expect(board.get_by_text("Окончен.")).to_be_visible()
    assert not wrong, "\n".join(wrong)


def _queue(row: str) -> str:
    found = re.search(r"1-й, ([^\t\n☎]+)", row)
    assert found, row
    return found[1].strip()


def _seconds(row: str) -> int:
    minutes, seconds = row.split()[0].split(":")
    return int(minutes) * 60 + int(seconds)
