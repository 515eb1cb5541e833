"""Messages keep the facts that their words are filled with. Older ones have none."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("data", sa.JSON()))


def downgrade() -> None:
    op.drop_column("outbox", "data")
