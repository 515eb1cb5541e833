"""Live state to the browsers: one WebSocket each, topics, the newest state of each topic and never a queue of old ones.

A browser says {"subscribe": ["board"]} or {"unsubscribe": ["board"]} and gets {"topic", "data"}: at once the snapshot,
then what is published. A topic may have a key behind a colon ("call:4f1c"): `topic("call", …)` serves all of them, its
snapshot finds the key in `visit.path["key"]` and raises `WebFault` for a visitor whom it does not concern.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from ivr.errors import HotlineError
from ivr.tasks import spawn
from ivr.web.crowd import Crowd
from ivr.web.faults import WebFault, said
from ivr.web.gate import Gate
from ivr.web.rates import Rates
from ivr.web.routes import PUBLIC, Role, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
Snapshot = Callable[[Visit], Awaitable[Any]]
#: Is the connection of this visit over?
Gone = Callable[[Visit], bool]

#: Seconds: a browser that takes nothing for so long is gone; who is he still, is asked so often.
_STUCK_S = 15.0
_RECHECK_S = 30.0
_MAX_TOPICS = 50
_MAX_MESSAGE = 8 * 1024
#: Sockets of one session or network. Names that one browser may ask for: a minute's worth, and at once.
_OF_ONE = 100
_NAMES_A_MINUTE, _NAMES_AT_ONCE = 300, 200
#: Close codes of our own: the session is over; the server stops.
GONE, STOPPING = 4401, 1001


@dataclass
class _Topic:
    roles: frozenset[Role]
    snapshot: Snapshot


@dataclass(eq=False)
class _Browser:
    """One socket. `pending`: topic -> the newest words not sent yet, the longest waiting first."""

    visit: Visit
    socket: web.WebSocketResponse
    topics: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    rates: Rates = field(default_factory=lambda: Rates(_NAMES_A_MINUTE, _NAMES_AT_ONCE))

    def put(self, topic: str, text: str) -> None:
        self.pending[topic] = text
        self.wake.set()


class Live:
    """The hub. `max_browsers`: sockets at once, three in five of them of strangers; beyond it they are refused."""

    def __init__(self, gate: Gate, max_browsers: int = 500) -> None:
        self._gate = gate
        self._crowd = Crowd(max_browsers, max_browsers * 3 // 5, _OF_ONE,
                            {"ru": "Слишком много открытых страниц.", "en": "Too many pages are open."})  # fmt: skip
        #: told, beside the browsers here, whose connections are over
        self.on_dismiss: list[Callable[[Gone], Awaitable[None]]] = []
        self._topics: dict[str, _Topic] = {}
        self._browsers: set[_Browser] = set()
        self._listeners: dict[str, set[_Browser]] = {}
        self._published: dict[str, int] = {}
        #: Messages that were overtaken by a newer one before their browser could take them.
        self.skipped = 0

    def routes(self) -> list[Route]:
        return [Route("GET", "/api/live", self._serve, PUBLIC, "Live state over a WebSocket", limit_s=None,
                      socket=True)]

    def topic(self, name: str, roles: frozenset[Role], snapshot: Snapshot) -> None:
        """Make a topic known: who may listen, and what a newcomer gets first (anything JSON can hold)."""
        self._topics[name] = _Topic(roles, snapshot)

    def publish(self, name: str, data: Any) -> None:
        """Send `data` to all who listen to `name`. Never waits; a browser that is slow gets the newest only."""
        listeners = self._listeners.get(name)
        if not listeners:
            return
        self._published[name] = self._published.get(name, 0) + 1
        text = _message(name, data)
        for browser in listeners:
            if name in browser.pending:
                self.skipped += 1
            browser.put(name, text)

    def listened(self, name: str) -> bool:
        """Does anybody listen? Nobody needs to work out a state that nobody sees."""
        return bool(self._listeners.get(name))

    @property
    def count(self) -> int:
        """Browsers connected now."""
        return len(self._browsers)

    async def dismiss(self, login: str, but_session: str = "") -> None:
        """Close the sockets of a person who logged out or may no longer be here."""
        await self._dismiss(lambda visit: visit.user is not None and visit.user.login == login
                            and (visit.session is None or visit.session.id != but_session))  # fmt: skip

    async def dismiss_session(self, session: str) -> None:
        """Close the sockets of one session."""
        await self._dismiss(lambda visit: visit.session is not None and visit.session.id == session)

    async def _dismiss(self, gone: Gone) -> None:
        # at once: who does not answer a farewell keeps the others' no longer open
        closing = [b.socket.close(code=GONE, message=b"session") for b in list(self._browsers) if gone(b.visit)]
        await asyncio.gather(*closing, *[other(gone) for other in self.on_dismiss], return_exceptions=True)

    async def close(self) -> None:
        """The server stops: every browser is told, and comes back by itself."""
        closing = [b.socket.close(code=STOPPING, message=b"stopping") for b in list(self._browsers)]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(self, visit: Visit) -> web.StreamResponse:
        with self._crowd.enter(visit):
            return await self._talk(visit)

    async def _talk(self, visit: Visit) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=_MAX_MESSAGE, timeout=2.0, compress=True)
        if not socket.can_prepare(visit.request).ok:
            raise WebFault("websocket", 400, {"ru": "Здесь нужен WebSocket.", "en": "This is a WebSocket."})
        await socket.prepare(visit.request)
        browser = _Browser(visit, socket)
        self._browsers.add(browser)
        tasks = [spawn(self._send(browser), "live sender"), spawn(self._recheck(browser), "live recheck")]
        try:
            async for message in socket:
                if not await self._hear(browser, message):
                    break
        finally:
            for task in tasks:
                task.cancel()
            self._browsers.discard(browser)
            for name in browser.topics:
                self._leave(browser, name)
        return socket

    async def _hear(self, browser: _Browser, message: WSMessage) -> bool:
        """False: the browser talks nonsense."""
        try:
            asked: Any = json.loads(message.data) if message.type is WSMsgType.TEXT else None
            joined, left = asked.get("subscribe", []), asked.get("unsubscribe", [])
            for name in (*joined, *left):
                name.encode()  # half a character (\ud800) could be sent to nobody
        except (ValueError, AttributeError, TypeError, RecursionError):
            await browser.socket.close(code=1003, message=b"JSON, please")
            return False
        if browser.rates.take("", self._gate.now(), max(1, len(joined) + len(left))):
            await browser.socket.close(code=1008, message=b"too often")
            return False
        for name in left:
            if name in browser.topics:
                browser.topics.discard(name)
                browser.pending.pop(name, None)
                self._leave(browser, name)
        await self._join(browser, joined)
        return True

    async def _join(self, browser: _Browser, names: Iterable[str]) -> None:
        for name in names:
            try:
                text = await self._first(browser, name)
            except WebFault as fault:
                refusal = {"error_id": fault.error_id, "message": said(fault.words, browser.visit.language)}
                browser.put(f"!{name[:100]}", json.dumps({"topic": name, "error": refusal}))
            else:
                if text:
                    browser.put(name, text)

    async def _first(self, browser: _Browser, name: str) -> str:
        """The snapshot as a message; "" when something newer was published, and so sent, while it was made."""
        base, _, key = name.partition(":")
        topic = self._topics.get(base)
        roles = browser.visit.user.roles if browser.visit.user else frozenset()
        if topic is None or (topic.roles and not topic.roles & roles):
            raise WebFault("not_allowed", 403, {"ru": "Эта тема недоступна.", "en": "This topic is not for you."})
        if len(browser.topics) >= _MAX_TOPICS and name not in browser.topics:
            raise WebFault("too_many", 429, {"ru": "Слишком много тем.", "en": "Too many topics."})
        known = name in browser.topics
        if not known:
            # listen first: what is published while the snapshot is made must not be missed
            browser.topics.add(name)
            self._listeners.setdefault(name, set()).add(browser)
        before = self._published.get(name)
        try:
            data = await topic.snapshot(replace(browser.visit, path={"key": key}, at=self._gate.now()))
        except Exception as error:
            browser.topics.discard(name)
            browser.pending.pop(name, None)
            self._leave(browser, name)
            if isinstance(error, WebFault):
                raise
            if not isinstance(error, HotlineError):
                log.exception("the snapshot of %s failed", base)
            raise WebFault("unavailable", 503, {"ru": "Сейчас не получается.", "en": "This cannot be done now."}) \
                from None
        return _message(name, data) if self._published.get(name) == before else ""

    def _leave(self, browser: _Browser, name: str) -> None:
        listeners = self._listeners.get(name)
        if listeners is not None:
            listeners.discard(browser)
            if not listeners:
                del self._listeners[name]
                self._published.pop(name, None)

    async def _send(self, browser: _Browser) -> None:
        try:
            while True:
                await browser.wake.wait()
                browser.wake.clear()
                while browser.pending:
                    name = next(iter(browser.pending))
                    async with asyncio.timeout(_STUCK_S):
                        await browser.socket.send_str(browser.pending.pop(name))
        except TimeoutError:
            log.info("a browser took nothing for %.0f s", _STUCK_S, extra={"action": "live_stuck"})
            self._cut(browser)
        except (ConnectionError, RuntimeError):
            pass  # it went; the reader notices too
        except Exception:
            log.exception("a state could not be sent")
            self._cut(browser)

    def _cut(self, browser: _Browser) -> None:
        """Without a farewell: a page that hears nothing must not believe that nothing happens."""
        if browser.visit.request.transport is not None:
            browser.visit.request.transport.abort()

    async def _recheck(self, browser: _Browser) -> None:
        while True:
            await asyncio.sleep(_RECHECK_S)
            if not await self._gate.still(browser.visit):
                await browser.socket.close(code=GONE, message=b"session")
                return


def _message(topic: str, data: Any) -> str:
    return json.dumps({"topic": topic, "data": data}, ensure_ascii=False, separators=(",", ":"))
