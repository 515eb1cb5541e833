"""Alembic's entry: works on the connection that `ivr.storage.schema` hands over; there is no alembic.ini."""

from alembic import context

from ivr.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
