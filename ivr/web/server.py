"""The web server: carries out the table of routes; every answer, also of a failure, is made here."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from html import escape
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel

from ivr.errors import HotlineError, StorageError
from ivr.web.door import IDLE_S, Door
from ivr.web.faults import WebFault, said
from ivr.web.gate import Gate
from ivr.web.headers import secure
from ivr.web.http_log import HttpLog
from ivr.web.routes import Route

log = logging.getLogger(__name__)
#: Bytes of a request's body.
MAX_BODY = 256 * 1024
#: Seconds until a page that could not be shown is asked for again.
_AGAIN_S = 5
_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer:
    """Serves `routes` on `host`:`port`; `gate` decides who may."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Iterable[Route],
        gate: Gate,
        on_request: Callable[[Route | None, int, float], None] = lambda route, status, seconds: None,
    ) -> None:
        """`on_request` is told of every request: its route, its answer's status, the seconds it took."""
        self._host, self._port, self._gate, self._told = host, port, gate, on_request
        self.routes: Sequence[Route] = list(routes)
        self._by_handler: dict[object, Route] = {}
        self.app = web.Application(middlewares=[self._around], client_max_size=MAX_BODY)
        for route in self.routes:
            handler = self._handler(route)
            self._by_handler[handler] = route
            self.app.router.add_route(route.method, route.path, handler)
        self.app.on_response_prepare.append(self._prepare)
        self.app.on_shutdown.append(self._shutdown)
        self._runner = web.AppRunner(self.app, access_log=None, handle_signals=False, shutdown_timeout=2.0,
                                     keepalive_timeout=IDLE_S * 0.8,
                                     logger=HttpLog(logging.getLogger("ivr.web.http"), None))
        self._server: asyncio.Server | None = None
        self.door = Door(lambda: self._runner.server(), shared=gate.proxies)  # type: ignore[misc]
        #: Awaited before connections are closed: who holds sockets open lets go of them.
        self.on_stop: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.door, self._host, self._port, backlog=1024, reuse_address=True)

    async def stop(self) -> None:
        """Close the socket and every connection."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """Where it listens, also when any free port was asked for."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            visit = await self._gate.recognise(request, look_up=not route.plain)
            try:
                async with asyncio.timeout(route.limit_s):
                    await self._gate.admit(visit, route)
                    answer = await route.handler(visit)
            except WebFault as fault:
                fault.language = visit.language
                raise
            if isinstance(answer, BaseModel):
                return web.json_response(text=answer.model_dump_json())
            return web.Response(status=204) if answer is None else answer

        return handle

    @web.middleware
    async def _around(self, request: web.Request, handler: _Next) -> web.StreamResponse:
        clock = asyncio.get_running_loop().time
        begun = clock()
        route = self._by_handler.get(request.match_info.handler)
        try:
            with self.door.busy(request.transport):
                response = await self._safely(request, handler, route)
        except web.HTTPException as answer:
            self._told(route, answer.status, clock() - begun)
            raise
        self._told(route, response.status, clock() - begun)
        return response

    async def _safely(self, request: web.Request, handler: _Next, route: Route | None) -> web.StreamResponse:
        try:
            return await handler(request)
        except WebFault as fault:
            if fault.status == 401 and route is not None and route.page and "text/html" in _accepted(request):
                return web.Response(status=303, headers={"Location": f"/login?next={quote(request.path_qs)}"})
            if fault.status == 503 and route is not None and route.page and "text/html" in _accepted(request):
                return _later(fault, fault.language or self._gate.language(request))
            return self._refuse(request, fault)
        except web.HTTPNotFound:
            return self._refuse(request, WebFault("not_found", 404, {"ru": "Здесь ничего нет.",
                                                                     "en": "There is nothing here."}))
        except web.HTTPMethodNotAllowed as error:
            return self._refuse(request, WebFault("method", 405, {"ru": "Так здесь не спрашивают.",
                                                                  "en": "This is not asked this way."},
                                                  headers={"Allow": ",".join(sorted(error.allowed_methods))}))
        except StorageError as error:
            log.warning("%s %s: %s", request.method, _place(route), error, extra={"action": "web_storage"})
            return self._refuse(request, WebFault("storage", 503, {"ru": "База данных не отвечает.",
                                                                   "en": "The database does not answer."}))
        except HotlineError as error:
            log.warning("%s %s: %s", request.method, _place(route), error, extra={"action": "web_fault"})
            return self._refuse(request, WebFault("unavailable", 503, {"ru": "Сейчас не получается.",
                                                                       "en": "This cannot be done now."}))
        except TimeoutError:
            log.warning("%s %s took too long", request.method, _place(route), extra={"action": "web_timeout"})
            return self._refuse(request, WebFault("timeout", 503, {"ru": "Ответа нет слишком долго.",
                                                                   "en": "It took too long."}))
        except (web.HTTPException, ConnectionResetError):
            raise
        except Exception:
            mark = secrets.token_hex(4)
            log.exception("%s %s failed (%s)", request.method, _place(route), mark, extra={"action": "web_failed"})
            return self._refuse(request, WebFault("internal", 500, {
                "ru": f"Ошибка на сервере. Её след в журнале: {mark}.",
                "en": f"The server failed. Its trace in the log: {mark}."}))

    def _refuse(self, request: web.Request, fault: WebFault) -> web.Response:
        return fault.response(fault.language or self._gate.language(request))

    async def _prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        secure(response, self._gate.https)

    async def _shutdown(self, app: web.Application) -> None:
        for step in self.on_stop:
            await step()


def _later(fault: WebFault, language: str) -> web.Response:
    """For a person's eyes: what is wrong; the page comes by itself when it can."""
    words = escape(said(fault.words, language))
    text = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>503</title><p>{words}</p></html>'
    return web.Response(text=text, status=503, content_type="text/html",
                        headers={"Refresh": str(_AGAIN_S), "Retry-After": str(_AGAIN_S), **fault.headers})  # fmt: skip


def _accepted(request: web.Request) -> str:
    return request.headers.get("Accept", "")


def _place(route: Route | None) -> str:
    # the pattern, not the path: a path may hold a caller's number
    return route.path if route else "?"
