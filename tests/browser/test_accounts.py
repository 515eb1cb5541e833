"""Logging in, the accounts page, one's own account: with a browser, by keyboard where people do so."""

import hashlib

import pytest
from playwright.async_api import expect

from ivr.web.setup import FirstAdministrator
from tests.web.running import PASSWORD, Running

from .conftest import Opened

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_whoever_logs_in_gets_where_he_wanted_to_go(opened: Opened) -> None:
    page = await opened("", "/users", expected=(401,))
    await expect(page.get_by_label("Логин")).to_be_focused()
    await page.keyboard.type("administrator")
    await page.keyboard.press("Tab")
    await page.keyboard.type("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Неверный логин или пароль.")
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/users")
    await expect(page.get_by_role("row")).to_have_count(5)
    await page.get_by_role("button", name="Выйти").click()
    await page.wait_for_url("**/login")
    assert not [c for c in await page.context.cookies() if c["name"].startswith("hotline")]


async def test_a_new_account_gets_a_password_that_lets_in(opened: Opened) -> None:
    page = await opened("administrator", "/users", expected=(400,))
    await page.get_by_role("button", name="Новая запись").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Логин").fill("В")
    await form.get_by_label("Имя").fill("Вера")
    await form.get_by_role("button", name="Сохранить").click()
    await expect(form.get_by_text("латинские буквы")).to_be_visible()
    await form.get_by_label("Логин").fill("vera")
    await form.get_by_label("старший смены").check()
    await form.get_by_role("button", name="Сохранить").click()
    secret = page.locator("#secret-password")
    await expect(secret).not_to_be_empty()
    password = await secret.inner_text()
    await page.get_by_role("button", name="Готово").click()
    row = page.get_by_role("row").filter(has_text="vera")
    await expect(row).to_contain_text("оператор, старший смены")
    hers = await opened("", "/login?next=/account")
    await hers.get_by_label("Логин").fill("vera")
    await hers.get_by_label("Пароль").fill(password)
    await hers.keyboard.press("Enter")
    await expect(hers.locator("#mine")).to_contain_text("Вера")
    await row.get_by_role("button", name="Отключить").click()
    await expect(row).to_contain_text("отключена")
    await hers.reload()
    await hers.wait_for_url("**/login**")
    await row.get_by_role("button", name="Удалить").click()
    await page.get_by_role("button", name="Да", exact=True).click()
    await expect(row).to_have_count(0)


async def test_language_and_theme_stay_with_the_account(opened: Opened) -> None:
    page = await opened("operator", "/account")
    await page.locator("select[name=language]").select_option("en")
    await page.locator("select[name=theme]").select_option("dark")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_role("heading", name="My account")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    elsewhere = await opened("operator", "/account")
    assert await elsewhere.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        "en",
        "dark",
    ]
    await elsewhere.get_by_role("button", name="Light or dark theme").click()
    await elsewhere.get_by_role("button", name="RU").click()
    await expect(elsewhere.get_by_role("heading", name="Моя учётная запись")).to_be_visible()
    assert await elsewhere.evaluate("document.documentElement.dataset.theme") == "light"


async def test_a_new_password_ends_the_other_sessions(opened: Opened) -> None:
    here, there = await opened("operator", "/account", expected=(400,)), await opened("operator", "/account")
    for old, new, said in (
        ("wrong", "another good phrase", "неверный пароль"),
        (PASSWORD, "short", "не короче 10"),
        (PASSWORD, "another good phrase", "Пароль изменён."),
    ):
        await here.get_by_label("Нынешний пароль").fill(old)
        await here.get_by_label("Новый пароль").fill(new)
        await here.get_by_role("button", name="Сменить пароль").click()
        await expect(here.locator("label .fault, .note")).to_contain_text([said])
    await there.reload()
    await there.wait_for_url("**/login**")
    await here.reload()
    await expect(here.get_by_role("heading", name="Моя учётная запись")).to_be_visible()


async def test_the_one_time_link_makes_the_first_administrator(opened: Opened, site: Running) -> None:
    for account in await site.storage.accounts.list():
        await site.storage.accounts.remove(account.login)
    first = next(r.handler.__self__ for r in site.site.routes if r.path == "/api/setup")  # type: ignore[attr-defined]
    assert isinstance(first, FirstAdministrator)
    first._digest = hashlib.sha256(b"the-token").hexdigest()
    wrong = await opened("", "/setup#another", expected=(403,))
    right = await opened("", "/setup#the-token")
    assert "token" not in right.url
    for page in (wrong, right):
        await page.get_by_label("Логин").fill("irina")
        await page.get_by_label("Имя").fill("Ирина")
        await page.get_by_label("Пароль").fill("фраза из нескольких слов")
        await page.keyboard.press("Enter")
    await expect(wrong.get_by_role("alert")).to_contain_text("не действует")
    await right.wait_for_url(lambda url: url.endswith("/"))
    await right.get_by_role("link", name="Учётные записи").first.click()
    await expect(right.get_by_role("row").filter(has_text="irina")).to_contain_text("администратор")
