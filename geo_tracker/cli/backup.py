"""Save everything in one file."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, progress, say, warn
from geo_tracker.cli._place import Place
from geo_tracker.storage.backup import write_backup

app = typer.Typer()

File = Annotated[str, typer.Argument(help="A file, or an address such as s3://bucket/geo.tar.")]


@app.command()
def backup(file: File, json: Json = False) -> None:
    """Save the rows as of now and all bodies of the archive in one file, while everything else goes on.

    `restore` brings it back into SQLite or PostgreSQL, whichever it came from. No key is in it, but every answer is:
    keep it as safe as the database. Exit 1 where a body is missing or damaged.
    """
    place = Place()
    with progress("saving bodies") as bar:
        saved = write_backup(place.engine, place.archive, file, bar)
    record = {"file": file, "rows": saved.rows.total(), "bodies": saved.bodies, "unread": len(saved.unread)}
    emit([record], json=json)
    for each in saved.unread:
        warn(each)
    if saved.unread:
        raise typer.Exit(1)
    say("try it: GEO_HOME=elsewhere geo-tracker restore " + file)
