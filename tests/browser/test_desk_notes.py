"""What an operator writes down: nothing of it is lost, and none of it comes to another caller, whatever fails."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from ivr.domain.contacts import Contact
from ivr.testing import NOON
from ivr.wiring import SystemClock
from tests.web.running import Running, running
from tests.web.test_desk import Room

from .conftest import Opened

pytestmark = pytest.mark.asyncio(loop_scope="session")
FIRST, SECOND = "100.1", "100.2"
INN = "7707083893"
AWAY = {"error_id": "storage", "message": "База данных не отвечает."}


@pytest.fixture
def room() -> Room:
    return Room()


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, room: Room) -> AsyncIterator[Running]:
    """A site with a desk whose calls come as the test says."""
    async with running(tmp_path, room.routes, clock=SystemClock()) as found:
        await found.person("operator", "operator", phone="101")
        room.member("101")
        yield found


def talks(room: Room, uniqueid: str) -> None:
    room.call(uniqueid)
    room.ring("101", uniqueid)
    room.answer("101", uniqueid)
    room.pages.tell(room.states(NOON))


def ends(room: Room, uniqueid: str) -> None:
    room.say("AgentComplete", queue="common", uniqueid=uniqueid)
    room.pages.tell(room.states(NOON))


async def kept(site: Running, uniqueid: str) -> Contact:
    found = await site.storage.contacts.get(uniqueid.replace(".", "x"), "101")
    assert found is not None
    return found


async def until_kept(site: Running, uniqueid: str, purpose: str) -> None:
    async with asyncio.timeout(10):
        while (await kept(site, uniqueid)).purpose != purpose:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def begun(page: Page, site: Running, uniqueid: str) -> None:
    """The conversation of this call is the one that is shown."""
    number = page.locator("#contact .protocol")
    async with asyncio.timeout(10):
        while await site.storage.contacts.get(uniqueid.replace(".", "x"), "101") is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    ticket = (await kept(site, uniqueid)).ticket
    await expect(number).to_have_text(" ".join(ticket[at : at + 2] for at in range(0, len(ticket), 2)))


async def test_a_number_that_is_half_typed_keeps_nothing_else_from_being_saved_and_is_there_later(
    opened: Opened, site: Running, room: Room
) -> None:
    page = await opened("operator", "/desk", expected=(404, 422))
    talks(room, FIRST)
    await begun(page, site, FIRST)
    contact, saved = page.locator("#contact"), page.locator("#contact .saved")
    inn, purpose = contact.locator("[name=inn]"), contact.locator("textarea[name=purpose]")
    await contact.get_by_role("button", name="Заявление и госпошлина").click()
    await inn.fill("77070")
    await purpose.press_sequentially("Не проходит", delay=20)
    await expect(saved).to_have_text("сохранено, кроме отмеченного")
    # whoever writes is not torn away
    await expect(purpose).to_be_focused()
    await purpose.press_sequentially(" оплата", delay=20)
    await until_kept(site, FIRST, "Не проходит оплата")
    await expect(inn).to_have_attribute("aria-invalid", "true")
    await contact.get_by_role("button", name="Закрыть разговор").click()
    await expect(inn).to_be_focused()

    # the next caller's conversation is his own
    ends(room, FIRST)
    talks(room, SECOND)
    await begun(page, site, SECOND)
    await expect(purpose).to_have_value("")
    await purpose.fill("Второй")
    await page.locator("#mine button", has_text="Не проходит оплата").click()
    await begun(page, site, FIRST)
    assert (await kept(site, SECOND)).purpose == "Второй"
    await expect(inn).to_have_value("77070")
    # changed elsewhere meanwhile: what is opened is what is there now
    await inn.fill(INN)
    await expect(saved).to_have_text("сохранено")
    await page.locator("#mine button", has_text="Второй").click()
    await begun(page, site, SECOND)
    first = await kept(site, FIRST)
    assert (first.purpose, first.forms["payment"]["inn"]) == ("Не проходит оплата", "***93")
    change = {"version": first.version, "note": "Из другого окна"}
    await page.evaluate(
        """async (change) => {
          const { csrf } = await (await fetch("/api/session")).json();
          const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
          await fetch("/api/desk/contacts/100x1", { method: "PUT", headers, body: JSON.stringify(change) });
        }""",
        change,
    )
    await page.locator("#mine button", has_text="Не проходит оплата").click()
    await expect(contact.locator("textarea[name=note]")).to_have_value("Из другого окна")


async def test_requests_that_fail_are_made_again_and_no_callers_notes_come_to_another(
    opened: Opened, site: Running, room: Room
) -> None:
    page = await opened("operator", "/desk", expected=(404, 503))
    failures, late = [True, True], asyncio.Event()

    async def begins(route: Route) -> None:
        if route.request.method == "POST" and failures:
            failures.pop()
            await route.fulfill(status=503, json=AWAY)
        else:
            await route.continue_()

    async def writes(route: Route) -> None:
        await late.wait()
        await page.unroute("**/api/desk/contacts/100x1")
        await route.fulfill(status=503, json=AWAY)

    await page.route("**/api/desk/contacts", begins)
    await page.route("**/api/desk/contacts/100x1", writes)
    talks(room, FIRST)
    await begun(page, site, FIRST)
    purpose = page.locator("#contact textarea[name=purpose]")
    async with page.expect_request("**/api/desk/contacts/100x1"):
        await purpose.fill("Первый")
    # his notes are still under way when the next one talks
    ends(room, FIRST)
    talks(room, SECOND)
    await begun(page, site, SECOND)
    await expect(purpose).to_have_value("")
    late.set()
    await until_kept(site, FIRST, "Первый")
    assert (await kept(site, SECOND)).purpose == ""
    await purpose.fill("Второй")
    await until_kept(site, SECOND, "Второй")
    assert (await kept(site, FIRST)).purpose == "Первый"


async def test_a_promised_hour_is_told_by_the_callers_clock_and_one_tab_has_the_telephone(
    opened: Opened, site: Running, room: Room
) -> None:
    page = await opened("operator", "/desk", expected=(404,))

    async def promised(route: Route) -> None:
        card = await (await route.fetch()).json()
        card["callback"] = {
            "id": "c1", "state": "dialling", "asked_at": "2026-11-25T10:00:00Z", "window_from": "2026-11-25T21:00:00Z",
            "window_to": "2026-11-25T23:00:00Z", "asap": False, "attempts": 0,
        }  # fmt: skip
        await route.fulfill(json=card)

    await page.route("**/api/desk/card/*", promised)
    talks(room, FIRST)
    # Kamchatka
    promise = page.locator("#card").get_by_text("26.11.2026, 09:00–11:00 (по времени абонента)")
    await expect(promise).to_be_visible()

    second = await page.context.new_page()
    await second.goto(site.base + "/desk")
    elsewhere = second.get_by_text("Телефон открыт в другой вкладке")
    await expect(elsewhere).to_be_visible()
    await expect(page.get_by_text("Телефон открыт в другой вкладке")).to_have_count(0)
    await page.close()
    await expect(elsewhere).to_have_count(0)
