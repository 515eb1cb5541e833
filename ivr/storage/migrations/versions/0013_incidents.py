"""Known faults that callers are told of, and who wants to know when they are over."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incidents",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "severity", "ended_by", "created_by")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("categories", "regions", "texts", "recorded")),
        *(sa.Column(name, TIME, nullable=False) for name in ("starts_at", "created_at")),
        *(sa.Column(name, TIME) for name in ("ends_at", "ended_at")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("heard", "deflected")),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_ended_at", "incidents", ["ended_at"])
    op.create_index("ix_incidents_created_at", "incidents", ["created_at"])
    op.create_table(
        "incident_subscribers",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("incident", "number", "language", "call_id")),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_subscribers"),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name="fk_incident_subscribers_incident_incidents"),
        sa.UniqueConstraint("incident", "number", name="uq_incident_subscribers_incident_number"),
    )


def downgrade() -> None:
    op.drop_table("incident_subscribers")
    op.drop_table("incidents")
