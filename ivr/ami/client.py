"""The manager interface: panoramisk as transport, made safe. Events come out in order, to one consumer.

panoramisk's own reconnect is not used: a new Manager per connection, so nothing unanswered is ever sent again.
"""

import asyncio
import codecs
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from ivr.ami.events import lower
from ivr.errors import PbxError
from ivr.tasks import spawn

log = logging.getLogger(__name__)
_QUEUED = 20_000


class AmiError(PbxError):
    """Asterisk's manager interface did not answer or refused. See `ivr doctor`."""


class AmiRefused(AmiError):
    """Asterisk answered that it does not do the action."""


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """Letters cut by a packet border are kept; a broken message does not cost the link. `heard`: loop time of the
    last bytes."""

    heard = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        super().data_received(self._decoder.decode(data).encode())

    def handle_message(self, message: Any) -> None:
        try:
            super().handle_message(message)
        except Exception:
            log.exception("a manager message could not be handled; it is left out")


class _Action(Action):  # type: ignore[misc]
    """Done by what Asterisk says, not by wording: panoramisk waits for ever after "Added interface to queue"."""

    @property
    def multi(self) -> bool:
        return str(self.responses[0].get("eventlist", "")).lower() == "start"

    @property
    def completed(self) -> bool:
        return not self.multi or str(self.responses[-1].get("eventlist", "")).lower() in ("complete", "cancelled")


class _Link(Manager):  # type: ignore[misc]
    """One connection: it never reconnects and never sends anything again."""

    pinger: asyncio.TimerHandle | None

    def __init__(self, ended: "asyncio.Future[None]", **config: Any) -> None:
        super().__init__(**config)
        self.ended = ended

    def connection_lost(self, exc: object) -> None:
        self._connected = False
        if not self.ended.done():
            self.ended.set_result(None)
        if self.pinger:
            self.pinger.cancel()
            self.pinger = None
        self.awaiting_actions.clear()

    def close(self) -> None:
        super().close()
        # the protocol does not report an end of our own making; who still waits for an answer must not wait on
        self.connection_lost(None)


class AmiClient:
    """`run()` keeps the link up until cancelled. Times in seconds.

    `backoff`: the first pause between connections, doubled up to `longest`; `ping_every`: how long a link may be
    watched without a question; `patience`: how long connecting, the login and a ping's answer may take.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        backoff: float = 0.5,
        longest: float = 15.0,
        ping_every: float = 10.0,
        patience: float = 5.0,
    ) -> None:
        self._host, self._port = host, port
        self._login = {"Action": "Login", "Username": _clean(username), "Secret": _clean(secret), "Events": "on"}
        self._backoff, self._longest = backoff, longest
        self._ping_every, self._patience = ping_every, patience
        self._events: asyncio.Queue[dict[str, str] | asyncio.Event] = asyncio.Queue(_QUEUED)
        self._link: _Link | None = None
        self.lost_events = 0
        self.on_event: list[Callable[[dict[str, str]], None]] = []
        self.on_link: list[Callable[[bool], None]] = []

    @property
    def connected(self) -> bool:
        """Logged in, as far as is known."""
        return self._link is not None

    @property
    def silent_s(self) -> float | None:
        """Seconds since anything was heard over the link (a ping's answer at least); None while it is down."""
        if self._link is None:
            return None
        return asyncio.get_running_loop().time() - float(self._link.protocol.heard)

    @property
    def pending(self) -> int:
        """Events received and not told to the listeners yet."""
        return self._events.qsize()

    async def run(self) -> None:
        """Connect, serve, connect again with growing pauses."""
        consumer = spawn(self._consume(), "ami-events")
        pause = self._backoff
        try:
            while True:
                if await self._session():
                    pause = self._backoff
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._longest)
        finally:
            consumer.cancel()

    async def action(self, name: str, limit: float = 5.0, **fields: str) -> list[dict[str, str]]:
        """Do one action; its messages, names in lower case. `AmiError` when down, late, refused or unsafe."""
        if self._link is None:
            raise AmiError
        messages = await self._send(self._link, {"Action": name, **fields}, limit)
        if messages[0].get("response", "Success") not in ("Success", "Follows", "Goodbye"):
            raise AmiRefused(f"Asterisk refused the manager action {name}: {messages[0].get('message', '')[:80]}")
        return messages

    async def caught_up(self) -> None:
        """Wait until every event that has come so far was told to the listeners."""
        reached = asyncio.Event()
        await self._events.put(reached)
        await reached.wait()

    async def _send(self, link: _Link, action: Mapping[str, str], limit: float) -> list[dict[str, str]]:
        clean = {_clean(k): _clean(v) for k, v in action.items()}
        if link.ended.done():
            raise AmiError
        future = link.send_action(_Action(clean))
        try:
            await asyncio.wait({future, link.ended}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                raise AmiError
            found = future.result()
        finally:
            future.cancel()
            waiting = link.protocol.responses
            for key in [k for k, a in waiting.items() if a.future is future]:
                del waiting[key]
        return [lower(m) for m in (found if isinstance(found, list) else [found])]

    async def _session(self) -> bool:
        """One connection from its beginning to its end; True when the login worked."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        link = _Link(ended, loop=loop, protocol_factory=_Protocol, ping_delay=10**6)
        link.register_event("*", self._enqueue)
        logged_in = False
        try:
            async with asyncio.timeout(self._patience):
                pair = await loop.create_connection(_Protocol, self._host, self._port)
            made: asyncio.Future[Any] = loop.create_future()
            made.set_result(pair)
            link.connection_made(made)
            answer = await self._send(link, self._login, self._patience)
            if answer[0].get("response") != "Success":
                log.error("Asterisk's manager interface refused the login; see `ivr doctor`")
                return False
            logged_in = True
            self._link = link
            self._tell(True)
            await self._watch(link)
        except (OSError, TimeoutError, AmiError):
            log.debug("no manager link")
        finally:
            if self._link is link:
                self._link = None
                self._tell(False)
            with suppress(Exception):
                link.close()
        return logged_in

    async def _watch(self, link: _Link) -> None:
        """Until the connection ends; a silent Asterisk is found by a ping."""
        while not link.ended.done():
            await asyncio.wait({link.ended}, timeout=self._ping_every)
            if not link.ended.done():
                await self._send(link, {"Action": "Ping"}, self._patience)

    def _tell(self, up: bool) -> None:
        log.info("manager link %s", "up" if up else "down")
        for callback in self.on_link:
            try:
                callback(up)
            except Exception:
                log.exception("a listener of the manager link failed")

    def _enqueue(self, _manager: object, message: Any) -> None:
        try:
            self._events.put_nowait(lower(message))
        except asyncio.QueueFull:
            self.lost_events += 1

    async def _consume(self) -> None:
        while True:
            event = await self._events.get()
            if isinstance(event, asyncio.Event):
                event.set()
                continue
            for callback in self.on_event:
                try:
                    callback(event)
                except Exception:
                    log.exception("a listener of manager events failed")


def _clean(value: str) -> str:
    if any(c in value for c in "\r\n\0"):
        raise AmiError("a value for the manager interface holds a line break: it is not sent; look at who sets it")
    return value
