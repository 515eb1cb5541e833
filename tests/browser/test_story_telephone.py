"""An operator's telephone in hard hands: pressed twice, its line away, refused at first, its microphone gone."""

import re

import pytest
from playwright.async_api import expect

from .hotline import Hotline
from .people import ANNA, CITIZEN, MENU_MS, Crowd, asks_for_an_operator, begins_work, calls
from .sound import hears_tone

pytestmark = pytest.mark.asyncio(loop_scope="session")
BACK_MS = 20_000
#: Before any script of the page. sip: `spoil`: so many registrations carry a wrong password; `away`: no connection
#: comes about; `swallow`: requests of this name are never sent.
_LINE = """
(() => {
  const Real = WebSocket;
  window.sip = { sockets: [], spoil: 1, away: false, swallow: "" };
  window.WebSocket = class extends Real {
    constructor(url, protocols) {
      const ours = String(url).endsWith("/sip");
      super(url, ours && sip.away ? ["sip", "phone.nobody"] : protocols);
      if (ours) sip.sockets.push(this);
    }
    send(text) {
      if (sip.swallow && text.startsWith(sip.swallow)) return;
      if (sip.spoil && text.startsWith("REGISTER") && text.includes('response="')) {
        sip.spoil -= 1;
        text = text.replace(/response="../, 'response="00');
      }
      super.send(text);
    }
  };
})();
"""
_LOST = "() => connections.at(-1).getSenders()[0].track.dispatchEvent(new Event('ended'))"
_NO_MICROPHONE = """() => {
  window.asked = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("none"));
}"""


async def test_no_hasty_press_no_lost_line_and_no_lost_microphone_takes_the_caller_from_his_operator(
    people: Crowd, line: Hotline
) -> None:
    people.expected = ("WebSocket connection to",)
    desk = await people.open(ANNA, "/desk")
    await desk.context.add_init_script(_LINE)
    await desk.reload()
    # refused once, it is tried again
    await expect(desk.get_by_text("Телефон на связи")).to_be_visible(timeout=BACK_MS)
    assert await desk.evaluate("sip.spoil") == 0
    await begins_work(desk)

    page = await people.open(CITIZEN, "/call")
    await calls(page)
    await asks_for_an_operator(page)
    answer = desk.get_by_role("button", name="Ответить")
    await expect(answer).to_be_enabled(timeout=MENU_MS)
    await expect(desk).to_have_title("☎ Вам звонят")
    await answer.dblclick()
    await expect(desk.locator("#me strong")).to_have_text("Разговор")
    await expect(desk).to_have_title(re.compile("Рабочее место"))
    assert await hears_tone(page, ANNA)

    # hold, while the line is away: done when it is back
    await desk.evaluate("() => { sip.away = true; sip.sockets.at(-1).close(); }")
    await expect(desk.get_by_text("Нет связи с телефоном")).to_be_visible()
    hold = desk.get_by_role("button", name="Удержать")
    await hold.click()
    await desk.evaluate("() => { sip.away = false; }")
    await expect(hold).to_have_attribute("aria-pressed", "true", timeout=BACK_MS)
    await hold.click()
    await expect(hold).to_have_attribute("aria-pressed", "false")
    assert await hears_tone(page, ANNA)

    # another microphone takes over; without any he is told
    await desk.evaluate(_LOST)
    assert await hears_tone(page, ANNA)
    await desk.evaluate(_NO_MICROPHONE)
    await desk.evaluate(_LOST)
    unheard = desk.get_by_text("Микрофона нет")
    await expect(unheard).to_be_visible()
    await desk.evaluate("() => { navigator.mediaDevices.getUserMedia = asked; }")
    await desk.get_by_role("button", name="Включить микрофон").click()
    await expect(unheard).to_be_hidden()
    assert await hears_tone(page, ANNA)

    # the caller hangs up before the call has been passed on
    await desk.evaluate("() => { sip.swallow = 'REFER'; }")
    await desk.get_by_text("Перевести звонок").click()
    await desk.get_by_label("Перевести звонок").select_option("op-102")
    await desk.get_by_role("button", name="Перевести", exact=True).click()
    passing = desk.locator(".passing button")
    await expect(passing).to_be_disabled()
    await page.get_by_role("button", name="Завершить").click()
    await expect(desk.get_by_text("Разговор окончен, пока звонок передавали.")).to_be_visible()
    await expect(passing).to_be_enabled()
