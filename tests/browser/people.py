"""Who takes part in the calls: each has a browser process of his own, whose microphone says a tone of his own."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from tests.web.running import PASSWORD

from .hotline import TEXTS
from .sound import LISTENING, energy, tone

#: Hz that each says.
CITIZEN, ANNA, BORIS, VERA = 440, 1000, 1500, 2000
LOGINS = {ANNA: "anna", BORIS: "boris", VERA: "vera"}
#: What an operator does whose conversation is not closed yet.
AFTER_CALL = "Пауза: дописать разговор"
#: Milliseconds that a page may take for anything; that a menu, its words and the way into a queue may take.
LIMIT, MENU_MS = 30_000, 60_000


@dataclass
class Crowd:
    """`flags`: of Chromium; `faults`: what pages have complained of since somebody looked; `expected`: words of
    complaints that belong to the test."""

    playwright: Playwright
    stack: AsyncExitStack
    base: str
    sounds: Path
    flags: list[str]
    browsers: dict[int, Browser] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    pages: list[Page] = field(default_factory=list)

    async def browser(self, pitch: int) -> Browser:
        """The process of whoever says this tone; started when he first comes."""
        if pitch not in self.browsers or not self.browsers[pitch].is_connected():
            microphone = tone(self.sounds / f"{pitch}.wav", pitch)
            flags = [*self.flags, f"--use-file-for-fake-audio-capture={microphone}"]
            self.browsers[pitch] = await self.playwright.chromium.launch(
                executable_path="/usr/bin/chromium", headless=True, args=flags
            )
            self.stack.push_async_callback(self.browsers[pitch].close)
        return self.browsers[pitch]

    async def open(self, pitch: int, path: str, **context: Any) -> Page:
        """A page of his own, logged in when he is staff."""
        settings = {"locale": "ru-RU", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
        made = await (await self.browser(pitch)).new_context(**{**settings, **context})
        made.set_default_timeout(LIMIT)
        await made.add_init_script(LISTENING)
        if login := LOGINS.get(pitch):
            await self._ask(made, "/api/login", {"login": login, "password": PASSWORD})
        page = await made.new_page()
        page.on("pageerror", lambda error: self._fault(f"{path}: {error}"))
        page.on("console", lambda line: line.type == "error" and self._fault(f"{path}: {line.text}"))
        await page.goto(self.base + path)
        self.pages.append(page)
        return page

    async def go(self) -> None:
        """Everybody ends his work and closes his pages."""
        for page in self.pages:
            if not page.context.browser or not page.context.browser.is_connected():
                continue
            if page.url.endswith("/desk"):
                await self._ask(page.context, "/api/desk/state", {"action": "log_out"}, also=(409,))
            await page.context.close()
        self.pages.clear()
        self.expected = ()

    async def _ask(self, context: Any, path: str, body: dict[str, str], also: tuple[int, ...] = ()) -> None:
        session = await (await context.request.get(f"{self.base}/api/session")).json()
        headers = {"Origin": self.base, "X-CSRF-Token": session["csrf"]}
        answer = await context.request.post(self.base + path, data=body, headers=headers)
        assert answer.ok or answer.status in also, await answer.text()

    def _fault(self, words: str) -> None:
        if not any(expected in words for expected in self.expected):
            self.faults.append(words)


@asynccontextmanager
async def crowd(base: str, sounds: Path, flags: list[str]) -> AsyncIterator[Crowd]:
    """Nobody yet, at this hotline."""
    async with AsyncExitStack() as stack:
        yield Crowd(await stack.enter_async_context(async_playwright()), stack, base, sounds, flags)


expect.set_options(timeout=LIMIT)


async def calls(page: Page, kind: str = "Не получается войти") -> None:
    """A citizen chooses the kind of problem, calls, and the menu begins."""
    await page.get_by_label(kind).check()
    await page.get_by_role("button", name="Позвонить", exact=True).click()
    await expect(page.locator("#stage")).to_have_text("Автоответчик")
    # a key before the first words is lost
    await expect(page.locator("#lines")).to_contain_text(TEXTS["say/hello"])
    await is_heard(page)


async def is_heard(page: Page) -> None:
    """Something of the call has been heard, not only shown."""
    async with asyncio.timeout(30):
        while await energy(page) < 0.001:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def asks_for_an_operator(page: Page) -> None:
    """0 on the keypad of the screen, "that is right" to the hour, and into a queue."""
    await page.get_by_role("button", name="Клавиша 0", exact=True).click()
    await expect(page.locator("#choices")).to_contain_text(TEXTS["item/place-right"].rstrip(","), timeout=20_000)
    await page.get_by_role("button", name="Клавиша 1", exact=True).click()
    await expect(page.locator("#stage")).to_have_text("Ожидание оператора", timeout=MENU_MS)


async def begins_work(desk: Page) -> None:
    """An operator is ready to be rung in the page."""
    await expect(desk.get_by_text("Телефон на связи")).to_be_visible()
    await desk.get_by_role("button", name="Начать работу").click()
    await expect(desk.locator("#me strong")).to_have_text("Готов")


async def is_ready(desk: Page) -> None:
    """An operator leaves what he has to write down for later."""
    await expect(desk.locator("#me strong")).to_have_text(AFTER_CALL)
    await desk.get_by_role("button", name="Готов", exact=True).click()
    await expect(desk.locator("#me strong")).to_have_text("Готов")


async def answers(desk: Page) -> None:
    """It rings, he answers, and both talk."""
    button = desk.get_by_role("button", name="Ответить")
    await expect(button).to_be_enabled(timeout=MENU_MS)
    await button.click()
    await expect(desk.locator("#me strong")).to_have_text("Разговор")


async def talks(page: Page, desk: Page) -> None:
    """A citizen comes through to the operator who sits at `desk` and has begun his work."""
    await calls(page)
    await asks_for_an_operator(page)
    await answers(desk)
    await expect(page.locator("#stage")).to_have_text("Разговор с оператором")
    number = re.search(r"\d{8}", await page.locator("#detail").inner_text())
    assert number
    await expect(desk.locator(".protocol")).to_have_text(re.sub(r"(\d\d)(?=\d)", r"\1 ", number[0]))
