"""The controller and Asterisk are killed: the pages come back by themselves, and what they show is right again."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from .hotline import Hotline
from .people import AFTER_CALL, ANNA, CITIZEN, VERA, Crowd, begins_work, is_ready, talks
from .pictures import picture
from .sound import hears_tone

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: What pages complain of while the server is away.
AWAY = ("WebSocket connection to", "ERR_CONNECTION", "Failed to load resource")
BACK_MS = 40_000


def controller(line: Hotline) -> int:
    """The process id of the controller now running."""
    mine = f"IVR_STATE_DIR={line.state}".encode()
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"controller" in words and mine in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
    raise AssertionError("no controller runs")


async def test_a_talk_outlives_the_controller_and_desk_and_board_find_it_again(people: Crowd, line: Hotline) -> None:
    people.expected = AWAY
    board, desk = await people.open(VERA, "/board"), await people.open(ANNA, "/desk")
    await begins_work(desk)
    page = await people.open(CITIZEN, "/call")
    await talks(page, desk)
    await desk.locator("[name=purpose]").fill("Не может войти")
    await expect(desk.locator(".saved")).to_have_text("сохранено")
    anna = board.locator("#operators tbody tr", has_text="101")
    await expect(anna).to_contain_text("говорит")

    os.kill(controller(line), signal.SIGKILL)
    await expect(board.locator("#stale")).to_be_visible()
    wrong = await picture(board, "story-board-away")
    assert await hears_tone(page, ANNA)
    await expect(board.locator("#stale")).to_be_hidden(timeout=BACK_MS)
    await expect(anna).to_contain_text("говорит")
    await expect(desk.get_by_text("Телефон на связи")).to_be_visible(timeout=BACK_MS)
    await expect(desk.locator("#me strong")).to_have_text("Разговор")
    assert await hears_tone(page, ANNA)
    assert await hears_tone(desk, CITIZEN)
    await desk.locator("[name=note]").fill("Связь прервалась")
    await expect(desk.locator(".saved")).to_have_text("сохранено", timeout=BACK_MS)
    await desk.get_by_role("button", name="Положить").click()
    await expect(desk.locator("#me strong")).to_have_text(AFTER_CALL)
    await desk.get_by_label("назвал номер абоненту").check()
    await desk.locator("[data-name=solved]").get_by_role("button", name="Да").click()
    await desk.get_by_role("button", name="Закрыть разговор").click()
    await expect(desk.get_by_text("Разговор закрыт.")).to_be_visible()
    await expect(anna).to_contain_text("свободен")
    assert not wrong, "\n".join(wrong)


async def test_a_conversation_that_could_not_be_begun_is_begun_a_moment_later(people: Crowd, line: Hotline) -> None:
    people.expected = ("Failed to load resource",)
    desk = await people.open(ANNA, "/desk")
    refused: list[str] = []

    async def away(route: Route) -> None:
        if route.request.method == "POST" and len(refused) < 2:
            refused.append(route.request.url)
            await route.fulfill(status=503, json={"error_id": "storage", "message": "База данных не отвечает."})
        else:
            await route.continue_()

    await desk.route("**/api/desk/contacts", away)
    await begins_work(desk)
    page = await people.open(CITIZEN, "/call")
    await talks(page, desk)
    assert len(refused) == 2
    await page.get_by_role("button", name="Завершить").click()
    await is_ready(desk)


async def test_desk_and_board_are_right_again_after_asterisk_has_started_anew(people: Crowd, line: Hotline) -> None:
    people.expected = AWAY
    board, desk = await people.open(VERA, "/board"), await people.open(ANNA, "/desk")
    await begins_work(desk)
    page = await people.open(CITIZEN, "/call")
    await talks(page, desk)
    anna = board.locator("#operators tbody tr", has_text="101")
    await expect(anna).to_contain_text("говорит")
    asterisk = line.asterisk.left_over()
    assert asterisk is not None
    os.kill(asterisk.pid, signal.SIGKILL)
    await expect(board.locator("#stale")).to_be_visible()
    await expect(board.locator("#stale")).to_be_hidden(timeout=BACK_MS)
    await expect(desk.get_by_text("Телефон на связи")).to_be_visible(timeout=BACK_MS)
    await expect(desk.locator("#me strong")).to_have_text(AFTER_CALL, timeout=BACK_MS)
    await is_ready(desk)
    await expect(anna).to_contain_text("свободен")
    # the call went with Asterisk: nobody waits or talks any more
    await expect(board.locator("#callers tbody tr")).to_have_count(0)
    await expect(page.locator("#over")).to_be_visible(timeout=BACK_MS)
    async with asyncio.timeout(20):
        while await line.channels():  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    again = await people.open(CITIZEN, "/call")
    await talks(again, desk)
    assert await hears_tone(again, ANNA)
    await again.get_by_role("button", name="Завершить").click()
    await is_ready(desk)
    await expect(anna).to_contain_text("свободен")
