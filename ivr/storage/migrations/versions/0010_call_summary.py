"""Each call has a line about itself that can be searched; of the calls so far it is made from their journal."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from ivr.domain.call_summary import CallSummary, advance

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXTS = ("did", "language", "category", "ticket", "queue", "region", "operator", "source", "reason")
TIMES = ("answered_at", "ended_at")
INDEXES = {
    "ix_calls_caller": (["caller", "started_at"], "caller <> ''"),
    "ix_calls_ticket": (["ticket"], "ticket <> ''"),
    "ix_calls_operator": (["operator", "started_at"], "operator <> ''"),
    "ix_calls_lasting": (["started_at"], "ended_at IS NULL"),
}
_BATCH = 500


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("calls", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    for name in ("waited_s", "talked_s"):
        op.add_column("calls", sa.Column(name, sa.Integer()))
    for name in TIMES:
        op.add_column("calls", sa.Column(name, sa.DateTime(timezone=True)))
    _fill(op.get_bind())
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "calls", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "calls")
    for name in (*TEXTS, "waited_s", "talked_s", *TIMES):
        op.drop_column("calls", name)


def _fill(connection: sa.Connection) -> None:
    calls = sa.table("calls", sa.column("call_id"), *(sa.column(n) for n in (*TEXTS, "waited_s", "talked_s")),
                     *(sa.column(n, sa.DateTime(timezone=True)) for n in TIMES))  # fmt: skip
    put = calls.update().where(calls.c.call_id == sa.bindparam("key"))
    lines: list[dict[str, Any]] = []
    for line in _lines(connection):
        lines.append(line)
        if len(lines) >= _BATCH:
            connection.execute(put, lines)
            lines = []
    if lines:
        connection.execute(put, lines)


def _lines(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    ids = [row[0] for row in connection.execute(sa.text("SELECT call_id FROM calls ORDER BY call_id"))]
    query = sa.text(
        "SELECT call_id, at, kind, data FROM journal WHERE call_id IN :ids ORDER BY call_id, id"
    ).bindparams(sa.bindparam("ids", expanding=True))
    for start in range(0, len(ids), _BATCH):
        rows = connection.execute(query, {"ids": ids[start : start + _BATCH]})
        for call_id, events in groupby(rows, key=lambda row: row[0]):
            summary = CallSummary()
            for _, at, kind, data in events:
                summary = advance(summary, kind, json.loads(data) if isinstance(data, str) else data, _aware(at))
            yield {"key": call_id, **asdict(summary)}


def _aware(at: Any) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
