"""Callbacks that are to be looked at at one moment are found in the order of their line, however many they are."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIMED = sa.text("wake_at IS NOT NULL")


def upgrade() -> None:
    _anew("wake_at", "virtual_start")


def downgrade() -> None:
    _anew("wake_at")


def _anew(*columns: str) -> None:
    op.drop_index("ix_callbacks_wake", "callbacks")
    op.create_index("ix_callbacks_wake", "callbacks", list(columns), sqlite_where=TIMED, postgresql_where=TIMED)
