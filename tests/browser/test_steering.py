"""The board's panels of steering in a real browser: operators, callers, known faults, and who did what."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ivr.domain.operators import Membership
from ivr.domain.queues import QueueView, Waiting
from ivr.services.board_state import jsonable
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.testing import NOON
from ivr.web.board import BoardPages
from ivr.web.routes import Route
from ivr.wiring import SystemClock
from tests.services.house import staffed
from tests.web.running import Running, running
from tests.web.test_steering import Floor

from .conftest import Opened
from .pictures import PICTURES, faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
AT = NOON.isoformat()
WORDS = "Сейчас не открывается вход на портал. Мы уже чиним."


def queue(name: str, site: str, waiting: int) -> dict[str, Any]:
    return {
        "name": name, "site": site, "zone": "Europe/Moscow", "waiting": waiting, "oldest": AT if waiting else "",
        "logged_in": 1, "ready": 0, "talking": 1, "paused": 0, "expected": None, "answer_in_s": 20, "counts": {},
        "figures": {},
    }  # fmt: skip


def caller(number: int) -> dict[str, Any]:
    return {
        "call": f"c{number}", "queue": "ural", "place": number, "since": AT, "joined": AT, "number": f"450{number}",
        "region": {"ru": "Москва", "en": "Moscow"}, "zone": "Europe/Moscow", "category": "signin", "language": "ru",
        "ticket": "", "told": None, "callback": False, "ringing": [],
    }  # fmt: skip


def operator(login: str, state: str, call: Any = None) -> dict[str, Any]:
    return {
        "login": login, "name": f"Оператор {login}", "state": state, "since": AT, "reason": "", "queues": ["ural"],
        "logged_in": AT, "call": call, "answered": 3, "missed": 0,
    }  # fmt: skip


TALK = {
    "call": "c9", "queue": "ural", "since": AT, "number": "4509", "category": "signin", "language": "ru",
    "region": None,
}  # fmt: skip
BOARD = {
    "at": AT,
    "health": {
        "fresh": True, "known": AT, "heard": AT, "lag_s": 0, "compared": AT, "differences": [], "trouble": "",
        "open_calls": 3,
    },
    "alerts": [],
    "sites": [{"id": "", "names": {"ru": "Общая"}, "zone": "Europe/Moscow", "open": True, "until": "", "shift": None,
               "queues": ["ural", "common"]}],
    "queues": [queue("ural", "", 2), queue("common", "", 0)],
    "callers": [caller(1), caller(2)],
    "operators": [operator("101", "talking", TALK), operator("102", "ready")],
    "callbacks": {"known": True, "queues": [], "day": {}, "reached": None, "kept": None},
}  # fmt: skip


async def _nothing() -> None:
    return None


@pytest_asyncio.fixture(loop_scope="session")
async def floor(tmp_path: Path) -> Floor:
    made = Floor(tmp_path, patience=0.1)
    made.switchboard.members = [Membership("101", "op", "ural"), Membership("102", "op", "ural")]
    waiting = tuple(Waiting(f"PJSIP/{n}", n, NOON, f"c{n}") for n in (1, 2))
    made.board.now = staffed(ural=QueueView("ural", 1, 0, waiting), common=QueueView("common", 1))
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, floor: Floor) -> AsyncIterator[Running]:
    """A site with a board that stands still, and a supervisor and an administrator."""

    def routes(site: Site, storage: Storage) -> list[Route]:
        day: dict[str, Any] = {"since": [], "queues": {}}
        board = BoardPages(site.live, lambda at: BOARD, lambda at: day, lambda *a: True, _nothing)
        return [*board.routes(), *floor.routes(site, storage)]

    assert jsonable(BOARD) == BOARD
    async with running(tmp_path, routes, clock=SystemClock()) as found:
        for role in ("supervisor", "administrator"):
            await found.person(role, role)
        yield found


async def test_operators_and_callers_are_steered_from_their_rows(opened: Opened, floor: Floor) -> None:
    page = await opened("supervisor", "/board", expected=(404, 409))
    row = page.locator("#operators tbody tr", has_text="102")
    await row.get_by_role("button", name="Действия").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Причина").select_option("lunch")
    await dialog.get_by_label("Почему").first.fill("просил")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "board-steer-operator.png")
    assert not await faults_of(page)
    await dialog.get_by_role("button", name="Поставить на паузу").click()
    await page.get_by_text("Оператор 102: на паузе").wait_for()
    assert [(each.operator, each.reason) for each in floor.switchboard.members if each.paused] == [("102", "lunch")]

    second = page.locator("#callers tbody tr", has_text="4502")
    await second.get_by_role("button", name="Действия").click()
    await page.screenshot(path=PICTURES / "board-steer-caller.png")
    assert not await faults_of(page)
    # nobody is overtaken without a reason
    await dialog.get_by_role("button", name="Продвинуть", exact=True).click()
    assert await dialog.is_visible() and floor.switchboard.withdrawn == []
    await dialog.get_by_label("Почему").last.fill("плохо себя чувствует")
    await dialog.get_by_role("button", name="Продвинуть", exact=True).click()
    told = page.get_by_text("если не ответит, звонок будет переведён")
    await told.wait_for()
    await told.wait_for(state="detached")
    assert floor.switchboard.withdrawn == [("ural", "PJSIP/2")]
    order = floor.orders.get("c2")
    assert order is not None and (order.by, order.position, order.why) == ("supervisor", 1, "плохо себя чувствует")

    first = page.locator("#callers tbody tr", has_text="4501")
    await first.get_by_role("button", name="Действия").click()
    # the first in line cannot come further forward
    assert await dialog.get_by_role("button", name="Продвинуть", exact=True).count() == 0
    await dialog.get_by_label("Очередь").select_option("common")
    await dialog.get_by_role("button", name="Перевести", exact=True).click()
    await told.wait_for()

    await page.get_by_text("Журнал действий").click()
    deeds = page.locator(".deeds tbody tr")
    await deeds.nth(2).wait_for()
    assert "просил" in await deeds.nth(2).inner_text() and "обед" in await deeds.nth(2).inner_text()
    assert "плохо себя чувствует" in await deeds.nth(1).inner_text()


async def test_a_fault_is_written_heard_recorded_announced_and_ended(opened: Opened, floor: Floor) -> None:
    page = await opened("administrator", "/board", expected=(400,))
    # who is no supervisor steers nobody
    await page.locator("#operators tbody tr").first.wait_for()
    assert await page.locator(".actions button").count() == 0
    await page.get_by_role("button", name="Объявить сбой").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Вход").check()
    await dialog.get_by_label("Текст по-русски").fill("Звоните 8 800")
    await dialog.get_by_role("button", name="Объявить", exact=True).click()
    await dialog.get_by_text("числа пишите словами").wait_for()
    assert not await faults_of(page)
    await dialog.get_by_label("Текст по-русски").fill(WORDS)
    await dialog.get_by_role("button", name="Прослушать").first.click()
    await page.wait_for_function("() => document.querySelector('.spoken audio').currentTime > 0.2")
    # in English it is spoken by oneself
    english = dialog.locator(".spoken").nth(1)
    await english.get_by_role("button", name="Записать голосом").click()
    await english.get_by_role("button", name="Остановить запись").wait_for()
    await page.wait_for_timeout(4000)  # so long is the recording
    await english.get_by_role("button", name="Остановить запись").click()
    await english.get_by_role("button", name="Убрать запись").wait_for()
    await page.wait_for_function("() => document.querySelectorAll('.spoken audio')[1].duration > 1")
    await page.screenshot(path=PICTURES / "board-incident-new.png")
    await dialog.get_by_role("button", name="Объявить", exact=True).click()
    await page.get_by_text("Сбой объявлен.").wait_for()
    await floor.desk.look()
    row = page.locator(".incidents tbody tr", has_text="не открывается вход")
    await row.wait_for()
    (made,) = await floor.desk.list()
    assert made.categories == {"signin"} and made.texts == {"ru": WORDS} and set(made.recorded) == {"en"}

    await floor.desk.subscribe(made.id, "+79161234567", "ru", "c1")
    await floor.desk.look()
    await row.locator("strong", has_text="1").wait_for()
    await page.screenshot(path=PICTURES / "board-incidents.png", full_page=True)
    assert not await faults_of(page)
    await row.get_by_role("button", name="Закончить").click()
    await dialog.get_by_text("1 человек получит СМС").wait_for()
    await dialog.get_by_role("button", name="Сбой исправлен").click()
    await page.get_by_text("Окончен. СМС получит 1 человек.").wait_for()
    assert [message.template for message in await floor.storage.outbox.queued()] == ["incident-over"]


@pytest.mark.parametrize("width", [1280, 360])
async def test_the_dialogs_fit_the_screen_and_close_by_a_key(opened: Opened, width: int) -> None:
    page = await opened("supervisor", "/board", width=width, dark=True, language="en")
    await page.locator("#operators tbody tr", has_text="101").get_by_role("button", name="Actions").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Whisper").wait_for()
    await page.screenshot(path=PICTURES / f"board-steer-dark-{width}.png")
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert not await faults_of(page)
    await page.keyboard.press("Escape")
    assert await dialog.count() == 0
    assert await page.evaluate("document.activeElement.textContent") == "⋯"


async def test_a_dialog_that_is_closed_while_somebody_speaks_leaves_no_microphone_on(
    opened: Opened, floor: Floor
) -> None:
    page = await opened("administrator", "/board")
    await page.evaluate("""() => {
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia.bind(devices);
      devices.getUserMedia = async (wanted) => (window.spoken = await ask(wanted));
    }""")
    await page.get_by_role("button", name="Объявить сбой").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Записать голосом").first.click()
    await dialog.get_by_role("button", name="Остановить запись").wait_for()
    await page.keyboard.press("Escape")
    await page.wait_for_function("() => spoken.getTracks().every((track) => track.readyState === 'ended')")
