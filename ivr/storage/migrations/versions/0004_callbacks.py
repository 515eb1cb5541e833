"""Callbacks with their history; messages know the callback they tell about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
ACTIVE = "state NOT IN ('done', 'failed', 'cancelled', 'expired', 'declined', 'abandoned_offer')"
#: name, columns, unique, condition
INDEXES = (
    ("uq_callbacks_active", ["number", "service"], True, f"number <> '' AND {ACTIVE}"),
    ("ix_callbacks_due", ["queue", "virtual_start", "id"], False, "state = 'waiting'"),
    (
        "ix_callbacks_line",
        ["state", "queue", "virtual_start"],
        False,
        "state IN ('provisional', 'waiting', 'dialling', 'rejoining')",
    ),
    ("ix_callbacks_attempt", ["attempt"], False, "attempt <> ''"),
    ("ix_callbacks_wake", ["wake_at"], False, "wake_at IS NOT NULL"),
    ("ix_callbacks_booked", ["queue", "window_from"], False, f"NOT asap AND {ACTIVE}"),
)


def upgrade() -> None:
    texts = ("number", "service", "category", "queue", "language", "zone", "zones", "ticket", "source", "state")
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("region", sa.String(2), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*texts, "attempt", "lease_owner", "reason")),
        sa.Column("origin_call", sa.Text(), nullable=False),
        *(
            sa.Column(name, TIME, nullable=False)
            for name in ("virtual_start", "created_at", "window_from", "window_to", "expires_at")
        ),
        *(sa.Column(name, TIME) for name in ("not_before", "tonight_until", "soon_at", "lease_until", "wake_at")),
        sa.Column("asap", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempts", "uncharged", "version")),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    for name, columns, unique, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, "callbacks", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_callbacks_number_created_at", "callbacks", ["number", "created_at"])
    op.create_index("ix_callbacks_state_created_at", "callbacks", ["state", "created_at"])
    op.create_table(
        "callback_events",
        sa.Column("id", BIG_ID, nullable=False, autoincrement=True),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("event", "before", "after", "note", "attempt", "notice")
        ),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callback_events"),
        sa.ForeignKeyConstraint(["callback"], ["callbacks.id"], name="fk_callback_events_callback"),
    )
    op.create_index("ix_callback_events_callback_id", "callback_events", ["callback", "id"])
    op.create_index("ix_callback_events_at", "callback_events", ["at"])
    _forbid_rewriting_history()
    op.add_column("outbox", sa.Column("callback", sa.Text(), nullable=False, server_default=sa.text("''")))


def _forbid_rewriting_history() -> None:
    """As with tickets: added, deleted with their callback when its time is over, never changed."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER callback_events_append_only BEFORE UPDATE ON callback_events "
            "BEGIN SELECT RAISE(ABORT, 'callback_events is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION callback_events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'callback_events is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER callback_events_append_only BEFORE UPDATE ON callback_events "
        "FOR EACH ROW EXECUTE FUNCTION callback_events_append_only()"
    )


def downgrade() -> None:
    op.drop_column("outbox", "callback")
    for table in ("callback_events", "callbacks"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION callback_events_append_only()")
