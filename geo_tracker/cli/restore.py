"""Bring a backup back."""

from __future__ import annotations

import typer

from geo_tracker.cli._console import Json, emit, progress, warn
from geo_tracker.cli.backup import File
from geo_tracker.config import Settings
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import open_engine
from geo_tracker.storage.restore import restore_backup

app = typer.Typer()


@app.command()
def restore(file: File, json: Json = False) -> None:
    """Bring a backup into an empty database and archive: all rows or none.

    A backup of an older program is brought up to this one. Exit 1 where the backup holds damaged bodies.
    """
    settings = Settings.from_environment()
    with progress("bringing bodies") as bar:
        engine, archive = open_engine(settings.database_url), Archive(settings.archive_url)
        restored = restore_backup(engine, archive, file, bar)
    record = {
        "file": file,
        "rows": restored.rows.total(),
        "bodies": restored.bodies,
        "damaged": len(restored.damaged),
    }
    emit([record], json=json)
    if restored.damaged:
        warn(f"damaged in the backup: {', '.join(restored.damaged)}")
        raise typer.Exit(1)
