"""Calls that we made are counted apart from those of live callers."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAMES = ("back_entered", "back_answered", "back_abandoned", "back_left")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("queue_counts", sa.Column(name, sa.Float(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    for name in _NAMES:
        op.drop_column("queue_counts", name)
