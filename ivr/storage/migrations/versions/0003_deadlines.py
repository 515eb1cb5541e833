"""Tickets know their priority, when they are due and by which calendars. Old ones get their due moment later."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("priority", sa.Text(), nullable=False, server_default="ordinary"))
    op.add_column("tickets", sa.Column("due_at", sa.DateTime(timezone=True)))
    op.add_column("tickets", sa.Column("due_digest", sa.Text()))
    op.create_index("ix_tickets_status_due_at", "tickets", ["status", "due_at"])
    op.create_index("ix_tickets_due_digest_number", "tickets", ["due_digest", "number"])


def downgrade() -> None:
    op.drop_index("ix_tickets_due_digest_number", "tickets")
    op.drop_index("ix_tickets_status_due_at", "tickets")
    for column in ("due_digest", "due_at", "priority"):
        op.drop_column("tickets", column)
