"""Who is logged in, since when, and how it ends."""

import asyncio
import re
from datetime import timedelta

import pytest
from multidict import CIMultiDict
from sqlalchemy import select

from ivr.errors import StorageError
from ivr.passwords import Argon2
from ivr.services.accounts import IDLE, LIFETIME
from ivr.storage import tables

from .conftest import Serve
from .running import PASSWORD


async def test_a_log_in_gives_a_cookie_that_scripts_cannot_read(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser()
    assert (await browser.ask("GET", "/api/session"))[1]["user"] is None
    assert await browser.log_in(" Anna ") == 200
    cookie = browser.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    _, told = await browser.ask("GET", "/api/session")
    assert told["user"]["login"] == "anna" and told["user"]["roles"] == ["operator"]


async def test_under_https_the_cookie_goes_over_https_only(serve: Serve) -> None:
    site = await serve(web_url="https://hotline.example")
    await site.person("anna", "operator")
    browser = await site.browser()
    await browser.ask("POST", "/api/login", {"login": "anna", "password": PASSWORD}, Origin="https://hotline.example")
    assert browser.headers["Set-Cookie"].startswith("__Host-")
    assert "Secure" in browser.headers["Set-Cookie"]
    assert "max-age" in browser.headers["Strict-Transport-Security"]


async def test_the_database_has_neither_password_nor_token(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser("anna")
    token = next(iter(browser.http.cookie_jar)).value

    def everything(connection):  # type: ignore[no-untyped-def]
        rows = [connection.execute(select(table)).all() for table in (tables.users, tables.sessions)]
        return repr(rows)

    stored = await site.storage.database.read(everything)
    assert "$argon2id$" in stored
    assert token not in stored and PASSWORD not in stored and browser.csrf not in stored


@pytest.mark.parametrize(("login", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
async def test_every_failed_log_in_reads_the_same(serve: Serve, login: str, password: str) -> None:
    site = await serve()
    await site.person("anna", "operator")
    await site.person("gone", "operator")
    await site.accounts.change("gone", disabled=True)
    browser = await site.browser()
    status, told = await browser.ask("POST", "/api/login", {"login": login, "password": password})
    assert (status, told["error_id"], told["message"]) == (401, "bad_login", "Неверный логин или пароль.")


async def test_a_login_nobody_has_costs_a_hash_all_the_same(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await serve()
    verified = []
    monkeypatch.setattr("argon2.PasswordHasher.verify", lambda self, hash, password: verified.append(hash) or True)
    assert await (await site.browser()).log_in("nobody") == 401
    assert len(verified) == 1 and verified[0].startswith("$argon2id$")


async def test_a_session_ends_when_nothing_is_heard_and_at_last_anyway(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser("anna")
    began = site.clock.at

    async def user() -> object:
        return (await browser.ask("GET", "/api/session"))[1]["user"]

    while site.clock.at + timedelta(hours=1) < began + LIFETIME:
        site.clock.pass_(3600)
        assert await user()
    site.clock.at = began + LIFETIME
    assert await user() is None
    assert await browser.log_in("anna") == 200
    site.clock.at += IDLE + timedelta(seconds=1)
    assert await user() is None
    await site.site.sessions.sweep(site.clock.at)
    assert await site.storage.sessions.sweep(site.clock.at, site.clock.at - IDLE) == 0


async def test_a_database_that_takes_nothing_sends_nobody_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(self: object, id: str, at: object) -> None:
        raise StorageError

    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser("anna")
    monkeypatch.setattr("ivr.storage.accounts.SqlSessions.seen", full)
    site.clock.pass_(600)
    assert (await browser.ask("GET", "/api/account"))[0] == 200


async def test_files_of_the_pages_are_the_same_for_everybody_and_need_no_database(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: object, id: str) -> None:
        raise StorageError

    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser("anna")
    _, page = await browser.ask("GET", "/login", Accept="text/html")
    monkeypatch.setattr("ivr.storage.accounts.SqlSessions.find", away)
    file = re.search(r"/static/[\w.-]+\.js", page)
    assert file is not None and (await browser.ask("GET", file[0]))[0] == 200
    assert (await browser.ask("GET", "/api/account"))[0] == 503
    # a page says so in words, and comes back by itself
    status, text = await browser.ask("GET", "/account", Accept="text/html")
    assert status == 503 and "База данных не отвечает." in text and browser.headers["Refresh"] == "5"


async def test_a_log_out_ends_it_on_the_server_too(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    browser = await site.browser("anna")
    token = next(iter(browser.http.cookie_jar)).value
    assert (await browser.ask("POST", "/api/logout"))[0] == 204
    browser.http.cookie_jar.update_cookies({site.site.gate.cookie: token})
    assert (await browser.ask("GET", "/api/session"))[1]["user"] is None


async def test_logging_out_everywhere_leaves_the_one_who_asked(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    here, there = await site.browser("anna"), await site.browser("anna")
    assert (await here.ask("POST", "/api/logout-everywhere"))[0] == 204
    assert (await here.ask("GET", "/api/session"))[1]["user"]
    assert (await there.ask("GET", "/api/session"))[1]["user"] is None


async def test_whoever_is_disabled_or_gets_a_new_password_is_out(serve: Serve) -> None:
    site = await serve()
    for login in ("anna", "boris"):
        await site.person(login, "operator")
    anna, boris = await site.browser("anna"), await site.browser("boris")
    await site.accounts.change("anna", disabled=True)
    await site.accounts.set_password("boris", "another good phrase")
    for browser in (anna, boris):
        assert (await browser.ask("GET", "/api/session"))[1]["user"] is None


@pytest.mark.parametrize("deed", ["reset", "disable", "remove"])
@pytest.mark.parametrize("outdated", [False, True])
async def test_a_log_in_under_way_does_not_outlive_what_takes_it_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, deed: str, outdated: bool
) -> None:
    site = await serve()
    await site.person("anna", "operator")
    await site.person("boris", "administrator")
    right, late = Argon2.matches, []

    async def slow(self: Argon2, hash: str, password: str) -> bool:
        good = await right(self, hash, password)
        if not late:
            late.append(deed)
            if deed == "reset":
                await site.accounts.set_password("anna", "another good phrase")
            elif deed == "disable":
                await site.accounts.change("anna", disabled=True)
        return good

    async def removed(*asked: object) -> str:
        token = await opened(*asked)
        await site.accounts.remove("anna")
        return token

    opened = site.site.sessions.open
    monkeypatch.setattr(Argon2, "matches", slow)
    monkeypatch.setattr(Argon2, "outdated", lambda self, hash: outdated)
    if deed == "remove":
        monkeypatch.setattr(site.site.sessions, "open", removed)
    browser = await site.browser()
    assert await browser.log_in("anna") == 401
    assert (await browser.ask("GET", "/api/session"))[1]["user"] is None
    if deed == "reset":
        # no hash of the old one has taken its place
        assert await browser.log_in("anna", "another good phrase") == 200


async def test_two_log_ins_at_once_with_a_hash_of_old_are_both_let_in(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve()
    await site.person("anna", "operator")
    monkeypatch.setattr(Argon2, "outdated", lambda self, hash: True)
    one, two = await site.browser(), await site.browser()
    assert await asyncio.gather(one.log_in("anna"), two.log_in("anna")) == [200, 200]
    for browser in (one, two):
        assert (await browser.ask("GET", "/api/session"))[1]["user"]


async def test_guessing_is_slowed_down_and_others_may_still_log_in(serve: Serve) -> None:
    site = await serve(web_proxies=("127.0.0.1",))
    await site.person("anna", "operator")
    browser = await site.browser()
    wrong = {"login": "anna", "password": "wrong"}
    results = [(await browser.ask("POST", "/api/login", wrong, X_Forwarded_For="203.0.113.7"))[0] for _ in range(12)]
    assert results == [401] * 8 + [429] * 4
    assert int(browser.headers["Retry-After"]) >= 1
    right = {"login": "anna", "password": PASSWORD}
    assert (await browser.ask("POST", "/api/login", right, X_Forwarded_For="203.0.113.7"))[0] == 429
    assert (await browser.ask("POST", "/api/login", right, X_Forwarded_For="198.51.100.9"))[0] == 200
    site.clock.pass_(60)
    guest = await site.browser()
    assert (await guest.ask("POST", "/api/login", right, X_Forwarded_For="203.0.113.7"))[0] == 200


async def test_nobody_is_locked_out_by_what_others_try_from_elsewhere(serve: Serve) -> None:
    site = await serve(web_proxies=("127.0.0.1",))
    await site.person("anna", "operator")
    right, wrong = {"login": "anna", "password": PASSWORD}, {"login": "anna", "password": "wrong"}
    browser = await site.browser()
    assert (await browser.ask("POST", "/api/login", right, X_Forwarded_For="198.51.100.9"))[0] == 200
    stranger = await site.browser()
    tried = [(await stranger.ask("POST", "/api/login", wrong, X_Forwarded_For=f"203.0.113.{n}"))[0] for n in range(60)]
    assert tried.count(401) < 55 and tried[-1] == 429
    anew = await site.browser()
    assert (await anew.ask("POST", "/api/login", right, X_Forwarded_For="203.0.113.99"))[0] == 429
    assert (await anew.ask("POST", "/api/login", right, X_Forwarded_For="198.51.100.9"))[0] == 200


async def test_a_whole_shift_logs_in_from_one_address(serve: Serve) -> None:
    site = await serve(web_proxies=("127.0.0.1",))
    for n in range(50):
        await site.person(f"anna{n}", "operator")
    browser = await site.browser()
    for n in range(50):
        right = {"login": f"anna{n}", "password": PASSWORD}
        assert (await browser.ask("POST", "/api/login", right, X_Forwarded_For="198.51.100.9"))[0] == 200, n


async def test_what_a_visitor_says_of_his_address_does_not_count_where_the_proxy_writes_a_line_of_its_own(
    serve: Serve,
) -> None:
    site = await serve(web_proxies=("127.0.0.1",))
    await site.person("anna", "operator")
    browser = await site.browser()
    results = []
    for n in range(12):
        two = CIMultiDict([("X-Forwarded-For", f"192.0.2.{n}"), ("X-Forwarded-For", "203.0.113.7"),
                           ("Origin", site.base), ("X-CSRF-Token", "anonymous")])  # fmt: skip
        wrong = {"login": "anna", "password": "wrong"}
        async with browser.http.post(f"{site.base}/api/login", json=wrong, headers=two) as answer:
            results.append(answer.status)
    assert results == [401] * 8 + [429] * 4
