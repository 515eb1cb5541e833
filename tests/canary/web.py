"""Numbers that are written into the pages: by operators, supervisors and visitors."""

from urllib.parse import quote

import aiohttp

from ivr.domain.phones import to_e164
from tests.canary.conftest import Cage
from tests.canary.documents import DOCUMENTS
from tests.canary.tap import Caller
from tests.web.running import PASSWORD, Browser


async def writes_it_all_down(cage: Cage, caller: Caller) -> None:
    """The operator of the talk writes every number down, in every field that takes words."""
    await cage.line.ivr_told(
        f"{PASSWORD}\n", "users", "add", "anna", "--roles", "operator", "--phone", "101", "--stdin"
    )
    forms = [" и ".join((each.digits, *each.written, ", ".join(each.digits))) for each in DOCUMENTS]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, f"http://127.0.0.1:{cage.line.web_port}")
        assert await browser.log_in("anna") == 200
        call = caller.unique.replace(".", "x")
        status, contact = await browser.ask("POST", "/api/desk/contacts", {"call_id": call})
        assert status == 200, contact
        for text in forms:
            changes = {"version": contact["version"], "purpose": text, "note": text, "clarified": [[text, "yes"]]}
            status, contact = await browser.ask("PUT", f"/api/desk/contacts/{call}", changes)
            assert status == 200, contact
        digits = {document.kind: document.digits for document in DOCUMENTS}
        values = {"snils": digits["snils"], "passport": digits["passport"], "inn": digits["inn-12"]}
        for form in (await browser.ask("GET", "/api/desk/words"))[1]["forms"]:
            fields = {field["id"]: values.get(field["kind"], forms[0]) for field in form["fields"]
                      if field["kind"] in ("line", "text", *values)}  # fmt: skip
            changes = {"version": contact["version"], "forms": {form["id"]: fields}}
            status, told = await browser.ask("PUT", f"/api/desk/contacts/{call}", changes)
            assert status == 200, told
            contact = told


async def visits(cage: Cage) -> None:
    """A visitor, and a supervisor, write the numbers wherever an address, a form or a question takes text."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, f"http://127.0.0.1:{cage.line.web_port}")
        await _tries(browser)
        assert await browser.log_in("canary") == 200
        await _tries(browser)


async def _tries(browser: Browser) -> None:
    paths = ("/?q={}", "/call?number={}", "/{}", "/static/{}", "/api/history/{}", "/api/history?number={}",
             "/api/history?ticket={}", "/api/history?numbers=true&ticket={}", "/api/audit?who={}", "/api/live?{}",
             "/api/history/{}/recordings/2026-11-24/{}.wav", "/metrics?{}", "/health/ready?{}")  # fmt: skip
    bodies = (
        ("/api/login", lambda text: {"login": text, "password": text}),
        ("/api/call/token", lambda text: {"category": text}),
        ("/api/call/callback", lambda text: {"category": "signin", "number": text}),
        ("/api/call/callback/when", lambda text: {"number": text}),
        ("/api/setup", lambda text: {"login": text, "name": text, "password": text, "token": text}),
        ("/api/users", lambda text: {"login": text, "name": text, "roles": [text]}),
        ("/api/incidents", lambda text: {"categories": [text], "regions": [text]}),
    )
    for document in DOCUMENTS:
        for text in (document.digits, document.written[0]):
            for path in paths:
                await browser.ask("GET", path.replace("{}", quote(text)), User_Agent=quote(text))
            for path, body in bodies:
                # a telephone number by its form, and whose it is nobody knows: it would be called
                if path != "/api/call/callback" or not to_e164(text):
                    await browser.ask("POST", path, body(text))
