"""The bundled pages as files: language, theme, caching; and what is said when they are not there."""

from pathlib import Path

import pytest

from ivr.site import Site
from ivr.storage.store import Storage
from ivr.web.pages import BUILD, Page, Pages
from ivr.web.routes import PUBLIC, Route

from .conftest import Serve


def _extra(build: Path):  # type: ignore[no-untyped-def]
    def routes(site: Site, storage: Storage) -> list[Route]:
        made = Pages([Page("login", "/another", PUBLIC)], build).routes()
        return [route for route in made if not route.path.startswith("/static")]

    return routes


async def test_without_bundles_the_browser_is_told_what_to_do(serve: Serve, tmp_path: Path) -> None:
    site = await serve(_extra(tmp_path / "nothing"))
    status, told = await (await site.browser()).ask("GET", "/another", Accept_Language="en")
    assert (status, told["error_id"]) == (503, "not_built")
    assert "make setup" in told["message"]


@pytest.mark.parametrize(("headers", "start"), [
    ({}, '<html lang="ru">'),
    ({"Accept_Language": "en-GB,en;q=0.9,ru;q=0.8"}, '<html lang="en">'),
    ({"Accept_Language": "fr"}, '<html lang="ru">'),
    ({"Cookie": "language=en; theme=dark"}, '<html data-theme="dark" lang="en">'),
    ({"Cookie": 'language=tt; theme="><script>'}, '<html lang="ru">'),
])  # fmt: skip
async def test_a_page_comes_in_the_visitor_s_language_and_theme(
    serve: Serve, headers: dict[str, str], start: str
) -> None:
    site = await serve()
    guest = await site.browser()
    status, html = await guest.ask("GET", "/login", **headers)
    assert status == 200 and start in html
    assert "<script>" not in html and "style=" not in html and " on" + "click" not in html


async def test_files_are_kept_for_good_since_their_names_change(serve: Serve) -> None:
    site = await serve()
    guest = await site.browser()
    _, html = await guest.ask("GET", "/login")
    script = next(part for part in html.split('"') if part.startswith("/static/login-") and part.endswith(".js"))
    assert (await guest.ask("GET", script))[0] == 200
    assert "immutable" in guest.headers["Cache-Control"]
    assert "/javascript" in guest.headers["Content-Type"]
    for name in ("login.ru.html", ".sources", "..%2Flogin.ru.html", "%2e%2e%2f.sources"):
        assert (await guest.ask("GET", f"/static/{name}"))[0] == 404, name
    assert (BUILD / "login.ru.html").is_file()
