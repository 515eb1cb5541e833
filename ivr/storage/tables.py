"""The tables. Times are aware UTC in Python on every database; texts have no length limits that could refuse data."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ivr.storage.count_tables import agent_counts as agent_counts
from ivr.storage.count_tables import queue_counts as queue_counts
from ivr.storage.count_tables import queue_log_place as queue_log_place
from ivr.storage.steer_tables import audit as audit
from ivr.storage.steer_tables import incident_subscribers as incident_subscribers
from ivr.storage.steer_tables import incidents as incidents
from ivr.storage.table_types import UtcDateTime, id_column
from ivr.storage.table_types import metadata as metadata

tickets = Table(
    "tickets",
    metadata,
    Column("number", String(8), primary_key=True),
    Column("category", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("region", String(2)),
    Column("call_id", Text),  # NULL when no call opened it; one ticket per call
    Column("caller", Text, nullable=False),  # E.164 or "": needed to call back and to send the SMS
    Column("status", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("priority", Text, nullable=False, server_default="ordinary"),
    Column("due_at", UtcDateTime),  # NULL while it waits for the citizen, or not worked out yet
    Column("due_digest", Text),  # by which calendars; NULL: not yet
    UniqueConstraint("call_id"),
    Index(None, "status", "opened_at"),
    Index(None, "opened_at"),
    Index(None, "status", "due_at"),
    Index(None, "due_digest", "number"),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    id_column(),
    Column("number", String(8), ForeignKey("tickets.number"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Index(None, "number", "id"),
)

#: Messages about a callback.
TOLD = text("callback <> ''")

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),  # sms, email
    Column("number", Text, nullable=False),  # where to: E.164 or an address
    Column("template", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("ticket", Text, nullable=False),  # "" when none could be opened
    Column("state", Text, nullable=False),  # queued, sent, failed, void
    Column("created_at", UtcDateTime, nullable=False),
    Column("callback", Text, nullable=False, server_default=text("''")),  # which one it tells about, "" none
    Column("data", JSON),  # what the words of `template` are filled with; NULL nothing
    Index(None, "state", "id"),
    Index("ix_outbox_callback", "callback", sqlite_where=TOLD, postgresql_where=TOLD),
)

SUMMARY_TEXTS = ("did", "language", "category", "ticket", "queue", "region", "operator", "source", "reason")
# Conditions of partial indexes: see below.
CALLED, TICKETED, ANSWERED = text("caller <> ''"), text("ticket <> ''"), text("operator <> ''")
LASTING = text("ended_at IS NULL")

# The only place of the journal's side where a caller's whole number is kept.
calls = Table(
    "calls",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    # one line about the call, for searching: `domain.call_summary`, kept up by the journal
    *(Column(name, Text, nullable=False, server_default=text("''")) for name in SUMMARY_TEXTS),
    Column("waited_s", Integer),
    Column("talked_s", Integer),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),  # NULL while it lasts
    Index(None, "started_at"),
    Index("ix_calls_caller", "caller", "started_at", sqlite_where=CALLED, postgresql_where=CALLED),
    Index("ix_calls_ticket", "ticket", sqlite_where=TICKETED, postgresql_where=TICKETED),
    Index("ix_calls_operator", "operator", "started_at", sqlite_where=ANSWERED, postgresql_where=ANSWERED),
    Index("ix_calls_lasting", "started_at", sqlite_where=LASTING, postgresql_where=LASTING),
)

# (run, seq) names an event for good, so a batch sent twice after a lost answer is stored once.
journal = Table(
    "journal",
    metadata,
    id_column(),
    Column("run", String(16), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("run", "seq"),
    Index(None, "call_id", "id"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("score", SmallInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Whole numbers: what is kept is kept for them, on the caller's own wish or as the operators' card.
known_places = Table(
    "known_places",
    metadata,
    Column("number", Text, primary_key=True),  # E.164
    Column("region", String(2), nullable=False),
    Column("confidence", Text, nullable=False),  # chosen, card
    Column("at", UtcDateTime, nullable=False),
)

# The conditions of partial indexes. Queries repeat them word for word: only so does a database see that one fits.
ACTIVE = text("state NOT IN ('done', 'failed', 'cancelled', 'expired', 'declined', 'abandoned_offer')")
NUMBERED = text(f"number <> '' AND {ACTIVE.text}")
WAITING = text("state = 'waiting'")
IN_LINE = text("state IN ('provisional', 'waiting', 'dialling', 'rejoining')")
DIALLED = text("attempt <> ''")
TIMED = text("wake_at IS NOT NULL")
BOOKED = text(f"NOT asap AND {ACTIVE.text}")

# Nearly all of a million rows are over: every question of a round reads an index of those that are not.
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),  # E.164, "" in an offer to somebody who has not given one
    Column("service", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("region", String(2), nullable=False),
    Column("zone", Text, nullable=False),
    Column("zones", Text, nullable=False),  # names with spaces between them
    Column("ticket", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("virtual_start", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("window_from", UtcDateTime, nullable=False),
    Column("window_to", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("asap", Boolean, nullable=False),
    Column("not_before", UtcDateTime),
    Column("tonight_until", UtcDateTime),
    Column("soon_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("uncharged", Integer, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("lease_owner", Text, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("origin_call", Text, nullable=False),
    Column("asked_by", Text, nullable=False, server_default=text("''")),  # E.164 of the phone that asked, or ""
    Column("version", Integer, nullable=False),
    Column("wake_at", UtcDateTime),  # callback_timers.wake_at; NULL when it is over
    Index("uq_callbacks_active", "number", "service", unique=True, sqlite_where=NUMBERED, postgresql_where=NUMBERED),
    Index("ix_callbacks_due", "queue", "virtual_start", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    Index("ix_callbacks_line", "state", "queue", "virtual_start", sqlite_where=IN_LINE, postgresql_where=IN_LINE),
    Index("ix_callbacks_attempt", "attempt", sqlite_where=DIALLED, postgresql_where=DIALLED),
    Index("ix_callbacks_wake", "wake_at", "virtual_start", sqlite_where=TIMED, postgresql_where=TIMED),
    Index("ix_callbacks_booked", "queue", "window_from", sqlite_where=BOOKED, postgresql_where=BOOKED),
    Index(None, "number", "created_at"),
    Index(None, "state", "created_at"),
)

#: Each wish, once for every number that it concerns: whom to call, and whose phone asked. For the daily limit.
callback_asks = Table(
    "callback_asks",
    metadata,
    id_column(),
    Column("number", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "number", "at"),
)

callback_events = Table(
    "callback_events",
    metadata,
    id_column(),
    Column("callback", Text, ForeignKey("callbacks.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "callback", "id"),
    Index(None, "at"),
)

# People who may log in to the pages; `password` is an Argon2id hash.
users = Table(
    "users",
    metadata,
    Column("login", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),  # names with spaces between them
    Column("phone", Text, nullable=False),  # the operator login he answers with, or ""
    Column("password", Text, nullable=False),
    Column("language", Text, nullable=False),  # "" as his browser asks
    Column("theme", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# `id` is the SHA-256 of the token that only the browser has.
sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("login", String(32), ForeignKey("users.login"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "login"),
    Index(None, "expires_at"),
)

# No number of the caller's: that is kept with the call alone. Identity digits come here masked.
contacts = Table(
    "contacts",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("operator", Text, primary_key=True),
    Column("ticket", Text, nullable=False),  # "" when none could be opened
    Column("category", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("clarified", JSON, nullable=False),
    Column("solved", Text, nullable=False),
    Column("protocol_said", Boolean, nullable=False),
    Column("forms", JSON, nullable=False),
    Column("passed_to", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("talked_until", UtcDateTime),  # NULL while they talk
    Column("closed_at", UtcDateTime),  # NULL while it is written
    Column("version", Integer, nullable=False),
    Index(None, "operator", "began_at"),
)

# The sound itself is a file; its row outlives it, so that it is known that there was one.
recordings = Table(
    "recordings",
    metadata,
    Column("file", Text, primary_key=True),  # "<day>/<name>"
    Column("call_id", Text, nullable=False),
    Column("operator", Text, nullable=False),  # login, or ""
    Column("began_at", UtcDateTime, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("deleted_at", UtcDateTime),
    Index(None, "call_id"),
)
