"""GET /sip: the telephone of a page, a WebSocket that is passed on to Asterisk's own. Nobody else reaches that one.

A page says by its subprotocols who it is: "sip" and "guest.<token>" (one call, see `ivr.services.guests`) or
"sip" and "phone.<name>" (the phone of who is logged in). What it sends is looked at (`ivr.web.sip_text`).
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import aiohttp
from aiohttp import WSMsgType, web

from ivr.services.guests import Guest, GuestDesk
from ivr.tasks import spawn
from ivr.web import sip_text
from ivr.web.crowd import Crowd
from ivr.web.faults import WebFault
from ivr.web.gate import Gate
from ivr.web.rates import Rates
from ivr.web.routes import PUBLIC, Route
from ivr.web.sip_farewell import Farewells
from ivr.web.sip_text import Line, SipRefused
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
PROTOCOL = "sip"
_GUEST, _PHONE = "guest.", "phone."
GUEST_PHONE = "web-guest"
#: Messages of one page: a minute's worth, and at once.
_PER_MINUTE, _BURST = 240, 60
_RECHECK_S = 30.0
#: Telephones of one session or network.
_OF_ONE = 50
_DIAL_S = 5.0
#: Close codes: it said what it may not; Asterisk is not there; the session is over.
REFUSED, AWAY, GONE = 4403, 1013, 4401


@dataclass
class SipCounters:
    """Since the start; `open` now."""

    open: int = 0
    total: int = 0
    refused: int = 0


@dataclass(eq=False)
class _Open:
    """One page's telephone that is connected; `guest`: None for staff."""

    visit: Visit
    socket: web.WebSocketResponse
    line: Line
    guest: Guest | None
    asterisk: aiohttp.ClientWebSocketResponse | None = None

    def __post_init__(self) -> None:
        self.calls = Farewells(self.line)

    async def part(self) -> None:
        """End its calls and close it: it may telephone no more."""
        if self.asterisk is not None:
            for end in self.calls.ends(secrets.token_hex(8)):
                with suppress(ConnectionError):
                    await self.asterisk.send_str(end)
        await self.socket.close(code=GONE, message=b"session")


class SipProxy:
    """`port`: Asterisk's WebSocket at `host`; `door`: its word for us. `lent`: may this visitor use that phone?"""

    def __init__(
        self,
        port: int,
        door: str,
        guests: GuestDesk,
        lent: Callable[[Visit, str], bool],
        gate: Gate,
        max_open: int = 600,
        host: str = "127.0.0.1",
    ) -> None:
        self._url = f"http://{f'[{host}]' if ':' in host else host}:{port}/ws"
        self._door, self._guests, self._lent, self._gate = door, guests, lent, gate
        # guests leave room for the telephones of those who answer them
        self._crowd = Crowd(max_open, max_open // 2, _OF_ONE,
                            {"ru": "Сейчас слишком много звонков.", "en": "There are too many calls now."})  # fmt: skip
        self.counters = SipCounters()
        self._open: set[_Open] = set()

    def routes(self) -> list[Route]:
        return [Route("GET", "/sip", self._serve, PUBLIC, "A page's telephone: SIP over a WebSocket", limit_s=None,
                      socket=True, per_minute=60)]  # fmt: skip

    async def close(self) -> None:
        """The server stops."""
        await asyncio.gather(*[each.socket.close(code=1001) for each in list(self._open)], return_exceptions=True)

    def phones(self) -> set[str]:
        """Names of the telephones that are connected."""
        return {each.line.phone for each in self._open}

    def in_call(self, session: str) -> bool:
        """Has a telephone of the session with this id a call?"""
        return any(each.calls.any for each in self._open if each.visit.session and each.visit.session.id == session)

    async def dismiss(self, gone: Callable[[Visit], bool]) -> None:
        """Close the telephones of those who are gone and may not have them any more."""
        await asyncio.gather(*[self._look(each) for each in list(self._open) if gone(each.visit)])

    async def _serve(self, visit: Visit) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=15.0, max_msg_size=sip_text.LIMIT, timeout=2.0, compress=False
        )
        if PROTOCOL not in _offered(visit) or not socket.can_prepare(visit.request).ok:
            raise WebFault("websocket", 400, {"ru": "Здесь нужен WebSocket.", "en": "This is a WebSocket."})
        with self._crowd.enter(visit), self._line(visit) as (line, guest):
            await socket.prepare(visit.request)
            here = _Open(visit, socket, line, guest)
            self.counters.open += 1
            self.counters.total += 1
            self._open.add(here)
            try:
                await self._connect(here)
            finally:
                self.counters.open -= 1
                self._open.discard(here)
        return socket

    @contextmanager
    def _line(self, visit: Visit) -> Iterator[tuple[Line, Guest | None]]:
        """Whose line it is, held until the end. Raises `WebFault`."""
        words = _offered(visit)
        token = next((word.removeprefix(_GUEST) for word in words if word.startswith(_GUEST)), "")
        phone = next((word.removeprefix(_PHONE) for word in words if word.startswith(_PHONE)), "")
        if token:
            guest = self._guests.connect(token)
            if guest is None:
                raise _denied()
            try:
                yield Line(GUEST_PHONE, self._door, guest.id), guest
            finally:
                self._guests.disconnect(guest)
        elif phone and visit.user is not None and self._lent(visit, phone):
            yield Line(phone, self._door), None
        else:
            raise _denied()

    async def _connect(self, here: _Open) -> None:
        socket = here.socket
        limit = aiohttp.ClientTimeout(total=None, sock_connect=_DIAL_S)
        async with aiohttp.ClientSession(timeout=limit) as session:
            try:
                asterisk = await session.ws_connect(self._url, protocols=(PROTOCOL,), compress=0)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("Asterisk takes no browser: %s", error, extra={"action": "sip_away"})
                await socket.close(code=AWAY, message=b"Asterisk does not answer")
                return
            here.asterisk = asterisk
            # whichever side ends ends the other one too
            tasks = [
                spawn(self._up(here, asterisk), "page to Asterisk"),
                spawn(_down(here, asterisk), "Asterisk to page"),
                spawn(self._recheck(here), "session of a telephone"),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asterisk.close()
            await socket.close(code=AWAY)

    async def _up(self, here: _Open, asterisk: aiohttp.ClientWebSocketResponse) -> None:
        socket, guest = here.socket, here.guest
        rates = Rates(_PER_MINUTE, _BURST)
        async for message in socket:
            try:
                if message.type is not WSMsgType.TEXT or rates.take("", self._gate.now()):
                    raise SipRefused("no text, or too much of it")
                admitted = sip_text.admit(message.data, here.line)
                here.calls.up(admitted.text)
                if admitted.opens and guest is not None and not self._guests.place(guest):
                    raise SipRefused("a second call")
            except SipRefused as refused:
                self.counters.refused += 1
                log.warning("a page's telephone was cut off: %s", refused, extra={"action": "sip_refused"})
                await socket.close(code=REFUSED, message=b"refused")
                return
            try:
                await asterisk.send_str(admitted.text)
            except ConnectionError:
                return

    async def _recheck(self, here: _Open) -> None:
        while not here.socket.closed:
            await asyncio.sleep(_RECHECK_S)
            await self._look(here)

    async def _look(self, here: _Open) -> None:
        """Close it unless it may go on."""
        if here.guest is not None:
            good = not self._guests.in_vain(here.guest)
        else:
            visit = await self._gate.anew(here.visit)
            good = visit is not None and self._lent(visit, here.line.phone)
        if not good:
            await here.part()


async def _down(here: _Open, asterisk: aiohttp.ClientWebSocketResponse) -> None:
    async for message in asterisk:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        text = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
        here.calls.down(text)
        try:
            await here.socket.send_str(text)
        except ConnectionError:
            return


def _offered(visit: Visit) -> list[str]:
    return [word.strip() for word in visit.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]


def _denied() -> WebFault:
    return WebFault("not_allowed", 403, {"ru": "Этот звонок уже нельзя начать. Обновите страницу.",
                                         "en": "This call can no longer be placed. Reload the page."})
