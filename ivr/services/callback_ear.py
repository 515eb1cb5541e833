"""What the queues tell of callbacks, passed on to the desk in the order in which it was heard."""

import asyncio
import logging

from ivr.errors import StorageError
from ivr.services.callback_desk import CallbackDesk

log = logging.getLogger(__name__)
_MOST = 10_000
_PAUSE_S = 1.0


class CallbackEar:
    """`run()` until cancelled; while the database is away, what was heard waits."""

    def __init__(self, desk: CallbackDesk, pause: float = _PAUSE_S) -> None:
        self._desk, self._pause = desk, pause
        self._heard: asyncio.Queue[tuple[str, str, dict[str, str | int]]] = asyncio.Queue(_MOST)

    async def silence(self) -> None:
        """Wait until all that was heard is written down."""
        await self._heard.join()

    def operator(self, attempt: str, rang_s: int) -> None:
        """An operator, whose phone rang so long, has taken the call that is made before the citizen is dialled."""
        self.hear(attempt, "operator", {"rang_s": rang_s})

    def hear(self, token: str, event: str, data: dict[str, str | int] | None = None) -> None:
        """`event` (connect, complete, caller_gone) of the call with this token: a dial, or the callback instead of
        which the caller speaks now. Never waits."""
        try:
            self._heard.put_nowait((token, event, data or {}))
        except asyncio.QueueFull:
            log.error("too much is heard of callbacks: leases will tell", extra={"action": "callback_unheard"})

    async def run(self) -> None:
        """Tell the desk."""
        while True:
            token, event, data = await self._heard.get()
            while True:
                try:
                    await self._tell(token, event, data)
                    break
                except StorageError:
                    log.warning("what a callback came to waits for the database", extra={"action": "callback_waits"})
                except Exception:
                    log.exception("what a callback came to is not written down")
                    break
                await asyncio.sleep(self._pause)
            self._heard.task_done()

    async def _tell(self, token: str, event: str, data: dict[str, str | int]) -> None:
        callback = await self._desk.find(token)
        if callback is None:
            return
        if callback.attempt == token:
            await self._desk.event(token, event, data=data)
        elif event in ("connect", "complete"):
            # he called himself and talks to an operator now, or did: the beginning may not have been heard
            await self._desk.cancel(callback.id, "served_live")
        elif event == "caller_gone":
            await self._desk.let_go(callback.id)
