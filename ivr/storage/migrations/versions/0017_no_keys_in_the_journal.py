"""Which keys were pressed stood in the journal, and the number of a document with them; how many stays."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MANY = 1000
_HIDDEN = "•"


def upgrade() -> None:
    connection = op.get_bind()
    journal = sa.table("journal", sa.column("id"), sa.column("kind"), sa.column("data", sa.JSON()))
    change = sa.update(journal).where(journal.c.id == sa.bindparam("row")).values(data=sa.bindparam("new"))
    last = 0
    while True:
        some = (
            sa.select(journal.c.id, journal.c.data)
            .where(journal.c.kind == "ask", journal.c.id > last)
            .order_by(journal.c.id)
            .limit(_MANY)
        )
        rows = connection.execute(some).all()
        if not rows:
            return
        last = rows[-1].id
        told = [
            {"row": row.id, "new": {**row.data, "keys": _HIDDEN * len(row.data["keys"])}}
            for row in rows
            if isinstance(row.data.get("keys"), str) and row.data["keys"].strip(_HIDDEN)
        ]
        if told:
            connection.execute(change, told)


def downgrade() -> None:
    """What was hidden is gone."""
