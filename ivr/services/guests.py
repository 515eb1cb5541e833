"""Calls from the page: who may place one, once, and what its caller sees of it while it lasts.

A token is the right to one call. Only its hash is kept here, and nothing of it survives a restart: the call goes on,
its page just sees no more than the telephone tells.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ivr.domain.captions import Caption, caption
from ivr.domain.guest_calls import GuestStatus, after
from ivr.errors import HotlineError
from ivr.flow.commands import Caller, Sounds
from ivr.services.ports import Announcements, Captions, Clock, Journal

#: The call must be placed so soon; a page may look at its call, and rate it, for so long after the last sign of it.
FRESH = timedelta(seconds=90)
AFTERWARDS = timedelta(minutes=30)
#: Captions kept for a page that comes back.
_LINES = 20


class TooManyGuests(HotlineError):
    """There are too many calls from the page at once."""


@dataclass
class Guest:
    """One call from the page. `id`: hash of its token, what Asterisk and the page's topic know it by.

    `placed`: the call has been sent; `connections`: sockets open for it now; `rated`: how often;
    `call_id`: "" until it has arrived; `waiting_since`: None unless he waits for an operator now.
    """

    id: str
    made_at: datetime
    category: str = ""
    language: str = ""
    number: str = ""
    call_id: str = ""
    placed: bool = False
    connections: int = 0
    rated: int = 0
    seen_at: datetime | None = None
    waiting_since: datetime | None = None
    status: GuestStatus = field(default_factory=GuestStatus)
    #: (number, "menu" or "hold", caption), the newest last
    lines: list[tuple[int, str, Caption]] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        """What is known of who calls: nothing but the number that was written down."""
        return Caller(given=self.number)

    @property
    def over(self) -> bool:
        """The call has been, and is no more."""
        return self.status.stage == "ended"


class GuestDesk(Captions):
    """`new_token`: random, unguessable. `texts`: language -> sound -> words. `most`: calls from the page at once."""

    def __init__(
        self,
        clock: Clock,
        new_token: Callable[[], str],
        texts: Mapping[str, Mapping[str, str]],
        most: int = 200,
    ) -> None:
        self._clock, self._new_token, self._texts, self._most = clock, new_token, texts, most
        self._guests: OrderedDict[str, Guest] = OrderedDict()
        self._calls: dict[str, Guest] = {}
        #: told of every guest whose page has something new to show
        self.on_change: list[Callable[[Guest], None]] = []

    def admit(self, category: str = "", language: str = "", number: str = "") -> tuple[str, Guest]:
        """A new token, and the call that it is for. Raises `TooManyGuests`."""
        self._sweep()
        if sum(not guest.over for guest in self._guests.values()) >= self._most:
            raise TooManyGuests
        token = self._new_token()
        guest = Guest(_hash(token), self._clock.now(), category, language, number)
        self._guests[guest.id] = guest
        return token, guest

    def of_token(self, token: str) -> Guest | None:
        """The call of a token, as long as its page may look at it."""
        self._sweep()
        return self._guests.get(_hash(token)) if token else None

    def find(self, id: str) -> Guest | None:
        """The call by its id."""
        return self._guests.get(id)

    def connect(self, token: str) -> Guest | None:
        """Open the telephone line of a token. None: forged, too late, in use, or its one call has been."""
        guest = self.of_token(token)
        if guest is None or guest.over or guest.connections:
            return None
        if not guest.placed and self._clock.now() - guest.made_at > FRESH:
            return None
        guest.connections += 1
        return guest

    def disconnect(self, guest: Guest) -> None:
        """Its line is closed. A call that has not arrived by then never will."""
        guest.connections -= 1
        guest.seen_at = self._clock.now()
        if guest.placed and not guest.call_id:
            guest.status = replace(guest.status, stage="ended", reason="not_arrived")

    def in_vain(self, guest: Guest) -> bool:
        """Its line is open for nothing: no call was sent in time, or it never arrived, or it is over for long."""
        now = self._clock.now()
        if guest.over:
            return now - (guest.seen_at or guest.made_at) > FRESH
        return not guest.call_id and now - guest.made_at > (AFTERWARDS if guest.placed else FRESH)

    def place(self, guest: Guest) -> bool:
        """It sends its call. False: it has sent one before."""
        placed, guest.placed = guest.placed, True
        return not placed

    def arrived(self, id: str, call_id: str) -> Guest | None:
        """The call is at the controller, as `call_id`. None: nobody knows of it (any more)."""
        guest = self._guests.get(id)
        if guest is None or guest.call_id:
            return None
        guest.call_id = call_id
        self._calls[call_id] = guest
        return guest

    def of_call(self, call_id: str) -> Guest | None:
        """Who calls, if it is a call from the page."""
        return self._calls.get(call_id)

    def said(self, call_id: str, language: str, sounds: Sounds) -> None:
        """A menu speaks."""
        self._line(call_id, "menu", language, sounds)

    def announced(self, call_id: str, language: str, sounds: Sounds) -> None:
        """What he hears from now on while he waits."""
        self._line(call_id, "hold", language, sounds)

    def heard(self, call_id: str, kind: str, data: Mapping[str, object]) -> None:
        """The journal has heard of a call."""
        guest = self._calls.get(call_id)
        if guest is None:
            return
        now = guest.seen_at = self._clock.now()
        if kind in ("enqueue", "waiting"):
            guest.waiting_since = guest.waiting_since or now
        elif kind in ("answered", "end"):
            # a wish after that is a new one, at the end of the line
            guest.waiting_since = None
        status = after(guest.status, kind, data)
        if status != guest.status:
            guest.status = status
            self._tell(guest)

    def changed(self, guest: Guest, status: GuestStatus) -> None:
        """The page itself has changed something (a rating, a callback)."""
        guest.status = status
        self._tell(guest)

    def _line(self, call_id: str, kind: str, language: str, sounds: Sounds) -> None:
        guest = self._calls.get(call_id)
        if guest is None:
            return
        said = caption(sounds, self._texts.get(language, {}))
        if said == Caption("") or (guest.lines and guest.lines[-1][1:] == (kind, said)):
            return
        number = guest.lines[-1][0] + 1 if guest.lines else 1
        guest.lines = [*guest.lines[1 - _LINES :], (number, kind, said)]
        self._tell(guest)

    def _tell(self, guest: Guest) -> None:
        for listener in self.on_change:
            listener(guest)

    def _sweep(self) -> None:
        now = self._clock.now()
        for id, guest in list(self._guests.items()):
            life = AFTERWARDS if guest.placed else FRESH
            if not guest.connections and now - (guest.seen_at or guest.made_at) > life:
                del self._guests[id]
                self._calls.pop(guest.call_id, None)


class GuestJournal(Journal):
    """The journal, overheard for the callers who follow their call on the page."""

    def __init__(self, journal: Journal, desk: GuestDesk) -> None:
        self._journal, self._desk = journal, desk

    def write(self, call_id: str, at: datetime, kind: str, data: Mapping[str, object]) -> None:
        self._journal.write(call_id, at, kind, data)
        self._desk.heard(call_id, kind, data)


class GuestAnnouncements(Announcements):
    """The announcements of who waits, to read too."""

    def __init__(self, announcements: Announcements, desk: GuestDesk) -> None:
        self._announcements, self._desk = announcements, desk

    def write(self, language: str, call_id: str, keys: Sounds) -> None:
        self._announcements.write(language, call_id, keys)
        self._desk.announced(call_id, language, keys)

    def remove(self, call_id: str) -> None:
        self._announcements.remove(call_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:32]
