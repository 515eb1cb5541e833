"""How callbacks stand now, by queue: one question to the index of those that are not over."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from ivr.domain.callbacks import CallbackEvent
from ivr.services.live_ports import CallbackCounts, CallbackFigures
from ivr.storage import tables
from ivr.storage.callbacks import SqlCallbacks
from ivr.storage.engine import Database

_T = tables.callbacks
#: What nobody has confirmed is no promise.
_PROMISED = _T.c.state != "provisional"
_PAGE = 2000


class SqlCallbackFigures(CallbackFigures):
    """The port `CallbackFigures`; every method raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database, callbacks: SqlCallbacks) -> None:
        self._database, self._callbacks = database, callbacks

    async def counts(self, at: datetime) -> Mapping[str, CallbackCounts]:
        begun = and_(
            _T.c.state == "waiting", _T.c.window_from <= at, or_(_T.c.not_before.is_(None), _T.c.not_before <= at)
        )
        query = (
            select(
                _T.c.queue,
                _T.c.state,
                func.count(),
                func.sum(case((begun, 1), else_=0)),
                # on the way to an operator already, the promise is being kept
                func.min(case((and_(_PROMISED, _T.c.state != "connected"), _T.c.window_to))),
            )
            .where(tables.TIMED)
            .group_by(_T.c.queue, _T.c.state)
        )

        def work(connection: Connection) -> list[Any]:
            return list(connection.execute(query))

        found: dict[str, CallbackCounts] = {}
        for queue, state, count, due, oldest in await self._database.read(work):
            before = found.get(queue, CallbackCounts({}))
            moments = [moment for moment in (before.oldest, oldest) if moment is not None]
            found[queue] = CallbackCounts(
                {**before.states, state: count}, before.due + int(due or 0), min(moments, default=None)
            )
        return found

    async def events(self, since: datetime, until: datetime) -> AsyncIterator[CallbackEvent]:
        last = 0
        while page := await self._callbacks.events(since, until, last, _PAGE):
            for last, event in page:  # noqa: B007
                yield event
