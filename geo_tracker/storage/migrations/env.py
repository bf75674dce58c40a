"""Alembic's entry: runs on the connection that `database.migrate` or `geo-tracker db` hands over."""

import sqlmodel
from alembic import context

import geo_tracker.storage.models  # noqa: F401 - registers the tables
from geo_tracker.storage.views import create_views, drop_views

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=sqlmodel.SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    compare_type=True,
)


def migrates() -> bool:
    """Whether the schema is about to change; `db check` and `db current` only look."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


with context.begin_transaction():
    changing = migrates()
    if changing:
        drop_views(connection)
    context.run_migrations()
    if changing and context.get_context().get_current_heads() == context.get_head_revisions():
        create_views(connection)
