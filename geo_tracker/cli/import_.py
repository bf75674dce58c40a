"""Take answers from files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import select

from geo_tracker.captures import capture_named
from geo_tracker.cli._after import look_after
from geo_tracker.cli._console import Json, emit, progress, warn
from geo_tracker.cli._place import Place
from geo_tracker.collect.imports import Imported, import_file
from geo_tracker.errors import UsageError
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.file import read_workspace

app = typer.Typer()


@app.command()
def import_(
    files: Annotated[list[Path], typer.Argument(help="Files with answers.", metavar="FILE...")],
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Workspace file, or slug of an applied one.")
    ],
    format: Annotated[
        str | None, typer.Option("--format", "-f", help="Instead of recognising the content.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing, show what would be.")] = False,
    json: Json = False,
) -> None:
    """Take real answers from files into a workspace; the same file twice adds nothing.

    A row that cannot be read is reported with file, line and reason, the rest goes in, exit 1; so does a file of which
    nothing could be read.
    """
    if format:
        capture_named(format)
    place = Place()
    target = _target(place, workspace, dry_run=dry_run)
    done: list[Imported] = []
    try:
        for path in files:
            if (found := _imported(place, target, path, format=format, dry_run=dry_run)) is not None:
                done.append(found)
                if json:
                    emit([asdict(found)], json=True)
    finally:  # what went in is told also where a later file stops everything
        if done and not json:
            emit([{**asdict(each), "errors": len(each.errors)} for each in done], json=False)
    if not dry_run:
        _score(place, target)
    if not done:
        raise typer.Exit(2)
    if len(done) < len(files) or any(each.failed or not each.read for each in done):
        raise typer.Exit(1)


def _imported(
    place: Place, target: Workspace, path: Path, *, format: str | None, dry_run: bool
) -> Imported | None:
    """What became of a file, its bad rows and notes told; None where it cannot be read at all."""
    try:
        with progress(path.name) as bar:
            done = import_file(
                place.engine, place.archive, target, path, format=format, dry_run=dry_run, on_progress=bar
            )
    except UsageError as problem:
        warn(str(problem))
        return None
    for error in done.errors:
        warn(f"{path}:{error.line}: {error.reason}")
    for note in done.notes:
        warn(f"{path}: {note}")
    return done


def _target(place: Place, name: str, *, dry_run: bool) -> Workspace:
    """The workspace of a slug, or of a file, which is applied first, unless nothing is to be written."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml", ".json"):
        return place.workspace(name)
    declared = read_workspace(path)
    part = declared.workspace
    if dry_run:
        with reading(place.engine) as session:
            stored = select(Workspace).where(Workspace.slug == part.slug)
            return session.exec(stored).first() or Workspace(**part.model_dump())
    with writing(place.engine) as session:
        apply_file(session, declared, datetime.now(UTC))
    return place.workspace(part.slug)


def _score(place: Place, workspace: Workspace) -> None:
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score(place.engine, place.archive, workspace, bar)
    look_after(place, workspace.slug, scored.days)
