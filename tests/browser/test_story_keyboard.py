"""An operator without a mouse: works, answers, writes, closes; sees where the focus is, and is caught nowhere."""

import pytest
from playwright.async_api import Page, expect

from .hotline import Hotline
from .people import AFTER_CALL, ANNA, CITIZEN, MENU_MS, Crowd, asks_for_an_operator, calls
from .pictures import faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: Where the focus is: its name, whether it can be seen, and a mark that is the same only for the same element.
_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return { name: "", seen: true, mark: 0, html: "" };
  window.marks ??= new Map();
  if (!window.marks.has(node)) window.marks.set(node, window.marks.size + 1);
  const style = getComputedStyle(node);
  const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const label = node.labels?.[0]?.innerText ?? "";
  const name = node.getAttribute("aria-label") || label || node.innerText || node.title || "";
  return { name, seen, mark: window.marks.get(node), html: node.outerHTML.slice(0, 120) };
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(80):
        if name in (await page.evaluate(_FOCUS))["name"]:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name}")


async def round_of(page: Page) -> list[dict[str, object]]:
    """Every place of the focus until it comes round."""
    found: list[dict[str, object]] = []
    for _ in range(150):
        await page.keyboard.press("Tab")
        here = await page.evaluate(_FOCUS)
        if found and here["mark"] == found[0]["mark"]:
            return found
        found.append(here)
    raise AssertionError(f"the focus is caught: {found[-3:]}")


async def test_an_operator_answers_writes_and_closes_by_keyboard_alone(people: Crowd, line: Hotline) -> None:
    desk = await people.open(ANNA, "/desk")
    await expect(desk.get_by_text("Телефон на связи")).to_be_visible()
    await tab_to(desk, "Начать работу")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#me strong")).to_have_text("Готов")
    page = await people.open(CITIZEN, "/call")
    await calls(page)
    await asks_for_an_operator(page)
    await expect(desk.get_by_role("button", name="Ответить")).to_be_enabled(timeout=MENU_MS)
    await desk.keyboard.press("Alt+a")
    await expect(desk.locator("#me strong")).to_have_text("Разговор")
    await expect(desk.locator("#contact")).to_be_visible()

    places = await round_of(desk)
    assert not [place for place in places if not place["seen"] or (place["mark"] and not place["name"])]
    assert not await faults_of(desk)

    await desk.keyboard.press("Alt+p")
    await desk.keyboard.type("Не может войти")
    await desk.keyboard.press("Tab")
    await desk.keyboard.type("Пробовали другой браузер?")
    await desk.keyboard.press("Tab")
    await desk.keyboard.press("Enter")
    await desk.locator("[data-name=solved] button").first.focus()
    await desk.keyboard.press("Enter")
    await tab_to(desk, "назвал номер абоненту")
    await desk.keyboard.press("Space")
    await desk.keyboard.press("Alt+e")
    await expect(desk.locator("#me strong")).to_have_text(AFTER_CALL)
    await desk.keyboard.press("Control+Enter")
    await expect(desk.get_by_text("Разговор закрыт.")).to_be_visible()
    await expect(desk.locator("#me strong")).to_have_text("Готов")
    (mine,) = [each for each in (await desk.evaluate("fetch('/api/desk/contacts').then((r) => r.json())"))["contacts"]
               if each["call_id"]][:1]
    assert (mine["purpose"], mine["solved"], mine["protocol_said"]) == ("Не может войти", "yes", True)
    assert mine["clarified"] == [["Пробовали другой браузер?", "yes"]]
    assert mine["closed_at"]
