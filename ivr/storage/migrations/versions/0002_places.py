"""The regions that callers chose for their numbers, or operators wrote on their cards."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_places",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("region", sa.String(2), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_known_places"),
    )


def downgrade() -> None:
    op.drop_table("known_places")
