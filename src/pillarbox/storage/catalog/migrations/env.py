"""Where Alembic begins: it migrates over the connection that it is given."""

from alembic import context

from pillarbox.storage.catalog.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
context.run_migrations()
