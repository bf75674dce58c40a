"""The database's schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from alembic import command
from alembic.util import CommandError

from geo_tracker.cli._console import Json, emit, progress, say, warn
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.collect.double_answers import find_duplicates, merge_duplicates
from geo_tracker.storage.database import migration_config

app = typer.Typer(help="The database: its schema, and answers stored twice.", no_args_is_help=True)


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


@app.command()
def duplicates(
    workspace: AnySlug = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Keep one row of each answer, with the bodies of all.")
    ] = False,
    json: Json = False,
) -> None:
    """Imported answers that are stored more than once, as under `chatgpt` and `ChatGPT`; exit 1 while there are any."""
    place = Place()
    left = 0
    for each in place.workspaces(workspace):
        with progress(f"{each.slug}: reading") as bar:
            found = find_duplicates(place.engine, place.archive, each, bar)
        emit(({"workspace": each.slug, **asdict(same)} for same in found), json=json)
        rows = sum(len(same.ids) - 1 for same in found)
        if merge:
            say(f"{each.slug}: {merge_duplicates(place.engine, each, found)} rows merged")
        else:
            left += rows
            say(f"{each.slug}: {rows} rows too many" + (": --merge keeps one of each" if rows else ""))
    if left:
        raise typer.Exit(1)
