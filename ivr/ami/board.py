"""The live queues: a snapshot at each login, again shortly after every change, and every few seconds anyway."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from ivr.ami.client import AmiClient, AmiError
from ivr.ami.events import CHANGING, HandleTimes, Message, fold, number
from ivr.domain.queues import BoardView

log = logging.getLogger(__name__)
_CALL_ID, _ARRIVED = "ivr_call_id", "ivr_arrived"
_STALE_S = 30.0
_REMEMBERED = 10_000
_LATEST = 2**33  # seconds of the epoch
_T = TypeVar("_T")


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
        self._arrived: dict[str, datetime | None] = {}  # None: asked in vain
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
            if message.get("event", "").lower() == "queueentry":
                for variable, known in ((_CALL_ID, self._call_ids), (_ARRIVED, self._arrived)):
                    if channel not in known:
                        await self._ask(channel, variable)
        at = self._now()
        arrived = {channel: since for channel, since in self._arrived.items() if since is not None}
        before = self._view
        self._view = fold(messages, at, self._handle.by_queue, self._call_ids, arrived)
        self._seen = at
        if _shape(before) != _shape(self._view):
            self._tell()

    async def _ask(self, channel: str, variable: str) -> None:
        try:
            answer = await self._client.action("Getvar", Channel=channel, Variable=variable.upper())
        except AmiError:
            return  # gone again
        self._learn(channel, variable, answer[0].get("value", ""))

    def _learn(self, channel: str, variable: str, value: str) -> None:
        if not channel:
            return
        if variable == _CALL_ID and value:
            _remember(self._call_ids, channel, value)
        elif variable == _ARRIVED:
            known = 0 < (seconds := number(value)) < _LATEST
            _remember(self._arrived, channel, datetime.fromtimestamp(seconds, UTC) if known else None)

    def _event(self, message: Message) -> None:
        name = message.get("event", "").lower()
        if name == "agentcomplete":
            self._handle.observe(message)
        elif name == "hangup":
            self._call_ids.pop(message.get("channel", ""), None)
            self._arrived.pop(message.get("channel", ""), None)
        if name in CHANGING:
            self._changed.set()

    def _link(self, up: bool) -> None:
        if up:
            self._changed.set()
        else:
            self._call_ids.clear()
            self._arrived.clear()
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


def _remember(known: dict[str, _T], channel: str, what: _T) -> None:
    while len(known) >= _REMEMBERED:
        del known[next(iter(known))]
    known[channel] = what


def _shape(view: BoardView) -> Mapping[str, object]:
    """The view without what changes all the time by itself."""
    return {
        n: (q.logged_in, q.ready, q.handle_s, tuple((w.channel, w.position, w.call_id) for w in q.waiting))
        for n, q in view.queues.items()
    } | {"": view.fresh}
