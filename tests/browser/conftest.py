"""Real browsers: Debian's Chromium, driven by Playwright, against a running site with real storage.

A test asks for `opened`: opened("anna", "/users") is a page in a browser of its own, logged in as anna. Whatever the
page logs as an error fails the test.
"""

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from ivr.domain.accounts import ROLES
from ivr.web import pages
from tests.web.running import Running, composed

from .hotline import Hotline, hotline
from .network import outer_address
from .people import Crowd, crowd

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
#: login(): the staff phone of who is logged in, ready; dial(number): why the call ended, "" when it was taken;
#: passedOn(to): "" when the call was passed on.
_STAFF = """
window.login = async () => {
  const { phone, secret } = await (await fetch("/api/phone")).json();
  window.phone = new telephone.Phone({ phone, secret }).start();
  await new Promise((ready, refused) => window.phone.on("line", ({ registered, fault }) => {
    if (registered) ready();
    else if (fault) refused(new Error(fault));
  }));
};
window.passedOn = (number) => window.phone.transfer(number).then(() => "", String);
window.dial = async (number) => {
  const over = new Promise((ended) => {
    let taken = false;
    const stop = window.phone.on("call", ({ state, cause }) => {
      taken ||= state === "talking";
      if (state !== "ended") return;
      stop();
      ended(taken ? "" : cause);
    });
  });
  await window.phone.call(number);
  return over;
};
"""
#: Milliseconds a page may take for anything.
LIMIT = 30_000
Opened = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser process for all tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hotline]:
    """A whole hotline with its Asterisk, for calls; anna answers as 101."""
    with outer_address():
        async with hotline(tmp_path_factory.mktemp("line") / "var") as found:
            await found.person("anna", "operator", phone="101")
            yield found


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def everybody(line: Hotline, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crowd]:
    """Nobody yet; whoever comes to the hotline has a browser process of his own until all tests are over."""
    await line.person("boris", "operator", phone="102")
    await line.person("vera", "supervisor")
    async with crowd(line.base, tmp_path_factory.mktemp("microphones"), FLAGS) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def people(everybody: Crowd, line: Hotline) -> AsyncIterator[Crowd]:
    """Who takes part in the calls of this test; at its end nobody is left, and no page has complained."""
    everybody.faults.clear()
    yield everybody
    await everybody.go()
    await line.until_channels(0, 30)
    if everybody.faults and sys.exc_info()[0] is None:
        pytest.fail("\n".join(everybody.faults))


@pytest.fixture(scope="session")
def telephone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The telephone of the pages alone, as a script for any page of ours: `Phone`, and helpers for staff."""
    out = tmp_path_factory.mktemp("telephone") / "phone.js"
    bundle = ["node_modules/.bin/esbuild", "pages/common/phone.js", "--bundle", "--format=iife"]
    options = ["--global-name=telephone", "--define:global=globalThis", "--log-level=warning", f"--outfile={out}"]
    subprocess.run([*bundle, *options], cwd=Path(pages.__file__).parent, check=True)
    return out.read_text() + _STAFF


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Running]:
    """The whole application without Asterisk behind it; an account for each role, its login the role's name."""
    async with composed(tmp_path) as found:
        for role in ROLES:
            await found.person(role, role, phone="101" if role == "operator" else "")
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def opened(chromium: Browser, site: Running) -> AsyncIterator[Opened]:
    """opened(login, path, width=1280, dark=False, language="ru"): a page of its own browser; "" is nobody."""
    contexts, faults = [], []

    async def begin(
        login: str,
        path: str,
        width: int = 1280,
        dark: bool = False,
        language: str = "ru",
        expected: tuple[int, ...] = (),
    ) -> Page:
        """`expected`: statuses of refusals that belong to the test."""
        context = await chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            locale={"ru": "ru-RU", "en": "en-GB"}[language],
            reduced_motion="reduce",
        )
        context.set_default_timeout(LIMIT)
        contexts.append(context)
        if login:
            browser = await site.browser(login)
            cookie: Any = {"name": site.site.gate.cookie, "url": site.base}
            cookie["value"] = next(c.value for c in browser.http.cookie_jar if c.key == cookie["name"])
            await context.add_cookies([cookie])
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{path}: {error}"))
        page.on("console", lambda line: faults.extend(_complaints(line, path, expected)))
        await page.goto(site.base + path)
        return page

    yield begin
    for context in contexts:
        await context.close()
    # only when the test itself was content: its own failure says more
    if faults and sys.exc_info()[0] is None:
        pytest.fail("\n".join(faults))


def _complaints(line: Any, path: str, expected: tuple[int, ...]) -> list[str]:
    if line.type not in ("error", "warning") or any(f"status of {status}" in line.text for status in expected):
        return []
    return [f"{path}: {line.type}: {line.text}"]
