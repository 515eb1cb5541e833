"""What a call flow may ask for (commands) and what it gets back (replies). Plain frozen values, no IO.

A flow is a generator: `reply = yield command`. The conversation service carries commands out on a real channel;
the simulator and the playbook tests answer them themselves. When the caller hangs up, `CallerHungUp` is thrown
into the generator at its current `yield`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ivr.flow.callback_commands import CallbackCommand, CallbackReply
from ivr.flow.incident_commands import IncidentCommand, IncidentReply

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
#: A sound: a prompt id of prompts.<lang>.toml ("main.menu") or a readout key ("n/21f", "pause/350").
Sounds = tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """Play `sounds` and collect keys; any key interrupts the playing (barge-in). Reply: `Keys`.

    `max_digits` keys are collected, or fewer when `#` or the inter-digit time-out ends the entry.
    `timeout` seconds of silence after the last sound. With `max_digits=1` a lone `#` is returned as "#".
    `step` names the place in the flow for the journal, which keeps how many keys were pressed, never which.
    `private`: expected to name a person or a phone, keyed in or read out.
    """

    sounds: Sounds
    step: str
    max_digits: int = 1
    timeout: float = 5.0
    private: bool = False


@dataclass(frozen=True)
class Keys:
    """Reply to `Ask`: the keys pressed, empty on silence."""

    pressed: str = ""


@dataclass(frozen=True)
class SetLanguage:
    """Speak `language` ("ru", "en", "tt" …) from now on. Reply: None."""

    language: str


@dataclass(frozen=True)
class OpenTicket:
    """Open (or, when this call has one, return) the ticket of this call. Reply: `TicketOpened`.

    Durable before the reply comes. `category` is one of the category ids; `purpose` says for what.
    """

    category: str
    purpose: Literal["operator", "sms", "callback"]


@dataclass(frozen=True)
class TicketOpened:
    """`number` is digits only; empty when the database did not answer (say so, go on without).

    `due`: until when it will be answered, by the caller's clock (aware); None when unknown.
    """

    number: str
    due: datetime | None = None


@dataclass(frozen=True)
class FindTicket:
    """Status of a ticket by number. Reply: `TicketFound`.

    The caller's own number must match the ticket, or `last_four` the phone it was opened from;
    a wrong pair is indistinguishable from an unknown number.
    """

    number: str
    last_four: str = ""


@dataclass(frozen=True)
class TicketFound:
    """`status` is a ticket status id ("open", "in_progress" …) or "" when nothing matches; `failed` = look-up down."""

    status: str = ""
    failed: bool = False


@dataclass(frozen=True)
class QueueSms:
    """Put the instruction text `template` into the outbox for `number` (E.164). Reply: `Done`."""

    template: str
    number: str


@dataclass(frozen=True)
class Done:
    """Reply of a command that only can work or not."""

    ok: bool = True


@dataclass(frozen=True)
class AskPlace:
    """Where is the caller, and what time is it there? Reply: `PlaceFound`. Never fails."""


@dataclass(frozen=True)
class ChoosePlace:
    """The caller says to be in `region` (two-digit code); it counts for this call. Reply: `PlaceFound`."""

    region: str


@dataclass(frozen=True)
class PlaceFound:
    """`now`: the caller's local time (aware). `region` is "" when unknown, then `now` is only assumed.

    `sure`: chosen by the caller, on his card, or a fixed line of one zone; nothing need be asked.
    `kept`: the region was remembered for this number on the caller's own word.
    """

    region: str
    now: datetime
    sure: bool = False
    kept: bool = False


@dataclass(frozen=True)
class RememberPlace:
    """Keep the region chosen in this call for the caller's number (he agreed). Reply: `Done`."""


@dataclass(frozen=True)
class ForgetPlace:
    """Forget the region kept for the caller's number. Reply: `Done` (also when none was kept)."""


@dataclass(frozen=True)
class AskRoute:
    """Who takes this call now? Reply: `RouteFound`. Never fails: the last resort is the fallback queue.

    `leaving` names the queue that the caller is taken from (its time is over), "" for a new call.
    """

    category: str
    leaving: str = ""


@dataclass(frozen=True)
class RouteFound:
    """The router's answer as the flow needs it.

    `staffed`: there is a queue to wait in. `position` is 1-based, 0 = unknown; `wait_s` seconds, None = unknown.
    `callback`: the caller is to be offered one.
    `legs`: queue and the seconds to wait there before the next one (0: no limit), first leg first; the first names
    `queue`. `now` and `opens` (aware, by the caller's clock): not staffed, and the work goes on at `opens`.
    """

    queue: str
    staffed: bool
    position: int = 0
    wait_s: int | None = None
    legs: tuple[tuple[str, int], ...] = ()
    now: datetime | None = None
    opens: datetime | None = None
    callback: bool = False


@dataclass(frozen=True)
class NoteTicket:
    """Append a note event to this call's ticket. Reply: `Done`."""

    note: str


@dataclass(frozen=True)
class SaveRating:
    """Keep the caller's rating (1 worst … 5 best) with the call. Reply: `Done`."""

    score: int


@dataclass(frozen=True)
class Step:
    """Journal that the caller reached `step` (menu id, branch). No reply is waited for."""

    step: str


@dataclass(frozen=True)
class Enqueue:
    """Ending: hand the call to the dialplan's Queue(). `reason` is journalled; `slow` is remembered for later.

    `legs` as in `RouteFound`. `position` 1-based: the place that a moved caller keeps by arrival; 0 = at the end.
    `chosen`: the place is one that a supervisor chose, whenever the caller arrived.
    """

    queue: str
    ticket: str
    category: str
    reason: str = "operator"
    slow: bool = False
    legs: tuple[tuple[str, int], ...] = ()
    position: int = 0
    chosen: bool = False


@dataclass(frozen=True)
class End:
    """Ending: the controller is done and the dialplan hangs up (everything has been said). `reason` is journalled."""

    reason: str


Ending = Enqueue | End
Command = (
    Ask
    | SetLanguage
    | OpenTicket
    | FindTicket
    | QueueSms
    | AskPlace
    | ChoosePlace
    | RememberPlace
    | ForgetPlace
    | AskRoute
    | CallbackCommand
    | IncidentCommand
    | NoteTicket
    | SaveRating
    | Step
)
Reply = (
    Keys
    | TicketOpened
    | TicketFound
    | Done
    | PlaceFound
    | RouteFound
    | CallbackReply
    | IncidentReply
    | None
)
#: Commands out, the reply of each command back in, an ending at last.
Flow = Generator[Command, Any, Ending]


@dataclass(frozen=True)
class Caller:
    """What is known when the call comes in. `number` is E.164 or "" (withheld, not parseable); `given`: E.164 written
    on the page for a call back, unverified: no ticket and no promise is its owner's."""

    number: str = ""
    is_mobile: bool = False
    given: str = ""

    #: Where he can be called back; "" unknown.
    @property
    def reachable(self) -> str:
        return self.number or self.given


@dataclass(frozen=True)
class FlowSettings:
    """What a deployment chooses about the flow. Seconds."""

    languages: tuple[str, ...] = ("ru", "en", "tt")
    default_language: str = "ru"
    key_timeout: float = 5.0
    slow_key_timeout: float = 12.0
    retries: int = 2
    status_tries: int = 3
    #: Talks with operators are recorded.
    recorded: bool = True
