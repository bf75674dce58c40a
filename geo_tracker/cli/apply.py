"""Bring the database to what a workspace file declares."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import say, show
from geo_tracker.cli._place import Place
from geo_tracker.collect.plan import place_note
from geo_tracker.storage.database import writing
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.file import read_workspace

app = typer.Typer()


@app.command()
def apply(
    path: Annotated[Path, typer.Argument(help="Workspace file.")],
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Take the file's word also for what was changed in the dashboard."),
    ] = False,
) -> None:
    """Bring the database to what a workspace file declares, and print what changed.

    What was changed in the dashboard since stays; where both changed the same thing, nothing is applied.
    """
    file = read_workspace(path)
    place = Place()
    with writing(place.engine) as session:
        applied = apply_file(session, file, datetime.now(UTC), overwrite=overwrite)
    changes = applied.changes
    for change in changes:
        show(str(change))
    for kept in applied.kept:
        say(f"{kept.section} {kept.name}: kept as it was changed in the dashboard; see 'workspace export'")
    for panel in file.panels or ():
        if note := place_note(file.prompts or (), panel.engines):
            say(f"{file.workspace.slug}/{panel.name}: {note}")
    say(
        f"{file.workspace.slug}: {len(changes)} changes"
        if changes
        else f"{file.workspace.slug}: nothing to change"
    )
