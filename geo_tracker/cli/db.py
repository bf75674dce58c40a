"""The database's schema."""

from __future__ import annotations

import typer
from alembic import command
from alembic.util import CommandError

from geo_tracker.cli._console import say, warn
from geo_tracker.cli._place import Place
from geo_tracker.storage.database import migration_config

app = typer.Typer(help="The database: its schema's revision.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema to the newest revision (every command does this by itself)."""
    Place()
    say("the schema is up to date")


@app.command()
def current() -> None:
    """Print the schema's revision."""
    place = Place()
    with place.engine.connect() as connection:
        command.current(migration_config(connection))


@app.command()
def check() -> None:
    """Compare the schema with the models; exit 1 if they differ."""
    place = Place()
    try:
        with place.engine.connect() as connection:
            command.check(migration_config(connection))
    except CommandError as error:
        warn(str(error))
        raise typer.Exit(1) from None
