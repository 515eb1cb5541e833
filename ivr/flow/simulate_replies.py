"""What the world may answer to each command of a flow; the simulator tries all of it."""

from datetime import datetime, timedelta, timezone

from ivr.domain.incidents import GENERAL_WORDS
from ivr.domain.tickets import NUMBER_LENGTH, STATUSES, new_number
from ivr.flow.callback_commands import (
    AskPromise,
    AskSlots,
    CallbackFound,
    CallbackMade,
    CallCame,
    CallSettled,
    CancelCallback,
    ChangeCallback,
    DropOffer,
    FindCallback,
    PromiseFound,
    RequestCallback,
    SlotsFound,
    TakeOffer,
)
from ivr.flow.commands import (
    Ask,
    AskPlace,
    AskRoute,
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
from ivr.flow.incident_commands import AskIncident, IncidentFound, Subscribed, TellWhenFixed

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
#: Where the dialogue about a callback, or about a fault, begins: on other ways than its own it is left again.
_CALLBACK = frozenset({"callback/number", "callback/enter", "callback/pending", "incident"})
#: The last words of a call, and a yes or no in every state there is: few keys mean anything.
_LAST_WORDS = frozenset({"nobody", "operator/connecting", "ticket/number", "ticket/none", "sms/confirm-number"})
_FEW = (_SILENCE, *(Keys(key) for key in "01279*"))
_DECLINED = (_SILENCE, Keys("0"))
_LEAVING = (_SILENCE, *(Keys(key) for key in "07*9"))
#: One number of each kind that cannot be called back.
_REFUSED = ("8005553535", "8001002030", "8091234567", "8011234567", "7011234567", "1234567890")
_SLOTS = tuple((NOW + timedelta(hours=h), NOW + timedelta(hours=h, minutes=30)) for h in (1, 15, 24 * 5))
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
    """Every kind of answer; () for something that no service can carry out.

    Not `whole`: one region is chosen, no callback asked for, and at a call's last words only some keys are pressed.
    """
    match command:
        case Ask(step=step) if not whole and step in _LAST_WORDS:
            return _FEW
        case Ask(step="callback/offered") if not whole:
            return _DECLINED
        case Ask(step=step) if not whole and step in _CALLBACK:
            return _LEAVING
        case Ask(step="callback/enter", max_digits=digits):
            return (*_ENTRIES[digits], *(Keys(number) for number in _REFUSED))
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
        case FindCallback() | ChangeCallback():
            return (CallbackFound(), CallbackFound(True, NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)))
        case TakeOffer() | DropOffer():
            return (Done(),)
        case AskPromise():
            soon, later = NOW + timedelta(minutes=40), NOW + timedelta(hours=15)
            return (
                PromiseFound(NOW, NOW, soon),
                PromiseFound(NOW, later, later + timedelta(hours=1), True),
                PromiseFound(NOW, later, later + timedelta(hours=1), True, soon),
            )
        case RequestCallback():
            made = CallbackMade("made", NOW, NOW, NOW + timedelta(minutes=40))
            return (made, CallbackMade("exists"), CallbackMade("refused"), CallbackMade("failed"))
        case AskSlots():
            return tuple(SlotsFound(NOW, _SLOTS[:most]) for most in (0, 1, 3))
        case CancelCallback():
            return (Done(), Done(False))
        case CallCame():
            return (CallSettled(), CallSettled(again=True), CallSettled(False), CallSettled(False, again=True))
        case AskIncident():
            return (IncidentFound(), IncidentFound("i1", (GENERAL_WORDS,)))
        case TellWhenFixed():
            return (Subscribed("noted"), Subscribed("already"), Subscribed("over"), Subscribed("failed"))
        case AskRoute(category):
            return (
                RouteFound(category, True, 3, 300, callback=True),
                RouteFound(category, False, now=NOW, opens=NOW + timedelta(days=1), callback=True),
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
            return ("" if ok else "not written down, ") + "called again" if again else "" if ok else "failed"
        case IncidentFound(id):
            return "a known fault" if id else ""
        case Subscribed(outcome):
            return f"subscription {outcome}"
        case CallbackFound(there):
            return "callback promised" if there else ""
        case CallbackMade(outcome):
            return f"callback {outcome}"
        case PromiseFound(quiet=quiet, tonight=tonight):
            return ("quiet hours, or tonight" if tonight else "quiet hours") if quiet else ""
        case RouteFound(_, True, callback=callback):
            return "long wait" if callback else "operators there"
        case RouteFound(opens=opens):
            return "closed" if opens else "no operator there"
        case PlaceFound(region, _, sure, kept):
            if not region:
                return "region unknown"
            return "region kept" if kept else "region known" if sure else "region guessed"
    return ""
