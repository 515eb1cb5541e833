"""The page of the history: filters in the address, the journey drawn to scale, why, who sees what."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from ivr.config import Config
from ivr.domain.contacts import Contact
from ivr.domain.routing import RouteRequest, decision_data, request_data
from ivr.domain.whereabouts import Place, Reason
from ivr.storage.store import Storage
from ivr.wiring import make_router, read_calendars, read_regions
from tests.web.running import Running

from .conftest import Opened
from .test_pages import PICTURES, faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
ONE, TWO = "+79161234567", "+79167654321"
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


def route() -> dict[str, Any]:
    """A route as the router journals it."""
    config = Config()
    regions = read_regions(config)
    router = make_router(config, read_calendars(config), regions)
    zone = "Asia/Kamchatka"
    reason = Reason("place-fixed", {"region": "41", "zone": zone, "code": "415", "territory": ""})
    request = RouteRequest(Place("41", zone, "fixed", reason), "signin", "ru", AT)
    decision = router.decide(request)
    return {"queue": decision.legs[0].queue, "digest": decision.digest, "request": request_data(request),
            "decision": decision_data(decision), "position": 3, "wait_s": 90}  # fmt: skip


async def fill(storage: Storage) -> None:
    """A call with everything in it, and forty short ones."""
    def write(after: float, kind: str, call: str = "1x1", /, **data: object) -> None:
        storage.journal.write(call, AT + timedelta(seconds=after), kind, data)

    write(0, "start", caller=ONE, did="88005553535")
    write(0.1, "place", region="41", zone="Asia/Kamchatka", confidence="fixed")
    write(1, "step", step="menu/main")
    write(9, "ask", step="menu/main", keys="1")
    write(10, "ticket", ticket="12345674", category="signin", purpose="operator")
    storage.journal.write("1x1", AT + timedelta(seconds=11), "route", route())
    write(11.5, "waiting", queue="moscow", position="3")
    write(12, "told", queue="moscow", position=3, wait_s=90)
    write(72, "told", queue="moscow", position=1, wait_s=30)
    write(102, "answered", queue="moscow", operator="op-101", waited_s="90", rang_s="6")
    write(160, "hold")
    write(190, "unhold")
    write(300, "talked", queue="moscow", seconds="198", reason="agent")
    write(300, "end", reason="talked")
    write(306, "rating", score=5)
    write(307, "end", reason="goodbye")
    until = AT + timedelta(seconds=300)
    contact = Contact("1x1", "101", "12345674", "signin", "ru", AT + timedelta(seconds=102), purpose="не может войти",
                      clarified=(("Пароль меняли?", "yes"),), solved="yes", protocol_said=True,
                      note="Сбросили пароль", talked_until=until, closed_at=until + timedelta(seconds=45))  # fmt: skip
    await storage.contacts.begin(contact)
    for number in range(2, 60):
        call = f"{number}x{number}"
        back = -60.0 * number
        write(back, "start", call, caller=TWO, did="88005553535")
        write(back + 20, "waiting", call, queue=("kazan", "common")[number % 2], position="1")
        write(back + 50, "abandoned", call, queue=("kazan", "common")[number % 2], waited_s="30")
        write(back + 50, "end", call, reason="abandoned")
    assert await storage.journal.flush(30)


async def test_a_call_is_found_and_looked_at_by_address_and_keyboard(site: Running, opened: Opened) -> None:
    await fill(site.storage)
    page = await opened("supervisor", "/history")
    rows = page.locator("#calls tr")
    await expect(rows).to_have_count(50)
    await page.get_by_role("button", name="Ещё раньше").click()
    await expect(rows).to_have_count(59)
    await page.get_by_label("Очередь").select_option("moscow")
    await expect(rows).to_have_count(1)
    assert "queue=moscow" in page.url
    await rows.first.get_by_role("link").press("Enter")
    await expect(page.locator("#one-title")).to_contain_text("1x1")
    assert "#call=1x1" in page.url
    await page.reload()
    await expect(rows).to_have_count(1)
    await expect(page.locator("#why")).to_contain_text("Камчатский край")
    await page.keyboard.press("Escape")
    await expect(page.locator("#one")).to_be_hidden()
    await page.go_back()
    await expect(page.locator("#one")).to_be_visible()


async def test_the_time_line_is_drawn_to_scale(site: Running, opened: Opened) -> None:
    await fill(site.storage)
    page = await opened("supervisor", "/history#call=1x1")
    await page.locator(".bar-of.talk").first.wait_for()
    widths = await page.evaluate("""Object.fromEntries([...document.querySelectorAll('.lane:first-child .bar-of')]
        .map((bar, n) => [`${n} ${bar.classList[1]}`, bar.getBoundingClientRect().width]))""")
    assert list(widths) == ["0 menu", "1 queue", "2 ringing", "3 talk", "4 hold", "5 talk", "6 after"]
    whole = sum(widths.values()) / 307
    lengths = [11.5, 84.5, 6, 58, 30, 110, 7]
    assert all(abs(width / whole - length) < 2 for width, length in zip(widths.values(), lengths, strict=True))
    await expect(page.locator(".legend li")).to_have_count(8)


async def test_a_number_is_looked_for_without_being_in_the_address(site: Running, opened: Opened) -> None:
    await fill(site.storage)
    page = await opened("administrator", "/history")
    await page.get_by_label("Номер", exact=True).fill("8 (916) 123-45-67")
    await page.get_by_label("Номер", exact=True).press("Enter")
    await expect(page.locator("#calls tr")).to_have_count(1)
    assert "916" not in page.url
    await page.locator("#calls a").first.click()
    await page.get_by_role("button", name="Показать номер").click()
    await expect(page.locator("#facts")).to_contain_text(ONE)
    entries = await site.storage.audit.latest(10)
    assert [(e.who, e.action) for e in entries] == [
        ("administrator", "number_shown"),
        ("administrator", "calls_by_number"),
    ]


async def test_an_operator_sees_no_numbers_and_his_own_calls_alone(site: Running, opened: Opened) -> None:
    await fill(site.storage)
    await site.accounts.change("operator", phone="101")
    page = await opened("operator", "/history")
    await expect(page.locator("#calls tr")).to_have_count(1)
    await expect(page.get_by_label("Номер", exact=True)).to_be_hidden()


async def test_the_page_is_legible_with_calls_in_it(site: Running, opened: Opened) -> None:
    await fill(site.storage)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, dark, where in itertools.product((1440, 360), (False, True), ("", "#call=1x1")):
        page = await opened("supervisor", f"/history{where}", width, dark)
        await page.locator("#calls tr").first.wait_for(state="attached")
        if where:
            await page.locator(".bar-of.talk").first.wait_for()
        name = f"history-{'call' if where else 'list'}-{width}-{'dark' if dark else 'light'}"
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{name}: {overflow} px wider than the screen"
        assert not await faults_of(page), name
