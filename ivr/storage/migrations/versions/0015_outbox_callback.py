"""What waits to be told of a callback is found by it: a promise that is taken back is not told any more."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TOLD = sa.text("callback <> ''")


def upgrade() -> None:
    op.create_index("ix_outbox_callback", "outbox", ["callback"], sqlite_where=_TOLD, postgresql_where=_TOLD)


def downgrade() -> None:
    op.drop_index("ix_outbox_callback", "outbox")
