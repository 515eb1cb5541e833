"""A page's telephone on its way to Asterisk, with something in Asterisk's place that keeps what it gets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from ivr.services.accounts import FINISHING, LIFETIME
from ivr.services.guests import FRESH, GuestDesk
from ivr.web.phones import Phones
from ivr.web.sip_proxy import AWAY, GONE, REFUSED, SipProxy

from .conftest import Serve
from .running import Browser, Running, composed
from .test_sip_farewell import _called, _reply
from .test_sip_text import INSIDE, sip

SECRETS = {"web-101": "one", "web-102": "two", "sup-1": "three"}


class FakeAsterisk:
    """Keeps what comes, answers nothing by itself; `port` listens."""

    port = 0

    def __init__(self) -> None:
        self.got: asyncio.Queue[str] = asyncio.Queue()
        self.lines: list[web.WebSocketResponse] = []
        self.gone: asyncio.Queue[None] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(protocols=("sip",))
        await line.prepare(request)
        self.lines.append(line)
        async for message in line:
            self.got.put_nowait(message.data)
        self.gone.put_nowait(None)
        return line


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    fake = FakeAsterisk()
    app = web.Application()
    app.router.add_get("/ws", fake.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.port = runner.addresses[0][1]
    yield fake
    await runner.cleanup()


class House:
    """A site with the proxy, its guests and its phones."""

    def __init__(self) -> None:
        self.running: Running
        self.guests: GuestDesk
        self.phones = Phones(SECRETS)
        self.proxy: SipProxy


@pytest.fixture
async def house(serve: Serve, asterisk: FakeAsterisk) -> AsyncIterator[House]:
    found = House()

    def routes(site, storage):  # type: ignore[no-untyped-def]
        found.guests = GuestDesk(_Clock(site), iter("abcdefgh").__next__, {})
        found.proxy = SipProxy(asterisk.port, "word", found.guests, found.phones.lent, site.gate)
        return [*found.proxy.routes(), *found.phones.routes()]

    found.running = await serve(routes)
    yield found
    await found.proxy.close()


class _Clock:
    def __init__(self, site) -> None:  # type: ignore[no-untyped-def]
        self.now = site.gate.now


def line(browser: Browser, *words: str, origin: str = ""):  # type: ignore[no-untyped-def]
    return browser.http.ws_connect(
        f"{browser.base}/sip", protocols=("sip", *words), headers={"Origin": origin or browser.base}
    )


async def refused(browser: Browser, *words: str, origin: str = "") -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as fault:
        await line(browser, *words, origin=origin)
    return fault.value.status


async def test_a_guest_s_call_reaches_asterisk_with_the_word_of_the_door(house: House, asterisk: FakeAsterisk) -> None:
    browser, (token, guest) = await house.running.browser(), house.guests.admit()
    async with line(browser, f"guest.{token}") as phone:
        assert phone.protocol == "sip"
        await phone.send_str(sip())
        got = await asyncio.wait_for(asterisk.got.get(), 20)
        assert f"X-Hotline-Door: word.web-guest\r\nX-Hotline-Guest: {guest.id}\r\n" in got
        await asterisk.lines[0].send_str("SIP/2.0 100 Trying\r\n\r\n")
        assert (await phone.receive(20)).data == "SIP/2.0 100 Trying\r\n\r\n"


async def test_whichever_side_ends_ends_the_other(house: House, asterisk: FakeAsterisk) -> None:
    browser = await house.running.browser()
    async with line(browser, f"guest.{house.guests.admit()[0]}") as phone:
        await phone.send_str(sip())
        await asyncio.wait_for(asterisk.got.get(), 20)
    await asyncio.wait_for(asterisk.gone.get(), 20)
    token, guest = house.guests.admit()
    async with line(browser, f"guest.{token}") as phone:
        await phone.send_str(sip())
        await asyncio.wait_for(asterisk.got.get(), 20)
        await asterisk.lines[1].close()
        assert (await phone.receive(20)).type is WSMsgType.CLOSE
    async with asyncio.timeout(20):
        while house.proxy.counters.open or guest.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_page_of_somebody_else_gets_no_line(house: House) -> None:
    browser, token = await house.running.browser(), house.guests.admit()[0]
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert await refused(browser, f"guest.{token}", origin=origin) == 403
    assert not house.guests.of_token(token).connections  # type: ignore[union-attr]


async def test_a_forged_an_expired_and_a_used_token_open_nothing(house: House, asterisk: FakeAsterisk) -> None:
    browser = await house.running.browser()
    assert await refused(browser) == await refused(browser, "guest.") == await refused(browser, "guest.forged") == 403
    late = house.guests.admit()[0]
    house.running.clock.pass_(FRESH.total_seconds() + 1)
    assert await refused(browser, f"guest.{late}") == 403
    token, guest = house.guests.admit()
    async with line(browser, f"guest.{token}") as phone:
        assert await refused(browser, f"guest.{token}") == 403
        await phone.send_str(sip())
        await asyncio.wait_for(asterisk.got.get(), 20)
        house.guests.arrived(guest.id, "call-1")
    house.guests.heard("call-1", "end", {"reason": "hung_up"})
    await asyncio.wait_for(asterisk.gone.get(), 20)
    assert await refused(browser, f"guest.{token}") == 403


async def test_a_token_is_one_call(house: House, asterisk: FakeAsterisk) -> None:
    browser, (token, _) = await house.running.browser(), house.guests.admit()
    async with line(browser, f"guest.{token}") as phone:
        await phone.send_str(sip())
        await phone.send_str(sip("INFO sip:h SIP/2.0", to=INSIDE))
        await phone.send_str(sip())
        assert (await phone.receive(20)).data == REFUSED
    got = [await asyncio.wait_for(asterisk.got.get(), 20) for _ in range(2)]
    assert [text.split(" ")[0] for text in got] == ["INVITE", "INFO"] and asterisk.got.empty()


@pytest.mark.parametrize("to", ['";tag=1" <sip:hotline@h>', "<sip:hotline@h;tag=1>", "<sip:hotline@h>;tag="])
async def test_a_second_call_that_passes_for_the_first_one_is_none(
    house: House, asterisk: FakeAsterisk, to: str
) -> None:
    browser, (token, guest) = await house.running.browser(), house.guests.admit()
    async with line(browser, f"guest.{token}") as phone:
        await phone.send_str(sip())
        await phone.send_str(sip(to=to).replace("1234567890", "another"))
        assert (await phone.receive(20)).data == REFUSED
    await asyncio.wait_for(asterisk.got.get(), 20)
    assert asterisk.got.empty() and guest.placed


@pytest.mark.parametrize(
    "message",
    [sip("REGISTER sip:h SIP/2.0", to="<sip:web-guest@h>"), sip(user="web-101"), "nonsense", "a" * 20_000],
)
async def test_who_says_what_he_may_not_is_cut_off_and_nothing_of_it_arrives(
    house: House, asterisk: FakeAsterisk, message: str
) -> None:
    browser = await house.running.browser()
    async with line(browser, f"guest.{house.guests.admit()[0]}") as phone:
        await phone.send_str(message)
        assert (await phone.receive(20)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    await asyncio.wait_for(asterisk.gone.get(), 20)
    assert asterisk.got.empty()


async def test_a_flood_is_cut_off(house: House, asterisk: FakeAsterisk) -> None:
    browser = await house.running.browser()
    async with line(browser, f"guest.{house.guests.admit()[0]}") as phone:
        for _ in range(200):
            await phone.send_str("\r\n\r\n")
        assert (await phone.receive(20)).data == REFUSED
    await asyncio.wait_for(asterisk.gone.get(), 20)
    assert asterisk.got.qsize() < 100


async def test_staff_use_their_own_phone_while_they_are_logged_in(house: House, asterisk: FakeAsterisk) -> None:
    accounts = house.running.accounts
    await house.running.person("anna", "operator")
    await accounts.change("anna", phone="101")
    anna, nobody = await house.running.browser("anna"), await house.running.browser()
    assert (await anna.ask("GET", "/api/phone"))[1] == {"phone": "web-101", "secret": "one"}
    assert await refused(nobody, "phone.web-101") == 403
    assert await refused(anna, "phone.web-102") == await refused(anna, "phone.sup-1") == 403
    assert await refused(anna, "phone.web-guest") == 403
    async with line(anna, "phone.web-101") as phone:
        await phone.send_str(sip("REGISTER sip:h SIP/2.0", user="web-101", to="<sip:web-101@h>", body=""))
        assert "X-Hotline-Door: word.web-101" in await asyncio.wait_for(asterisk.got.get(), 20)


async def test_a_supervisor_is_lent_a_phone_that_nobody_else_can_use(house: House) -> None:
    for login in ("boris", "vera"):
        await house.running.person(login, "supervisor")
    boris, vera = await house.running.browser("boris"), await house.running.browser("vera")
    assert await refused(boris, "phone.sup-1") == 403
    assert (await boris.ask("POST", "/api/phone/lease"))[1] == {"phone": "sup-1", "secret": "three"}
    assert (await boris.ask("POST", "/api/phone/lease"))[1]["phone"] == "sup-1"
    async with line(boris, "phone.sup-1"):
        assert await refused(vera, "phone.sup-1") == 403


async def test_where_asterisk_is_away_the_page_is_told_to_try_again(serve: Serve) -> None:
    found = House()

    def routes(site, storage):  # type: ignore[no-untyped-def]
        found.guests = GuestDesk(_Clock(site), iter("ab").__next__, {})
        return SipProxy(1, "word", found.guests, found.phones.lent, site.gate).routes()

    running = await serve(routes)
    async with line(await running.browser(), f"guest.{found.guests.admit()[0]}") as phone:
        assert (await phone.receive(20)).data == AWAY


async def _closing(phone: aiohttp.ClientWebSocketResponse) -> object:
    return (await phone.receive(20)).data


async def test_who_logs_out_or_is_disabled_loses_his_telephone_at_once(house: House) -> None:
    house.running.site.live.on_dismiss.append(house.proxy.dismiss)
    await house.running.person("anna", "operator", phone="101")
    await house.running.person("boss", "administrator")
    here, there = await house.running.browser("anna"), await house.running.browser("anna")
    boss = await house.running.browser("boss")
    async with line(here, "phone.web-101") as phone, line(there, "phone.web-101") as other:
        await here.ask("POST", "/api/logout")
        assert await _closing(phone) == GONE
        # another name is no reason to break a call off
        assert (await boss.ask("PUT", "/api/users/anna", {"name": "Anna B."}))[0] == 200
        assert not other.closed
        async with asyncio.timeout(20):
            while house.proxy.counters.open != 1:  # noqa: ASYNC110 - the page hears of it first
                await asyncio.sleep(0.01)
        assert (await boss.ask("PUT", "/api/users/anna", {"disabled": True}))[0] == 200
        assert await _closing(other) == GONE


async def test_a_phone_that_is_lent_to_another_is_taken_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.web.sip_proxy._RECHECK_S", 0.05)
    for login in ("boris", "vera"):
        await house.running.person(login, "supervisor")
    boris, vera = await house.running.browser("boris"), await house.running.browser("vera")
    await boris.ask("POST", "/api/phone/lease")
    async with line(boris, "phone.sup-1") as phone:
        assert (await vera.ask("POST", "/api/phone/lease"))[1]["phone"] == "sup-1"
        assert await _closing(phone) == GONE


async def test_a_phone_in_use_is_lent_to_nobody_else(house: House) -> None:
    house.phones.connected = house.proxy.phones
    for login in ("boris", "vera"):
        await house.running.person(login, "supervisor")
    boris, again, vera = [await house.running.browser(login) for login in ("boris", "boris", "vera")]
    await boris.ask("POST", "/api/phone/lease")
    async with line(boris, "phone.sup-1"):
        status, told = await vera.ask("POST", "/api/phone/lease")
        assert (status, told["error_id"]) == (503, "no_phone")
        # the same person at another screen
        assert (await again.ask("POST", "/api/phone/lease"))[1]["phone"] == "sup-1"
    async with asyncio.timeout(20):
        while house.proxy.phones():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await vera.ask("POST", "/api/phone/lease"))[1]["phone"] == "sup-1"


async def test_a_guest_s_line_that_nothing_comes_of_is_closed(
    house: House, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.sip_proxy._RECHECK_S", 0.05)
    browser = await house.running.browser()
    (token, _), (waiting, guest) = house.guests.admit(), house.guests.admit()
    async with line(browser, f"guest.{token}") as idle, line(browser, f"guest.{waiting}") as phone:
        await phone.send_str(sip())
        async with asyncio.timeout(20):
            while not guest.placed:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        house.guests.arrived(guest.id, "call-1")
        house.running.clock.pass_(FRESH.total_seconds() + 1)
        assert await _closing(idle) == GONE
        await phone.send_str(sip("INFO sip:h SIP/2.0", to=INSIDE))
        assert "INVITE" in await asyncio.wait_for(asterisk.got.get(), 20)
        assert "INFO" in await asyncio.wait_for(asterisk.got.get(), 20)
        house.guests.heard("call-1", "end", {"reason": "hung_up"})
        house.running.clock.pass_(FRESH.total_seconds() + 1)
        assert await _closing(phone) == GONE
    assert house.guests.of_token(token) is None


async def test_a_session_that_has_grown_old_ends_when_the_call_is_over(
    house: House, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.sip_proxy._RECHECK_S", 0.05)
    site = house.running
    site.site.sessions.in_call = house.proxy.in_call
    await site.person("anna", "operator", phone="101")
    anna, idle = await site.browser("anna"), await site.browser("anna")
    began = site.clock.at

    async def there(browser: Browser) -> bool:
        return bool((await browser.ask("GET", "/api/session"))[1]["user"])

    async with AsyncExitStack() as lines:
        async with asyncio.timeout(20):
            phone = await lines.enter_async_context(line(anna, "phone.web-101"))
            while len(asterisk.lines) < 1:  # noqa: ASYNC110 - hers is the first
                await asyncio.sleep(0.01)
            other = await lines.enter_async_context(line(idle, "phone.web-101"))
            while len(asterisk.lines) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(int(LIFETIME / timedelta(hours=1)) - 1):
            site.clock.pass_(3600)
            assert await there(anna) and await there(idle)
        await asterisk.lines[0].send_str(_called())
        assert (await phone.receive(20)).data.startswith("INVITE")
        await phone.send_str(_reply("200 OK"))
        assert "200 OK" in await asyncio.wait_for(asterisk.got.get(), 20)
        site.clock.at = began + LIFETIME + timedelta(minutes=1)
        # nothing goes on there
        assert await _closing(other) == GONE and not await there(idle)
        await site.site.sessions.sweep(site.clock.at)
        assert await there(anna) and not phone.closed and asterisk.got.empty()
        await asterisk.lines[0].send_str(_called("BYE", ";tag=me"))
        assert (await phone.receive(20)).data.startswith("BYE")
        assert await _closing(phone) == GONE
    assert not await there(anna)


async def test_sessions_know_of_the_calls_of_telephones(tmp_path: Path) -> None:
    async with composed(tmp_path) as found:
        asked = getattr(found.site.sessions.in_call, "__self__", None)
        assert isinstance(asked, SipProxy) and not found.site.sessions.in_call("nobody's")


@pytest.mark.parametrize("late", [False, True])
async def test_a_call_keeps_no_session_for_ever_and_none_that_was_taken_back(
    house: House, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    monkeypatch.setattr("ivr.web.sip_proxy._RECHECK_S", 0.05)
    site = house.running
    site.site.sessions.in_call = house.proxy.in_call
    await site.person("anna", "operator", phone="101")
    anna, began = await site.browser("anna"), site.clock.at
    async with line(anna, "phone.web-101") as phone:
        async with asyncio.timeout(20):
            while not asterisk.lines:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asterisk.lines[0].send_str(_called())
        assert (await phone.receive(20)).data.startswith("INVITE")
        await phone.send_str(_reply("200 OK"))
        assert "200 OK" in await asyncio.wait_for(asterisk.got.get(), 20)
        if late:
            while site.clock.at < began + LIFETIME + FINISHING - timedelta(hours=1):
                site.clock.pass_(3600)
                assert (await anna.ask("GET", "/api/session"))[1]["user"]
            site.clock.pass_(3600)
        else:
            await site.accounts.set_password("anna", "another good phrase")
        assert (await asyncio.wait_for(asterisk.got.get(), 20)).startswith("BYE ")
        assert await _closing(phone) == GONE


async def test_who_listens_and_may_no_more_is_hung_up_for(house: House, asterisk: FakeAsterisk) -> None:
    # sound takes another way: a connection that is closed would end no call
    house.running.site.live.on_dismiss.append(house.proxy.dismiss)
    await house.running.person("boris", "supervisor")
    await house.running.person("boss", "administrator")
    boris, boss = await house.running.browser("boris"), await house.running.browser("boss")
    await boris.ask("POST", "/api/phone/lease")
    async with line(boris, "phone.sup-1") as phone:
        await phone.send_str(sip("INVITE sip:*71@h SIP/2.0", user="sup-1", to="<sip:*71@h>"))
        await asyncio.wait_for(asterisk.got.get(), 20)
        await asterisk.lines[0].send_str(
            "SIP/2.0 200 OK\r\nCall-ID: 1234567890\r\nFrom: <sip:sup-1@h>;tag=abc\r\nTo: <sip:*71@h>;tag=as1\r\n"
            "CSeq: 10 INVITE\r\nContact: <sip:127.0.0.1:8088;transport=ws>\r\n\r\n"
        )
        assert (await phone.receive(20)).data.startswith("SIP/2.0 200")
        assert (await boss.ask("PUT", "/api/users/boris", {"disabled": True}))[0] == 200
        end = await asyncio.wait_for(asterisk.got.get(), 20)
        assert end.startswith("BYE sip:127.0.0.1:8088;transport=ws") and "X-Hotline-Door: word.sup-1" in end
        assert await _closing(phone) == GONE
