"""Calls from the citizen's page to a whole hotline: what is heard, read, pressed; and no call outlives its page."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from tests.canary.documents import DOCUMENTS
from tests.canary.trails import TRAIL
from tests.canary.tree import search_tree

from .conftest import FLAGS, LIMIT
from .hotline import TEXTS, Hotline
from .people import is_heard
from .sound import LISTENING, hears_tone, tone
from .test_pages import PICTURES, WIDTHS, faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: Grants the microphone; without it a browser refuses it at once.
_GRANTED = "--use-fake-ui-for-media-stream"
#: Seconds after which Asterisk gives up a browser that says nothing (pjsip.conf), and some for a busy machine.
_RTP_TIMEOUT = 10 + 20
Started = Callable[..., Awaitable[Browser]]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def no_call_is_left(line: Hotline) -> AsyncIterator[None]:
    yield
    await line.until_channels(0, _RTP_TIMEOUT + 10)


@pytest_asyncio.fixture(loop_scope="session")
async def started() -> AsyncIterator[Started]:
    """started(microphone=file, granted=True): a browser process of its own."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())

        async def begin(microphone: Path | None = None, granted: bool = True) -> Browser:
            flags = [flag for flag in FLAGS if granted or flag != _GRANTED]
            if microphone:
                flags.append(f"--use-file-for-fake-audio-capture={microphone}")
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=flags)
            stack.push_async_callback(browser.close)
            return browser

        yield begin


async def opened(browser: Browser, line: Hotline, path: str = "/call", script: str = LISTENING, **context: Any) -> Page:
    made = await browser.new_context(locale="ru-RU", **context)
    made.set_default_timeout(LIMIT)
    page = await made.new_page()
    await page.add_init_script(script)
    await page.goto(line.base + path)
    return page


async def places(page: Page, kind: str = "Не получается войти") -> None:
    """Choose the kind of problem, call, and hear the menu begin."""
    await page.get_by_label(kind).check()
    await page.get_by_role("button", name="Позвонить", exact=True).click()
    await expect(page.locator("#stage")).to_have_text("Автоответчик")
    await expect(page.locator("#lines")).to_contain_text(TEXTS["say/hello"])


async def hears_something(page: Page) -> None:
    await page.wait_for_function("() => window.connections.at(-1)?.connectionState === 'connected'")
    await is_heard(page)


async def test_the_chosen_menu_is_heard_and_read_and_its_keys_work(line: Hotline, started: Started) -> None:
    page = await opened(await started(), line)
    await places(page, "Не проходит подтверждение личности")
    await hears_something(page)
    await expect(page.locator("#lines")).to_contain_text(TEXTS["menu/identity"])
    choices = page.locator("#choices button")
    await expect(choices).to_have_count(6)
    await expect(choices.first).to_have_text("1" + TEXTS["item/identity-documents"].rstrip(","))
    await choices.first.click()
    await expect(page.locator("#lines")).to_contain_text(TEXTS["identity-documents/1"])
    # by keyboard too, and by the keys on screen
    await page.keyboard.press("*")
    await expect(page.locator("#choices")).to_contain_text(TEXTS["item/identity-photo"].rstrip(","))
    await page.get_by_role("button", name="Клавиша звёздочка").click()
    await expect(page.locator("#lines")).to_contain_text(TEXTS["menu/main"])
    await page.get_by_role("button", name="Завершить").click()
    await expect(page.locator("#over")).to_have_text("Звонок завершён")
    await expect(page.locator("#calls li")).to_contain_text("Не проходит подтверждение личности")
    await line.until_told("end")
    told = await line.steps()
    start = next(data for kind, data in told if kind == "start")
    assert (start["source"], start["category"], start["caller"]) == ("browser", "identity", "")
    keys = [data["keys"] for kind, data in told if kind == "ask" and data["keys"]]
    assert keys == ["•"] * 3


async def test_the_number_of_a_document_keyed_on_the_page_is_found_nowhere(line: Hotline, started: Started) -> None:
    page = await opened(await started(), line)
    await places(page)
    await hears_something(page)
    for digit in DOCUMENTS[2].digits:
        if await page.locator("#over").is_visible():
            break
        await page.keyboard.press(digit)
        await page.wait_for_timeout(400)
    async with asyncio.timeout(60):  # they are written some moments later
        while len([data for kind, data in await line.steps() if kind == "ask" and data["keys"]]) < TRAIL:
            pass
    await page.close()
    found = await asyncio.to_thread(search_tree, line.state, DOCUMENTS, [line.state / "sounds"])
    assert not found, "\n".join(map(str, found))


async def test_a_call_under_way_is_legible_and_usable_on_every_screen(line: Hotline, started: Started) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await opened(await started(), line)
    await places(page)
    await page.locator("#callback").click()
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.screenshot(path=PICTURES / f"call-talking-{width}.png", full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert not await faults_of(page)
    await page.get_by_role("button", name="Завершить").click()
    await expect(page.locator("#over")).to_be_focused()
    await page.screenshot(path=PICTURES / "call-over-360.png", full_page=True)
    assert not await faults_of(page)


async def test_without_a_microphone_one_hears_reads_and_presses_keys(line: Hotline, started: Started) -> None:
    page = await opened(await started(granted=False), line)
    await places(page)
    await expect(page.locator("#deaf")).to_be_visible()
    await hears_something(page)
    await page.get_by_role("button", name="Клавиша 1", exact=True).click()
    await expect(page.locator("#lines")).to_contain_text(TEXTS["signin-password/1"])
    # longer than Asterisk waits for a browser that sends nothing
    await page.wait_for_timeout(12_000)
    await expect(page.locator("#stage")).to_have_text("Автоответчик")
    await page.get_by_role("button", name="Завершить").click()
    await expect(page.locator("#over")).to_have_text("Звонок завершён")


async def test_whoever_hangs_up_before_he_is_connected_is_told_that_the_call_is_over(
    line: Hotline, started: Started
) -> None:
    page = await opened(await started(), line)
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/api/call/token", late)
    place, hang_up = (page.get_by_role("button", name=name, exact=True) for name in ("Позвонить", "Завершить"))
    over = page.locator("#over")
    await place.click()
    await hang_up.click()
    await expect(over).to_have_text("Звонок завершён")
    answered.set()
    await page.get_by_role("button", name="Позвонить ещё раз").click()
    # the browser asks for the microphone, and nobody answers
    await page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }")
    async with page.expect_response("**/api/call/token"):
        await place.click()
    await hang_up.click()
    await expect(over).to_be_visible()
    await expect(over).to_have_text("Звонок завершён")
    await expect(page.locator("#calls li")).to_have_count(0)
    # before Asterisk gives up who says nothing
    await line.until_channels(0, 8)


async def test_a_page_that_is_left_takes_its_call_along(line: Hotline, started: Started) -> None:
    page = await opened(await started(), line)
    await places(page)
    await line.until_channels(1, 30)
    await page.goto("about:blank")
    assert await line.until_channels(0, 9) < 9


async def test_a_browser_that_is_killed_leaves_no_call_behind(line: Hotline, started: Started) -> None:
    browser = await started()
    page = await opened(browser, line)
    await places(page)
    await line.until_channels(1, 30)
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    os.kill(next(one["id"] for one in processes if one["type"] == "browser"), signal.SIGKILL)
    await line.until_channels(0, _RTP_TIMEOUT)


async def test_an_operator_answers_in_his_browser_and_both_hear_each_other(
    line: Hotline, started: Started, telephone: str, tmp_path: Path
) -> None:
    desk = await opened(await started(tone(tmp_path / "operator.wav", 1000)), line, "/login", LISTENING + telephone)
    await desk.get_by_label("Логин").fill("anna")
    await desk.get_by_label("Пароль").fill("correct horse battery")
    await desk.get_by_role("button", name="Войти").click()
    await desk.wait_for_url(line.base + "/")
    await desk.evaluate("login()")
    # the only numbers that there are are those of the shift
    assert await desk.evaluate("dial('+79161234567')") == "Not Found"
    assert await desk.evaluate("dial('88005553535')") == "Not Found"
    assert await desk.evaluate("dial('hotline')") == "Not Found"
    assert await desk.evaluate("dial('*11')") == ""

    page = await opened(await started(tone(tmp_path / "caller.wav", 440)), line)
    await places(page)
    await page.get_by_role("button", name="Клавиша 0").click()
    await expect(page.locator("#choices")).to_contain_text(TEXTS["item/place-right"].rstrip(","), timeout=20_000)
    await page.keyboard.press("1")
    await expect(page.locator("#stage")).to_have_text("Ожидание оператора", timeout=60_000)
    await expect(page.locator("#detail")).to_contain_text("Номер обращения")
    await desk.wait_for_function("() => phone.state === 'ringing'", timeout=20_000)
    await expect(page.locator("#lines")).to_contain_text(TEXTS["queue/you-are-next"])
    await desk.evaluate("phone.answer()")
    await expect(page.locator("#stage")).to_have_text("Разговор с оператором")
    assert await hears_tone(page, 1000)
    assert await hears_tone(desk, 440)
    # held: music instead of him; muted: nothing of him
    await desk.evaluate("phone.hold(true)")
    await desk.wait_for_function("() => phone.held")
    assert not await hears_tone(page, 1000, limit=3)
    # the key pressed while the line still settles what was pressed before
    await desk.evaluate("[false, true, false].forEach((on) => phone.hold(on))")
    await desk.wait_for_function("() => !phone.held")
    assert await hears_tone(page, 1000)
    # whatever he is passed on to, he comes to a queue of ours (where the same operator answers)
    assert await desk.evaluate("passedOn('89161234567')") == ""
    await expect(page.locator("#stage")).to_have_text("Ожидание оператора")
    await desk.wait_for_function("() => phone.state === 'ringing'", timeout=20_000)
    await desk.evaluate("phone.answer()")
    await expect(page.locator("#stage")).to_have_text("Разговор с оператором")
    assert await hears_tone(page, 1000)
    await page.get_by_role("button", name="Выключить микрофон").click()
    await expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    assert not await hears_tone(desk, 440, limit=3)
    await page.get_by_role("button", name="Завершить").click()
    await page.get_by_role("button", name="4 из 5").click()
    await expect(page.locator("#rated")).to_have_text("Спасибо за оценку!")
    assert (await line.until_told("rating"))["score"] == 4
    assert (await line.until_told("answered"))["operator"] == "op-101"
    assert await desk.evaluate("dial('*12')") == ""


async def test_a_call_back_is_asked_for_on_the_page_and_ends_the_call(line: Hotline, started: Started) -> None:
    page = await opened(await started(), line)
    await places(page)
    await page.locator("#callback").click()
    number = page.get_by_label("Номер телефона в России")
    await number.fill("112")
    await page.get_by_role("button", name="Когда позвоните?").click()
    await expect(page.locator("#back-fault")).to_contain_text("короткий")
    await number.fill("8 (495) 123-45-67")
    await page.get_by_role("button", name="Когда позвоните?").click()
    await expect(page.locator("#promise")).to_contain_text("Позвоним с")
    await page.get_by_role("button", name="Да, перезвоните").click()
    await expect(page.locator("#promise")).to_contain_text("Договорились")
    await expect(page.locator("#over")).to_have_text("Звонок завершён")
    kept = (await line.ivr("callbacks", "list"))[0]
    assert (kept["number"], kept["source"], kept["category"]) == ("+74951234567", "app", "signin")
