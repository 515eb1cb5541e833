"""The supervisor's board with a hotline's life on it: legible, calm, live, and every figure explains itself."""

import itertools
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from ivr.domain.live_snapshot import Drift
from ivr.services.board_state import jsonable
from ivr.services.live_ports import CallbackCounts
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.web.board import BoardPages
from ivr.web.routes import Route
from tests.board_house import BoardHouse
from tests.web.running import Running, running

from .conftest import Opened
from .pictures import PICTURES, WIDTHS, faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
AT = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)
#: What stands beside the board here: nothing of the steering.
NOTHING_ELSE = (404,)


class Busy:
    """A house with people in it, and its site."""

    def __init__(self) -> None:
        self.house = BoardHouse(AT)
        self.site: Site | None = None

    def routes(self, site: Site, _storage: Storage) -> list[Route]:
        self.site, house = site, self.house
        pages = BoardPages(
            site.live, lambda at: house.board.snapshot(house.clock.now()),
            lambda at: house.board.day(house.clock.now()), house.board.acknowledge, self.tell,
        )  # fmt: skip
        return pages.routes()

    async def tell(self) -> None:
        """Send the state of now to the browsers."""
        assert self.site is not None
        self.site.live.publish("board", jsonable(self.house.board.snapshot(self.house.clock.now())))

    async def fill(self) -> None:
        house = self.house
        for n in range(400):
            at, call = AT - timedelta(minutes=3 * n + 1), f"{n}.{n}"
            queue = ("moscow", "kazan", "vladivostok")[n % 3]
            house.logged(at, call, queue, "NONE", "ENTERQUEUE", "", "", 1)
            if n % 7:
                house.logged(at, call, queue, "op-101", "CONNECT", n % 40, "1.9", 4)
                house.logged(at, call, queue, "op-101", "COMPLETECALLER", n % 40, 90, 1)
            else:
                house.logged(at + timedelta(seconds=30), call, queue, "NONE", "ABANDON", 1, 1, 30)
        house.log.lines.sort()
        await house.counts.tick([])
        house.figures.now = {"moscow": CallbackCounts({"waiting": 4}, 3, AT - timedelta(minutes=2))}
        await house.callbacks.look()
        house.staff("101", "moscow", "common")
        house.staff("102", "moscow", "common", paused="обед")
        house.staff("103", "kazan", "common", status=2)
        house.caller("1795000000.1", "moscow", 30)
        house.caller("1795000000.2", "kazan", 700, region="16", language="tt")
        house.caller("1795000000.3", "kazan", 20, category="")
        house.source.drift = Drift(AT, ("moscow: caller 1.1 is not there",))
        house.board.snapshot(AT)
        house.clock.pass_(61)


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, busy: Busy) -> AsyncIterator[Running]:
    await busy.fill()
    async with running(tmp_path, busy.routes) as found:
        await found.person("boss", "supervisor")
        yield found


async def board(opened: Opened, width: int = 1600, dark: bool = False, language: str = "ru") -> Page:
    page = await opened("boss", "/board", width, dark, language, NOTHING_ELSE)
    await expect(page.locator("#callers tbody tr")).to_have_count(3)
    return page


async def test_a_busy_board_is_legible_to_everybody_and_fits_every_screen(opened: Opened) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong = []
    for width, dark, language in itertools.product((1600, *WIDTHS), (False, True), ("ru", "en")):
        page = await board(opened, width, dark, language)
        where = f"board-busy-{width}-{'dark' if dark else 'light'}-{language}"
        await page.screenshot(path=PICTURES / f"{where}.png", full_page=True)
        overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{where}: {overflow} px wider than the screen"] if overflow > 0 else []
        wrong += [f"{where}: {fault}" for fault in await faults_of(page)]
        await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_a_new_caller_is_there_at_once_and_no_row_is_moved(opened: Opened, busy: Busy) -> None:
    page = await board(opened)
    await page.evaluate("window.before = [...document.querySelectorAll('#callers tbody tr')]")
    busy.house.caller("1795000000.9", "moscow")
    await busy.tell()
    await expect(page.locator("#callers tbody tr")).to_have_count(4)
    same = await page.evaluate("before.every((row, n) => row === document.querySelectorAll('#callers tbody tr')[n])")
    assert same
    # the longest waiting stands first
    await expect(page.locator("#callers tbody tr").first).to_contain_text(re.compile(r"12:\d\d"))


async def test_a_figure_explains_itself_to_mouse_keyboard_and_finger(opened: Opened) -> None:
    page = await board(opened)
    told = page.locator("#explain")
    level = page.locator(".tile", has_text="Уровень сервиса").locator(".figure")
    await level.hover()
    await expect(told).to_contain_text(re.compile(r"Отвечено в срок.*\d+ / \(\d+ \+ \d+ − \d+\)", re.DOTALL))
    await page.mouse.move(0, 0)
    await expect(told).to_be_hidden()
    await page.locator(".tile .figure").first.focus()
    await page.keyboard.press("Tab")
    await expect(told).to_contain_text("Дольше всех")
    await page.keyboard.press("Escape")
    await expect(told).to_be_hidden()
    await level.dispatch_event("click")
    await expect(told).to_be_visible()


async def test_old_figures_are_said_to_be_old(opened: Opened, busy: Busy) -> None:
    page = await board(opened)
    await expect(page.locator("#stale")).to_be_hidden()
    busy.house.source.is_fresh, busy.house.source.silence = False, None
    await busy.tell()
    await expect(page.locator("#stale")).to_contain_text("Нет данных от Asterisk")
    busy.house.source.is_fresh, busy.house.source.silence = True, 1.0
    await busy.tell()
    await expect(page.locator("#stale")).to_be_hidden()


async def test_the_board_comes_back_by_itself_when_the_connection_was_cut(opened: Opened, busy: Busy) -> None:
    page = await board(opened)
    assert busy.site is not None
    await busy.site.live.close()
    busy.house.caller("1795000000.9", "moscow")
    # nothing is published: only a new connection can bring it
    await expect(page.locator("#callers tbody tr")).to_have_count(4, timeout=10_000)


async def test_an_alert_that_was_seen_says_by_whom(opened: Opened) -> None:
    page = await board(opened)
    alert = page.locator("#alerts li", has_text="дольше 10:00")
    await alert.get_by_role("button").click()
    await expect(alert).to_contain_text("видит Some boss")
    await expect(alert.get_by_role("button")).to_be_hidden()


async def test_one_site_alone_can_be_looked_at(opened: Opened) -> None:
    page = await board(opened)
    await page.locator("#site").select_option("kazan")
    await expect(page.locator("#queues tbody tr")).to_have_count(1)
    await expect(page.locator("#callers tbody tr")).to_have_count(2)
    await expect(page.locator("#operators tbody tr")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#queues tbody tr")).to_have_count(1)


async def test_the_day_is_there_as_numbers_too(opened: Opened) -> None:
    page = await board(opened)
    await page.locator("#day-table summary").click()
    rows = page.locator("#day-table tbody tr")
    await expect(rows).not_to_have_count(0)
    assert await rows.count() > 30
