"""What is stored with each move of a callback, in its transaction: the event, whom it counts for, the SMS about it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, update

from ivr.domain.callbacks import ASKED, VOIDING, Callback, CallbackEvent
from ivr.domain.notices import notice_fields
from ivr.storage import tables

_T = tables.outbox


def tell(connection: Connection, moves: Sequence[tuple[Callback, CallbackEvent, str]]) -> None:
    """The events, whom they count for, and what the citizens are told by SMS about them.

    The phone that was to be called before (the third of each, "" none) is told too: its owner may know nothing of it.
    """
    connection.execute(insert(tables.callback_events), [asdict(event) for _, event, _ in moves])
    asks = [
        {"number": number, "at": event.at}
        for callback, event, _ in moves
        if event.event in ASKED
        for number in {callback.number, callback.asked_by} - {""}
    ]
    if asks:
        connection.execute(insert(tables.callback_asks), asks)
    for callback, event, before in moves:
        if event.event in VOIDING:
            unsent = update(_T).where(tables.TOLD, _T.c.callback == callback.id, _T.c.state == "queued")
            if event.event != "cancel":
                # who was to be called once is not to be called any more, wherever the call goes now
                unsent = unsent.where(_T.c.number.in_({callback.number, before} - {""}))
            connection.execute(unsent.values(state="void"))
    notices = [
        _notice(callback, event, number)
        for callback, event, before in moves
        if event.notice
        for number in {callback.number, before} - {""}
    ]
    if notices:
        connection.execute(insert(_T), notices)


def _notice(callback: Callback, event: CallbackEvent, number: str) -> dict[str, Any]:
    return {
        "kind": "sms",
        "number": number,
        "template": event.notice,
        "language": callback.language,
        "ticket": callback.ticket,
        "state": "queued",
        "created_at": event.at,
        "callback": callback.id,
        "data": notice_fields(callback, event),
    }
