"""A citizen, an operator and a supervisor, each at a page of the same hotline: a call from its beginning to its end."""

import re

import pytest
from playwright.async_api import expect

from .hotline import Hotline
from .people import (
    AFTER_CALL,
    ANNA,
    BORIS,
    CITIZEN,
    VERA,
    Crowd,
    answers,
    asks_for_an_operator,
    begins_work,
    calls,
    is_heard,
    is_ready,
    talks,
)
from .pictures import picture
from .sound import hears_tone

pytestmark = pytest.mark.asyncio(loop_scope="session")


def answered(row: str) -> int:
    """How many calls this operator has answered today, says the board."""
    found = re.search(r"(\d+) отв\.", row)
    assert found, row
    return int(found[1])


async def test_a_call_from_the_page_is_answered_at_a_desk_and_seen_on_the_board(people: Crowd, line: Hotline) -> None:
    board, desk = await people.open(VERA, "/board"), await people.open(ANNA, "/desk")
    await begins_work(desk)
    anna = board.locator("#operators tbody tr", has_text="101")
    await expect(anna).to_contain_text("свободен")
    before = answered(await anna.inner_text())

    page = await people.open(CITIZEN, "/call")
    await calls(page)
    wrong = await picture(page, "story-call-menu")
    await asks_for_an_operator(page)
    await is_heard(page)
    waiting = board.locator("#callers tbody tr")
    await expect(waiting).to_have_count(1)
    await expect(waiting).to_contain_text("номер скрыт")
    await expect(waiting).to_contain_text("Вход, ЕСИА")
    card = desk.locator("#card")
    for words in ("звонит вам", "звонок со страницы", "номер скрыт", "Вход и ЕСИА", "русский"):
        await expect(card).to_contain_text(words)
    for where, name in ((board, "board-waiting"), (desk, "desk-rings"), (page, "call-waiting")):
        wrong += await picture(where, f"story-{name}")

    await answers(desk)
    await expect(page.locator("#stage")).to_have_text("Разговор с оператором")
    await expect(waiting).to_have_count(0)
    await expect(anna).to_contain_text("говорит")
    assert await hears_tone(page, ANNA)
    assert await hears_tone(desk, CITIZEN)

    contact = desk.locator("#contact")
    await contact.locator("[name=purpose]").fill("Не может войти с паролем 1234567890")
    await contact.get_by_label("Вопрос", exact=True).first.fill("Caps Lock и Num Lock выключены?")
    await contact.locator("[data-name=clarified]").first.get_by_role("button", name="Да").click()
    await contact.locator("[name=error_text]").fill("Неверный логин или пароль")
    await contact.locator("[name=action]").fill("Вводил пароль")
    await contact.locator("[name=device]").select_option("phone")
    await contact.get_by_label("С какого момента").fill("2026-11-24T09:00")
    await contact.locator("[data-name=solved]").get_by_role("button", name="Да").click()
    await contact.get_by_label("назвал номер абоненту").check()
    await expect(contact.locator(".saved")).to_have_text("сохранено")
    number = re.sub(r"\D", "", await contact.locator(".protocol").inner_text())
    await expect(page.locator("#detail")).to_contain_text(number)
    for where, name in ((board, "board-talk"), (desk, "desk-talk"), (page, "call-talk")):
        wrong += await picture(where, f"story-{name}")

    await page.get_by_role("button", name="Завершить").click()
    await page.get_by_role("button", name="4 из 5").click()
    await expect(page.locator("#rated")).to_have_text("Спасибо за оценку!")
    wrong += await picture(page, "story-call-after")
    await expect(desk.locator("#me")).to_contain_text("после разговора")
    wrong += await picture(desk, "story-desk-after")
    await desk.get_by_role("button", name="Закрыть разговор").click()
    await expect(desk.get_by_text("Разговор закрыт.")).to_be_visible()
    await expect(anna).to_contain_text(f"{before + 1} отв.")
    ticket = await line.ivr("tickets", "show", number)
    assert ticket["status"] == "resolved"
    assert (await line.until_told("rating"))["score"] == 4
    assert not wrong, "\n".join(wrong)


async def test_who_is_passed_on_talks_with_the_colleague_and_then_with_whom_the_queue_finds(
    people: Crowd, line: Hotline
) -> None:
    anna, boris = await people.open(ANNA, "/desk"), await people.open(BORIS, "/desk", locale="en-GB")
    await begins_work(anna)
    page = await people.open(CITIZEN, "/call")
    await talks(page, anna)

    await anna.get_by_text("Перевести звонок").click()
    await anna.get_by_label("Перевести звонок").select_option("op-102")
    await anna.get_by_role("button", name="Перевести", exact=True).click()
    answer = boris.get_by_role("button", name="Answer")
    await expect(anna.get_by_text("Звонок передан.")).to_be_visible()
    await expect(answer).to_be_enabled()
    await answer.click()
    assert await hears_tone(page, BORIS)
    assert await hears_tone(boris, CITIZEN)
    await expect(boris.locator("#card")).to_contain_text("number withheld")
    await expect(boris.locator("#contact")).to_be_visible()
    wrong = await picture(boris, "story-desk-passed-on-en")

    await boris.get_by_text("Pass the call on").click()
    await boris.get_by_label("Pass the call on").select_option("q-common")
    await boris.get_by_role("button", name="Pass on", exact=True).click()
    await expect(page.locator("#stage")).to_have_text("Ожидание оператора")
    # he still has to write down what he heard before
    await is_ready(anna)
    await answers(anna)
    assert await hears_tone(page, ANNA)
    await anna.get_by_role("button", name="Положить").click()
    await expect(anna.locator("#me strong")).to_have_text(AFTER_CALL)
    assert not wrong, "\n".join(wrong)


async def test_a_page_that_is_closed_is_no_caller_on_the_board_and_no_call_at_the_desk(
    people: Crowd, line: Hotline
) -> None:
    board, desk = await people.open(VERA, "/board"), await people.open(ANNA, "/desk")
    await begins_work(desk)
    page = await people.open(CITIZEN, "/call")
    await calls(page)
    await asks_for_an_operator(page)
    await expect(board.locator("#callers tbody tr")).to_have_count(1)
    await expect(desk.locator("#card")).to_contain_text("звонит вам")
    await page.close()
    await expect(board.locator("#callers tbody tr")).to_have_count(0)
    await expect(desk.locator("#card")).not_to_contain_text("звонит вам")
    await expect(desk.get_by_role("button", name="Ответить")).to_be_disabled()

    # an operator's page that is closed leaves no caller in silence
    page = await people.open(CITIZEN, "/call")
    await talks(page, desk)
    await desk.close()
    await expect(page.locator("#stage")).not_to_have_text("Разговор с оператором")
    await expect(board.locator("#operators tbody tr", has_text="101")).to_contain_text("телефон недоступен")
    # what he had begun to write is there when he comes back, and keeps him from other calls
    again = await people.open(ANNA, "/desk")
    await expect(again.locator("#me strong")).to_have_text(AFTER_CALL)
    await expect(again.locator("#contact")).to_be_visible()
