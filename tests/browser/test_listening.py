"""A supervisor in a talk, from the board: three browsers and a whole hotline."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .hotline import TEXTS, Hotline
from .sound import LISTENING, hears_tone, tone
from .test_page_calls import Started, opened, places, started

__all__ = ["started"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
CITIZEN, OPERATOR, BOSS = 440, 1000, 1500


async def logged_in(page: Page, line: Hotline, login: str) -> None:
    await page.get_by_label("Логин").fill(login)
    await page.get_by_label("Пароль").fill("correct horse battery")
    await page.get_by_role("button", name="Войти").click()
    await page.wait_for_url(line.base + "/")


async def test_a_supervisor_whispers_to_the_operator_and_then_speaks_with_both(
    line: Hotline, started: Started, telephone: Any, tmp_path: Path
) -> None:
    await line.person("grigory", "supervisor")
    desk = await opened(await started(tone(tmp_path / "operator.wav", OPERATOR)), line, "/login", LISTENING + telephone)
    await logged_in(desk, line, "anna")
    await desk.evaluate("login()")
    assert await desk.evaluate("dial('*11')") == ""
    page = await opened(await started(tone(tmp_path / "caller.wav", CITIZEN)), line)
    await places(page)
    await page.get_by_role("button", name="Клавиша 0").click()
    await expect(page.locator("#choices")).to_contain_text(TEXTS["item/place-right"].rstrip(","), timeout=20_000)
    await page.keyboard.press("1")
    await desk.wait_for_function("() => phone.state === 'ringing'", timeout=90_000)
    await desk.evaluate("phone.answer()")
    await expect(page.locator("#stage")).to_have_text("Разговор с оператором")

    boss = await opened(await started(tone(tmp_path / "boss.wav", BOSS)), line, "/login")
    await logged_in(boss, line, "grigory")
    await boss.goto(line.base + "/board")
    await boss.locator("#operators tbody tr", has_text="101").get_by_role("button", name="Действия").click()
    await boss.get_by_role("dialog").get_by_role("button", name="Подсказывать").click()
    bar = boss.locator(".listening")
    await expect(bar).to_contain_text("на связи")
    assert await hears_tone(boss, OPERATOR)
    # the citizen is silent, so that the operator's strongest tone is the supervisor's
    await page.get_by_role("button", name="Выключить микрофон").click()
    assert await hears_tone(desk, BOSS)
    assert not await hears_tone(page, BOSS, limit=3)

    await bar.get_by_role("button", name="Говорить с обоими").click()
    await expect(bar).to_contain_text("В разговоре")
    await expect(bar).to_contain_text("на связи")
    await line.until_channels(3, 20)  # the leg before has ended
    await desk.evaluate("phone.mute(true)")
    assert await hears_tone(page, BOSS)

    await bar.get_by_role("button", name="Отключиться").click()
    await expect(bar).to_be_hidden()
    # his leg is over, not only his page
    await line.until_channels(2, 10)
    assert not await hears_tone(page, BOSS, limit=3)
    deeds = [(each["who"], each["action"], each["target"], each["outcome"]) for each in await line.ivr("audit")]
    assert deeds[:2] == [("grigory", "barge", "101", "done"), ("grigory", "whisper", "101", "done")]
    await page.get_by_role("button", name="Завершить").click()
    await desk.wait_for_function("() => phone.state === 'ended'")
    assert await desk.evaluate("dial('*12')") == ""
