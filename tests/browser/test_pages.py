"""Every page as people see it: in both themes, both languages, on a wide and a narrow screen."""

import itertools

import pytest

from ivr.domain.accounts import ROLES
from ivr.site import PAGES
from ivr.web import pages

from .conftest import Opened
from .pictures import PICTURES, WIDTHS, faults_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _who(roles: frozenset[str]) -> str:
    """Somebody who may see a page: nobody in particular, else the last role of the list that may."""
    return next((role for role in reversed(ROLES) if role in roles), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_a_page_is_legible_and_usable_for_everybody(page: pages.Page, opened: Opened) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong = []
    for width, dark, language in itertools.product(WIDTHS, (False, True), ("ru", "en")):
        found = await opened(_who(page.roles), page.path, width, dark, language)
        await found.wait_for_load_state("networkidle")
        where = f"{page.name}-{width}-{'dark' if dark else 'light'}-{language}"
        await found.screenshot(path=PICTURES / f"{where}.png", full_page=True)
        assert await found.evaluate("document.documentElement.lang") == language
        overflow = await found.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{where}: {overflow} px wider than the screen"] if overflow > 0 else []
        wrong += [f"{where}: {fault}" for fault in await faults_of(found)]
        await found.context.close()
    assert not wrong, "\n".join(wrong)
