"""One AGI connection: a command out, its answer in. Every wait has a limit; a lost caller is `CallerHungUp`."""

import asyncio
import logging
import time
from collections.abc import Callable

from ivr.agi import protocol
from ivr.agi.protocol import AgiError, Kind, Reply
from ivr.agi.wire import AgiWire
from ivr.errors import CallerHungUp

log = logging.getLogger(__name__)
#: Lines of noise or of usage text that are read before the connection is given up.
_PATIENCE = 64


class AgiLink:
    """Commands on one connection, one at a time. After a hang-up every further command raises at once."""

    def __init__(
        self,
        wire: AgiWire,
        limit: float = 20.0,
        thought: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`thought` is told, before each command, the seconds since Asterisk's last answer (the header at first)."""
        self._thought = thought
        self._answered = time.perf_counter()
        self._wire = wire
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._gone = False
        self._lock = asyncio.Lock()

    async def send(self, line: bytes, limit: float | None = None) -> Reply:
        """Send `line`, return its answer within `limit` seconds (else `CallerHungUp`: Asterisk is frozen).

        Raises `CallerHungUp` on HANGUP, 511, end of file, a line without end; `AgiError` on an answer that is none.
        """
        async with self._lock:
            if self._gone:
                raise CallerHungUp
            answered = False
            self._thought(time.perf_counter() - self._answered)
            try:
                self._wire.write(line)
                reply = await self._answer(self._loop.time() + (limit or self._limit))
                answered = reply.kind not in (Kind.HANGUP, Kind.GARBAGE)
            except TimeoutError:
                log.error(
                    "no answer from Asterisk within %.0f s; the call is left to the dialplan", limit or self._limit
                )
                raise CallerHungUp from None
            except (OSError, EOFError, ValueError) as error:
                raise CallerHungUp from error
            finally:
                # an answer not read would be taken for that of the next command
                self._gone = not answered
                self._answered = time.perf_counter()
        if reply.kind is Kind.OK:
            return reply
        if reply.kind is Kind.HANGUP:
            raise CallerHungUp
        if reply.kind is Kind.GARBAGE:
            raise AgiError("Asterisk's answer is not AGI; the call is left to the dialplan")
        if reply.kind is Kind.REFUSED:
            log.error("Asterisk refused an AGI command: %s", line.split(b" ", 1)[0].decode("ascii", "replace"))
        return reply

    async def _answer(self, by: float) -> Reply:
        for _ in range(_PATIENCE):
            line = await self._wire.until(b"\n", by)
            if line.startswith(b"200 "):
                return protocol.parse_reply(line)
            if protocol.is_interim(line) or line.strip() == b"":
                continue
            if protocol.opens_usage(line):
                await self._skip_usage(by)
            return protocol.parse_reply(line)
        return Reply(Kind.GARBAGE)

    async def _skip_usage(self, by: float) -> None:
        for _ in range(_PATIENCE):
            line = await self._wire.until(b"\n", by)
            if protocol.closes_usage(line):
                return
            if line.strip() == b"HANGUP":
                raise EOFError
        raise EOFError
