"""Commands and replies of the dialogues about a callback; see `ivr.flow.commands`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class FindCallback:
    """Is a callback promised to the caller's number? Reply: `CallbackFound`. Never fails.

    From here on its place is his in this call too, when he goes to a queue.
    """


@dataclass(frozen=True)
class CallbackFound:
    """`there`: one is promised, between `start` and `end`; `now` is the time. All by the caller's clock, aware."""

    there: bool = False
    now: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class TakeOffer:
    """The caller wants to be called back: whoever hangs up from here on is promised it at his own number.

    Reply: `Done`. `source`: queue, menu or closed. `AskRoute` has been asked before.
    """

    category: str
    source: str


@dataclass(frozen=True)
class DropOffer:
    """He goes on without a callback. Reply: `Done`."""


@dataclass(frozen=True)
class AskPromise:
    """When would `number` (E.164) be called? Reply: `PromiseFound`."""

    number: str


@dataclass(frozen=True)
class PromiseFound:
    """Between `start` and `end`; all by the caller's clock, aware.

    `quiet`: his quiet hours lie between now and then; `tonight`: until when he could be called if he wants it in them.
    """

    now: datetime
    start: datetime
    end: datetime
    quiet: bool = False
    tonight: datetime | None = None


@dataclass(frozen=True)
class RequestCallback:
    """Promise to call `number` (E.164), `tonight` in quiet hours if that was offered. Reply: `CallbackMade`."""

    number: str
    tonight: bool = False


@dataclass(frozen=True)
class CallbackMade:
    """made; exists: the number has one already; refused: too many in a day; failed: the database is away."""

    outcome: Literal["made", "exists", "refused", "failed"]
    now: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class AskSlots:
    """The next times to which the promised callback can be moved. Reply: `SlotsFound`."""


@dataclass(frozen=True)
class SlotsFound:
    """(start, end) of each, at most three, by the caller's clock; `now` is the time."""

    now: datetime
    slots: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True)
class ChangeCallback:
    """Another number (E.164), or another time (`slot`, as found), for the promised callback.

    Reply: `CallbackFound`, as it is promised now; not there: it could not be changed. Another number may have another
    time: where it may not be rung in the one that was promised.
    """

    number: str = ""
    slot: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class CancelCallback:
    """Take the promised callback back. Reply: `Done`."""


@dataclass(frozen=True)
class CallCame:
    """What this callback came to, as the called person decided it. Reply: `CallSettled`.

    human: he pressed the key to be connected; later, cancel: he wants that; machine: nobody pressed anything;
    no_agent: he waited, and nobody was free.
    """

    event: Literal["human", "later", "cancel", "machine", "no_agent"]


@dataclass(frozen=True)
class CallSettled:
    """`ok`: it is written down; `again`: he will be called once more."""

    ok: bool = True
    again: bool = False


CallbackCommand = (
    FindCallback
    | TakeOffer
    | DropOffer
    | AskPromise
    | RequestCallback
    | AskSlots
    | ChangeCallback
    | CancelCallback
    | CallCame
)
CallbackReply = CallbackFound | PromiseFound | CallbackMade | SlotsFound | CallSettled
