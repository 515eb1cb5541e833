"""Is the hotline alive, and can it take calls?"""

from collections.abc import Callable, Mapping

from aiohttp import web
from pydantic import BaseModel

from ivr.web.routes import PUBLIC, Route
from ivr.web.visit import Visit

#: name -> (ready?, words)
Readiness = Callable[[], Mapping[str, tuple[bool, str]]]


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
    """GET /health/live, /health/ready."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def routes(self) -> list[Route]:
        return [
            # visitors behind a proxy of this machine share an address with its watchdog: none of them may silence us
            Route("GET", "/health/live", self.live, PUBLIC, "Does the server answer?", answer=Live, plain=True,
                  unpaced=True),
            Route("GET", "/health/ready", self.ready, PUBLIC, "Can calls be taken? 503 when not", answer=Ready),
        ]  # fmt: skip

    async def live(self, visit: Visit) -> Live:
        return Live()

    async def ready(self, visit: Visit) -> web.Response:
        parts = {name: Part(ok=ok, state=words) for name, (ok, words) in self._readiness().items()}
        good = all(part.ok for part in parts.values())
        body = Ready(status="ready" if good else "not ready", parts=parts)
        return web.json_response(text=body.model_dump_json(), status=200 if good else 503)
