"""Tables of what supervisors do: the audit, and known faults with who wants to know when they are over."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from ivr.storage.table_types import UtcDateTime, id_column, metadata

# What supervisors and administrators did; nothing is deleted from it but by `ivr retention run`.
audit = Table(
    "audit",
    metadata,
    id_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),  # login
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),  # an operator's login, a call's id, an incident's id
    Column("why", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("outcome", Text, nullable=False),  # "" not known yet
    Index(None, "action", "id"),
    Index(None, "target", "id"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("categories", JSON, nullable=False),  # [] all
    Column("regions", JSON, nullable=False),  # [] all
    Column("severity", Text, nullable=False),
    Column("texts", JSON, nullable=False),  # by language
    Column("recorded", JSON, nullable=False),  # language -> digest of a recording
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),  # planned; NULL when somebody ends it
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text, nullable=False),  # "" at its planned end
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("deflected", Integer, nullable=False),
    Index(None, "ended_at"),
    Index(None, "created_at"),
)

# Whole numbers until the incident is over: each gets one message then, and its number is forgotten here.
incident_subscribers = Table(
    "incident_subscribers",
    metadata,
    id_column(),
    Column("incident", Text, ForeignKey("incidents.id"), nullable=False),
    Column("number", Text, nullable=False),  # E.164; "told-…" when it is over
    Column("language", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("incident", "number"),
)
