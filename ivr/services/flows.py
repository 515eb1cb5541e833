"""The flows of the hotline, ready to start, and what each is told of the call that comes to it."""

from collections.abc import Callable
from dataclasses import dataclass

from ivr.flow.callback_commands import CallbackFound
from ivr.flow.commands import Caller, Flow


@dataclass(frozen=True)
class MovedCall:
    """A call whose time in the queue `leaving` is over, with what the dialplan kept of it."""

    caller: Caller
    language: str
    slow: bool
    ticket: str
    category: str
    leaving: str
    #: What was left of the waiting, the broken off stretch first.
    legs: tuple[tuple[str, int], ...] = ()
    #: The place that a supervisor chose; 0: none.
    position: int = 0


@dataclass(frozen=True)
class CalledPerson:
    """Somebody whom the hotline has called back. `wanted`: the callback still is; `awaited`: by an operator, who was
    called before him."""

    caller: Caller
    language: str
    ticket: str
    category: str
    wanted: bool = True
    awaited: bool = False


@dataclass(frozen=True)
class PageCall:
    """A call from the page, with what was chosen there; "" for nothing."""

    caller: Caller
    language: str
    category: str = ""


@dataclass(frozen=True)
class Flows:
    """The flows of the hotline, ready to start."""

    #: the caller, and the callback promised to that number -> flow
    inbound: Callable[[Caller, CallbackFound | None], Flow]
    #: language, slow mode -> flow
    rating: Callable[[str, bool], Flow]
    #: language, slow mode, ticket number -> flow
    unanswered: Callable[[str, bool, str], Flow]
    moved: Callable[[MovedCall], Flow]
    called: Callable[[CalledPerson], Flow]
    #: a waiting caller asks to be called back
    from_queue: Callable[[MovedCall], Flow]
    #: who was called back waited in vain
    waited_out: Callable[[CalledPerson], Flow]
    #: a supervisor sends a waiting caller to the first of `legs`
    steered: Callable[[MovedCall], Flow]
    from_page: Callable[[PageCall], Flow]
