"""The bundled pages: who may see which, and their files. What is built: `ivr/web/build.mjs`."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ivr.web.faults import WebFault
from ivr.web.routes import PUBLIC, Role, Route
from ivr.web.visit import Visit

BUILD = Path(__file__).with_name("static") / "build"
THEME_COOKIE = "theme"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\Z")
_THEMES = ("light", "dark")
mimetypes.add_type("font/woff2", ".woff2")


@dataclass(frozen=True)
class Page:
    """`name` is its folder in `ivr/web/pages`; `path` where it is served; `linked`: it stands in the navigation."""

    name: str
    path: str
    roles: frozenset[Role]
    linked: bool = True


class Pages:
    """The pages of one hotline. `build`: the folder with the bundles."""

    def __init__(self, pages: Sequence[Page], build: Path = BUILD) -> None:
        self.pages, self._build = pages, build

    def routes(self) -> list[Route]:
        found = [Route("GET", page.path, self._handler(page), page.roles, f"The page {page.name}")
                 for page in self.pages]
        return [*found, Route("GET", "/static/{name}", self.file, PUBLIC, "A file of the pages", plain=True)]

    def built(self) -> bool:
        """Are there pages to serve?"""
        return built(self._build)

    async def file(self, visit: Visit) -> web.StreamResponse:
        name = visit.path["name"]
        file = self._build / "static" / name
        # one folder, flat: a name is no path
        if not _NAME.match(name) or not file.is_file():
            raise WebFault("not_found", 404, {"ru": "Здесь ничего нет.", "en": "There is nothing here."})
        # names carry a digest of what is in them
        return web.FileResponse(file, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    def _handler(self, page: Page):  # type: ignore[no-untyped-def]
        async def show(visit: Visit) -> web.Response:
            return self.html(page.name, visit)

        return show

    def html(self, name: str, visit: Visit) -> web.Response:
        """The page in the visitor's language and theme. Raises `WebFault` 503 when it is not built."""
        try:
            text = (self._build / f"{name}.{visit.language}.html").read_text("utf-8")
        except OSError:
            raise WebFault("not_built", 503, {
                "ru": "Страницы не собраны: выполните make setup (нужны node и npm).",
                "en": "The pages are not built: run `make setup` (it needs node and npm).",
            }) from None
        theme = visit.account.theme if visit.account else visit.request.cookies.get(THEME_COOKIE, "")
        if theme in _THEMES:
            text = text.replace("<html ", f'<html data-theme="{theme}" ', 1)
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})


def built(folder: Path = BUILD) -> bool:
    """Are the bundles there?"""
    return (folder / "login.ru.html").is_file()
