"""The SMS desk: texts to a caller's phone, few enough that nobody can be flooded with them through the hotline."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Literal

from ivr.services.ports import Outbox
from ivr.services.tickets import Throttle

#: queued: it will be sent; repeated: this call asked for it already, one is enough; refused: over a limit.
Outcome = Literal["queued", "repeated", "refused"]


class SmsDesk:
    """Limits are kept in memory: `per_day` SMS to one phone in 24 hours, `phones_per_call` phones in one call."""

    def __init__(self, outbox: Outbox, per_day: int = 3, phones_per_call: int = 2, known_calls: int = 10_000) -> None:
        self._outbox = outbox
        self._by_phone = Throttle(per_day, timedelta(days=1), most=100_000)
        self._phones_per_call = phones_per_call
        self._known_calls = known_calls
        self._of_call: OrderedDict[str, set[tuple[str, str]]] = OrderedDict()

    async def queue(
        self, *, call_id: str, number: str, template: str, language: str, ticket: str, at: datetime
    ) -> Outcome:
        """Put `template` for `number` (E.164) into the outbox. Raises `StorageError`, and then nothing is counted."""
        sent = self._of_call.get(call_id, set())
        if (number, template) in sent:
            return "repeated"
        phones = {phone for phone, _ in sent} | {number}
        if len(phones) > self._phones_per_call or self._by_phone.blocked(number, at):
            return "refused"
        # Counted first: two calls at once must not both pass while the database is busy.
        self._by_phone.count(number, at)
        try:
            await self._outbox.queue("sms", number, template, language, ticket, at)
        except BaseException:
            self._by_phone.uncount(number, at)
            raise
        self._of_call.setdefault(call_id, set()).add((number, template))
        self._of_call.move_to_end(call_id)
        while len(self._of_call) > self._known_calls:
            self._of_call.popitem(last=False)
        return "queued"
