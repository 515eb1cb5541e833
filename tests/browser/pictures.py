"""Pictures of pages in the middle of something, in both themes and widths, for people to look at; and their faults."""

import itertools
from pathlib import Path

from playwright.async_api import Page

from ivr.web import pages

#: Looked at by people; kept as build output.
PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
_AXE = (Path(pages.__file__).parent / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
#: Pixels of a wide and of a narrow screen.
WIDTHS = (1440, 360)


async def picture(page: Page, name: str) -> list[str]:
    """Take them, and leave the page as it was; what is wrong with each, one line a fault."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    before, wrong = page.viewport_size, []
    for width, theme in itertools.product(WIDTHS, ("light", "dark")):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        await page.evaluate("scrollTo(0, 0)")  # else what sticks to the top is in the middle of the picture
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        where = f"{name}-{width}-{theme}"
        await page.screenshot(path=PICTURES / f"{where}.png", full_page=True)
        overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{where}: {overflow} px wider than the screen"] if overflow > 0 else []
        if width == WIDTHS[0]:  # what axe finds on narrow screens it finds in pages at rest
            wrong += [f"{where}: {fault}" for fault in await faults_of(page)]
    if before:
        await page.set_viewport_size(before)
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return wrong


async def faults_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2 A and AA, one line each."""
    await page.evaluate(_AXE)
    found = await page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{fault['id']}: {fault['help']}: {node['html'][:150]}"
            for fault in found["violations"] for node in fault["nodes"]]
