"""The web server's first pages: is the hotline alive, can it take calls, its counters, and what it is."""

from collections.abc import Callable, Mapping

from aiohttp import web

#: name -> (ready?, words)
Readiness = Callable[[], Mapping[str, tuple[bool, str]]]
Counters = Callable[[], Mapping[str, int]]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class WebServer:
    """GET /health/live, /health/ready, /metrics on `host`:`port`."""

    def __init__(self, host: str, port: int, readiness: Readiness, counters: Counters) -> None:
        self._host, self._port = host, port
        self._readiness, self._counters = readiness, counters
        app = web.Application()
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        app.on_response_prepare.append(_secure)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Close the socket and every connection."""
        await self._runner.cleanup()

    async def _live(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def _ready(self, request: web.Request) -> web.Response:
        parts = self._readiness()
        good = all(ok for ok, _ in parts.values())
        body = {
            "status": "ready" if good else "not ready",
            "parts": {name: {"ok": ok, "state": words} for name, (ok, words) in parts.items()},
        }
        return web.json_response(body, status=200 if good else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        lines = []
        for name, value in sorted(self._counters().items()):
            lines += [f"# TYPE hotline_{name} gauge", f"hotline_{name} {value}"]
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
