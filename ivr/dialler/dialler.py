"""Asterisk as the dispatcher sees it: the board, what became of an attempt, and placing one call, once."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ivr.dialler.link import Link, LinkLost, Message, Refused
from ivr.domain.queues import BoardView
from ivr.services.dispatch import DialOrder, DialRefused, DialUnsure, Result, Trace

#: Folds the events of QueueStatus (names in lower case) into a board.
Fold = Callable[[Iterable[Mapping[str, str]], datetime], BoardView]
_WORD = re.compile(r"[+]?[A-Za-z0-9_-]{1,40}")
#: Milliseconds; the dialplan's own limit comes first.
_LONGEST_RING = 40_000

#: What telephones speak: without it the sounds would be taken in another format, and made into this one all the time.
_CODECS = "alaw"


class AsteriskDialler:
    """Over one manager session, as user `dispatcher`; is a `ivr.services.dispatch.Dialler`."""

    def __init__(self, link: Link, fold: Fold, ring_s: int = 32, operator_s: int = 40) -> None:
        self._link, self._fold = link, fold
        self._ring_ms = max(_LONGEST_RING, (ring_s + 8) * 1000)
        self._operator_ms = (operator_s + 20) * 1000
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        link.on_event = self._take

    async def boot(self) -> str:
        """Where Asterisk runs and since when: another text after each start."""
        status = await self._link.action("CoreStatus")
        return f"{socket.gethostname()} {status.get('CoreStartupDate', '')} {status.get('CoreStartupTime', '')}"

    async def board(self, at: datetime) -> BoardView:
        events = await self._link.listing("QueueStatus")
        return self._fold([{k.lower(): v for k, v in event.items()} for event in events], at)

    async def alive(self) -> frozenset[str]:
        """The attempts that have a channel; that of a citizen whose operator was called first is known by its link."""
        events = await self._link.listing("CoreShowChannels")
        ids = (event.get(field, "") for event in events for field in ("Uniqueid", "Linkedid"))
        return frozenset(id.partition(";")[0] for id in ids)

    async def trace(self, attempt: str) -> Trace | None:
        """What the dialplan wrote down of this attempt; None: it never came there."""
        try:
            events = await self._link.listing("DBGet", Family=f"callback-{attempt[2:7]}", Key=attempt)
        except Refused:
            return None
        value = next((event.get("Val", "") for event in events), "")
        return _trace(value) if value else None

    async def dial(self, order: DialOrder) -> None:
        """Send the call off, once."""
        variables = {
            "IVR_ATTEMPT": order.attempt,
            # the dialplan calls another number invalid
            "IVR_CALLBACK_NUMBER": _plain(order.number) or "unfit",
            "IVR_LANGUAGE": _plain(order.language),
            "IVR_DID": _plain(order.did),
            "IVR_TICKET": _plain(order.ticket),
            "IVR_CATEGORY": _plain(order.category),
            "IVR_ARRIVED": str(int(order.virtual_start.timestamp())),
        }
        place, context, limit_ms = "callback-dial", "callback", self._ring_ms
        if order.operators:
            place, context, limit_ms = "callback-first", "callback-operator", self._operator_ms
            variables["IVR_QUEUE"] = _plain(order.operators)
        try:
            await self._link.action(
                "Originate", variables,
                Channel=f"Local/{order.attempt}@{place}/n", ChannelId=order.attempt,
                OtherChannelId=f"{order.attempt};2", Context=context, Exten="s", Priority="1",
                Timeout=str(limit_ms), Async="true", Codecs=_CODECS,
            )  # fmt: skip
        except Refused as error:
            raise DialRefused(str(error)) from None
        except LinkLost as error:
            raise DialUnsure(str(error)) from None

    async def void(self, attempt: str) -> None:
        """Make sure that this attempt is never served: the dialplan takes it as asked for, without a number."""
        try:
            await self._link.action(
                "Originate", {"IVR_ATTEMPT": attempt, "IVR_CALLBACK_NUMBER": ""},
                Channel=f"Local/{attempt}@callback-dial/n", ChannelId=attempt,
                OtherChannelId=f"{attempt};2", Context="callback", Exten="s", Priority="1",
                Timeout="10000", Async="true",
            )  # fmt: skip
        except Refused as error:
            raise DialRefused(str(error)) from None

    @property
    def lost(self) -> asyncio.Event:
        """Set when the session is over."""
        return self._link.lost

    def _take(self, event: Message) -> None:
        if event.get("UserEvent") == "CallbackResult":
            cause = event.get("Cause", "")
            self.results.put_nowait(
                Result(event.get("Attempt", ""), _number(cause), event.get("Status", ""), event.get("Talked") == "1")
            )


def _plain(text: str) -> str:
    """A word as numbers, languages and categories are; "" for anything else: whatever a row holds, it is no command."""
    return text if _WORD.fullmatch(text) else ""


def _trace(value: str) -> Trace:
    """ "first" (the citizen's phone has not rung), "dialling", "silent", "talked", or "over:STATUS:CAUSE:TALKED"."""
    state, status, cause, talked = (*value.split(":"), "", "", "")[:4]
    if state != "over":
        return Trace(False, rung=state != "first")
    return Trace(True, status, _number(cause), talked == "1")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
