"""The fake of the port `Callbacks`; part of `ivr.testing`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ivr.domain.callback_timers import wake_at
from ivr.domain.callbacks import AHEAD, ASKED, IN_FLIGHT, UNWANTED, Callback, CallbackEvent
from ivr.errors import StorageError
from ivr.services import ports


class MemoryCallbacks(ports.Callbacks):
    """Callbacks in a dict, events in a list. Set `away` and every use raises `StorageError`.

    Notices are read from the events: there is no outbox behind it.
    """

    def __init__(self) -> None:
        self.away = False
        self.callbacks: dict[str, Callback] = {}
        self.events: list[CallbackEvent] = []
        self.asks: list[tuple[str, datetime]] = []

    async def add(self, callback: Callback, event: CallbackEvent) -> bool:
        self._here()
        if callback.id in self.callbacks or self._taken(callback):
            return False
        self._keep(callback, event)
        return True

    async def get(self, id: str) -> Callback | None:
        self._here()
        return self.callbacks.get(id)

    async def of_attempt(self, attempt: str) -> Callback | None:
        self._here()
        return next((each for each in self.callbacks.values() if attempt and each.attempt == attempt), None)

    async def active(self, number: str, service: str) -> Callback | None:
        self._here()
        return self._active(number, service)

    async def move(self, moved: Callback, event: CallbackEvent) -> bool:
        self._here()
        now = self.callbacks.get(moved.id)
        if now is None or (now.state, now.version) != (event.before, moved.version - 1) or self._taken(moved):
            return False
        self._keep(moved, event)
        return True

    async def move_all(self, moves: Sequence[tuple[Callback, CallbackEvent]]) -> list[Callback]:
        return [moved for moved, event in moves if await self.move(moved, event)]

    async def renew(self, callback: Callback, until: datetime) -> bool:
        self._here()
        now = self.callbacks.get(callback.id)
        seen = (callback.state, callback.version, callback.attempt)
        if now is None or not now.attempt or (now.state, now.version, now.attempt) != seen:
            return False
        self.callbacks[callback.id] = replace(now, lease_until=until, version=now.version + 1)
        return True

    async def requests_since(self, number: str, since: datetime) -> int:
        self._here()
        return sum(at >= since for asked, at in self.asks if asked == number)

    async def unwanted_since(self, number: str, since: datetime) -> bool:
        self._here()
        named = [each for each in self.callbacks.values() if each.number == number and each.created_at >= since]
        return any((each.state, each.reason) == ("cancelled", UNWANTED) for each in named)

    async def due(self, at: datetime, limit: int) -> list[Callback]:
        self._here()
        found, taken = [], Counter[str]()
        for each in sorted(self.callbacks.values(), key=lambda callback: (callback.virtual_start, callback.id)):
            begun = each.window_from <= at < each.expires_at and (each.not_before is None or each.not_before <= at)
            if each.state == "waiting" and begun and taken[each.queue] < limit:
                taken[each.queue] += 1
                found.append(each)
        return found

    async def timers(self, at: datetime, limit: int) -> list[Callback]:
        self._here()
        waking = [(moment, each) for each in self.callbacks.values() if (moment := wake_at(each)) is not None]
        waking.sort(key=lambda pair: (pair[0], pair[1].virtual_start))
        return [each for moment, each in waking if moment <= at][:limit]

    async def in_flight(self) -> Mapping[str, int]:
        self._here()
        return Counter(each.queue for each in self.callbacks.values() if each.state in IN_FLIGHT)

    async def ahead(self, queue: str, before: datetime, at: datetime, dialled: bool = True) -> int:
        self._here()
        states = AHEAD if dialled else AHEAD - {"dialling"}
        line = [each for each in self.callbacks.values() if each.state in states and each.queue == queue]
        line = [each for each in line if each.window_from <= at and (each.not_before is None or each.not_before <= at)]
        return sum(each.virtual_start < before for each in line)

    async def booked(self, queue: str, since: datetime, until: datetime) -> Mapping[datetime, int]:
        self._here()
        chosen = [each for each in self.callbacks.values() if each.queue == queue and each.active and not each.asap]
        return Counter(each.window_from for each in chosen if since <= each.window_from < until)

    async def history(self, id: str) -> list[CallbackEvent]:
        self._here()
        return [event for event in self.events if event.callback == id]

    def _keep(self, callback: Callback, event: CallbackEvent) -> None:
        self.callbacks[callback.id] = callback
        self.events.append(event)
        if event.event in ASKED:
            self.asks += [(number, event.at) for number in {callback.number, callback.asked_by} - {""}]

    def _here(self) -> None:
        if self.away:
            raise StorageError

    def _active(self, number: str, service: str) -> Callback | None:
        same = (each for each in self.callbacks.values() if (each.number, each.service) == (number, service))
        return next((each for each in same if each.active), None) if number else None

    def _taken(self, callback: Callback) -> bool:
        other = self._active(callback.number, callback.service) if callback.active else None
        return other is not None and other.id != callback.id
