"""What the world may answer to each command of a flow; the simulator tries all of it."""

from ivr.domain.tickets import NUMBER_LENGTH, STATUSES, new_number
from ivr.flow.commands import (
    Ask,
    AskRoute,
    Command,
    Done,
    FindTicket,
    Keys,
    NoteTicket,
    OpenTicket,
    QueueSms,
    Reply,
    RouteFound,
    SaveRating,
    SetLanguage,
    Step,
    TicketFound,
    TicketOpened,
)

TICKET = new_number(lambda n: 4_821_551 % n)
#: The same with its last two digits swapped: the check digit is wrong.
MISTYPED = TICKET[:-2] + TICKET[-1] + TICKET[-2]
MOBILE, LANDLINE = "9161234567", "4951234567"

_SILENCE = Keys("")
_ONE_KEY = (_SILENCE, *(Keys(key) for key in "1234567890*#"))
_FIXED = (_SILENCE, Keys("0"), Keys("*"), Keys("9"))
_ENTRIES: dict[int, tuple[Reply, ...]] = {
    NUMBER_LENGTH: (*_FIXED, Keys(TICKET), Keys(MISTYPED), Keys("123")),
    len(MOBILE): (*_FIXED, Keys(MOBILE), Keys(LANDLINE), Keys("123")),
}
_OTHER_ENTRY: tuple[Reply, ...] = (*_FIXED, Keys("4567"))
_FOUND: tuple[Reply, ...] = (
    *(TicketFound(status) for status in STATUSES),
    TicketFound(),
    TicketFound(failed=True),
)


def replies(command: Command) -> tuple[Reply, ...]:
    """Every kind of answer; () for something that no service can carry out."""
    match command:
        case Ask(max_digits=digits):
            return _ONE_KEY if digits == 1 else _ENTRIES.get(digits, _OTHER_ENTRY)
        case Step() | SetLanguage():
            return (None,)
        case OpenTicket():
            return (TicketOpened(TICKET), TicketOpened(""))
        case FindTicket():
            return _FOUND
        case QueueSms() | NoteTicket() | SaveRating():
            return (Done(), Done(False))
        case AskRoute(category):
            return (
                RouteFound(category, True),
                RouteFound(category, True, 1, 0),
                RouteFound(category, True, 3, 300),
                RouteFound(category, True, 1200, None),
                RouteFound(category, False),
            )
    return ()


def in_words(reply: Reply) -> str:
    """A reply as a reader of the report understands it; "" for those that say nothing."""
    match reply:
        case Keys(pressed):
            return pressed or "silence"
        case TicketOpened(""):
            return "no ticket can be opened"
        case TicketFound(status, failed):
            return "look-up failed" if failed else status or "no such ticket"
        case Done(False):
            return "failed"
        case RouteFound(_, staffed):
            return "operators there" if staffed else "no operator there"
    return ""
