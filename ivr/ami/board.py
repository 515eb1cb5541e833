"""The live queues: a snapshot at each login, again shortly after every change, and every few seconds anyway."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from ivr.ami.client import AmiClient, AmiError
from ivr.ami.events import CHANGING, HandleTimes, Message, fold
from ivr.domain.queues import BoardView

log = logging.getLogger(__name__)
_CALL_ID = "ivr_call_id"
_STALE_S = 30.0
_REMEMBERED = 10_000


class AmiBoard:
    """`ivr.services.ports.Board` over the manager link. `now` gives aware UTC; times in seconds."""

    def __init__(
        self, client: AmiClient, now: Callable[[], datetime], settle: float = 0.3, every: float = 10.0
    ) -> None:
        self._client = client
        self._now = now
        self._settle, self._every = settle, every
        self._view = BoardView()
        self._seen: datetime | None = None
        self._changed = asyncio.Event()
        self._handle = HandleTimes()
        self._call_ids: dict[str, str] = {}
        self.on_change: list[Callable[[BoardView], None]] = []
        client.on_event.append(self._event)
        client.on_link.append(self._link)

    def view(self) -> BoardView:
        """The queues as last seen; `fresh` is False while the link is down or the figures are over 30 s old."""
        known = self._seen is not None and (self._now() - self._seen).total_seconds() < _STALE_S
        return replace(self._view, fresh=known and self._client.connected)

    async def run(self) -> None:
        """Take snapshots until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._every):
                    await self._changed.wait()
                await asyncio.sleep(self._settle)
            except TimeoutError:
                pass
            self._changed.clear()
            if self._client.connected:
                try:
                    await self.snapshot()
                except AmiError as error:
                    log.warning("the queues could not be read: %s", error)

    async def snapshot(self) -> None:
        """Read all queues now. Raises `AmiError`."""
        messages = await self._client.action("QueueStatus")
        for message in messages:
            channel = message.get("channel", "")
            if message.get("event", "").lower() == "queueentry" and channel not in self._call_ids:
                await self._identify(channel)
        at = self._now()
        before = self._view
        self._view = fold(messages, at, self._handle.by_queue, self._call_ids)
        self._seen = at
        if _shape(before) != _shape(self._view):
            self._tell()

    async def _identify(self, channel: str) -> None:
        try:
            answer = await self._client.action("Getvar", Channel=channel, Variable=_CALL_ID.upper())
        except AmiError:
            return  # gone again
        self._remember(channel, answer[0].get("value", ""))

    def _remember(self, channel: str, call_id: str) -> None:
        if channel and call_id:
            while len(self._call_ids) >= _REMEMBERED:
                del self._call_ids[next(iter(self._call_ids))]
            self._call_ids[channel] = call_id

    def _event(self, message: Message) -> None:
        name = message.get("event", "").lower()
        if name == "agentcomplete":
            self._handle.observe(message)
        elif name == "varset" and message.get("variable", "").lower() == _CALL_ID:
            self._remember(message.get("channel", ""), message.get("value", ""))
        elif name == "hangup":
            self._call_ids.pop(message.get("channel", ""), None)
        if name in CHANGING:
            self._changed.set()

    def _link(self, up: bool) -> None:
        if up:
            self._changed.set()
        else:
            self._call_ids.clear()
            # until the next snapshot these figures are old, also when the link is up again before that
            self._seen = None
            self._view = replace(self._view, fresh=False)
            self._tell()

    def _tell(self) -> None:
        view = self.view()
        for callback in self.on_change:
            try:
                callback(view)
            except Exception:
                log.exception("a listener of the board failed")


def _shape(view: BoardView) -> Mapping[str, object]:
    """The view without what changes all the time by itself."""
    return {
        n: (q.logged_in, q.ready, q.handle_s, tuple((w.channel, w.position, w.call_id) for w in q.waiting))
        for n, q in view.queues.items()
    } | {"": view.fresh}
