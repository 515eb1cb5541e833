"""What happened in each queue and to each operator, by half hours, and how far the queue_log was read for it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_QUEUE = (
    "entered", "offered", "answered", "in_time", "abandoned", "short", "keyed", "timed_out", "emptied", "withdrawn",
    "lost", "refused", "completed", "transferred", "cut", "missed", "wait_5", "wait_10", "wait_20", "wait_30",
    "wait_60", "wait_120", "wait_300", "wait_600", "wait_more", "wait_s", "gone_s", "talk_s", "ring_s", "handle_s",
    "hold_s", "wrapup_s", "idle_s", "paused_s", "waiting_s",
)  # fmt: skip
_AGENT = (
    "answered", "missed", "transferred", "talk_s", "ring_s", "handle_s", "hold_s", "wrapup_s", "idle_s", "paused_s",
)  # fmt: skip


def upgrade() -> None:
    for table, key, names in (("queue_counts", "queue", _QUEUE), ("agent_counts", "agent", _AGENT)):
        op.create_table(
            table,
            sa.Column(key, sa.Text(), nullable=False),
            sa.Column("since", sa.DateTime(timezone=True), nullable=False),
            *(sa.Column(name, sa.Float(), nullable=False, server_default=sa.text("0")) for name in names),
            sa.PrimaryKeyConstraint(key, "since", name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_since", table, ["since"])
    op.create_table(
        "queue_log_place",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_log_place"),
    )


def downgrade() -> None:
    op.drop_table("queue_log_place")
    op.drop_table("agent_counts")
    op.drop_table("queue_counts")
