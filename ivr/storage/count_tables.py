"""The tables of what is counted by half hours."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Float, Index, SmallInteger, Table, Text, text

from ivr.domain.queue_counts import AGENT_FIELDS, QUEUE_FIELDS
from ivr.storage.table_types import UtcDateTime, metadata


def _counters(*names: str) -> list[Column[Any]]:
    return [Column(name, Float, nullable=False, server_default=text("0")) for name in names]


# What the queue_log tells, by half hours (`since` is UTC, the half hour one of the queue's own clock).
queue_counts = Table(
    "queue_counts",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    *_counters(*QUEUE_FIELDS),
    Index(None, "since"),
)

agent_counts = Table(
    "agent_counts",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    *_counters(*AGENT_FIELDS),
    Index(None, "since"),
)

# How far the queue_log was read: moved in the transaction that adds what was counted, so that nothing counts twice.
queue_log_place = Table(
    "queue_log_place",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("file", Text, nullable=False),  # its first line
    Column("offset", BigInteger, nullable=False),
    Column("visits", JSON, nullable=False),  # calls that are not over
)
