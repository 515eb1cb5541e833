"""Is the hotline alive, can it take calls, and its counters for a monitor."""

from collections.abc import Callable, Mapping

from aiohttp import web
from pydantic import BaseModel

from ivr.web.routes import PUBLIC, Route
from ivr.web.visit import Visit

#: name -> (ready?, words)
Readiness = Callable[[], Mapping[str, tuple[bool, str]]]
Counters = Callable[[], Mapping[str, int]]


class Live(BaseModel):
    status: str = "live"


class Part(BaseModel):
    ok: bool
    state: str


class Ready(BaseModel):
    """`status`: "ready" or "not ready"."""

    status: str
    parts: dict[str, Part]


class Health:
    """GET /health/live, /health/ready, /metrics."""

    def __init__(self, readiness: Readiness, counters: Counters) -> None:
        self._readiness, self._counters = readiness, counters

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/health/live", self.live, PUBLIC, "Does the server answer?", answer=Live),
            Route("GET", "/health/ready", self.ready, PUBLIC, "Can calls be taken? 503 when not", answer=Ready),
            Route("GET", "/metrics", self.metrics, PUBLIC, "Counters in Prometheus' text form"),
        ]

    async def live(self, visit: Visit) -> Live:
        return Live()

    async def ready(self, visit: Visit) -> web.Response:
        parts = {name: Part(ok=ok, state=words) for name, (ok, words) in self._readiness().items()}
        good = all(part.ok for part in parts.values())
        body = Ready(status="ready" if good else "not ready", parts=parts)
        return web.json_response(text=body.model_dump_json(), status=200 if good else 503)

    async def metrics(self, visit: Visit) -> web.Response:
        lines = []
        for name, value in sorted(self._counters().items()):
            lines += [f"# TYPE hotline_{name} gauge", f"hotline_{name} {value}"]
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")
