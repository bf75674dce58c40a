"""Names that answers contain and the workspace does not track."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, progress, say, show
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.candidates import read_candidates, track, untracked
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.apply import Change
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.edit import declare_brand
from geo_tracker.workspaces.file import read_workspace

app = typer.Typer()


@app.command()
@selecting
def discover(
    selection: Selection,
    add: Annotated[str | None, typer.Option(help="Track this name and score all answers again.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="With --add: also write it into this workspace file, which keeps its layout, and apply it."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The first names only.")] = 20,
    json: Json = False,
) -> None:
    """Names that answers contain and the workspace does not track, most answers first; --add tracks one."""
    place = Place()
    tracked = place.workspace(selection.workspace)
    if file and add is None:
        raise UsageError("--file goes with --add NAME: it is where the brand is written")
    if add is not None:
        _add(place, tracked, add, file)
        return
    with reading(place.engine) as session:
        found = [
            candidate.record() for candidate in read_candidates(session, checked(session, selection), limit)
        ]
    emit(found if json else map(_line, found), json=json)


def _line(record: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the table: the evidence is its first sentence."""
    names = ("name", "answers", "n", "share", "low", "high", "engines")
    first = record["evidence"][0]
    return {**{name: record[name] for name in names}, "evidence": f"{first['engine']}: {first['text']}"}


def _add(place: Place, workspace: Workspace, name: str, file: Path | None) -> None:
    with writing(place.engine) as session:
        if file:
            name = untracked(session, workspace, name)
            if read_workspace(file).workspace.slug != workspace.slug:
                raise UsageError(f"{file} declares another workspace than {workspace.slug}")
            changes = [*apply_file(session, declare_brand(file, name), datetime.now(UTC)).changes]
        else:
            changes = [Change("add", "brand", track(session, workspace, name).name)]
    for change in changes:
        show(str(change))
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score(place.engine, place.archive, workspace, bar)
    say(f"{workspace.slug}: {scored.answers} answers scored, {scored.days} days rolled up")
