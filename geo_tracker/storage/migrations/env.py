"""Alembic's entry: runs on the connection that `store.migrate` or `geo-tracker db` hands over."""

import sqlmodel
from alembic import context

import geo_tracker.storage.models  # noqa: F401 - registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=sqlmodel.SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
