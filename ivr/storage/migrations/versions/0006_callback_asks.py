"""Callbacks know whose call asked for them; each wish is kept with every number that it concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("callbacks", sa.Column("asked_by", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "callback_asks",
        sa.Column("id", BIG_ID, nullable=False, autoincrement=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callback_asks"),
    )
    op.create_index("ix_callback_asks_number_at", "callback_asks", ["number", "at"])
    op.execute(
        "INSERT INTO callback_asks (number, at) SELECT number, created_at FROM callbacks "
        "WHERE number <> '' AND state NOT IN ('provisional', 'declined', 'abandoned_offer')"
    )


def downgrade() -> None:
    op.drop_table("callback_asks")
    op.drop_column("callbacks", "asked_by")
