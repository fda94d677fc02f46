"""Run by Alembic: applies the revisions on the connection, and in the transaction, that ``migrate`` was given."""

from alembic import context

from journal import api_tables  # noqa: F401 - its tables belong to the same metadata
from journal.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
