"""Callers who wait in a queue hear their own place and estimated wait; kept up to date from the board.

The wait itself needs no controller: while none runs, Asterisk plays the general announcement instead.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.domain.callback_hours import offered
from ivr.domain.queues import BoardView, Waiting, estimated_wait
from ivr.flow.commands import Sounds
from ivr.flow.talk import SENTENCE, press
from ivr.services.ports import Announcements, Journal

log = logging.getLogger(__name__)
#: Said again and again to one who waits long; the key is dialplan/queues.conf's.
OFFER: Sounds = (SENTENCE, *press("item/callback-yes", "1"))
#: A caller who has not shown up in the queue for so long is not coming (or is gone).
_GRACE = timedelta(seconds=20)
#: So often a callback is held anew; each time it is for longer (`CallbackDesk.hold`).
_HOLD_EVERY = timedelta(minutes=5)
#: (language, place, wait in seconds or None) -> the sounds of the announcement
Sentence = Callable[[str, int, int | None], Sounds]


@dataclass
class _Guest:
    language: str
    callable: bool = True
    #: the callback that must not ring him meanwhile, and since when it has not been held anew
    instead: str = ""
    held: datetime | None = None
    seen: datetime | None = None
    spoken: Sounds = field(default=())
    #: of what he hears: queue, place, wait, is the callback offered; None: nothing yet
    heard: tuple[str, int, int | None, bool] | None = None
    #: queue and sentence that the journal has
    told: tuple[str, Sounds] = ("", ())
    #: callbacks that are answered before
    ahead: int = 0


class WaitingRoom:
    """Who is expected in a queue or waits in one, whichever it is by now, and what each hears.

    `journal` keeps every place and wait that is told, once, under the kind "told" (see `ivr.domain.promises`).
    `silent_s`: so long after a caller has come he hears nothing but music, so nothing is told him; `reads`: who reads
    along on a page, and is told at once.
    """

    def __init__(
        self,
        announcements: Announcements,
        sentence: Sentence,
        journal: Journal | None = None,
        silent_s: float = 0.0,
        reads: Callable[[str], bool] = lambda call_id: False,
    ) -> None:
        self._announcements = announcements
        self._sentence = sentence
        self._journal = journal
        self._silent_s, self._reads = silent_s, reads
        self._guests: dict[str, _Guest] = {}

    def expect(self, call_id: str, language: str, callable: bool = True, instead: str = "") -> None:
        """The caller is about to enter a queue. `callable`: he may ask to be called back from there; `instead`: the
        callback, held for him, instead of which he waits."""
        self._guests[call_id] = _Guest(language, callable, instead)

    def update(self, view: BoardView, at: datetime) -> None:
        """Bring every waiting caller's announcement in line with the board; forget who is gone.

        While the board is not fresh no place is told: all hear the general announcement.
        """
        if not view.fresh:
            for call_id, guest in self._guests.items():
                if guest.spoken:
                    self._announcements.remove(call_id)
                    guest.spoken, guest.heard = (), None
            return
        waiting = {w.call_id: (name, w) for name, q in view.queues.items() for w in q.waiting if w.call_id}
        for call_id, guest in list(self._guests.items()):
            if call_id in waiting:
                guest.seen = at
                self._speak(call_id, guest, view, *waiting[call_id], at)
            else:
                guest.seen = guest.seen or at
                if at - guest.seen > _GRACE:
                    self.leave(call_id)

    async def count(self, view: BoardView, ahead: Callable[[str, datetime], Awaitable[int]]) -> None:
        """Learn how many callbacks stand before whom: `ahead` (queue, moment). `update` tells it. May raise."""
        for name, queue in view.queues.items():
            here = [(guest, w.joined) for w in queue.waiting if (guest := self._guests.get(w.call_id)) is not None]
            # mostly there are none, and one question tells that of all
            most = await ahead(name, max(joined for _, joined in here)) if here else 0
            for guest, joined in here:
                guest.ahead = most and await ahead(name, joined)

    async def hold(self, view: BoardView, at: datetime, hold: Callable[[str], Awaitable[object]]) -> None:
        """Nobody is called while he waits himself, however long that is: `hold` his callback anew. May raise."""
        for queue in view.queues.values():
            for waiting in queue.waiting:
                guest = self._guests.get(waiting.call_id)
                if guest is None or not guest.instead:
                    continue
                guest.held = guest.held or at
                if at - guest.held >= _HOLD_EVERY:
                    await hold(guest.instead)
                    guest.held = at

    def leave(self, call_id: str) -> None:
        """The caller waits no more."""
        if self._guests.pop(call_id, None) is not None:
            self._announcements.remove(call_id)

    def _speak(self, call_id: str, guest: _Guest, view: BoardView, queue: str, waiting: Waiting, at: datetime) -> None:
        waited = (at - waiting.joined).total_seconds()
        # a clock put back leaves nobody without his place
        if 0 <= waited < self._silent_s and not self._reads(call_id):
            return
        position = waiting.position + guest.ahead
        wait = estimated_wait(view.queues[queue], position)
        offer = guest.callable and offered(wait, waited)
        heard = (queue, position, wait, offer)
        if heard == guest.heard:
            return
        sounds = self._sentence(guest.language, position, wait)
        if self._journal is not None and (queue, sounds) != guest.told:
            guest.told = (queue, sounds)
            self._journal.write(waiting.call_id, at, "told", {"queue": queue, "position": position, "wait_s": wait})
        if offer:
            sounds += OFFER
        if sounds != guest.spoken:
            self._announcements.write(guest.language, call_id, sounds)
            guest.spoken = sounds
        guest.heard = heard
