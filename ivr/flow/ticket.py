"""The call's ticket: opened, its number read out."""

from typing import Literal

from ivr.flow.commands import OpenTicket, Sounds, TicketOpened
from ivr.flow.talk import SENTENCE, Part, Talk

#: How often one caller hears the number again; then the call goes on.
_MOST_REPEATS = 5


def open_ticket(talk: Talk, category: str, purpose: Literal["operator", "sms", "callback"]) -> Part:
    """Open the call's ticket; a number already given stays, whatever happens to the database meanwhile."""
    opened: TicketOpened = yield OpenTicket(category, purpose)
    talk.ticket = opened.number or talk.ticket
    if purpose == "operator":
        talk.due = opened.due


def read_ticket(talk: Talk) -> Part:
    """Read the ticket's number until the caller is content; without one, say so. Returns the last key."""
    if not talk.ticket:
        return (yield from talk.listen(("ticket/none",), "ticket/none"))
    talk.count = 0
    while True:
        key = yield from talk.listen(
            ("ticket/your-number", SENTENCE, *talk.reader.ticket(talk.ticket), SENTENCE, "ticket/repeat"),
            "ticket/number",
            3.0,
        )
        talk.count += 1
        if key not in ("1", "9") or talk.count > _MOST_REPEATS:
            talk.count = 0
            return key


def ticket_again(talk: Talk) -> Sounds:
    """The ticket's number once more; nothing without one."""
    return (SENTENCE, "ticket/your-number", SENTENCE, *talk.reader.ticket(talk.ticket)) if talk.ticket else ()
