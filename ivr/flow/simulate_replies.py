"""What the world may answer to each command of a flow; the simulator tries all of it."""

from datetime import datetime, timedelta, timezone

from ivr.domain.tickets import NUMBER_LENGTH, STATUSES, new_number
from ivr.flow.commands import (
    Ask,
    AskPlace,
    AskRoute,
    CallCame,
    CallSettled,
    ChoosePlace,
    Command,
    Done,
    FindTicket,
    ForgetPlace,
    Keys,
    NoteTicket,
    OpenTicket,
    PlaceFound,
    QueueSms,
    RememberPlace,
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

#: A Monday evening of a caller three hours east of Greenwich.
NOW = datetime(2026, 11, 23, 18, 40, tzinfo=timezone(timedelta(hours=3)))
_REGION = "77"

_SILENCE = Keys("")
_ONE_KEY = (_SILENCE, *(Keys(key) for key in "1234567890*#"))
#: At the choice of a region: silence, the first choice, each other meaning of a key, and a key that means nothing.
_FIRST_CHOICE = (_SILENCE, *(Keys(key) for key in "109*#"))
_CHOICE = ("place/district", "place/group", "place/region")
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


def replies(command: Command, whole: bool = True) -> tuple[Reply, ...]:
    """Every kind of answer; () for something that no service can carry out. Not `whole`: one region is chosen."""
    match command:
        case Ask(step=step) if not whole and step in _CHOICE:
            return _FIRST_CHOICE
        case Ask(max_digits=digits):
            return _ONE_KEY if digits == 1 else _ENTRIES.get(digits, _OTHER_ENTRY)
        case Step() | SetLanguage():
            return (None,)
        case OpenTicket():
            return (TicketOpened(TICKET, NOW + timedelta(hours=3)), TicketOpened(""))
        case FindTicket():
            return _FOUND
        case AskPlace():
            return (
                PlaceFound(_REGION, NOW, sure=True),
                PlaceFound(_REGION, NOW, sure=True, kept=True),
                PlaceFound(_REGION, NOW),
                PlaceFound("", NOW),
            )
        case ChoosePlace(region):
            return (PlaceFound(region, NOW, sure=True),)
        case QueueSms() | NoteTicket() | SaveRating() | RememberPlace() | ForgetPlace():
            return (Done(), Done(False))
        case CallCame():
            return (CallSettled(), CallSettled(again=True), CallSettled(False))
        case AskRoute(category):
            return (
                RouteFound(category, True),
                RouteFound(category, True, 1, 0),
                RouteFound(category, True, 3, 300),
                RouteFound(category, True, 1200, None),
                RouteFound(category, False),
                *(RouteFound(category, False, now=NOW, opens=NOW + timedelta(days=days)) for days in (0, 1, 4)),
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
        case CallSettled(ok, again):
            return "called again" if again else "" if ok else "failed"
        case RouteFound(_, True):
            return "operators there"
        case RouteFound(opens=opens):
            return "closed" if opens else "no operator there"
        case PlaceFound(region, _, sure, kept):
            if not region:
                return "region unknown"
            return "region kept" if kept else "region known" if sure else "region guessed"
    return ""
