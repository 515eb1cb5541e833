"""Callbacks in the database: one active of a number and service, moved by compare-and-set, history only appended to.

Every question of a dispatcher's round is answered from a partial index of those that are not over (`tables`).
"""

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, or_, select, text, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from ivr.domain.callback_timers import LATE, wake_at
from ivr.domain.callbacks import ACTIVE, AHEAD, IN_FLIGHT, UNWANTED, Callback, CallbackEvent
from ivr.services import ports
from ivr.storage import tables
from ivr.storage.callback_told import tell
from ivr.storage.engine import Database

_T = tables.callbacks
_E = tables.callback_events
#: As `Callback` takes them; without what is only there to be found by.
_FIELDS = tuple(field.name for field in fields(Callback))
_ZONES = _FIELDS.index("zones")
_SELECT = select(*(_T.c[name] for name in _FIELDS))
# what every call asks, built once: to build a statement takes longer than to run it
_ACTIVE_OF = _SELECT.where(
    tables.NUMBERED, _T.c.number == bindparam("of_number"), _T.c.service == bindparam("of_service")
)


def _ahead(states: Iterable[str]) -> Select[Any]:
    names = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(states))))
    line = (tables.IN_LINE, names, _T.c.queue == bindparam("of_queue"), _T.c.virtual_start < bindparam("before"))
    now = or_(_T.c.not_before.is_(None), _T.c.not_before <= bindparam("at"))
    return select(func.count()).where(*line, _T.c.window_from <= bindparam("at"), now)


#: With those being dialled, and without.
_AHEAD = {True: _ahead(AHEAD), False: _ahead(AHEAD - {"dialling"})}
#: As many are counted; beyond that it does not matter how many more.
MOST_OVERDUE = 1000
_late = select(_T.c.wake_at).where(tables.TIMED, _T.c.wake_at <= bindparam("late")).limit(MOST_OVERDUE).subquery()
_OVERDUE = select(func.count()).select_from(_late)
_NOTHING: Mapping[str, Any] = {}
_AS = "new_"
#: One row as it is moved to; its state and version have been looked at in the same transaction.
_MOVE = (
    update(_T)
    .where(_T.c.id == bindparam(f"{_AS}id"))
    .values({column.name: bindparam(_AS + column.name) for column in _T.columns if column.name != "id"})
)
#: The queues that callbacks wait in: one step down the index for each, not one for each callback.
_QUEUES = """
WITH RECURSIVE names(queue) AS (
  SELECT min(queue) FROM callbacks {hint} WHERE state = 'waiting'
  UNION ALL
  SELECT (SELECT min(queue) FROM callbacks {hint} WHERE state = 'waiting' AND queue > names.queue)
  FROM names WHERE names.queue IS NOT NULL
) SELECT queue FROM names WHERE queue IS NOT NULL
"""


class SqlCallbacks(ports.Callbacks):
    """The port `Callbacks`; every method raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # without figures of its own, SQLite takes another index and reads every callback that waits
        self._queues = text(_QUEUES.format(hint="INDEXED BY ix_callbacks_due" if database.sqlite else ""))

    async def add(self, callback: Callback, event: CallbackEvent) -> bool:
        """Store it, its first event and that event's notice, or nothing; False when the number has an active one."""

        def work(connection: Connection) -> bool:
            connection.execute(insert(_T).values(_row(callback)))
            tell(connection, [(callback, event, "")])
            return True

        try:
            return await self._database.write(work)
        except IntegrityError:
            return False

    async def get(self, id: str) -> Callback | None:
        return await self._one(_SELECT.where(_T.c.id == id))

    async def of_attempt(self, attempt: str) -> Callback | None:
        return await self._one(_SELECT.where(tables.DIALLED, _T.c.attempt == attempt)) if attempt else None

    async def active(self, number: str, service: str) -> Callback | None:
        return await self._one(_ACTIVE_OF, {"of_number": number, "of_service": service})

    async def move(self, moved: Callback, event: CallbackEvent) -> bool:
        """Store the move, its event and that event's notice, or nothing: of several movers one gets True."""
        values = _row(moved)
        del values["id"]

        def work(connection: Connection) -> bool:
            number = select(_T.c.number).where(_T.c.id == moved.id)
            before = connection.execute(number).scalar() if event.event == "moved" else None
            # The version as well as the state: a callback waits again after a dial, yet it is not the same.
            done = connection.execute(
                update(_T)
                .where(_T.c.id == moved.id, _T.c.state == event.before, _T.c.version == moved.version - 1)
                .values(values)
            )
            if done.rowcount != 1:
                return False
            tell(connection, [(moved, event, before or "")])
            return True

        try:
            return await self._database.write(work)
        except IntegrityError:  # the new number has an active one
            return False

    async def move_all(self, moves: Sequence[tuple[Callback, CallbackEvent]]) -> builtins.list[Callback]:
        ids = [moved.id for moved, _ in moves]
        # locked in one order, whoever else moves some of them
        query = select(_T.c.id, _T.c.state, _T.c.version).where(_T.c.id.in_(ids)).order_by(_T.c.id).with_for_update()

        def work(connection: Connection) -> builtins.list[Callback]:
            there = {id: (state, version) for id, state, version in connection.execute(query)}
            fit = [(one, told) for one, told in moves if there.get(one.id) == (told.before, one.version - 1)]
            if fit:
                rows = [{_AS + name: value for name, value in _row(moved).items()} for moved, _ in fit]
                connection.execute(_MOVE, rows)
                tell(connection, [(*each, "") for each in fit])
            return [moved for moved, _ in fit]

        return await self._database.write(work)

    async def renew(self, callback: Callback, until: datetime) -> bool:
        query = (
            update(_T)
            .where(_T.c.id == callback.id, _T.c.state == callback.state, _T.c.version == callback.version)
            .where(_T.c.attempt == callback.attempt, tables.DIALLED)
            .values(lease_until=until, wake_at=until, version=callback.version + 1)
        )

        def work(connection: Connection) -> bool:
            return bool(connection.execute(query).rowcount == 1)

        return await self._database.write(work)

    async def requests_since(self, number: str, since: datetime) -> int:
        asks = tables.callback_asks
        return await self._number(select(func.count()).where(asks.c.number == number, asks.c.at >= since))

    async def unwanted_since(self, number: str, since: datetime) -> bool:
        # a few rows, by the index of the number; the state's would be as good for one that knows no better
        query = select(_T.c.state, _T.c.reason).where(_T.c.number == number, _T.c.created_at >= since)

        def work(connection: Connection) -> bool:
            return ("cancelled", UNWANTED) in [tuple(row) for row in connection.execute(query)]

        return await self._database.read(work)

    async def due(self, at: datetime, limit: int) -> builtins.list[Callback]:
        begun = (
            tables.WAITING,
            _T.c.virtual_start <= at,  # implied by the window; lets the index end there
            _T.c.window_from <= at,
            _T.c.expires_at > at,
            or_(_T.c.not_before.is_(None), _T.c.not_before <= at),
        )

        def work(connection: Connection) -> builtins.list[Callback]:
            found: builtins.list[Callback] = []
            for (queue,) in connection.execute(self._queues).all():
                query = _SELECT.where(_T.c.queue == queue, *begun).order_by(_T.c.virtual_start, _T.c.id).limit(limit)
                found += map(_callback, connection.execute(query))
            return sorted(found, key=lambda each: (each.virtual_start, each.id))

        return await self._database.read(work)

    async def timers(self, at: datetime, limit: int) -> builtins.list[Callback]:
        query = _SELECT.where(tables.TIMED, _T.c.wake_at <= at).order_by(_T.c.wake_at, _T.c.virtual_start).limit(limit)
        return await self._several(query)

    async def in_flight(self) -> dict[str, int]:
        states = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(IN_FLIGHT))))
        query = select(_T.c.queue, func.count()).where(tables.IN_LINE, states).group_by(_T.c.queue)

        def work(connection: Connection) -> dict[str, int]:
            return {queue: count for queue, count in connection.execute(query)}

        return await self._database.read(work)

    async def by_state(self) -> dict[str, int]:
        """How many are in each state that is not over."""
        query = select(_T.c.state, func.count()).where(_T.c.state.in_(sorted(ACTIVE))).group_by(_T.c.state)

        def work(connection: Connection) -> dict[str, int]:
            return dict.fromkeys(ACTIVE, 0) | {state: count for state, count in connection.execute(query)}

        return await self._database.read(work)

    async def overdue(self, at: datetime) -> int:
        """How many a dispatcher should have seen to before `at` (`LATE`), at most `MOST_OVERDUE`. Who is due in a queue
        that is closed, or busy, is none of them: nothing is to be done with him yet."""
        return await self._number(_OVERDUE, {"late": at - LATE})

    async def ahead(self, queue: str, before: datetime, at: datetime, dialled: bool = True) -> int:
        told = {"of_queue": queue, "before": before, "at": at}
        return await self._number(_AHEAD[dialled], told)

    async def booked(self, queue: str, since: datetime, until: datetime) -> dict[datetime, int]:
        start = _T.c.window_from
        query = (
            select(start, func.count())
            .where(tables.BOOKED, _T.c.queue == queue, start >= since, start < until)
            .group_by(start)
        )

        def work(connection: Connection) -> dict[datetime, int]:
            return {slot: count for slot, count in connection.execute(query)}

        return await self._database.read(work)

    async def history(self, id: str) -> builtins.list[CallbackEvent]:
        query = select(_E).where(_E.c.callback == id).order_by(_E.c.id)
        return [event for _, event in await self._events(query)]

    async def events(
        self, since: datetime, until: datetime, after: int, limit: int
    ) -> builtins.list[tuple[int, CallbackEvent]]:
        """Events of all callbacks in [since, until) in the order in which they were stored, those with an id greater
        than `after`; with their ids, to go on from."""
        query = select(_E).where(_E.c.at >= since, _E.c.at < until, _E.c.id > after).order_by(_E.c.id).limit(limit)
        return await self._events(query)

    async def list(
        self, states: Sequence[str] = (), queue: str = "", number: str = "", limit: int = 50
    ) -> list[Callback]:
        """The newest first, at most `limit`; no states, queue or number: any."""
        query = _SELECT.order_by(_T.c.created_at.desc(), _T.c.id).limit(limit)
        if states:
            query = query.where(_T.c.state.in_(states))
        if queue:
            query = query.where(_T.c.queue == queue)
        if number:
            query = query.where(_T.c.number == number)
        return await self._several(query)

    async def counts(self) -> dict[str, int]:
        """How many callbacks there are by state."""
        query = select(_T.c.state, func.count()).group_by(_T.c.state)

        def work(connection: Connection) -> dict[str, int]:
            return {state: count for state, count in connection.execute(query)}

        return await self._database.read(work)

    async def _events(self, query: Select[Any]) -> builtins.list[tuple[int, CallbackEvent]]:
        def work(connection: Connection) -> builtins.list[tuple[int, CallbackEvent]]:
            rows = connection.execute(query).mappings()
            return [(row["id"], CallbackEvent(**{k: v for k, v in row.items() if k != "id"})) for row in rows]

        return await self._database.read(work)

    async def _several(self, query: Select[Any]) -> builtins.list[Callback]:
        def work(connection: Connection) -> builtins.list[Callback]:
            return [_callback(row) for row in connection.execute(query)]

        return await self._database.read(work)

    async def _one(self, query: Select[Any], of: Mapping[str, str] = _NOTHING) -> Callback | None:
        def work(connection: Connection) -> Callback | None:
            row = connection.execute(query, of).first()
            return None if row is None else _callback(row)

        return await self._database.read(work)

    async def _number(self, query: Select[Any], of: Mapping[str, object] = _NOTHING) -> int:
        def work(connection: Connection) -> int:
            return int(connection.execute(query, of).scalar_one())

        return await self._database.read(work)


def _row(callback: Callback) -> dict[str, Any]:
    return {**vars(callback), "zones": " ".join(callback.zones), "wake_at": wake_at(callback)}


def _callback(row: Row[Any]) -> Callback:
    values = list(row)
    values[_ZONES] = tuple(values[_ZONES].split())
    return Callback(*values)
