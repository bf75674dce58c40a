"""What was in the history of changes before people signed in stays there, and an older program can go on with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from geo_tracker.storage.database import migrate, migration_config, open_engine, reading
from geo_tracker.workspaces.audit import history

CHANGE = '[{"section": "brands", "key": "A", "before": null, "after": {}}]'


def test_the_history_of_before_is_carried_over_and_back(database_url: str) -> None:
    engine = open_engine(database_url)
    if engine.dialect.name == "postgresql":  # it comes with the schema of today
        with engine.begin() as connection:
            command.downgrade(migration_config(connection), "0013")
    else:
        with engine.execution_options(writing=True).begin() as connection:
            command.upgrade(migration_config(connection), "0013")
    with engine.execution_options(writing=True).begin() as connection:
        columns = (
            "slug, name, locale, timezone, topics, attributes, platforms, source_types, recrawl_days, signals"
        )
        connection.execute(
            sa.text(
                f"INSERT INTO workspace (id, {columns}) VALUES "
                "(1, 'w', 'W', 'en', 'UTC', '[]', '[]', '[]', '{}', 30, '{}')"
            )
        )
        insert = "INSERT INTO audit (workspace_id, who, via, reason, changes, undone)"
        connection.execute(sa.text(f"{insert} VALUES (1, 'a@b.example', 'apply', '', '{CHANGE}', false)"))
    migrate(engine)
    with reading(engine) as session:
        (row,) = history(session, "w")
        assert (row.kind, row.who, row.changes[0]["key"]) == ("workspace", "a@b.example", "A")
    with engine.execution_options(writing=True).begin() as connection:
        later = "INSERT INTO audit (workspace_id, kind, who, via, reason, changes, undone)"
        connection.execute(sa.text(f"{later} VALUES (NULL, 'member', 'x', 'add', '', '[]', false)"))
        connection.execute(sa.text(f"{later} VALUES (1, 'token', 'x', 'create', '', '[]', false)"))
        command.downgrade(migration_config(connection), "0013")
        assert connection.execute(sa.text("SELECT who FROM audit")).scalars().all() == ["a@b.example"]
    migrate(engine)
    engine.dispose()
