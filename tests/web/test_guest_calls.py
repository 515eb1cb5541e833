"""The citizen's telephone page over HTTP: tokens, live status, rating, a call back."""

from typing import Any

import pytest

from ivr.services.guests import GuestDesk, GuestJournal
from ivr.services.page_callbacks import PageCallbacks
from ivr.web.guest_calls import GuestCalls
from tests.services.house import NOWHERE, House

from .conftest import Serve
from .running import Browser, Running

TEXTS = {"ru": {"say/hello": "Здравствуйте!", "item/signin": "Если не получается войти,"}}


class Page:
    """The site of the page and what stands behind it."""

    def __init__(self) -> None:
        self.house = House()
        self.running: Running
        self.guests: GuestDesk

    async def token(self, browser: Browser, **wish: Any) -> dict[str, Any]:
        status, told = await browser.ask("POST", "/api/call/token", wish)
        assert status == 200, told
        return dict(told)

    def placed(self, token: str, call_id: str = "call-1") -> None:
        """Its call has arrived."""
        guest = self.guests.connect(token)
        assert guest is not None and self.guests.place(guest)
        self.guests.arrived(guest.id, call_id)

    def told(self, kind: str, **data: object) -> None:
        """The journal hears of the call."""
        GuestJournal(self.house.journal, self.guests).write("call-1", self.house.clock.now(), kind, data)


@pytest.fixture
async def page(serve: Serve) -> Page:
    found = Page()
    house = found.house
    found.guests = GuestDesk(house.clock, (f"token{n}" for n in range(1000)).__next__, TEXTS, most=20)
    journal = GuestJournal(house.journal, found.guests)

    def routes(site, storage):  # type: ignore[no-untyped-def]
        callbacks = PageCallbacks(house.services, "88005553535", NOWHERE)
        calls = GuestCalls(found.guests, callbacks, house.ratings, journal, site.live, ("ru", "en"), "88005553535",
                           lambda: "page-1")  # fmt: skip
        return calls.routes()

    found.running = await serve(routes)
    return found


async def test_anybody_gets_the_right_to_one_call_about_what_he_chose(page: Page) -> None:
    browser = await page.running.browser()
    told = await page.token(browser, category="identity", language="en", number="8 916 123-45-67")
    guest = page.guests.of_token(told["token"])
    assert guest is not None
    assert (guest.category, guest.language, guest.number) == ("identity", "en", "+79161234567")
    assert told["topic"] == f"call:{guest.id}" and told["token"] not in guest.id


async def test_nothing_need_be_chosen_and_nothing_else_can_be(page: Page) -> None:
    browser = await page.running.browser()
    guest = page.guests.of_token((await page.token(browser))["token"])
    assert guest is not None and (guest.category, guest.number) == ("", "")
    for wish in ({"category": "menu"}, {"number": "112"}, {"number": "+1 202 555 0123"}, {"more": "x"}):
        status, told = await browser.ask("POST", "/api/call/token", wish)
        assert status in (400, 422) and set(told["fields"]) <= {"category", "number", "more"}, told
    # a language that is not spoken is no reason to refuse a call
    guest = page.guests.of_token((await page.token(browser, language="xx"))["token"])
    assert guest is not None and guest.language == "ru"


async def test_tokens_are_not_handed_out_without_end(page: Page) -> None:
    browser = await page.running.browser()
    found = [(await browser.ask("POST", "/api/call/token", {}))[0] for _ in range(15)]
    assert found[:12] == [200] * 12 and found[12:] == [429] * 3


async def test_the_page_follows_its_own_call_and_no_other(page: Page) -> None:
    browser = await page.running.browser()
    told = await page.token(browser)
    page.placed(told["token"])
    async with browser.live() as live:
        await live.send_json({"subscribe": [told["topic"], "call:" + "0" * 32, "call:"]})
        got = [await live.receive_json(timeout=20) for _ in range(3)]
        assert [message.get("error", {}).get("error_id") for message in got] == [None, "no_call", "no_call"]
        assert (got[0]["data"]["stage"], got[0]["data"]["lines"]) == ("connecting", [])
        page.told("start")
        assert (await live.receive_json(timeout=20))["data"]["stage"] == "menu"
        page.guests.said("call-1", "ru", ("say/hello", "item/signin", "press/1"))
        lines = (await live.receive_json(timeout=20))["data"]["lines"]
        choice = {"key": "1", "text": "Если не получается войти"}
        assert lines == [{"n": 1, "kind": "menu", "text": "Здравствуйте!", "choices": [choice]}]
        page.told("enqueue", queue="moscow", ticket="12345678")
        page.told("told", queue="moscow", position=2, wait_s=300)
        data: dict[str, Any] = {}
        while data.get("position") != 2:
            data = (await live.receive_json(timeout=20))["data"]
        assert (data["stage"], data["wait_s"]) == ("waiting", 300)


async def test_a_talk_is_rated_once_it_is_over(page: Page) -> None:
    browser = await page.running.browser()
    token = (await page.token(browser))["token"]
    page.placed(token)
    page.told("start")
    rating = {"token": token, "score": 4}
    assert (await browser.ask("POST", "/api/call/rating", rating))[0] == 409
    page.told("answered", queue="moscow")
    assert (await browser.ask("POST", "/api/call/rating", rating))[0] == 409
    page.told("end", reason="talked")
    assert (await browser.ask("POST", "/api/call/rating", {**rating, "score": 6}))[0] == 400
    assert (await browser.ask("POST", "/api/call/rating", {**rating, "token": "other"}))[0] == 404
    assert (await browser.ask("POST", "/api/call/rating", rating))[0] == 204
    assert page.house.ratings.scores == {"call-1": 4}
    assert page.house.told("rating") == [{"score": 4, "source": "page"}]
    assert (await browser.ask("POST", "/api/call/rating", rating))[0] == 204
    got = [(await browser.ask("POST", "/api/call/rating", {**rating, "score": 5 - n % 2}))[0] for n in range(5)]
    assert got == [204] * 4 + [429] and len(page.house.told("rating")) == 5


async def test_a_call_back_is_told_first_and_promised_then(page: Page) -> None:
    browser = await page.running.browser()
    wish = {"number": "4012 55-44-33", "category": "signin"}
    status, told = await browser.ask("POST", "/api/call/callback/when", wish)
    assert status == 200 and not told["quiet"] and not await page.house.callbacks.get("id1")
    status, told = await browser.ask("POST", "/api/call/callback", wish)
    assert status == 200 and told["ticket"]
    kept = await page.house.callbacks.get("id1")
    assert kept is not None
    assert (kept.number, kept.source, kept.category, kept.ticket, kept.state) == (
        "+74012554433", "app", "signin", told["ticket"], "waiting",
    )  # fmt: skip
    # nobody has shown that this phone is his
    assert (kept.asked_by, kept.tonight_until) == ("", None)


async def test_a_second_wish_for_a_number_is_refused_and_tells_nothing_of_the_first(page: Page) -> None:
    browser = await page.running.browser()
    wish = {"number": "+74012554433"}
    await browser.ask("POST", "/api/call/callback", wish)
    status, told = await browser.ask("POST", "/api/call/callback", wish)
    assert (status, told["error_id"], set(told)) == (409, "callback_exists", {"error_id", "message"})


@pytest.mark.parametrize("number", ["", "112", "88005553535", "+77012345678", "8-809-123-45-67", "abc"])
async def test_numbers_that_a_call_would_not_take_the_page_does_not_take_either(page: Page, number: str) -> None:
    browser = await page.running.browser()
    for path in ("/api/call/callback/when", "/api/call/callback"):
        status, told = await browser.ask("POST", path, {"number": number})
        assert (status, list(told["fields"])) == (422, ["number"])


async def test_who_waits_in_the_queue_keeps_his_place_in_the_call_back(page: Page) -> None:
    browser = await page.running.browser()
    token = (await page.token(browser, category="recovery"))["token"]
    page.placed(token)
    page.told("ticket", ticket="48215512")
    page.told("enqueue", queue="moscow")
    since = page.house.clock.now()
    page.house.clock.pass_(240)
    status, _ = await browser.ask("POST", "/api/call/callback", {"number": "+74012554433", "token": token})
    kept = await page.house.callbacks.get("id1")
    assert status == 200 and kept is not None
    assert (kept.virtual_start, kept.origin_call) == (since, "call-1")
    assert (kept.category, kept.ticket) == ("recovery", "48215512")
    guest = page.guests.of_token(token)
    assert guest is not None and guest.status.callback


@pytest.mark.parametrize("then", [("answered",), ("answered", "talked", "end"), ("end",)])
async def test_who_waits_no_longer_stands_at_the_end_of_the_line(page: Page, then: tuple[str, ...]) -> None:
    browser = await page.running.browser()
    token = (await page.token(browser, category="recovery"))["token"]
    page.placed(token)
    page.told("enqueue", queue="moscow")
    page.house.clock.pass_(240)
    for kind in then:
        page.told(kind)
    status, _ = await browser.ask("POST", "/api/call/callback", {"number": "+74012554433", "token": token})
    kept = await page.house.callbacks.get("id1")
    assert status == 200 and kept is not None and kept.virtual_start == page.house.clock.now()


async def test_one_address_cannot_order_calls_without_end(page: Page) -> None:
    browser = await page.running.browser()
    numbers = [f"+7401255443{n}" for n in range(6)]
    found = [(await browser.ask("POST", "/api/call/callback", {"number": number}))[0] for number in numbers]
    assert found == [200] * 5 + [429]
