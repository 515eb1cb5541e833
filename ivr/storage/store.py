"""Everything durable behind one door: `async with open_storage(url) as storage: await storage.tickets.get(…)`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ivr.storage.accounts import SqlAccounts, SqlSessions
from ivr.storage.audit import SqlAudit
from ivr.storage.callback_figures import SqlCallbackFigures
from ivr.storage.callbacks import SqlCallbacks
from ivr.storage.calls import SqlCalls
from ivr.storage.contacts import SqlContacts
from ivr.storage.engine import Database
from ivr.storage.incidents import SqlIncidents
from ivr.storage.journal import SqlJournal
from ivr.storage.known_places import SqlKnownPlaces
from ivr.storage.outbox import SqlOutbox, SqlRatings
from ivr.storage.queue_counts import SqlQueueCounts
from ivr.storage.recordings import SqlRecordings
from ivr.storage.tickets import SqlTickets


@dataclass(frozen=True)
class Storage:
    """The repositories of one database."""

    database: Database
    tickets: SqlTickets
    outbox: SqlOutbox
    ratings: SqlRatings
    journal: SqlJournal
    calls: SqlCalls
    places: SqlKnownPlaces
    callbacks: SqlCallbacks
    audit: SqlAudit
    recordings: SqlRecordings
    incidents: SqlIncidents
    contacts: SqlContacts
    accounts: SqlAccounts
    sessions: SqlSessions
    counts: SqlQueueCounts
    callback_figures: SqlCallbackFigures


@asynccontextmanager
async def open_storage(url: str, limit: float = 2.0) -> AsyncIterator[Storage]:
    """Open the database (made ready by `schema.upgrade`). Every operation ends within `limit` seconds.

    Nothing is connected yet on entry: a database that is away makes operations fail, not the start. On leaving,
    the journal is flushed and the connections are closed.
    """
    database = Database(url, limit)
    journal = SqlJournal(database)
    journal.start()
    callbacks = SqlCallbacks(database)
    try:
        yield Storage(
            database,
            SqlTickets(database),
            SqlOutbox(database),
            SqlRatings(database),
            journal,
            SqlCalls(database),
            SqlKnownPlaces(database),
            callbacks,
            SqlAudit(database),
            SqlRecordings(database),
            SqlIncidents(database),
            SqlContacts(database),
            SqlAccounts(database),
            SqlSessions(database),
            SqlQueueCounts(database),
            SqlCallbackFigures(database, callbacks),
        )
    finally:
        await journal.close()
        await database.close()
